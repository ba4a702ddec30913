"""Cards at the counter, through the payments API: every answer and every fault at every send and receive."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pos_app.core.errors import UserError
from pos_app.core.money import Msat, Sat
from pos_app.nfc import events as nfc
from pos_app.nfc.ndef import Record
from pos_app.payments.errors import CertificateUnknown, RateLimited, Refused
from pos_app.payments.models import PaymentStatus
from pos_app.payments.results import TapAnswer, TapOutcome, TapStep
from pos_app.till.cards import FIRST_AMOUNT
from pos_app.till.states import SaleState
from pos_app.till.tap_steps import FRESH_S, PIN_TIME_S
from pos_app.till.taps import OTHER_CARD, OTHER_CARD_AFTER_S
from pos_app.till.views import CardIgnored, FactState, Phase, SaleChanged, SaleView, TapPhase, Tender
from tests.conftest import LogWatch
from tests.unit.till.fake_api import FakeApi, Fault
from tests.unit.till.fake_service import refusal
from tests.unit.till.harness import CARD, EXPIRY_S, LOWER_CARD, Till

READY = nfc.ReaderReady("Sony RC-S380")
PIN_WANTED = TapAnswer(TapOutcome.NOT_SENT, "PIN", TapStep.PIN, "the-session", Msat(1000))
DECLINED = TapAnswer(TapOutcome.LIKELY_FAILED, "Card is disabled.")
LOST = TapAnswer(TapOutcome.UNKNOWN, "")


def phase(view: SaleView) -> TapPhase:
    assert view.tap is not None
    return view.tap.phase


def phases(till: Till) -> list[TapPhase]:
    """What the card field showed, without repetitions."""
    shown = [event.sale.tap.phase for event in till.events if isinstance(event, SaleChanged) and event.sale.tap]
    return [each for before, each in zip([None, *shown], shown, strict=False) if each is not before]


async def pass_time_paid(till: Till, view: SaleView) -> SaleView:
    await till.pass_time(3)
    return await till.sale(view)


async def test_a_tap_pays_with_the_invoice_on_the_screen(till: Till) -> None:
    till.card(READY)
    view = await till.charge()
    assert phase(view) is TapPhase.READY
    assert view.invoice is not None
    payment_hash = view.invoice.payment_hash
    view = await till.tap(view)
    assert (view.state, view.can_cancel) == (SaleState.OPEN, False)
    assert phase(view) is TapPhase.ASKING
    assert till.tap_states() == ["submitted"]
    (tap,) = till.api.taps
    assert (tap.payment_hash, tap.link) == (payment_hash, LOWER_CARD)
    view = await pass_time_paid(till, view)
    assert (view.state, view.tender, view.tap) == (SaleState.PAID, Tender.CARD, None)
    assert till.tap_states() == ["settled"]
    assert len(till.api.invoices) == 1
    assert phases(till) == [TapPhase.NO_READER, TapPhase.READY, TapPhase.SEEN, TapPhase.READ, TapPhase.ASKING][1:]


async def test_submitted_is_on_disk_before_the_request(till: Till) -> None:
    view = await till.charge()
    pay = till.api.pay_with_nfc
    seen: list[list[str]] = []

    async def looking(bolt11: str, lnurl_w: str) -> TapAnswer:
        seen.append(till.tap_states())
        assert till.rows("SELECT request_out, submit_tries FROM tap") == [(1, 1)]
        return await pay(bolt11, lnurl_w)

    object.__setattr__(till.counter._taps._ways, "client", _With(till.api, looking))
    await till.tap(view)
    assert seen == [["submitted"]]


class _With:
    """The API with another `pay_with_nfc`."""

    def __init__(self, api: FakeApi, pay: object) -> None:
        self.is_embedded = api.is_embedded
        self.pay_with_nfc = pay


async def test_the_word_of_the_card_service_is_not_paid(till: Till) -> None:
    till.api.card_pays = False
    view = await till.tap(await till.charge())
    await till.pass_time(OTHER_CARD_AFTER_S + 1)
    view = await till.sale(view)
    assert (view.state, view.can_cancel) == (SaleState.OPEN, False)
    assert view.tap is not None
    assert (view.tap.phase, view.tap.words) == (TapPhase.ASKING, OTHER_CARD)
    assert (await till.counter.cancel(view.sale_id)).state is SaleState.OPEN
    till.api.card_pays = True
    view = await pass_time_paid(till, await till.tap(view))
    assert view.state is SaleState.PAID
    assert {tap.payment_hash for tap in till.api.taps} == set(till.api.invoices)
    assert till.tap_states() == ["settled", "settled"]


async def test_nothing_is_asked_while_a_card_is_out(till: Till) -> None:
    till.api.card_pays = False
    view = await till.tap(await till.charge())
    till.card(nfc.CardSeen(armed=False))
    assert phase(await till.sale(view)) is TapPhase.ASKING
    till.card(nfc.CardRemoved())
    await till.tap(view)
    assert len(till.api.taps) == 1
    assert not [event for event in till.events if isinstance(event, CardIgnored)]


@pytest.mark.parametrize("error", [Fault.BEFORE, RateLimited(5), CertificateUnknown("ab" * 32)])
async def test_a_tap_of_which_no_byte_left_is_sent_again(till: Till, error: Fault | Exception) -> None:
    view = await till.charge()
    till.api.fail("tap", error)
    view = await till.tap(view)
    assert phase(view) is TapPhase.NOT_REACHED
    assert view.can_cancel
    assert till.tap_states() == ["invoiced"]
    await till.pass_time(2)
    assert (await pass_time_paid(till, view)).state is SaleState.PAID
    assert till.rows("SELECT submit_tries FROM tap") == [(1,)]


async def test_the_seconds_of_a_tap_that_cannot_be_sent_count_over_all_tries(till: Till) -> None:
    view = await till.charge()
    till.api.fail("tap", *[Fault.BEFORE] * 100)
    view = await till.tap(view)
    assert view.tap is not None and phase(view) is TapPhase.NOT_REACHED
    began_s = view.tap.since_monotonic_s
    await till.pass_time(5)
    view = await till.sale(view)
    assert view.tap is not None and phase(view) is TapPhase.NOT_REACHED
    assert view.tap.since_monotonic_s == began_s == view.tap.read_at_monotonic_s


async def test_a_tap_that_cannot_be_sent_is_given_up_while_it_is_fresh(till: Till) -> None:
    view = await till.charge()
    till.api.fail("tap", *[Fault.BEFORE] * 100)
    await till.tap(view)
    await till.pass_time(3 * FRESH_S)
    view = await till.sale(view)
    assert till.tap_states() == ["voided"]
    assert view.tap is not None
    assert (view.tap.phase, view.tap.since_monotonic_s) == (TapPhase.NOT_REACHED, None)
    till.api.faults.clear()
    assert (await pass_time_paid(till, await till.tap(view))).state is SaleState.PAID


async def test_the_card_host_that_the_engine_cannot_reach_is_asked_again(engine_till: Till) -> None:
    engine_till.api.tap_answers.append(TapAnswer(TapOutcome.NOT_SENT, "No route.", TapStep.CONNECT))
    view = await engine_till.tap(await engine_till.charge())
    assert phase(view) is TapPhase.NOT_REACHED
    await engine_till.pass_time(2)
    assert (await engine_till.sale(view)).state is SaleState.PAID
    assert len(engine_till.api.taps) == 2


@pytest.mark.parametrize("fault", [Fault.AFTER, Fault.LOST, Refused(404, "gone"), ZeroDivisionError()])
async def test_a_lost_answer_is_unknown_and_never_declined(
    till: Till, expect_log: LogWatch, fault: Fault | Exception
) -> None:
    if isinstance(fault, ZeroDivisionError):
        expect_log.expect("pos_app.till.live_tap", "tap of")
    till.api.fail("tap", fault)
    view = await till.tap(await till.charge())
    assert phase(view) is TapPhase.UNKNOWN
    assert not view.can_cancel
    assert till.tap_states() == ["unknown"]
    assert (await till.counter.cancel(view.sale_id)).state is SaleState.OPEN
    await till.pass_time(3)
    view = await till.sale(view)
    assert TapPhase.DECLINED not in phases(till)
    if fault is Fault.AFTER:
        assert (view.state, view.tender) == (SaleState.PAID, Tender.CARD)
    else:
        assert view.state is SaleState.OPEN
        assert len(till.api.taps) == (0 if isinstance(fault, Exception) else 1)


async def test_another_card_may_pay_for_one_whose_answer_is_lost_and_nothing_says_declined(till: Till) -> None:
    till.api.tap_answers.append(TapAnswer(TapOutcome.UNKNOWN, "Wrong PIN."))
    view = await till.tap(await till.charge())
    assert view.tap is not None
    assert (view.tap.phase, view.tap.reason) == (TapPhase.UNKNOWN, "Wrong PIN.")
    await till.tap(view)
    assert not till.service.looked_up
    await till.pass_time(OTHER_CARD_AFTER_S + 1)
    till.service.answers.append(refusal("Card is disabled."))
    view = await till.tap(view)
    assert till.tap_states() == ["unknown", "declined"]
    assert view.tap is not None
    assert (view.tap.phase, view.tap.reason, view.can_cancel) == (TapPhase.UNKNOWN, "Card is disabled.", False)
    assert TapPhase.DECLINED not in phases(till)
    view = await pass_time_paid(till, await till.tap(view))
    assert view.state is SaleState.PAID
    assert till.tap_states() == ["settled", "declined", "settled"]


async def test_stop_waiting_leaves_it_uncertain_and_never_sends_again(till: Till) -> None:
    till.api.fail("tap", Fault.LOST)
    view = await till.tap(await till.charge())
    view = await till.counter.stop_waiting(view.sale_id)
    assert (view.state, view.uncertain_until_s is not None) == (SaleState.UNCERTAIN, True)
    till.touch()
    await till.pass_time(EXPIRY_S + 200)
    view = await till.sale(view)
    assert view.state is SaleState.UNCERTAIN
    assert till.tap_states() == ["not_paid"]
    assert len(till.api.taps) == 1
    assert (await till.counter.nothing_handed_over(view.sale_id)).state is SaleState.EXPIRED


async def test_a_card_that_pays_after_stop_waiting_is_paid(till: Till) -> None:
    till.api.fail("tap", Fault.LOST)
    view = await till.tap(await till.charge())
    assert view.invoice is not None
    await till.counter.stop_waiting(view.sale_id)
    till.api.settle(view.invoice.payment_hash)
    await till.pass_time(3)
    view = await till.sale(view)
    assert (view.state, view.tender) == (SaleState.PAID, Tender.CARD)
    assert till.tap_states() == ["settled"]


async def test_a_decline_says_why_and_the_same_code_stays(till: Till) -> None:
    till.api.tap_answers.append(DECLINED)
    before = await till.charge()
    view = await till.tap(before)
    assert view.tap is not None
    assert (view.tap.phase, view.tap.reason) == (TapPhase.DECLINED, "Card is disabled.")
    assert (view.phase, view.invoice, view.can_cancel) == (Phase.READY, before.invoice, True)
    assert till.tap_states() == ["declined"]
    assert till.rows("SELECT reason FROM tap") == [("Card is disabled.",)]
    await till.pay(view)
    view = await pass_time_paid(till, view)
    assert (view.state, view.tender) == (SaleState.PAID, Tender.QR)


@pytest.mark.parametrize(
    "answer",
    [
        TapAnswer(TapOutcome.LIKELY_FAILED, "Amount 2100000 not in range 1000 - 500000"),
        TapAnswer(TapOutcome.NOT_SENT, "The card's limit is 500 sat.", TapStep.LINK, limit=Msat(500_000)),
    ],
)
async def test_a_limit_is_told_as_a_sum(till: Till, answer: TapAnswer) -> None:
    till.api.tap_answers.append(answer)
    view = await till.tap(await till.charge())
    assert view.tap is not None
    assert (view.tap.phase, view.tap.limit) == (TapPhase.LIMIT, Sat(500))
    assert till.tap_states() == ["declined"]


async def test_a_pin_goes_on_with_the_session_of_the_engine(engine_till: Till) -> None:
    till = engine_till
    till.api.tap_answers.append(PIN_WANTED)
    view = await till.tap(await till.charge())
    assert view.tap is not None
    assert (view.tap.phase, view.can_cancel) == (TapPhase.PIN, True)
    assert view.tap.pin_deadline_monotonic_s == till.clock.monotonic_s() + PIN_TIME_S
    with pytest.raises(UserError):
        await till.counter.enter_pin(view.sale_id, "12a4")
    await till.counter.enter_pin(view.sale_id, "1234")
    view = await till.sale(view)
    assert (view.state, view.tender) == (SaleState.PAID, Tender.CARD)
    assert (till.api.taps[1].session, till.api.taps[1].pin) == ("the-session", "1234")
    assert not till.rows("SELECT 1 FROM journal WHERE data LIKE '%1234%' OR data LIKE '%session%'")


async def test_no_pin_is_a_decline_and_nothing_is_sent(engine_till: Till) -> None:
    till = engine_till
    till.api.tap_answers += [PIN_WANTED, PIN_WANTED]
    view = await till.tap(await till.charge())
    await till.counter.dismiss_pin(view.sale_id)
    assert phase(await till.sale(view)) is TapPhase.DECLINED
    view = await till.tap(view)
    await till.pass_time(PIN_TIME_S)
    assert phase(await till.sale(view)) is TapPhase.DECLINED
    await till.counter.enter_pin(view.sale_id, "1234")
    await till.quiet()
    assert till.tap_states() == ["declined", "declined"]
    assert [tap.pin for tap in till.api.taps] == [None, None]


async def test_a_pin_that_could_not_be_sent_needs_a_new_tap(engine_till: Till) -> None:
    till = engine_till
    till.api.tap_answers.append(PIN_WANTED)
    view = await till.tap(await till.charge())
    till.api.fail("tap", Fault.BEFORE)
    await till.counter.enter_pin(view.sale_id, "1234")
    assert phase(await till.sale(view)) is TapPhase.NOT_REACHED
    assert till.tap_states() == ["voided"]


async def test_cancel_while_a_pin_is_asked_ends_the_tap(engine_till: Till) -> None:
    till = engine_till
    till.api.tap_answers.append(PIN_WANTED)
    view = await till.tap(await till.charge())
    assert (await till.counter.cancel(view.sale_id)).state is SaleState.CANCELLED
    await till.counter.enter_pin(view.sale_id, "1234")
    await till.quiet()
    assert till.tap_states() == ["superseded"]
    assert len(till.api.taps) == 1


async def test_an_early_tap_waits_for_its_invoice(till: Till) -> None:
    till.api.fail("create", Fault.BEFORE)
    view = await till.charge()
    assert view.phase is Phase.NO_CODE
    view = await till.tap(view)
    assert phase(view) is TapPhase.READ
    assert not till.tap_states()
    await till.pass_time(3)
    assert (await pass_time_paid(till, view)).state is SaleState.PAID
    assert len(till.api.taps) == 1


async def test_an_early_tap_is_not_kept_for_long(till: Till) -> None:
    till.api.fail("create", *[Fault.BEFORE] * 50)
    view = await till.tap(await till.charge())
    await till.pass_time(FRESH_S + 1)
    assert phase(await till.sale(view)) is TapPhase.NOT_REACHED
    till.api.faults.clear()
    await till.pass_time(120)
    view = await till.sale(view)
    assert view.phase is Phase.READY
    assert not till.api.taps


async def test_an_early_tap_is_for_its_sale_only(till: Till) -> None:
    till.api.fail("create", *[Fault.BEFORE] * 50)
    view = await till.tap(await till.charge())
    await till.counter.cancel(view.sale_id)
    till.api.faults.clear()
    other = await till.charge()
    await till.pass_time(60)
    assert (await till.sale(other)).state is SaleState.OPEN
    assert not till.api.taps


async def test_before_the_amount_a_card_is_dropped(till: Till) -> None:
    till.card(nfc.CardSeen(armed=False), nfc.CardRemoved())
    assert till.events[-1] == CardIgnored(FIRST_AMOUNT)


async def test_a_card_left_lying_is_not_charged(till: Till) -> None:
    till.card(READY)
    view = await till.charge()
    await till.pay(view)
    till.card(nfc.CardSeen(armed=True))
    await till.pass_time(3)
    assert (await till.sale(view)).state is SaleState.PAID
    other = await till.charge()
    assert phase(other) is TapPhase.CARD_LEFT
    till.card(nfc.CardRead("Type4Tag", (Record("uri", len(LOWER_CARD), LOWER_CARD),)))
    assert phase(await till.sale(other)) is TapPhase.CARD_LEFT
    till.card(nfc.CardRemoved())
    assert phase(await till.sale(other)) is TapPhase.READY
    assert not till.api.taps


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("lnurlp://shop.example/x", TapPhase.RECEIVE_ADDRESS),
        ("lightning:someone@shop.example", TapPhase.RECEIVE_ADDRESS),
        ("lnurlw://127.0.0.1/x", TapPhase.UNUSABLE),
        ("https://[", TapPhase.UNUSABLE),
    ],
)
async def test_other_cards_are_told_and_nothing_is_stored(till: Till, link: str, shown: TapPhase) -> None:
    view = await till.tap(await till.charge(), link)
    assert phase(view) is shown
    assert view.tap is not None
    assert view.tap.words
    assert not till.tap_states()


async def test_unreadable_and_unusable_cards_are_told(till: Till) -> None:
    till.card(READY)
    view = await till.charge()
    till.card(nfc.CardSeen(armed=True), nfc.CardUnreadable(), nfc.CardRemoved())
    assert phase(await till.sale(view)) is TapPhase.UNREADABLE
    till.card(nfc.CardSeen(armed=True))
    assert phase(await till.sale(view)) is TapPhase.SEEN
    till.card(nfc.CardUnusable("What is written on this card is damaged."))
    assert (await till.sale(view)).tap.words == "What is written on this card is damaged."  # type: ignore[union-attr]


async def test_the_reader_is_a_fact_of_the_strip(till: Till) -> None:
    assert till.counter.status().facts[-1].state is FactState.OFF
    till.card(READY)
    assert till.counter.status().facts[-1].state is FactState.WELL
    till.card(nfc.ReaderLost("No rights.", "Install the rule.", missing=False))
    fact = till.counter.status().facts[-1]
    assert (fact.key, fact.state, fact.detail) == ("reader", FactState.DOWN, "No rights. Install the rule.")
    view = await till.charge()
    assert view.tap is not None
    assert (view.tap.phase, view.tap.words) == (TapPhase.NO_READER, "No rights. Install the rule.")


async def test_a_reader_that_was_unplugged_is_missed(till: Till) -> None:
    nothing = nfc.ReaderLost("No card reader is plugged in.", "Plug in a reader.", missing=True)
    till.card(nothing)
    assert till.counter.status().facts[-1].state is FactState.OFF
    till.card(READY, nothing)
    fact = till.counter.status().facts[-1]
    assert (fact.state, fact.words) == (FactState.WARN, "Reader lost")


async def test_a_restart_makes_a_sent_tap_uncertain(till: Till) -> None:
    till.api.card_pays = False
    view = await till.tap(await till.charge())
    await till.restart()
    view = await till.sale(view)
    assert view.state is SaleState.UNCERTAIN
    assert till.tap_states() == ["unknown"]
    assert till.counter.status().uncertain == (view,)
    assert len(till.api.taps) == 1
    till.api.settle(next(iter(till.api.invoices)))
    await till.pass_time(3)
    assert (await till.sale(view)).state is SaleState.PAID


async def test_a_restart_voids_a_tap_that_was_not_sent(till: Till) -> None:
    till.api.fail("tap", *[Fault.BEFORE] * 10)
    view = await till.tap(await till.charge())
    await till.restart()
    assert (await till.sale(view)).state is SaleState.OPEN
    assert till.tap_states() == ["voided"]
    till.api.faults.clear()
    await till.counter.take_back(view.sale_id)
    assert (await pass_time_paid(till, await till.tap(await till.sale(view)))).state is SaleState.PAID


async def test_a_restart_while_a_pin_was_asked_declines(engine_till: Till) -> None:
    engine_till.api.tap_answers.append(PIN_WANTED)
    view = await engine_till.tap(await engine_till.charge())
    await engine_till.restart()
    assert (await engine_till.sale(view)).state is SaleState.OPEN
    assert engine_till.tap_states() == ["declined"]


async def test_nothing_is_sent_for_a_sale_that_is_being_cancelled(engine_till: Till) -> None:
    till = engine_till
    view = await till.charge()
    cancelling = asyncio.ensure_future(till.counter.cancel(view.sale_id))
    await asyncio.sleep(0)
    till.touch()
    await cancelling
    assert (await till.sale(view)).state is SaleState.CANCELLED
    assert not till.api.taps


async def test_a_second_tap_on_one_sale_uses_the_same_invoice(engine_till: Till) -> None:
    till = engine_till
    till.api.tap_answers += [DECLINED, DECLINED]
    view = await till.charge()
    for _ in range(3):
        view = await till.tap(view)
    assert view.state is SaleState.PAID
    assert {tap.payment_hash for tap in till.api.taps} == set(till.api.invoices)
    assert till.tap_states() == ["declined", "declined", "settled"]


async def test_a_paid_qr_supersedes_what_was_not_sent(till: Till) -> None:
    view = await till.charge()
    till.api.fail("tap", *[Fault.BEFORE] * 20)
    view = await till.tap(view)
    await till.pay(view)
    await till.pass_time(5)
    view = await till.sale(view)
    assert (view.state, view.tender) == (SaleState.PAID, Tender.QR)
    assert till.tap_states() == ["superseded"]
    assert not till.api.taps


async def test_the_link_is_nowhere_on_disk(till: Till, tmp_path: Path) -> None:
    till.api.tap_answers.append(DECLINED)
    view = await till.charge()
    await till.tap(view)
    await till.tap(view, CARD)
    secret = b"E19CCB1FED8892CE"
    files = await asyncio.to_thread(lambda: [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()])
    assert files
    assert not any(secret in content for content in files)


async def test_only_the_record_of_the_api_says_paid(till: Till) -> None:
    till.api.card_pays = False
    view = await till.tap(await till.charge())
    await till.pass_time(60)
    assert (await till.sale(view)).state is SaleState.OPEN
    assert all(invoice.status is PaymentStatus.PENDING for invoice in till.api.invoices.values())


async def test_stop_waiting_also_while_a_card_is_out_on_a_dead_invoice(till: Till) -> None:
    view = await till.charge()
    till.api.taps_held_up = asyncio.Event()
    await till.tap(view)
    await till.pass_time(EXPIRY_S + 200)
    assert till.rows("SELECT dead_at_ms IS NOT NULL FROM sale_invoice") == [(1,)]
    view = await till.counter.stop_waiting(view.sale_id)
    assert (view.state, view.phase) == (SaleState.UNCERTAIN, Phase.CLOSED)
    till.api.taps_held_up.set()
    await till.quiet()
    assert till.tap_states() == ["not_paid"]
    assert (await till.counter.nothing_handed_over(view.sale_id)).state is SaleState.EXPIRED

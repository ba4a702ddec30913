"""The till's own withdraw: each step durable first, one repeat, and a fault at every send and receive."""

from __future__ import annotations

import pytest

from pos_app.payments.results import TapAnswer, TapOutcome
from pos_app.till.states import SaleState
from pos_app.till.views import SaleView, TapPhase, Tender
from tests.unit.till.fake_api import Fault
from tests.unit.till.fake_service import refusal
from tests.unit.till.harness import CARD, EXPIRY_S, Till

DECLINED = TapAnswer(TapOutcome.LIKELY_FAILED, "Card not found.")


async def tapped(till: Till) -> SaleView:
    """A sale and a card whose link no server that lower-cases it can ask for."""
    return await till.tap(await till.charge(), CARD)


def phase(view: SaleView) -> TapPhase | None:
    return None if view.tap is None else view.tap.phase


async def test_a_link_that_does_not_survive_lower_case_is_asked_by_the_till(till: Till) -> None:
    view = await tapped(till)
    assert till.service.looked_up == [CARD.removeprefix("lnurlw://card.example")]
    (submitted,) = till.service.submitted
    assert submitted == {"id": "7", "k1": "the-k1", "pr": next(iter(till.api.invoices.values())).bolt11}
    await till.pass_time(3)
    view = await till.sale(view)
    assert (view.state, view.tender) == (SaleState.PAID, Tender.CARD)
    assert not till.api.taps
    assert [row[0] for row in till.rows("SELECT data ->> 'to' FROM journal WHERE kind = 'tap' ORDER BY seq")] == [
        *("captured", "invoiced", "redeeming", "authorised", "submitted", "settled")
    ]


async def test_an_at_sign_does_not_go_to_the_server_either(till: Till) -> None:
    await till.tap(await till.charge(), "lnurlw://card.example/w?x=a@b")
    assert till.service.looked_up
    assert not till.api.taps


async def test_our_own_engine_gets_every_byte_as_it_is(engine_till: Till) -> None:
    await engine_till.tap(await engine_till.charge(), CARD)
    assert [tap.link for tap in engine_till.api.taps] == [CARD]


async def test_after_a_decline_the_till_asks_and_sees_the_pin(till: Till) -> None:
    till.api.tap_answers.append(DECLINED)
    till.service.offer["pinLimit"] = 1000
    view = await till.tap(await till.charge())
    assert phase(view) is TapPhase.DECLINED
    view = await till.tap(view)
    assert phase(view) is TapPhase.PIN
    assert till.tap_states() == ["declined", "needs_pin"]
    await till.counter.enter_pin(view.sale_id, "1234")
    await till.pass_time(3)
    assert (await till.sale(view)).state is SaleState.PAID
    assert till.service.submitted[0]["pin"] == "1234"


async def test_after_a_decline_also_a_restarted_till_asks_itself(till: Till) -> None:
    till.api.tap_answers.append(DECLINED)
    view = await till.tap(await till.charge())
    await till.restart()
    await till.counter.take_back(view.sale_id)
    await till.tap(view)
    assert till.service.looked_up


async def test_the_hash_is_asked_before_the_link(till: Till) -> None:
    view = await till.charge()
    assert view.invoice is not None
    till.api.settle(view.invoice.payment_hash)
    view = await till.tap(view, CARD)
    assert (view.state, view.tender) == (SaleState.PAID, Tender.QR)
    assert not till.service.looked_up
    assert till.tap_states() == ["superseded"]


async def test_without_the_api_the_link_is_not_asked(till: Till) -> None:
    view = await till.charge()
    till.api.down = True
    view = await till.tap(view, CARD)
    assert phase(view) is TapPhase.NOT_REACHED
    assert till.tap_states() == ["invoiced"]
    assert not till.service.looked_up
    till.api.down = False
    await till.pass_time(5)
    assert (await till.sale(view)).state is SaleState.PAID


@pytest.mark.parametrize(
    ("fault", "answer", "state", "shown"),
    [
        (Fault.BEFORE, None, "invoiced", TapPhase.NOT_REACHED),
        (Fault.LOST, None, "tap_lost", TapPhase.TAP_LOST),
        (None, refusal("This link is already used."), "tap_lost", TapPhase.TAP_LOST),
        (None, refusal("Card is disabled."), "declined", TapPhase.DECLINED),
        (None, {"tag": "payRequest"}, "declined", TapPhase.DECLINED),
        (None, {"tag": "withdrawRequest"}, "declined", TapPhase.DECLINED),
    ],
)
async def test_the_first_step_moves_no_money(
    till: Till, fault: Fault | None, answer: dict[str, object] | None, state: str, shown: TapPhase
) -> None:
    till.service.faults.append(fault)
    till.service.answers.append(answer)
    view = await tapped(till)
    assert (till.tap_states(), phase(view), view.can_cancel) == ([state], shown, True)
    assert not till.service.submitted
    if fault is Fault.BEFORE:
        await till.pass_time(2)
        await till.pass_time(3)
        assert (await till.sale(view)).state is SaleState.PAID


async def test_a_limit_ends_before_anything_is_handed_over(till: Till) -> None:
    till.service.offer["maxWithdrawable"] = 500_000
    view = await tapped(till)
    assert view.tap is not None
    assert (view.tap.phase, view.tap.limit and view.tap.limit.value) == (TapPhase.LIMIT, 500)
    assert till.tap_states() == ["declined"]


async def test_a_refused_callback_declines_and_the_code_stays(till: Till) -> None:
    till.service.answers += [None, refusal("Payment failed - no route.")]
    view = await tapped(till)
    assert view.tap is not None
    assert (view.tap.phase, view.tap.reason) == (TapPhase.DECLINED, "Payment failed - no route.")
    assert view.invoice is not None
    assert till.tap_states() == ["declined"]


async def test_a_callback_that_was_not_sent_is_sent_again(till: Till) -> None:
    till.service.faults += [None, Fault.BEFORE]
    view = await tapped(till)
    assert (till.tap_states(), view.can_cancel) == (["authorised"], True)
    await till.pass_time(2)
    await till.pass_time(3)
    assert (await till.sale(view)).state is SaleState.PAID
    assert till.rows("SELECT link_tries, submit_tries FROM tap") == [(1, 1)]


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.AFTER])
async def test_a_lost_callback_is_repeated_once_with_the_same_words(till: Till, fault: Fault) -> None:
    till.api.card_pays = False
    till.service.faults += [None, fault, fault]
    view = await tapped(till)
    assert (till.tap_states(), phase(view), view.can_cancel) == (["unknown"], TapPhase.UNKNOWN, False)
    await till.pass_time(60)
    first, second = till.service.submitted
    assert first == second
    assert till.rows("SELECT state, submit_tries FROM tap") == [("unknown", 2)]
    view = await till.sale(view)
    assert (view.state, phase(view)) == (SaleState.OPEN, TapPhase.UNKNOWN)


async def test_the_repeat_may_pay_and_its_error_proves_nothing(till: Till) -> None:
    till.api.card_pays = False
    till.service.faults += [None, Fault.LOST]
    till.service.answers += [None, None, refusal("Unknown or expired k1.")]
    view = await tapped(till)
    await till.pass_time(5)
    view = await till.sale(view)
    assert (phase(view), till.tap_states()) == (TapPhase.UNKNOWN, ["unknown"])
    assert view.invoice is not None
    till.api.settle(view.invoice.payment_hash)
    await till.pass_time(3)
    assert (await till.sale(view)).state is SaleState.PAID


async def test_a_pin_is_never_sent_twice(till: Till) -> None:
    till.service.offer["pinLimit"] = 1000
    view = await tapped(till)
    till.service.faults.append(Fault.LOST)
    await till.counter.enter_pin(view.sale_id, "1234")
    await till.pass_time(60)
    assert len(till.service.submitted) == 1
    assert till.tap_states() == ["unknown"]


@pytest.mark.parametrize(("pin_limit", "asks"), [(2_100_000, True), (2_100_001, False)])
async def test_the_pin_is_due_from_its_limit_on(till: Till, pin_limit: int, asks: bool) -> None:
    till.service.offer["pinLimit"] = pin_limit
    view = await tapped(till)
    assert (phase(view) is TapPhase.PIN) is asks


async def test_stop_waiting_ends_the_repeat(till: Till) -> None:
    till.service.faults += [None, Fault.LOST]
    view = await tapped(till)
    await till.counter.stop_waiting(view.sale_id)
    await till.pass_time(EXPIRY_S + 200)
    assert len(till.service.submitted) == 1
    assert (await till.sale(view)).state is SaleState.UNCERTAIN
    assert till.tap_states() == ["not_paid"]


async def test_cancel_while_the_link_is_asked_supersedes_the_tap(engine_till: Till) -> None:
    """The invoice was not handed over yet, so the sale may be cancelled; what comes back later is not used."""
    till = engine_till
    till.api.is_embedded = False
    view = await till.charge()
    till.touch(CARD)
    cancelled = await till.counter.cancel(view.sale_id)
    await till.quiet()
    assert cancelled.state is SaleState.CANCELLED
    assert not till.service.submitted
    assert till.tap_states() in ([], ["superseded"], ["voided"])


async def test_a_restart_while_the_invoice_is_out_asks_nothing_again(till: Till) -> None:
    till.service.faults += [None, Fault.LOST]
    view = await tapped(till)
    await till.restart()
    await till.pass_time(60)
    assert (await till.sale(view)).state is SaleState.UNCERTAIN
    assert len(till.service.submitted) == 1

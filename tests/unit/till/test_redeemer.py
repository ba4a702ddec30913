"""Stored taps on their way: order, one step at a time, back-off, and what each answer leads to."""

from __future__ import annotations

import itertools

import pytest

from pos_app.till.states import SaleState
from pos_app.till.views import FactState, Phase, Stage, TapPhase, Tender
from tests.unit.till.fake_api import Fault
from tests.unit.till.fake_issuer import Asked, tap_link
from tests.unit.till.fake_service import refusal
from tests.unit.till.harness import EXPIRY_S
from tests.unit.till.shop import Shop

DAY_S = 86_400.0


def stages(shop: Shop) -> list[Stage]:
    return [item.stage for item in shop.counter.queue.view().items]


async def test_a_card_that_was_stored_offline_pays_when_the_line_is_back(shop: Shop) -> None:
    await shop.go_offline()
    view = await shop.store()
    assert (shop.tap_states(), stages(shop)) == (["captured"], [Stage.STORED])
    assert not shop.issuer.asked
    await shop.go_online()
    view = await shop.sale(view)
    assert (view.state, view.tender) == (SaleState.PAID, Tender.STORED_CARD)
    assert shop.tap_moves() == ["captured", "invoiced", "redeeming", "authorised", "submitted", "settled"]
    assert len(shop.api.invoices) == 1 and len(shop.issuer.paid) == 1
    assert shop.rows("SELECT count(*) FROM tap WHERE url_sealed IS NOT NULL OR offer_sealed IS NOT NULL") == [(0,)]
    assert not stages(shop)


async def test_each_step_is_on_disk_before_its_request(shop: Shop) -> None:
    seen: list[tuple[object, ...]] = []

    def look(asked: Asked) -> None:
        query = "SELECT tap.state, request_out, link_tries, submit_tries, sale.state FROM tap JOIN sale USING (id)"
        seen.extend(shop.rows(query.replace("USING (id)", "ON sale.id = sale_id")))

    shop.issuer.on_request = look
    await shop.store()
    await shop.pass_time(10)
    assert seen == [("redeeming", 1, 1, 0, "owed"), ("submitted", 1, 1, 1, "owed")]


async def test_the_hashes_are_asked_before_the_link(shop: Shop) -> None:
    await shop.go_offline()
    view = await shop.charge()
    assert view.phase is Phase.NO_CODE
    shop.api.down = False
    view = await shop.sale(await shop.counter.retry(view.sale_id))
    assert view.invoice is not None
    shop.api.down = True
    await shop.pass_time(6)
    await shop.counter.store_card(view.sale_id)
    view = await shop.store_for(view)
    assert shop.tap_states() == ["invoiced"]
    shop.api.settle(view.invoice.payment_hash if view.invoice else shop.invoices()[0][0])
    await shop.go_online()
    view = await shop.sale(view)
    assert (view.state, view.tender) == (SaleState.PAID, Tender.QR)
    assert shop.tap_states() == ["superseded"]
    assert not shop.issuer.asked


class TestOrder:
    async def test_taps_of_one_host_go_in_the_order_of_capture_one_at_a_time(self, shop: Shop) -> None:
        await shop.go_offline()
        views = [await shop.store(counter) for counter in (1, 2, 3)]
        out: list[list[str]] = []
        shop.issuer.on_request = lambda asked: None if asked.bolt11 else out.append(shop.tap_states())
        await shop.go_online(60)
        assert shop.issuer.links() == [(7, 1), (7, 2), (7, 3)]
        for number, states in enumerate(out):
            before, here, after = states[:number], states[number], states[number + 1 :]
            assert here == "redeeming" and not {"captured", "invoiced", "redeeming"} & set(before)
            assert set(after) <= {"captured", "invoiced"}
        assert [(await shop.sale(view)).state for view in views] == [SaleState.PAID] * 3

    async def test_the_next_one_waits_while_the_first_is_asked(self, shop: Shop) -> None:
        await shop.go_offline()
        for counter in (1, 2):
            await shop.store(counter)
        shop.issuer.faults = [Fault.BEFORE] * 3
        await shop.go_online(5)
        assert shop.tap_states() == ["invoiced", "captured"]
        await shop.pass_time(30)
        assert shop.tap_states() == ["settled", "settled"]
        assert shop.issuer.links() == [(7, 1), (7, 2)]

    async def test_a_host_that_is_away_holds_up_no_other(self, shop: Shop) -> None:
        await shop.go_offline()
        await shop.store(host="away.example")
        other = await shop.store(host="card.example")
        shop.issuer.down = {"away.example"}
        await shop.go_online()
        assert (await shop.sale(other)).state is SaleState.PAID
        assert shop.tap_states()[0] == "invoiced"
        fact = next(fact for fact in shop.counter.status().facts if fact.key == "issuer")
        assert fact.state is FactState.WARN and "away.example" in fact.detail

    async def test_a_held_one_blocks_nobody(self, engine_shop: Shop) -> None:
        shop = engine_shop
        await shop.go_offline()
        held = await shop.store(1)
        shop.clock.set_wall(shop.clock.time_s() + 7200)
        later = await shop.store(1, card=8)
        await shop.go_online()
        assert (await shop.sale(later)).state is SaleState.PAID
        assert (await shop.sale(held)).state is SaleState.OWED
        assert stages(shop) == [Stage.HELD]

    async def test_a_live_tap_waits_behind_stored_ones(self, shop: Shop) -> None:
        await shop.go_offline()
        await shop.store(1)
        shop.issuer.down = {"card.example"}
        await shop.go_online(6)
        view = await shop.tap(await shop.charge(), tap_link(7, 2))
        assert view.tap is not None and view.tap.can_store
        assert view.tap.phase is TapPhase.NOT_REACHED and "Pay by QR" in view.tap.words
        assert shop.tap_states() == ["invoiced", "invoiced"] and not shop.api.taps
        shop.issuer.down = set()
        await shop.pass_time(20)
        assert (await shop.sale(view)).state is SaleState.PAID
        assert shop.issuer.links()[0] == (7, 1) and shop.tap_states() == ["settled", "settled"]

    async def test_a_stored_tap_waits_for_the_live_one_before_it(self, shop: Shop) -> None:
        """The live one is with the payments API, which tells nothing until it is done."""
        first = await shop.charge()
        answered = shop.hold_up_api_taps()
        shop.touch(tap_link(7, 1))
        await shop.quiet()
        second = await shop.store(2)
        await shop.pass_time(5)
        assert shop.tap_states() == ["submitted", "invoiced"] and not shop.issuer.asked
        answered.set()
        await shop.pass_time(10)
        assert [(await shop.sale(view)).state for view in (first, second)] == [SaleState.PAID] * 2

    async def test_somebody_who_waits_ends_the_pause(self, shop: Shop) -> None:
        await shop.go_offline()
        await shop.store(1)
        shop.issuer.down = {"card.example"}
        await shop.go_online(600)
        shop.issuer.down = set()
        view = await shop.tap(await shop.charge(), tap_link(8, 1))
        await shop.pass_time(4)
        assert (await shop.sale(view)).state is SaleState.PAID
        assert set(shop.tap_states()) <= {"submitted", "settled"}


class TestPauses:
    async def test_they_grow_to_a_minute(self, shop: Shop) -> None:
        shop.issuer.down = {"card.example"}
        view = await shop.store()
        asked: list[float] = []
        shop.issuer.on_request = lambda _: asked.append(shop.clock.monotonic_s())
        await shop.pass_time(400)
        pauses = [after - before for before, after in itertools.pairwise(asked)]
        assert pauses[0] <= 2.6 and 45 <= pauses[-1] <= 76
        assert (await shop.sale(view)).state is SaleState.OWED

    async def test_nothing_is_asked_while_the_api_is_away(self, shop: Shop) -> None:
        await shop.go_offline()
        await shop.store()
        await shop.pass_time(3600)
        assert not shop.issuer.asked and shop.tap_moves() == ["captured"]

    async def test_nothing_is_asked_while_lightning_is_away(self, engine_shop: Shop) -> None:
        shop = engine_shop
        view = await shop.charge()
        assert view.invoice is not None
        shop.api.source_ok = False
        await shop.pass_time(6)
        assert (await shop.sale(view)).phase is Phase.NO_CODE
        store = shop.counter.status().store
        assert store is not None and store.offered and store.offline_since_s is not None
        await shop.counter.store_card(view.sale_id)
        await shop.store_for(view)
        await shop.pass_time(60)
        assert not shop.issuer.asked
        shop.api.source_ok = True
        await shop.pass_time(15)
        assert (await shop.sale(view)).state is SaleState.PAID

    async def test_an_invoice_that_the_api_does_not_know_is_not_sent(self, shop: Shop) -> None:
        view = await shop.charge()
        shop.api.forget_all(True)
        await shop.pass_time(3)
        await shop.counter.store_card(view.sale_id)
        await shop.store_for(view)
        await shop.pass_time(60)
        assert not shop.issuer.asked and len(shop.api.invoices) == 1
        shop.api.forget_all(False)
        await shop.pass_time(40)
        assert (await shop.sale(view)).state is SaleState.PAID


class TestFirstStep:
    @pytest.mark.parametrize(
        ("fault", "answer", "state", "stage"),
        [
            (Fault.LOST, None, "tap_lost", Stage.TAP_LOST),
            (Fault.AFTER, None, "tap_lost", Stage.TAP_LOST),
            (None, refusal("This link is already used."), "tap_lost", Stage.TAP_LOST),
            (None, refusal("Card is disabled."), "declined", Stage.DECLINED),
            (None, {"tag": "payRequest"}, "declined", Stage.DECLINED),
        ],
    )
    async def test_no_offer_ends_the_tap_and_not_the_sale(
        self, shop: Shop, fault: Fault | None, answer: dict[str, object] | None, state: str, stage: Stage
    ) -> None:
        await shop.go_offline()
        view = await shop.store()
        shop.issuer.faults, shop.issuer.answers = [fault], [answer]
        await shop.go_online(60)
        assert (shop.tap_states(), stages(shop)) == ([state], [stage])
        view = await shop.sale(view)
        assert (view.state, len(shop.api.invoices), shop.issuer.paid) == (SaleState.OWED, 1, [])

    async def test_a_pin_cannot_be_asked(self, shop: Shop) -> None:
        await shop.go_offline()
        await shop.store()
        shop.issuer.pin_limit = 1000
        await shop.go_online()
        assert shop.tap_states() == ["declined"] and not shop.issuer.paid
        (item,) = shop.counter.queue.view().items
        assert "PIN" in item.reason + item.words

    async def test_a_limit_of_the_card(self, shop: Shop) -> None:
        await shop.go_offline()
        await shop.store()
        shop.issuer.most_msat = 2_000_000
        await shop.go_online()
        assert shop.tap_states() == ["declined"] and not shop.issuer.paid


class TestSecondStep:
    async def test_an_error_of_the_first_try_declines(self, shop: Shop) -> None:
        shop.issuer.answers = [None, refusal("No route.")]
        await shop.store()
        await shop.pass_time(10)
        assert (shop.tap_states(), stages(shop)) == (["declined"], [Stage.DECLINED])

    @pytest.mark.parametrize("second", [None, Fault.LOST, Fault.AFTER, Fault.BEFORE])
    async def test_a_lost_answer_is_asked_for_once_more_and_then_only_watched(
        self, shop: Shop, second: Fault | None
    ) -> None:
        shop.issuer.pays = False
        shop.issuer.faults = [None, Fault.AFTER, second]
        view = await shop.store()
        await shop.pass_time(120)
        assert shop.tap_states() == ["unknown"]  # the repeat is refused, lost or not sent: that proves nothing
        assert len([1 for row in shop.tap_moves() if row == "submitted"]) == 2
        assert stages(shop) == [Stage.CHECKING]
        handed = {asked.bolt11 for asked in shop.issuer.asked if asked.bolt11}
        assert len(handed) == 1
        shop.issuer.pay_late()
        await shop.pass_time(60)
        assert (await shop.sale(view)).state is SaleState.PAID

    async def test_a_repeat_that_is_taken_pays(self, shop: Shop) -> None:
        shop.issuer.faults = [None, Fault.LOST]
        view = await shop.store()
        await shop.pass_time(20)
        assert (await shop.sale(view)).state is SaleState.PAID
        assert len(shop.issuer.paid) == 1

    async def test_a_callback_that_was_not_sent_is_sent_again(self, shop: Shop) -> None:
        shop.issuer.faults = [None, Fault.BEFORE, Fault.BEFORE]
        view = await shop.store()
        await shop.pass_time(20)
        assert (await shop.sale(view)).state is SaleState.PAID
        assert shop.rows("SELECT link_tries, submit_tries FROM tap") == [(1, 1)]

    async def test_ok_and_no_money_is_not_paid_once_the_invoice_is_dead(self, shop: Shop) -> None:
        shop.issuer.pays = False
        view = await shop.store()
        await shop.pass_time(60)
        assert (shop.tap_states(), stages(shop)) == (["submitted"], [Stage.ASKING])
        await shop.pass_time(EXPIRY_S + 200)
        assert (shop.tap_states(), stages(shop)) == (["not_paid"], [Stage.NOT_PAID])
        assert (await shop.sale(view)).state is SaleState.OWED
        assert len(shop.api.invoices) == 1  # nobody needs another one yet


class TestInvoices:
    async def test_the_invoice_of_before_is_used_while_it_lives(self, shop: Shop) -> None:
        view = await shop.charge()
        await shop.go_offline()
        await shop.counter.store_card(view.sale_id)
        await shop.store_for(view)
        await shop.go_online()
        assert (await shop.sale(view)).state is SaleState.PAID
        assert len(shop.api.invoices) == 1

    async def test_a_new_one_only_when_the_old_one_is_provably_dead(self, shop: Shop) -> None:
        view = await shop.charge()
        await shop.go_offline()
        await shop.counter.store_card(view.sale_id)
        await shop.store_for(view)
        await shop.pass_time(EXPIRY_S + 60)
        await shop.go_online(30)
        assert len(shop.api.invoices) == 1 and not shop.issuer.asked
        await shop.pass_time(90)
        assert [dead for _, dead in shop.invoices()] == [True, False]
        assert (await shop.sale(view)).state is SaleState.PAID
        assert shop.tap_moves()[:4] == ["captured", "invoiced", "captured", "invoiced"]

    async def test_an_offer_goes_with_the_new_invoice(self, shop: Shop) -> None:
        shop.issuer.faults = [None, *[Fault.BEFORE] * 40]
        view = await shop.store()
        await shop.pass_time(EXPIRY_S + 130)
        assert shop.tap_states() == ["authorised"]
        shop.issuer.faults.clear()
        await shop.pass_time(120)
        assert (await shop.sale(view)).state is SaleState.PAID
        assert [dead for _, dead in shop.invoices()] == [True, False]
        assert shop.issuer.links() == [(7, 1)]
        (handed,) = {asked.bolt11 for asked in shop.issuer.asked if asked.bolt11}
        assert handed == shop.api.invoices[shop.invoices()[1][0]].bolt11


class TestAge:
    async def test_too_old_ends_it_also_offline(self, shop: Shop) -> None:
        await shop.go_offline()
        await shop.store()
        await shop.stop_probes()
        await shop.pass_time(DAY_S + 700)
        assert (shop.tap_states(), stages(shop)) == (["expired"], [Stage.EXPIRED])

    async def test_a_clock_that_differs_holds_it_for_the_manager(self, shop: Shop) -> None:
        shop.issuer.down = {"card.example"}
        view = await shop.store()
        await shop.pass_time(5)
        shop.clock.set_wall(shop.clock.time_s() + 3 * DAY_S)
        shop.issuer.down = set()
        await shop.pass_time(70)
        assert (stages(shop), shop.issuer.asked) == ([Stage.HELD], [])
        (tap,) = await shop.counter._store.stored_taps()
        shop.counter._changed(await shop.counter._store.release_tap(tap.id))
        await shop.pass_time(70)
        assert (await shop.sale(view)).state is SaleState.PAID

    async def test_the_servers_date_counts_too(self, shop: Shop) -> None:
        """The clock was wrong before this start, so only the server knows."""
        await shop.go_offline()
        await shop.store()
        await shop.stop()
        shop.clock.set_wall(shop.clock.time_s() + 7200)
        shop.api.down = False
        await shop.start()
        await shop.pass_time(30)
        assert stages(shop) == [Stage.HELD] and not shop.issuer.asked


class TestEnds:
    """A sale that a person ends."""

    async def test_nothing_more_is_sent(self, shop: Shop) -> None:
        await shop.go_offline()
        view = await shop.store()
        await shop.counter.queue.paid_otherwise(view.sale_id)
        await shop.go_online(60)
        assert (shop.tap_states(), shop.issuer.asked) == (["superseded"], [])
        assert (await shop.sale(view)).state is SaleState.PAID_OTHERWISE

    async def test_while_the_link_is_asked(self, shop: Shop) -> None:
        held_up = shop.hold_up_issuer()
        view = await shop.store()
        await shop.pass_time(5)
        assert (shop.tap_states(), stages(shop)) == (["redeeming"], [Stage.ASKING])
        await shop.counter.queue.paid_otherwise(view.sale_id)
        assert shop.tap_states() == ["redeeming"]
        held_up.set()
        await shop.pass_time(60)
        assert shop.tap_states() == ["superseded"]
        assert not [asked for asked in shop.issuer.asked if asked.bolt11]

    async def test_money_on_the_way_is_due_back(self, shop: Shop) -> None:
        shop.issuer.pays = False
        view = await shop.store()
        await shop.pass_time(10)
        assert shop.tap_states() == ["submitted"]
        await shop.counter.queue.paid_otherwise(view.sale_id)
        shop.issuer.pay_late()
        await shop.pass_time(60)
        assert (await shop.sale(view)).state is SaleState.REFUND_DUE

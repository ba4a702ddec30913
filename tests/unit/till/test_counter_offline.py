"""Sales at the counter over a bad line: what may be stored, taken back and finished another way."""

from __future__ import annotations

import asyncio

import pytest

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.payments.results import TapAnswer, TapOutcome, TapStep
from pos_app.till.states import SaleState
from pos_app.till.tap_steps import FRESH_S
from pos_app.till.taps import CAN_BE_COPIED
from pos_app.till.terms import LimitReached, NotAccepted
from pos_app.till.views import FactState, Phase, SaleChanged, SaleView, Stage, StoreView, TapPhase, TapView, Tender
from tests.unit.till.fake_api import Fault
from tests.unit.till.fake_issuer import tap_link
from tests.unit.till.harness import EXPIRY_S, Till
from tests.unit.till.shop import Shop

NO_ROUTE = TapAnswer(TapOutcome.NOT_SENT, "No route.", TapStep.CONNECT)


def tap(view: SaleView) -> TapView:
    assert view.tap is not None
    return view.tap


def store_view(till: Till) -> StoreView:
    store = till.counter.status().store
    assert store is not None
    return store


class TestLiveToStored:
    """A live tap may be stored only if not a byte of it has left us."""

    async def test_where_the_api_was_not_reached(self, shop: Shop) -> None:
        view = await shop.charge()
        shop.api.down = True
        view = await shop.tap(view, tap_link(7, 1))
        assert (tap(view).phase, tap(view).can_store) == (TapPhase.NOT_REACHED, True)
        view = await shop.counter.store_card(view.sale_id)
        assert (view.state, view.phase) == (SaleState.OWED, Phase.CLOSED)
        assert shop.rows("SELECT state, stored FROM tap") == [("invoiced", 1)]
        await shop.pass_time(60)
        await shop.go_online()
        view = await shop.sale(view)
        assert (view.state, view.tender) == (SaleState.PAID, Tender.STORED_CARD)
        assert not shop.api.taps and len(shop.api.invoices) == 1

    async def test_where_the_engine_did_not_reach_the_issuer(self, engine_shop: Shop) -> None:
        shop = engine_shop
        shop.api.tap_answers += [NO_ROUTE] * 9
        shop.issuer.down = {"card.example"}
        view = await shop.tap(await shop.charge(), tap_link(7, 1))
        assert tap(view).can_store
        fact = next(fact for fact in shop.counter.status().facts if fact.key == "issuer")
        assert fact.state is FactState.WARN and store_view(shop).offered
        assert store_view(shop).offline_since_s is None
        view = await shop.counter.store_card(view.sale_id)
        assert view.state is SaleState.OWED

    async def test_an_early_card_of_a_sale_without_an_invoice(self, shop: Shop) -> None:
        await shop.go_offline()
        view = await shop.tap(await shop.charge(), tap_link(7, 1))
        assert (view.phase, tap(view).phase, tap(view).can_store) == (Phase.NO_CODE, TapPhase.READ, True)
        view = await shop.counter.store_card(view.sale_id)
        assert (view.state, shop.tap_states()) == (SaleState.OWED, ["captured"])

    @pytest.mark.parametrize("fault", [Fault.LOST, Fault.AFTER])
    async def test_never_if_bytes_left(self, shop: Shop, fault: Fault) -> None:
        shop.api.card_pays = False
        shop.api.fail("tap", fault)
        view = await shop.tap(await shop.charge(), tap_link(7, 1))
        assert (tap(view).phase, tap(view).can_store) == (TapPhase.UNKNOWN, False)
        view = await shop.counter.stop_waiting(view.sale_id)
        assert view.state is SaleState.UNCERTAIN
        await shop.pass_time(60)
        assert shop.rows("SELECT state, stored FROM tap") == [("unknown", 0)]
        assert not shop.issuer.asked

    async def test_nor_while_it_is_out(self, shop: Shop) -> None:
        shop.hold_up_api_taps()
        view = await shop.tap(await shop.charge(), tap_link(7, 1))
        assert (tap(view).phase, tap(view).can_store) == (TapPhase.ASKING, False)
        view = await shop.counter.store_card(view.sale_id)
        assert (view.state, view.phase) == (SaleState.OPEN, Phase.READY)

    async def test_nor_once_its_link_is_used_up(self, shop: Shop) -> None:
        """The callback was not sent, and the link was."""
        shop.issuer.faults = [None, *[Fault.BEFORE] * 9]
        link = tap_link(7, 1).replace("/card?", "/Card?")
        view = await shop.tap(await shop.charge(), link)
        assert shop.tap_states() == ["authorised"]
        assert (tap(view).phase, tap(view).can_store) == (TapPhase.NOT_REACHED, False)

    async def test_nor_one_that_can_be_copied(self, shop: Shop) -> None:
        await shop.go_offline()
        view = await shop.tap(await shop.charge(), "lnurlw://card.example/static")
        assert not tap(view).can_store

    async def test_instead_of_one_that_can_be_copied_another_card_is_stored(self, shop: Shop) -> None:
        view = await shop.charge()
        shop.api.down = True
        view = await shop.tap(view, "lnurlw://card.example/static")
        assert (tap(view).phase, tap(view).can_store) == (TapPhase.NOT_REACHED, False)
        view = await shop.counter.store_card(view.sale_id)
        assert view.phase is Phase.STORING
        await shop.store_for(view)
        assert shop.rows("SELECT state, stored FROM tap") == [("voided", 0), ("invoiced", 1)]

    async def test_what_is_just_being_stored_is_sent_by_nobody_else(self, shop: Shop) -> None:
        """Its code comes at that very moment."""
        await shop.go_offline()
        view = await shop.tap(await shop.charge(), tap_link(7, 1))
        shop.api.down = False
        both = asyncio.gather(shop.counter.store_card(view.sale_id), shop.counter.retry(view.sale_id))
        await shop.quiet()
        await both
        assert (await shop.sale(view)).state is SaleState.OWED
        assert not shop.api.taps and len(shop.tap_states()) == 1

    async def test_nor_above_a_limit_or_without_consent(self, shop: Shop) -> None:
        await shop.go_offline()
        view = await shop.tap(await shop.charge(20_001), tap_link(7, 1))
        assert not tap(view).can_store
        with pytest.raises(LimitReached):
            await shop.counter.store_card(view.sale_id)
        await shop.counter.queue.withdraw_consent()
        view = await shop.tap(await shop.charge(), tap_link(7, 2))
        assert not tap(view).can_store
        with pytest.raises(NotAccepted):
            await shop.counter.store_card(view.sale_id)
        assert (await shop.sale(view)).state is SaleState.OPEN

    async def test_a_till_without_a_keystore_stores_nothing(self, till: Till) -> None:
        assert till.counter.status().store is None
        till.api.down = True
        view = await till.tap(await till.charge(), tap_link(7, 1))
        assert not tap(view).can_store
        with pytest.raises(UserError):
            await till.counter.store_card(view.sale_id)

    async def test_a_tap_that_was_given_up_has_to_be_tapped_again(self, shop: Shop) -> None:
        view = await shop.charge()
        shop.api.down = True
        view = await shop.tap(view, tap_link(7, 1))
        await shop.pass_time(3 * FRESH_S)
        assert not tap(await shop.sale(view)).can_store and shop.tap_states() == ["voided"]
        view = await shop.counter.store_card(view.sale_id)
        assert view.phase is Phase.STORING
        view = await shop.store_for(view, 2)
        assert shop.tap_states() == ["voided", "invoiced"]


class TestStoring:
    """The next card is stored at once, and nothing is sent."""

    async def test_a_card_that_can_be_copied_is_refused_with_words(self, shop: Shop) -> None:
        await shop.go_offline()
        view = await shop.charge(store=True)
        view = await shop.tap(view, "lnurlw://card.example/static")
        assert (view.phase, tap(view).phase, tap(view).words) == (Phase.STORING, TapPhase.UNUSABLE, CAN_BE_COPIED)
        await shop.store_for(view)

    async def test_the_same_tap_is_refused(self, shop: Shop) -> None:
        await shop.go_offline()
        await shop.store(1)
        view = await shop.tap(await shop.charge(store=True), tap_link(7, 1))
        assert (view.phase, tap(view).phase) == (Phase.STORING, TapPhase.UNUSABLE)
        assert "taken before" in tap(view).words

    async def test_nothing_begins_where_no_card_can_be_stored(self, shop: Shop) -> None:
        with pytest.raises(LimitReached):
            await shop.counter.charge(Sat(20_001), store=True)
        assert not await shop.counter.recent()

    async def test_limits_are_refused_in_words_on_the_strip(self, shop: Shop) -> None:
        await shop.go_offline()
        for counter in range(1, 6):
            await shop.store(counter, sat=20_000)
        store = store_view(shop)
        assert (store.count, store.sum.value) == (5, 100_000)
        assert store.refusal is not None
        assert "stored" in shop.counter.status().facts[0].detail
        with pytest.raises(LimitReached):
            await shop.counter.charge(Sat(1), store=True)

    async def test_the_session_without_a_line_ends(self, shop: Shop) -> None:
        await shop.go_offline()
        await shop.stop_probes()
        await shop.pass_time(4 * 3600 + 60)
        with pytest.raises(LimitReached):
            await shop.counter.charge(Sat(2100), store=True)
        assert store_view(shop).refusal is not None

    async def test_money_on_the_code_still_counts(self, shop: Shop) -> None:
        view = await shop.charge()
        assert view.invoice is not None
        await shop.counter.store_card(view.sale_id)
        shop.api.settle(view.invoice.payment_hash)
        await shop.pass_time(3)
        assert (await shop.sale(view)).state is SaleState.PAID
        shop.touch(tap_link(7, 1))
        await shop.quiet()
        assert not shop.tap_states()

    async def test_cancel(self, shop: Shop) -> None:
        await shop.go_offline()
        view = await shop.charge(store=True)
        view = await shop.counter.cancel(view.sale_id)
        assert view.state is SaleState.CANCELLED
        shop.touch(tap_link(7, 1))
        await shop.quiet()
        assert not shop.tap_states()

    async def test_retry_goes_back_to_the_code(self, shop: Shop) -> None:
        """Begun offline, finished online."""
        await shop.go_offline()
        view = await shop.charge(store=True)
        shop.api.down = False
        view = await shop.counter.retry(view.sale_id)
        await shop.pass_time(5)
        view = await shop.sale(view)
        assert view.phase is Phase.READY
        await shop.pay(view)
        await shop.pass_time(3)
        assert (await shop.sale(view)).tender is Tender.QR

    async def test_another_sale_gets_the_next_card(self, shop: Shop) -> None:
        await shop.go_offline()
        first = await shop.charge(store=True)
        second = await shop.charge(store=True)
        await shop.store_for(second)
        assert (await shop.sale(first)).phase is Phase.NO_CODE


class TestOpenCode:
    async def test_it_stays_without_a_line_and_is_checked_on_return(self, shop: Shop) -> None:
        view = await shop.charge()
        assert view.invoice is not None
        await shop.go_offline()
        assert (await shop.sale(view)).invoice == view.invoice
        shop.api.settle(view.invoice.payment_hash)
        await shop.go_online(5)
        assert (await shop.sale(view)).state is SaleState.PAID

    async def test_no_new_code_without_a_line(self, shop: Shop) -> None:
        await shop.go_offline()
        view = await shop.charge()
        assert (view.phase, view.invoice) == (Phase.NO_CODE, None)
        store = store_view(shop)
        assert store.offered and store.offline_since_s is not None
        await shop.go_online(6)
        view = await shop.sale(view)
        assert view.phase is Phase.READY
        assert not store_view(shop).offered and store_view(shop).offline_since_s is None


class TestTakenBack:
    async def declined(self, shop: Shop) -> SaleView:
        """A sale whose stored card was declined."""
        await shop.go_offline()
        shop.issuer.most_msat = 1_000_000
        view = await shop.store()
        await shop.go_online()
        shop.issuer.most_msat = 50_000_000
        assert shop.tap_states() == ["declined"]
        return await shop.sale(view)

    async def test_its_one_code_while_it_lives(self, shop: Shop) -> None:
        view = await self.declined(shop)
        view = await shop.counter.take_back(view.sale_id)
        assert (view.state, view.phase, view.can_cancel) == (SaleState.OWED, Phase.READY, False)
        assert view.invoice is not None and list(shop.api.invoices) == [view.invoice.payment_hash]
        await shop.pay(view)
        await shop.pass_time(3)
        view = await shop.sale(view)
        assert (view.state, view.phase, view.tender) == (SaleState.PAID, Phase.CLOSED, Tender.QR)
        assert shop.counter.status().queue_count == 0

    async def test_a_new_code_once_the_old_one_is_dead(self, shop: Shop) -> None:
        view = await self.declined(shop)
        await shop.pass_time(EXPIRY_S)
        view = await shop.counter.take_back(view.sale_id)
        assert view.phase is Phase.ENDING and len(shop.api.invoices) == 1
        await shop.pass_time(130)
        view = await shop.sale(view)
        assert view.phase is Phase.READY and len(shop.api.invoices) == 2
        assert [dead for _, dead in shop.invoices()] == [True, False]

    async def test_another_card_for_the_same_sale(self, shop: Shop) -> None:
        view = await self.declined(shop)
        await shop.counter.take_back(view.sale_id)
        view = await shop.tap(view, tap_link(8, 1))
        await shop.pass_time(3)
        view = await shop.sale(view)
        assert (view.state, view.tender) == (SaleState.PAID, Tender.CARD)
        assert len(shop.api.invoices) == 1

    async def test_another_card_stored_for_it_counts_once(self, shop: Shop) -> None:
        view = await self.declined(shop)
        await shop.go_offline()
        await shop.counter.take_back(view.sale_id)
        view = await shop.counter.store_card(view.sale_id)
        assert view.phase is Phase.STORING
        await shop.store_for(view, 1, card=8)
        assert (store_view(shop).count, store_view(shop).sum) == (1, Sat(2100))
        await shop.go_online(25)
        assert (await shop.sale(view)).state is SaleState.PAID

    async def test_another_card_in_hand_stored_for_it(self, shop: Shop) -> None:
        view = await self.declined(shop)
        await shop.counter.take_back(view.sale_id)
        shop.issuer.faults = [Fault.BEFORE] * 9
        view = await shop.tap(view, tap_link(8, 1))
        assert tap(view).can_store
        view = await shop.counter.store_card(view.sale_id)
        assert (view.state, view.phase) == (SaleState.OWED, Phase.CLOSED)
        last = [event.sale for event in shop.events if isinstance(event, SaleChanged)][-1]
        assert last.phase is Phase.CLOSED
        shop.issuer.faults.clear()
        await shop.pass_time(30)
        assert (await shop.sale(view)).state is SaleState.PAID

    async def test_put_back_it_is_as_before(self, shop: Shop) -> None:
        view = await self.declined(shop)
        await shop.counter.take_back(view.sale_id)
        view = await shop.counter.put_back(view.sale_id)
        assert (view.state, view.phase, view.tap) == (SaleState.OWED, Phase.CLOSED, None)
        shop.touch(tap_link(8, 1))
        await shop.quiet()
        assert shop.tap_states() == ["declined"]

    async def test_stop_waiting_puts_it_back(self, shop: Shop) -> None:
        view = await self.declined(shop)
        await shop.counter.take_back(view.sale_id)
        assert (await shop.counter.cancel(view.sale_id)).state is SaleState.OWED
        assert (await shop.counter.stop_waiting(view.sale_id)).phase is Phase.CLOSED

    async def test_put_back_while_a_card_is_out_sends_nothing_more(self, shop: Shop) -> None:
        view = await self.declined(shop)
        await shop.counter.take_back(view.sale_id)
        shop.issuer.faults = [Fault.BEFORE] * 9
        view = await shop.tap(view, tap_link(8, 1))
        assert tap(view).phase is TapPhase.NOT_REACHED
        await shop.counter.put_back(view.sale_id)
        await shop.pass_time(5)
        assert shop.tap_states() == ["declined", "voided"]

    async def test_an_uncertain_sale_and_the_same_code(self, shop: Shop) -> None:
        """The card of before may still pay: both have the one invoice."""
        shop.api.card_pays = False
        shop.api.fail("tap", Fault.LOST)
        view = await shop.tap(await shop.charge(), tap_link(7, 1))
        view = await shop.counter.stop_waiting(view.sale_id)
        view = await shop.counter.take_back(view.sale_id)
        assert (view.state, view.phase, tap(view).phase) == (SaleState.UNCERTAIN, Phase.READY, TapPhase.UNKNOWN)
        await shop.pay(view)
        await shop.pass_time(3)
        assert (await shop.sale(view)).state is SaleState.PAID
        assert len(shop.api.invoices) == 1

    async def test_what_was_sent_before_stop_waiting_is_not_repeated(self, shop: Shop) -> None:
        shop.issuer.faults = [None, Fault.LOST]
        link = tap_link(7, 1).replace("/card?", "/Card?")
        view = await shop.tap(await shop.charge(), link)
        await shop.counter.stop_waiting(view.sale_id)
        await shop.counter.take_back(view.sale_id)
        await shop.pass_time(60)
        assert shop.rows("SELECT state, submit_tries FROM tap") == [("unknown", 1)]

    async def test_a_sale_that_is_closed_does_not_come_back(self, shop: Shop) -> None:
        view = await shop.charge()
        await shop.counter.cancel(view.sale_id)
        assert (await shop.counter.take_back(view.sale_id)).phase is Phase.CLOSED

    async def test_closed_by_a_person_it_leaves_the_counter(self, shop: Shop) -> None:
        view = await self.declined(shop)
        await shop.counter.take_back(view.sale_id)
        await shop.counter.queue.paid_otherwise(view.sale_id)
        view = await shop.sale(view)
        assert (view.state, view.phase) == (SaleState.PAID_OTHERWISE, Phase.CLOSED)

    async def test_while_its_stored_card_is_being_asked(self, shop: Shop) -> None:
        answered = shop.hold_up_issuer()
        view = await shop.store()
        view = await shop.counter.take_back(view.sale_id)
        assert view.phase is Phase.READY
        view = await shop.tap(view, tap_link(8, 1))
        assert shop.tap_states() == ["redeeming", "invoiced"]
        answered.set()
        await shop.pass_time(20)
        assert (await shop.sale(view)).state is SaleState.PAID
        assert len(shop.issuer.paid) + len(shop.api.taps) == 1


async def test_the_queue_shows_where_each_stands(shop: Shop) -> None:
    await shop.go_offline()
    await shop.store()
    assert [item.stage for item in shop.counter.queue.view().items] == [Stage.STORED]
    status = shop.counter.status()
    assert (status.queue_count, status.attention) == (1, 0)

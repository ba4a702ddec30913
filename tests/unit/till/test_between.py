"""What comes between: a full disk, a fault inside, a change while something is read, a sale that nobody looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pos_app.config.database import DiskFull
from pos_app.core.money import Msat
from pos_app.nfc import events as nfc
from pos_app.payments.results import TapAnswer, TapOutcome, TapStep
from pos_app.till.sale import Held, Sale
from pos_app.till.states import SaleState
from pos_app.till.store import Store
from pos_app.till.views import CardIgnored, SaleChanged, TapPhase
from tests.conftest import LogWatch
from tests.unit.till.fake_api import FakeApi, Fault
from tests.unit.till.fake_issuer import tap_link
from tests.unit.till.harness import CARD, EXPIRY_S, Till
from tests.unit.till.shop import Shop

FULL = DiskFull("The disk is full.", "Free some space.")


def slow_reads(till: Till, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Any]) -> None:
    """The next look at the disk beside the writer is answered only after `meanwhile`."""
    database, awaited = till.counter.store.database, [meanwhile]
    read = database.read

    async def slowly(work: Any) -> Any:
        found = await read(work)
        while awaited:
            await awaited.pop()()
        return found

    monkeypatch.setattr(database, "read", slowly)


@pytest.mark.parametrize("command", ["take_back", "sale"])
async def test_a_look_at_the_disk_never_undoes_a_payment_that_was_told(
    till: Till, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    view = await till.charge()
    assert view.invoice is not None
    payment_hash = view.invoice.payment_hash
    await till.counter.stop_waiting(view.sale_id)

    async def paid() -> None:
        till.api.settle(payment_hash)
        await till.counter.check_now(view.sale_id)

    slow_reads(till, monkeypatch, paid)
    told = await getattr(till.counter, command)(view.sale_id)
    await till.quiet()
    states = [event.sale.state for event in till.events if isinstance(event, SaleChanged)]
    assert (told.state, states[-1]) == (SaleState.PAID, SaleState.PAID)
    assert not till.counter.queue.view().items


async def test_a_change_before_all_sales_are_back_leaves_their_codes_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await shop.charge()
    shop.api.down = True
    view = await shop.tap(view, tap_link(7, 1))
    await shop.counter.store_card(view.sale_id)
    await shop.stop()
    restored_from_s = Store.restored_from_s

    async def held_first(store: Store) -> float | None:
        (tap,) = await store.stored_taps()
        shop.counter._changed(await store.hold_tap(tap.id, Held.CLOCK))
        return await restored_from_s(store)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "restored_from_s", held_first)
        await shop.start()
    await shop.go_online()
    assert (await shop.sale(view)).state is SaleState.OWED
    await shop.counter.queue.release(view.sale_id, "1")
    await shop.pass_time(5)
    assert (await shop.sale(view)).state is SaleState.PAID


class TestAFullDisk:
    @pytest.mark.parametrize("step", ["capture_tap", "move_tap"])
    async def test_a_card_that_cannot_be_written_down_is_not_sent_and_says_why(
        self, till: Till, expect_log: LogWatch, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        expect_log.expect("pos_app.till", "not on disk")
        view = await till.charge()

        async def full(*_args: object, **_facts: object) -> tuple[Sale, ...]:
            raise FULL

        with monkeypatch.context() as disk:
            disk.setattr(till.counter.store, step, full)
            view = await till.tap(view)
        assert view.tap is not None
        assert (view.tap.phase, view.tap.words) == (TapPhase.UNUSABLE, "The disk is full. Free some space.")
        assert not till.api.taps and view.can_cancel
        view = await till.tap(view)
        await till.pass_time(3)
        assert (await till.sale(view)).state is SaleState.PAID
        assert till.tap_states() == (["settled"] if step == "capture_tap" else ["voided", "settled"])

    async def test_an_answer_is_written_down_once_there_is_room(
        self, till: Till, expect_log: LogWatch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expect_log.expect("pos_app.till", "not on disk yet")
        till.api.card_pays = False
        view = await till.charge()
        tap_taken, left = till.counter.store.tap_taken, [FULL, FULL]

        async def full_twice(tap_id: str) -> tuple[Sale, ...]:
            if left:
                raise left.pop()
            return await tap_taken(tap_id)

        monkeypatch.setattr(till.counter.store, "tap_taken", full_twice)
        await till.tap(view)
        assert till.rows("SELECT state, request_out FROM tap") == [("submitted", 1)]
        await till.pass_time(5)
        assert till.rows("SELECT state, request_out FROM tap") == [("submitted", 0)]


@pytest.mark.parametrize(("step", "state"), [("look_up", "tap_lost"), ("submit", "unknown")])
async def test_a_fault_inside_the_till_leaves_no_request_out_for_ever(
    till: Till, expect_log: LogWatch, monkeypatch: pytest.MonkeyPatch, step: str, state: str
) -> None:
    expect_log.expect("pos_app.till.live_tap", "of a tap")

    async def broken(*_args: object, **_facts: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(f"pos_app.till.live_tap.{step}", broken)
    await till.tap(await till.charge(), CARD)
    assert till.rows("SELECT state, request_out FROM tap") == [(state, 0)]


async def test_an_engine_that_asks_for_the_pin_twice_gets_none(engine_till: Till) -> None:
    wanted = TapAnswer(TapOutcome.NOT_SENT, "PIN", TapStep.PIN, "the-session", Msat(1000))
    engine_till.api.tap_answers += [wanted, wanted]
    view = await engine_till.tap(await engine_till.charge())
    view = await engine_till.counter.enter_pin(view.sale_id, "1234")
    view = await engine_till.sale(view)
    assert view.tap is not None
    assert view.tap.phase is TapPhase.DECLINED
    assert engine_till.tap_states() == ["declined"]


async def test_the_hourly_look_for_late_money_survives_a_disk_that_fails_once(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await till.charge()
    payment_hash = next(iter(till.api.invoices))
    await till.pass_time(EXPIRY_S + 200)
    assert (await till.sale(view)).state is SaleState.EXPIRED
    await till.stop_probes()

    async def full(_since_s: float) -> None:
        raise FULL

    with monkeypatch.context() as disk:
        disk.setattr(till.counter.store, "dead_invoices", full)
        await till.pass_time(3600)
    till.api.settle(payment_hash)
    await till.pass_time(3700)
    assert (await till.sale(view)).state is SaleState.PAID_LATE


async def test_no_second_invoice_before_the_first_one_was_asked_for_again(shop: Shop) -> None:
    view = await shop.charge()
    payment_hash = next(iter(shop.api.invoices))
    await shop.counter.stop_waiting(view.sale_id)
    await shop.pass_time(EXPIRY_S + 200)
    await shop.restart()
    shop.api.settle(payment_hash)
    shop.api.fail("look", *[Fault.LOST] * 3)
    await shop.counter.take_back(view.sale_id)
    await shop.pass_time(30)
    assert (await shop.sale(view)).state is SaleState.PAID
    assert len(shop.api.invoices) == 1


async def test_a_fault_at_a_stored_tap_does_not_leave_it_alone(
    shop: Shop, expect_log: LogWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log.expect("pos_app.till.stored_tap", "stored tap")
    await shop.go_offline()
    view = await shop.store()
    secret, faults = shop.counter.store.secret, [ZeroDivisionError(), ZeroDivisionError()]

    async def broken(tap_id: str) -> Any:
        if faults:
            raise faults.pop()
        return await secret(tap_id)

    monkeypatch.setattr(shop.counter.store, "secret", broken)
    await shop.go_online(60)
    assert (await shop.sale(view)).state is SaleState.PAID


async def test_a_card_stored_while_its_sale_is_cancelled_gets_a_new_invoice_at_once(
    engine_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = engine_shop
    view = await shop.charge()
    cancel = shop.api.cancel

    async def stored_meanwhile(payment_hash: str) -> Any:
        url = tap_link(7, 1).replace("lnurlw", "https")
        shop.counter._changed(
            await shop.counter.store.store_tap(view.sale_id, host="card.example", url=url, payment_hash=payment_hash)
        )
        return await cancel(payment_hash)

    monkeypatch.setattr(FakeApi, "cancel", lambda _, payment_hash: stored_meanwhile(payment_hash))
    await shop.counter.cancel(view.sale_id)
    await shop.pass_time(10)
    assert (await shop.sale(view)).state is SaleState.PAID
    assert [dead for _, dead in shop.invoices()] == [True, False]


class TestTheSaleOnTheScreen:
    async def test_a_card_is_for_the_open_sale_that_was_taken_back(self, till: Till) -> None:
        first, second = await till.charge(100), await till.charge(5000)
        assert (await till.counter.take_back(first.sale_id)).state is SaleState.OPEN
        first = await till.tap(first)
        await till.pass_time(3)
        assert (await till.sale(first)).state is SaleState.PAID
        assert (await till.sale(second)).state is SaleState.OPEN

    async def test_after_a_start_a_card_is_for_none_that_nobody_looks_at(self, till: Till) -> None:
        first = await till.charge(100)
        await till.restart()
        till.touch()
        await till.quiet()
        assert not till.api.taps
        assert [event for event in till.events if isinstance(event, CardIgnored)]
        till.card(nfc.CardRemoved())
        await till.counter.take_back(first.sale_id)
        await till.tap(first)
        await till.pass_time(3)
        assert (await till.sale(first)).state is SaleState.PAID

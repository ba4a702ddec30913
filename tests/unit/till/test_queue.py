"""The queue: what it says of each sale, what may be done, and who must allow it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pos_app.config import manager
from pos_app.config.manager import ManagerPin
from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.core.pin_errors import PinNeeded, PinNotSet, PinWrong
from pos_app.till.queue import Queue
from pos_app.till.sale import Held
from pos_app.till.states import SaleState
from pos_app.till.terms import DEFAULTS
from pos_app.till.views import Act, QueueChanged, QueueItem, SaleView, Stage, StatusChanged, Tender, Tone
from tests.unit.till.fake_api import FakeApi, Fault
from tests.unit.till.fake_issuer import FakeIssuer, tap_link
from tests.unit.till.fake_service import refusal
from tests.unit.till.harness import EXPIRY_S, Till

PIN = "482915"
DAY_S = 24 * 3600.0
Command = Callable[[Queue, str], Awaitable[SaleView]]

MANAGERS: dict[str, Command] = {
    "void": lambda queue, sale_id: queue.void(sale_id, PIN, "Goods back"),
    "write off": lambda queue, sale_id: queue.write_off(sale_id, PIN, "Guest left"),
}


@pytest.fixture
async def shop(tmp_path: Path, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Till]:
    """A till that stores cards, offline, with a manager."""
    for name, value in (("TIME_COST", 1), ("MEMORY_KIB", 8), ("LANES", 1)):
        monkeypatch.setattr(manager, name, value)
    pin = ManagerPin(tmp_path / "manager.json", api.clock)
    await pin.set(PIN)
    till = Till(tmp_path / "books", api, service=FakeIssuer(api), stores=True, manager=pin)
    await till.start()
    await go_offline(till)
    yield till
    await till.stop()


async def go_offline(shop: Till) -> None:
    shop.api.down = True
    await shop.pass_time(6)


async def go_online(shop: Till) -> None:
    shop.api.down = False
    await shop.pass_time(15)


async def store(shop: Till, counter: int = 1, *, sat: int = 2100) -> SaleView:
    view = await shop.charge(sat, store=True)
    shop.touch(tap_link(7, counter))
    return await shop.sale(view)


def items(shop: Till) -> tuple[QueueItem, ...]:
    return shop.counter.queue.view().items


def item(shop: Till) -> QueueItem:
    (only,) = items(shop)
    return only


async def words(shop: Till, view: SaleView) -> list[str]:
    return [line.words for line in await shop.counter.queue.story(view.sale_id)]


async def test_a_stored_card_stands_in_the_queue(shop: Till) -> None:
    view = await store(shop)
    stored = item(shop)
    assert (stored.stage, stored.sale, stored.host) == (Stage.STORED, view, "card.example")
    assert stored.words == "Stored, not paid. The card's issuer is asked when the line is back."
    assert {Act.PAID_OTHERWISE, Act.VOID, Act.WRITE_OFF, Act.SHOW_CODE} == stored.acts
    left = shop.counter.queue.view().store
    assert (left.accepted, left.offered, left.refusal, left.count, left.sum) == (True, True, None, 1, Sat(2100))
    status = shop.counter.status()
    assert (status.queue_count, status.attention, status.store) == (1, 0, left)


async def test_each_change_is_told_once(shop: Till) -> None:
    shop.events.clear()
    await store(shop)
    queues = [event.queue for event in shop.events if isinstance(event, QueueChanged)]
    assert [len(queue.items) for queue in queues] == [1]
    strips = [event.status for event in shop.events if isinstance(event, StatusChanged)]
    assert strips[-1].queue_count == 1
    await go_online(shop)
    assert [event for event in shop.events if isinstance(event, QueueChanged)][-1].queue.items == ()
    assert shop.counter.status().queue_count == 0


async def test_the_story_of_a_card_that_paid(shop: Till) -> None:
    view = await store(shop)
    await go_online(shop)
    assert await words(shop, view) == [
        "Sale of 2\N{NARROW NO-BREAK SPACE}100 sat begun",
        "Card stored, not paid",
        "Owed: you carry the risk",
        "Invoice made",
        "Line back, issuer asked",
        "The card's issuer is ready to pay",
        "Invoice handed to the card's issuer",
        "The card's issuer took the invoice",
        "Paid: 2\N{NARROW NO-BREAK SPACE}100 sat arrived",
        "The card paid",
    ]
    story = await shop.counter.queue.story(view.sale_id)
    assert [line.tone for line in story if line.tone is Tone.PAID] == [Tone.PAID, Tone.PAID]
    assert [line.at_s for line in story] == sorted(line.at_s for line in story)


async def test_a_declined_card_waits_for_a_person(shop: Till) -> None:
    view = await store(shop)
    shop.issuer.answers = [refusal("Card not found.")]
    await go_online(shop)
    declined = item(shop)
    assert (declined.stage, declined.reason) == (Stage.DECLINED, "Card not found.")
    assert {Act.SHOW_CODE, Act.NEW_TAP, Act.PAID_OTHERWISE, Act.VOID, Act.WRITE_OFF} <= declined.acts
    assert shop.counter.status().attention == 1
    assert (await words(shop, view))[-1] == "Declined: “Card not found.”"


async def test_a_lost_answer_is_checked_and_shown_again_only_when_dead(shop: Till) -> None:
    await store(shop)
    shop.issuer.pays = False
    shop.issuer.faults = [None, Fault.AFTER, Fault.AFTER]
    await go_online(shop)
    lost = item(shop)
    assert (lost.stage, lost.words) == (Stage.CHECKING, "Answer lost. Checking. Do not charge again.")
    assert Act.SHOW_CODE not in lost.acts and Act.NEW_TAP not in lost.acts
    await shop.pass_time(EXPIRY_S + 150)
    assert item(shop).stage is Stage.NOT_PAID
    assert {Act.SHOW_CODE, Act.NEW_TAP} <= item(shop).acts


async def test_paid_otherwise_needs_no_manager(shop: Till) -> None:
    view = await store(shop)
    view = await shop.counter.queue.paid_otherwise(view.sale_id)
    assert (view.state, view.tender) == (SaleState.PAID_OTHERWISE, Tender.OTHER)
    assert items(shop) == ()
    assert shop.tap_states() == ["superseded"]
    assert shop.counter.queue.view().store.sum == Sat(0)
    again = await shop.counter.queue.paid_otherwise(view.sale_id)
    assert again == view


@pytest.mark.parametrize("name", MANAGERS)
async def test_the_manager_ends_what_is_owed(shop: Till, name: str) -> None:
    view = await store(shop)
    ended = await MANAGERS[name](shop.counter.queue, view.sale_id)
    assert ended.state is {"void": SaleState.CANCELLED, "write off": SaleState.WRITTEN_OFF}[name]
    said = {"void": "Voided: Goods back", "write off": "Written off: Guest left"}[name]
    assert (await words(shop, view))[-2:] == [said, "The card is not needed any more"]
    assert items(shop) == ()


async def test_without_the_pin_or_a_reason_nothing_ends(shop: Till) -> None:
    view, queue = await store(shop), shop.counter.queue
    with pytest.raises(PinWrong) as wrong:
        await queue.void(view.sale_id, "000000", "Goods back")
    assert wrong.value.tries_left == 4
    with pytest.raises(PinNeeded):
        await queue.write_off(view.sale_id, "", "Guest left")
    with pytest.raises(UserError, match="reason is missing"):
        await queue.write_off(view.sale_id, PIN, "  ")
    with pytest.raises(UserError, match="no such sale"):
        await queue.paid_otherwise("f" * 32)
    assert item(shop).stage is Stage.STORED


async def test_without_a_manager_nothing_is_allowed(shop: Till, tmp_path: Path) -> None:
    view = await store(shop)
    shop._manager = None
    await shop.restart()
    with pytest.raises(PinNotSet):
        await shop.counter.queue.void(view.sale_id, PIN, "Goods back")


async def test_a_command_that_comes_too_late_changes_nothing(shop: Till) -> None:
    view, queue = await store(shop), shop.counter.queue
    await queue.paid_otherwise(view.sale_id)
    for command in MANAGERS.values():
        assert (await command(queue, view.sale_id)).state is SaleState.PAID_OTHERWISE
    assert (await queue.goods_given(view.sale_id)).state is SaleState.PAID_OTHERWISE
    assert (await queue.goods_not_given(view.sale_id)).state is SaleState.PAID_OTHERWISE
    assert (await queue.refunded(view.sale_id, PIN, "cash", "")).state is SaleState.PAID_OTHERWISE


# Late money.


async def late(shop: Till, command: Command) -> SaleView:
    """A sale that a person ended, and whose invoice was paid then."""
    await go_online(shop)
    view = await shop.charge()
    assert view.invoice is not None
    await shop.counter.stop_waiting(view.sale_id)
    await shop.quiet()
    await command(shop.counter.queue, view.sale_id)
    shop.api.settle(view.invoice.payment_hash)
    await shop.pass_time(15)
    return await shop.sale(view)


async def test_late_money_after_a_write_off(shop: Till) -> None:
    view = await late(shop, MANAGERS["write off"])
    asked = item(shop)
    assert (view.state, asked.stage) == (SaleState.PAID_LATE, Stage.PAID_LATE)
    assert asked.acts == {Act.GOODS_GIVEN, Act.GOODS_NOT_GIVEN}
    assert shop.counter.status().attention == 1


async def test_goods_given_ends_it(shop: Till) -> None:
    view = await late(shop, MANAGERS["write off"])
    assert (await shop.counter.queue.goods_given(view.sale_id)).state is SaleState.PAID_LATE
    assert items(shop) == ()
    assert (await shop.counter.queue.goods_not_given(view.sale_id)).state is SaleState.PAID_LATE
    await shop.restart()
    assert items(shop) == ()


async def test_goods_not_given_is_due_back_until_it_is_given(shop: Till) -> None:
    view = await late(shop, MANAGERS["write off"])
    await shop.counter.queue.goods_not_given(view.sale_id)
    due = item(shop)
    assert (due.stage, due.refund, due.acts) == (Stage.REFUND_DUE, Sat(2100), frozenset({Act.REFUNDED}))
    await shop.restart()
    assert item(shop).refund == Sat(2100)
    with pytest.raises(UserError, match="How the money"):
        await shop.counter.queue.refunded(view.sale_id, PIN, "", "")
    view = await shop.counter.queue.refunded(view.sale_id, PIN, "Cash", "to the guest")
    assert view.state is SaleState.REFUNDED
    assert items(shop) == ()
    assert (await words(shop, view))[-1] == "Given back: Cash · to the guest"


@pytest.mark.parametrize("name", ["void", "paid otherwise"])
async def test_late_money_that_is_due_back_at_once(shop: Till, name: str) -> None:
    commands = {**MANAGERS, "paid otherwise": lambda queue, sale_id: queue.paid_otherwise(sale_id)}
    view = await late(shop, commands[name])
    assert (view.state, item(shop).refund) == (SaleState.REFUND_DUE, Sat(2100))


async def test_what_a_person_ended_is_cancelled_where_the_api_can(tmp_path: Path, engine_api: FakeApi) -> None:
    till = Till(tmp_path / "books", engine_api, name="This computer")
    await till.start()
    view = await till.charge()
    assert view.invoice is not None
    await till.counter.stop_waiting(view.sale_id)
    await till.counter.queue.paid_otherwise(view.sale_id)
    await till.quiet()
    assert not engine_api.is_payable(engine_api.invoices[view.invoice.payment_hash])
    assert (await words(till, view))[-1] == "Invoice cancelled"
    await till.stop()


# Held cards.


async def hold(shop: Till, why: Held) -> None:
    for tap in await shop.counter._store.stored_taps():
        shop.counter._changed(await shop.counter._store.hold_tap(tap.id, why))
    await shop.quiet()


async def test_clocks_that_differ_ask_the_manager(shop: Till) -> None:
    view = await store(shop)
    shop.clock.set_wall(shop.clock.time_s() + 3 * DAY_S)
    await go_online(shop)
    held = item(shop)
    assert (held.stage, Act.RELEASE in held.acts, Act.UNLOCK in held.acts) == (Stage.HELD, True, False)
    assert "clocks differ" in held.words
    assert shop.tap_states() in (["captured"], ["invoiced"])
    await shop.counter.queue.release(view.sale_id, PIN)
    await shop.pass_time(30)
    assert (await shop.sale(view)).state is SaleState.PAID
    assert "The manager let the card be sent" in await words(shop, view)


async def test_a_card_that_is_too_old_is_not_sent(shop: Till) -> None:
    view = await store(shop)
    await shop.stop_probes()
    await shop.pass_time(DAY_S + 700)
    old = item(shop)
    assert (old.stage, old.sale.state) == (Stage.EXPIRED, SaleState.OWED)
    assert not shop.issuer.asked
    assert (await words(shop, view))[-1] == "The stored card is too old and was not sent"


async def test_a_missing_key_holds_and_unlock_sends(shop: Till) -> None:
    view = await store(shop)
    await shop.stop()
    keys, elsewhere = shop.books.folder / "keys", shop.books.folder / "elsewhere"
    keys.rename(elsewhere)
    await shop.start()
    await go_online(shop)
    held = item(shop)
    assert (held.stage, held.acts & {Act.UNLOCK, Act.RELEASE}) == (Stage.HELD, frozenset({Act.UNLOCK}))
    refusal_now = shop.counter.queue.view().store.refusal
    assert refusal_now is not None and "missing" in refusal_now.message
    assert len((await shop.counter.queue.unlock()).items) == 1
    assert item(shop).stage is Stage.HELD
    elsewhere.rename(keys)
    await shop.counter.queue.unlock()
    await shop.pass_time(30)
    assert (await shop.sale(view)).state is SaleState.PAID
    assert "The key of the stored cards is back" in await words(shop, view)


# Limits and consent.


async def test_consent_is_the_managers_to_give(shop: Till) -> None:
    queue = shop.counter.queue
    assert (await queue.withdraw_consent()).accepted_at_s is None
    assert not queue.view().store.accepted
    with pytest.raises(PinNeeded):
        await queue.accept_risk("")
    assert (await queue.accept_risk(PIN)).accepted_at_s == shop.clock.time_s()
    assert (await queue.terms()).accepted_at_s == shop.clock.time_s()


async def test_raising_a_limit_needs_the_pin_and_lowering_one_does_not(shop: Till) -> None:
    queue = shop.counter.queue
    lower = replace(DEFAULTS, tap_max=Sat(1000), count_max=5)
    assert (await queue.change_terms(lower)).tap_max == Sat(1000)
    higher = replace(lower, count_max=6)
    with pytest.raises(PinNeeded):
        await queue.change_terms(higher)
    assert (await queue.terms()).count_max == 5
    assert (await queue.change_terms(higher, PIN)).count_max == 6
    with pytest.raises(UserError, match="cannot be that"):
        await queue.change_terms(replace(higher, count_max=0))
    await shop.restart()
    assert (await shop.counter.queue.terms()).count_max == 6


async def test_a_full_queue_says_why(shop: Till) -> None:
    await shop.counter.queue.change_terms(replace(DEFAULTS, count_max=1))
    await store(shop)
    refusal_now = shop.counter.queue.view().store.refusal
    assert refusal_now is not None and refusal_now.message.startswith("1 sale is stored already: no more than 1 may be")


async def test_the_session_is_known_over_a_restart(shop: Till) -> None:
    since_s = shop.counter.queue.view().store.offline_since_s
    assert since_s is not None
    await shop.pass_time(4 * 3600)
    await shop.restart()
    left = shop.counter.queue.view().store
    assert left.offline_since_s == since_s
    assert left.refusal is not None and "more than 4 h" in left.refusal.message
    await go_online(shop)
    left = shop.counter.queue.view().store
    assert (left.offline_since_s, left.refusal) == (None, None)


async def test_the_end_of_the_session_is_told(shop: Till) -> None:
    await shop.stop_probes()
    shop.events.clear()
    await shop.pass_time(4 * 3600)
    told = [event.queue.store.refusal for event in shop.events if isinstance(event, QueueChanged)]
    assert told and told[-1] is not None and "more than 4 h" in told[-1].message


async def test_the_queue_is_the_same_after_a_restart(shop: Till) -> None:
    for counter in range(1, 4):
        await store(shop, counter)
    before = [(queued.sale.number, queued.stage, queued.acts) for queued in items(shop)]
    assert [number for number, _, _ in before] == [1, 2, 3]
    await shop.restart()
    assert [(queued.sale.number, queued.stage, queued.acts) for queued in items(shop)] == before


async def test_what_came_back_with_a_backup_is_not_released(shop: Till) -> None:
    await store(shop)
    await hold(shop, Held.RESTORED)
    assert item(shop).stage is Stage.HELD
    assert "backup" in item(shop).words
    assert Act.RELEASE not in item(shop).acts


async def test_a_limit_that_is_just_being_lowered_is_not_raised_again_without_the_pin(shop: Till) -> None:
    queue = shop.counter.queue
    before = await queue.terms()
    lower = queue.change_terms(replace(before, count_max=5))
    told = await asyncio.gather(lower, queue.change_terms(before), return_exceptions=True)
    assert isinstance(told[1], PinNeeded)
    assert (await queue.terms()).count_max == (await shop.counter.store.terms()).count_max == 5

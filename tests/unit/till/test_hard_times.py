"""Clocks that are set, disks that take nothing, a keystore that is shut: nothing is lost, and the words are clear."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from pos_app.config.database import Database
from pos_app.config.keystore import Keystore, KeystoreLocked
from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Act, Phase, QueueItem, SaleView, Stage, TapPhase
from tests.conftest import LogWatch
from tests.unit.till.fake_issuer import tap_link
from tests.unit.till.harness import EXPIRY_S
from tests.unit.till.shop import Shop

HOUR_S = 3600.0
PIN = "1234"


def item(shop: Shop, view: SaleView) -> QueueItem:
    (found,) = (each for each in shop.counter.queue.view().items if each.sale.sale_id == view.sale_id)
    return found


async def store_offline(shop: Shop) -> SaleView:
    """A sale that was begun online, with its invoice, and whose card was stored without a line."""
    view = await shop.charge()
    await shop.go_offline()
    await shop.counter.store_card(view.sale_id)
    return await shop.store_for(view)


# Clocks.


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("hours", [-30, -2, 2, 24 * 400])
async def test_a_clock_set_between_capture_and_redemption_asks_the_manager(
    shop: Shop, hours: float, restarts: bool
) -> None:
    view = await store_offline(shop)
    if restarts:
        await shop.stop()
    shop.clock.set_wall(shop.clock.time_s() + hours * HOUR_S)
    if restarts:
        await shop.start()
    await shop.go_online(60)
    await shop.pass_time(EXPIRY_S + 300)
    held = item(shop, view)
    assert (held.stage, held.sale.state) == (Stage.HELD, SaleState.OWED)
    assert Act.RELEASE in held.acts and "clocks differ" in held.words
    assert not shop.issuer.asked and len(shop.api.invoices) == 1
    await shop.counter.queue.release(view.sale_id, PIN)
    await shop.pass_time(60)
    assert (await shop.sale(view)).state is SaleState.PAID
    assert shop.issuer.links() == [(7, 1)] and [dead for _, dead in shop.invoices()] == [True, False]


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_held_card_stays_held_when_the_clock_is_right_again_and_over_a_restart(
    shop: Shop, hours: float
) -> None:
    view = await store_offline(shop)
    shop.clock.set_wall(shop.clock.time_s() + hours * HOUR_S)
    await shop.go_online(60)
    shop.clock.set_wall(shop.clock.time_s() - hours * HOUR_S)
    await shop.restart()
    await shop.pass_time(60)
    assert item(shop, view).stage is Stage.HELD and not shop.issuer.asked


@pytest.mark.parametrize(("hours", "stage"), [(-30, Stage.HELD), (30, Stage.EXPIRED)])
async def test_with_no_other_clock_to_ask_it_is_held_or_shown_as_too_old(
    engine_shop: Shop, hours: float, stage: Stage
) -> None:
    """This computer's own engine has this computer's clock: after a restart nothing contradicts a later time."""
    shop = engine_shop
    view = await store_offline(shop)
    await shop.stop()
    shop.clock.set_wall(shop.clock.time_s() + hours * HOUR_S)
    await shop.start()
    await shop.go_online(60)
    left = item(shop, view)
    assert (left.stage, left.sale.state) == (stage, SaleState.OWED)
    assert left.acts >= {Act.VOID, Act.WRITE_OFF, Act.PAID_OTHERWISE} and not shop.issuer.asked


# Disks.


Disk = Callable[[bool], None]


@pytest.fixture(params=["full", "read-only"])
def set_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Has the disk take no change, or all again."""
    commit = Database._commit
    changes: dict[sqlite3.Connection, int] = {}

    def refuse(database: Database, connection: sqlite3.Connection) -> None:
        before = changes.setdefault(connection, connection.total_changes)
        if connection.total_changes == before:  # nothing to write
            commit(database, connection)
            return
        connection.execute("ROLLBACK")
        changes[connection] = connection.total_changes
        error = sqlite3.OperationalError("the disk takes nothing")
        error.sqlite_errorcode = {"full": sqlite3.SQLITE_FULL, "read-only": sqlite3.SQLITE_READONLY}[request.param]
        raise error

    def note(database: Database, connection: sqlite3.Connection) -> None:
        commit(database, connection)
        changes[connection] = connection.total_changes

    monkeypatch.setattr(Database, "_commit", note)
    return lambda refuses: monkeypatch.setattr(Database, "_commit", refuse if refuses else note)


async def test_a_disk_that_takes_nothing_at_the_capture_stores_nothing_and_says_so(set_disk: Disk, shop: Shop) -> None:
    await shop.go_offline()
    view = await shop.charge(store=True)
    set_disk(True)
    view = await shop.tap(view, tap_link(7, 1))
    assert (view.state, view.phase) == (SaleState.OPEN, Phase.STORING)
    assert view.tap is not None and view.tap.phase is TapPhase.UNUSABLE
    assert "disk is full" in view.tap.words or "cannot be written" in view.tap.words
    assert shop.counter.queue.view().store.count == 0 and not shop.tap_states()
    with pytest.raises(UserError):
        await shop.counter.charge(Sat(5), store=True)
    set_disk(False)
    assert (await shop.tap(view, tap_link(7, 1))).state is SaleState.OWED
    await shop.counter.verify_journal()


async def test_a_live_card_is_not_sent_before_it_is_on_disk(set_disk: Disk, shop: Shop, expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.till")
    view = await shop.charge()
    set_disk(True)
    view = await shop.tap(view, tap_link(7, 1))
    assert view.state is SaleState.OPEN and view.tap is not None
    assert view.tap.phase is not TapPhase.ASKING
    assert not shop.api.taps and not shop.issuer.asked
    set_disk(False)
    await shop.tap(view, tap_link(7, 2))
    await shop.pass_time(30)
    assert (await shop.sale(view)).state is SaleState.PAID


@pytest.mark.parametrize("step", ["link", "callback"])
async def test_an_answer_that_the_disk_does_not_take_is_kept_until_it_does(
    set_disk: Disk, shop: Shop, expect_log: LogWatch, step: str
) -> None:
    expect_log.expect("pos_app.till", "not on disk yet")
    shop.issuer.on_request = lambda asked: set_disk(True) if bool(asked.bolt11) == (step == "callback") else None
    view = await shop.store()
    await shop.pass_time(20)
    states = {"link": "redeeming", "callback": "submitted"}
    assert shop.tap_states() == [states[step]] and (await shop.sale(view)).state is SaleState.OWED
    set_disk(False)
    shop.issuer.on_request = None
    await shop.pass_time(90)
    assert (await shop.sale(view)).state is SaleState.PAID and shop.tap_states() == ["settled"]
    assert shop.issuer.links() == [(7, 1)] and len(shop.issuer.paid) == 1


# The keystore.


async def test_a_locked_keystore_holds_what_is_stored_until_it_is_unlocked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise KeystoreLocked("The system's keyring did not answer.", "Unlock it.")

    await shop.go_offline()
    views = [await shop.store(counter) for counter in (1, 2)]
    await shop.stop()
    monkeypatch.setattr(Keystore, "get", locked)
    await shop.start()
    await shop.go_online(60)
    for view in views:
        held = item(shop, view)
        assert held.stage is Stage.HELD and Act.UNLOCK in held.acts and Act.RELEASE not in held.acts
    with pytest.raises(UserError, match="key of the stored cards"):
        await shop.counter.charge(Sat(21), store=True)
    assert (await shop.charge(21)).phase is Phase.READY, "codes need no key"
    await shop.counter.queue.unlock()
    await shop.pass_time(30)
    assert {item(shop, view).stage for view in views} == {Stage.HELD} and not shop.issuer.asked
    monkeypatch.undo()
    await shop.counter.queue.unlock()
    await shop.pass_time(60)
    assert [(await shop.sale(view)).state for view in views] == [SaleState.PAID] * 2
    assert shop.issuer.links() == [(7, 1), (7, 2)]


async def test_a_keystore_that_shuts_while_the_till_runs_takes_nothing_away(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.go_offline()
    view = await shop.store()
    monkeypatch.setattr(Keystore, "get", lambda *_, **__: None)
    await shop.go_online(60)
    assert (await shop.sale(view)).state is SaleState.PAID

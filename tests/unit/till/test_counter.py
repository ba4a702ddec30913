"""What a cashier does and sees, over the fake API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pos_app.config.database import DiskFull
from pos_app.core.errors import UserError
from pos_app.core.money import Msat, Sat
from pos_app.payments.errors import NotSent
from pos_app.payments.models import PaymentStatus
from pos_app.till.death import GRACE_S
from pos_app.till.sale import Sale
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView, StatusChanged, Tender
from tests.unit.till.fake_api import FakeApi, Fault
from tests.unit.till.harness import EXPIRY_S, Till, TillClock

DEATH_S = EXPIRY_S + GRACE_S


async def test_a_sale_is_paid(till: Till) -> None:
    view = await till.charge(2100)
    assert view.phase is Phase.READY and view.invoice is not None
    await till.pay(view)
    await till.pass_time(2)
    view = await till.sale(view)
    assert (view.state, view.tender, view.received) == (SaleState.PAID, Tender.QR, Sat(2100))
    assert view.invoice is None and view.paid_at_s == view.closed_at_s == pytest.approx(till.clock.time_s())
    assert till.phases(view) == [Phase.MAKING, Phase.READY, SaleState.PAID]


async def test_a_push_shows_the_payment_at_once(engine_till: Till) -> None:
    view = await engine_till.charge()
    await engine_till.pay(view)
    assert (await engine_till.sale(view)).state is SaleState.PAID


async def test_a_push_alone_proves_nothing(engine_till: Till) -> None:
    view = await engine_till.charge()
    assert view.invoice is not None
    engine_till.api.push(view.invoice.payment_hash)
    assert (await engine_till.sale(view)).phase is Phase.READY
    assert engine_till.api.calls.count("look") == 1


async def test_the_sale_is_on_disk_before_charge_returns(till: Till) -> None:
    view = await till.counter.charge(Sat(500), note="two coffees")
    assert till.rows("SELECT state, sat, note, reference FROM sale") == [("open", 500, "two coffees", view.reference)]
    assert view.phase is Phase.MAKING and view.note == "two coffees"
    await till.quiet()
    (invoice,) = till.api.invoices.values()
    assert invoice.memo == f"two coffees {view.reference}"
    assert invoice.extra["reference"] == view.reference


async def test_numbers_are_consecutive_and_references_readable(till: Till) -> None:
    views = [await till.charge(n) for n in (1, 2, 3)]
    assert [view.number for view in views] == [1, 2, 3]
    assert len({view.reference for view in views}) == 3
    assert all(len(view.reference) == 8 and not set("01ILO") & set(view.reference) for view in views)


@pytest.mark.parametrize("sat", [0, -5])
async def test_nothing_to_charge(till: Till, sat: int) -> None:
    with pytest.raises(UserError, match="nothing to charge"):
        await till.counter.charge(Sat(sat))
    assert till.rows("SELECT * FROM sale") == []


async def test_a_note_that_is_too_long(till: Till) -> None:
    with pytest.raises(UserError, match="200 characters"):
        await till.counter.charge(Sat(1), note="x" * 201)


async def test_an_unknown_sale(till: Till) -> None:
    for command in (till.counter.cancel, till.counter.sale, till.counter.retry, till.counter.stop_waiting):
        with pytest.raises(UserError, match="no such sale"):
            await command("nonsense")


class TestPaidRule:
    """PAID only by a look: paid, success, and at least what is due."""

    async def test_too_little_is_not_paid(self, till: Till) -> None:
        view = await till.charge(2100)
        assert view.invoice is not None
        till.api.settle(view.invoice.payment_hash, Msat(2_099_999))
        await till.pass_time(DEATH_S + 60)
        view = await till.sale(view)
        assert (view.state, view.phase, view.invoice) == (SaleState.OPEN, Phase.CHECKING, None)
        assert view.problem is not None and "less than the sum" in view.problem.message

    async def test_a_wallet_that_pays_itself_reads_negative(self, till: Till) -> None:
        view = await till.charge(2100)
        assert view.invoice is not None
        till.api.settle(view.invoice.payment_hash, Msat(-2_100_000))
        await till.pass_time(2)
        view = await till.sale(view)
        assert (view.state, view.received) == (SaleState.PAID, Sat(2100))

    async def test_not_known_is_never_unpaid(self, till: Till) -> None:
        view = await till.charge()
        assert view.invoice is not None
        till.api.invoices[view.invoice.payment_hash].forgotten = True
        await till.pass_time(DEATH_S * 2)
        view = await till.sale(view)
        assert (view.state, view.phase, view.invoice) == (SaleState.OPEN, Phase.CHECKING, None)
        assert view.problem is not None and "does not know" in view.problem.message
        (invoice,) = till.api.invoices.values()
        invoice.forgotten = False
        till.api.settle(invoice.payment_hash)
        await till.pass_time(10)
        assert (await till.sale(view)).state is SaleState.PAID


class TestExpiry:
    async def test_the_code_ends_then_the_sale_expires(self, till: Till) -> None:
        view = await till.charge()
        start_s = till.clock.monotonic_s()
        assert view.deadline_monotonic_s == start_s + EXPIRY_S
        assert view.safe_at_monotonic_s == start_s + DEATH_S
        await till.pass_time(EXPIRY_S)
        view = await till.sale(view)
        assert (view.phase, view.invoice, view.state) == (Phase.ENDING, None, SaleState.OPEN)
        await till.pass_time(GRACE_S - 1)
        assert (await till.sale(view)).state is SaleState.OPEN
        await till.pass_time(2)
        assert (await till.sale(view)).state is SaleState.EXPIRED
        assert till.phases(view) == [Phase.MAKING, Phase.READY, Phase.ENDING, SaleState.EXPIRED]

    async def test_paid_in_the_grace_time_is_paid(self, till: Till) -> None:
        view = await till.charge()
        await till.pass_time(EXPIRY_S + 60)
        (payment_hash,) = till.api.invoices
        till.api.settle(payment_hash)
        await till.pass_time(10)
        assert (await till.sale(view)).state is SaleState.PAID

    async def test_unreachable_is_not_dead(self, till: Till) -> None:
        view = await till.charge()
        till.api.down = True
        await till.pass_time(DEATH_S * 2)
        assert (await till.sale(view)).phase is Phase.ENDING
        (payment_hash,) = till.api.invoices
        till.api.settle(payment_hash)
        till.api.down = False
        await till.pass_time(80)
        assert (await till.sale(view)).state is SaleState.PAID

    async def test_the_wall_clock_kills_nothing(self, till: Till) -> None:
        view = await till.charge()
        till.clock.set_wall(till.clock.time_s() + 86_400)
        await till.pass_time(30)
        assert (await till.sale(view)).phase is Phase.READY

    async def test_a_code_that_the_api_fails_is_hidden(self, till: Till) -> None:
        view = await till.charge()
        assert view.invoice is not None
        till.api.invoices[view.invoice.payment_hash].status = PaymentStatus.FAILED
        await till.pass_time(2)
        view = await till.sale(view)
        assert (view.state, view.phase, view.invoice) == (SaleState.OPEN, Phase.ENDING, None)

    async def test_late_money_is_booked(self, till: Till) -> None:
        view = await till.charge()
        await till.pass_time(DEATH_S + 10)
        (payment_hash,) = till.api.invoices
        till.api.settle(payment_hash)
        await till.pass_time(3700)
        view = await till.sale(view)
        assert (view.state, view.received) == (SaleState.PAID_LATE, Sat(2100))

    async def test_late_money_is_found_at_a_start_within_thirty_days(self, till: Till) -> None:
        view = await till.charge()
        await till.pass_time(DEATH_S + 10)
        await till.stop()
        (payment_hash,) = till.api.invoices
        till.api.settle(payment_hash)
        await till.clock.advance(29 * 86_400)
        await till.start()
        await till.pass_time(5)
        assert (await till.sale(view)).state is SaleState.PAID_LATE

    async def test_after_a_day_the_dead_are_left_alone_until_the_next_start(self, till: Till) -> None:
        await till.charge()
        await till.pass_time(DEATH_S + 10)
        await till.stop_probes()
        await till.clock.advance(25 * 3600)
        await till.quiet()
        till.api.calls.clear()
        await till.clock.advance(2 * 3600)
        await till.quiet()
        assert "look" not in till.api.calls


class TestNewCode:
    """Show a new code = the same goods sold again."""

    async def expired(self, till: Till) -> SaleView:
        view = await till.charge()
        await till.pass_time(DEATH_S + 10)
        return await till.sale(view)

    async def test_both_paid_the_older_is_due_back(self, till: Till) -> None:
        old = await self.expired(till)
        new = await till.charge(replaces=old.sale_id)
        assert new.replaces == old.sale_id
        await till.pay(new)
        await till.pass_time(2)
        assert (await till.sale(old)).state is SaleState.EXPIRED
        till.api.settle(next(iter(till.api.invoices)))
        await till.counter.check_now(old.sale_id)
        assert (await till.sale(old)).state is SaleState.REFUND_DUE
        assert (await till.sale(new)).state is SaleState.PAID

    async def test_the_older_is_paid_first(self, till: Till) -> None:
        old = await self.expired(till)
        new = await till.charge(replaces=old.sale_id)
        till.api.settle(next(iter(till.api.invoices)))
        await till.counter.check_now(old.sale_id)
        assert (await till.sale(old)).state is SaleState.PAID_LATE
        await till.pay(new)
        await till.pass_time(2)
        assert (await till.sale(old)).state is SaleState.REFUND_DUE

    async def test_not_for_a_sale_that_was_paid_meanwhile(self, till: Till) -> None:
        old = await self.expired(till)
        till.api.settle(next(iter(till.api.invoices)))
        await till.counter.check_now(old.sale_id)
        with pytest.raises(UserError, match="paid meanwhile"):
            await till.counter.charge(Sat(2100), replaces=old.sale_id)

    async def test_not_for_a_sale_that_is_open(self, till: Till) -> None:
        old = await till.charge()
        with pytest.raises(UserError, match="still open"):
            await till.counter.charge(Sat(2100), replaces=old.sale_id)


class TestCancel:
    async def test_a_server_that_cannot_cancel_is_watched(self, till: Till) -> None:
        view = await till.charge()
        view = await till.counter.cancel(view.sale_id)
        assert (view.state, view.can_cancel, view.invoice) == (SaleState.CANCELLED, False, None)
        till.api.settle(next(iter(till.api.invoices)))
        await till.pass_time(30)
        assert (await till.sale(view)).state is SaleState.PAID_LATE

    async def test_our_engine_cancels(self, engine_till: Till) -> None:
        view = await engine_till.charge()
        view = await engine_till.counter.cancel(view.sale_id)
        assert view.state is SaleState.CANCELLED
        assert engine_till.rows("SELECT dead_at_ms IS NOT NULL FROM sale_invoice") == [(1,)]
        assert engine_till.phases(view) == [Phase.MAKING, Phase.READY, Phase.CANCELLING, SaleState.CANCELLED]
        last = engine_till.rows("SELECT data FROM journal ORDER BY seq DESC LIMIT 1")[0][0]
        assert '"on":"cancelled_at_api"' in last

    async def test_paid_before_the_cancel_arrived(self, engine_till: Till) -> None:
        view = await engine_till.charge()
        assert view.invoice is not None
        engine_till.api.settle(view.invoice.payment_hash, push=False)
        assert (await engine_till.counter.cancel(view.sale_id)).state is SaleState.PAID

    @pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.LOST, Fault.AFTER])
    async def test_without_an_answer_the_invoice_is_not_dead(self, engine_till: Till, fault: Fault) -> None:
        view = await engine_till.charge()
        engine_till.api.fail("cancel", fault)
        view = await engine_till.counter.cancel(view.sale_id)
        assert view.state is SaleState.CANCELLED
        assert engine_till.rows("SELECT dead_at_ms FROM sale_invoice") == [(None,)]

    async def test_a_lost_answer_is_looked_up(self, engine_till: Till) -> None:
        view = await engine_till.charge()
        assert view.invoice is not None
        engine_till.api.settle(view.invoice.payment_hash, push=False)
        engine_till.api.fail("cancel", Fault.LOST)
        assert (await engine_till.counter.cancel(view.sale_id)).state is SaleState.PAID

    async def test_twice_is_once(self, till: Till) -> None:
        view = await till.charge()
        await till.counter.cancel(view.sale_id)
        rows = till.rows("SELECT count(*) FROM journal")
        assert (await till.counter.cancel(view.sale_id)).state is SaleState.CANCELLED
        assert till.rows("SELECT count(*) FROM journal") == rows

    async def test_while_there_is_no_code(self, till: Till) -> None:
        till.api.down = True
        view = await till.charge()
        assert (await till.counter.cancel(view.sale_id)).state is SaleState.CANCELLED
        till.api.down = False
        await till.pass_time(120)
        assert till.api.invoices == {}

    async def test_while_the_invoice_is_being_made(self, till: Till) -> None:
        view = await till.counter.charge(Sat(5))
        assert (await till.counter.cancel(view.sale_id)).state is SaleState.CANCELLED
        await till.pass_time(60)
        assert Phase.READY not in till.phases(view)


class TestStopWaiting:
    async def uncertain(self, till: Till) -> SaleView:
        view = await till.charge()
        return await till.counter.stop_waiting(view.sale_id)

    async def test_the_sale_stays_as_uncertain(self, till: Till) -> None:
        view = await self.uncertain(till)
        assert view.state is SaleState.UNCERTAIN
        assert view.uncertain_until_s == pytest.approx(till.clock.time_s() + EXPIRY_S, abs=1)
        assert [sale.sale_id for sale in till.counter.status().uncertain] == [view.sale_id]
        changes = [event.status for event in till.events if isinstance(event, StatusChanged)]
        assert [sale.sale_id for sale in changes[-1].uncertain] == [view.sale_id]

    async def test_it_is_paid_after_all(self, till: Till) -> None:
        view = await self.uncertain(till)
        till.api.settle(next(iter(till.api.invoices)))
        await till.pass_time(10)
        assert (await till.sale(view)).state is SaleState.PAID
        assert till.counter.status().uncertain == ()

    async def test_nothing_handed_over_only_when_all_is_dead(self, till: Till) -> None:
        view = await self.uncertain(till)
        with pytest.raises(UserError, match="may still be paid"):
            await till.counter.nothing_handed_over(view.sale_id)
        await till.pass_time(DEATH_S + 10)
        assert (await till.sale(view)).state is SaleState.UNCERTAIN
        assert (await till.counter.nothing_handed_over(view.sale_id)).state is SaleState.EXPIRED
        assert (await till.counter.nothing_handed_over(view.sale_id)).state is SaleState.EXPIRED

    async def test_a_sale_without_an_invoice_is_cancelled(self, till: Till) -> None:
        till.api.down = True
        view = await till.charge()
        assert (await till.counter.stop_waiting(view.sale_id)).state is SaleState.CANCELLED

    async def test_money_comes_first(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        view = await till.charge()
        store = till.counter._store
        before = await store.sale(view.sale_id)
        await till.pay(view)
        await till.pass_time(2)
        reads = iter([before])  # what the command sees is older than the payment

        async def stale(sale_id: str, read: Callable[[str], Awaitable[Sale | None]] = store.sale) -> Sale | None:
            return next(reads, None) or await read(sale_id)

        monkeypatch.setattr(store, "sale", stale)
        assert (await till.counter.stop_waiting(view.sale_id)).state is SaleState.PAID


class TestRestart:
    async def test_an_open_code_comes_back(self, till: Till) -> None:
        view = await till.charge()
        await till.stop()
        await till.clock.advance(100)
        await till.start()
        again = await till.sale(view)
        assert (again.state, again.phase) == (SaleState.OPEN, Phase.READY) and again.invoice == view.invoice
        assert again.deadline_monotonic_s == pytest.approx(till.clock.monotonic_s() + 500, abs=1)
        assert len(till.api.invoices) == 1
        await till.pay(again)
        await till.pass_time(2)
        assert (await till.sale(view)).state is SaleState.PAID

    async def test_nothing_is_shown_before_the_api_was_asked(self, till: Till) -> None:
        view = await till.charge()
        await till.stop()
        till.api.down = True
        await till.start()
        again = await till.sale(view)
        assert (again.phase, again.invoice) == (Phase.CHECKING, None)
        assert again.problem is not None and "Do not charge again" in again.problem.cure
        till.api.down = False
        await till.pass_time(80)
        assert (await till.sale(view)).phase is Phase.READY

    async def test_paid_while_the_till_was_off(self, till: Till) -> None:
        view = await till.charge()
        await till.stop()
        till.api.settle(next(iter(till.api.invoices)))
        await till.start()
        assert (await till.sale(view)).state is SaleState.PAID

    async def test_a_servers_clock_and_ours_prove_death(self, till: Till) -> None:
        view = await till.charge()
        await till.stop()
        await till.clock.advance(DEATH_S + 5)
        await till.start()
        assert (await till.sale(view)).phase is Phase.ENDING  # asked before its time was known to be over
        await till.pass_time(10)
        assert (await till.sale(view)).state is SaleState.EXPIRED

    async def test_our_own_engines_clock_proves_nothing(self, engine_till: Till) -> None:
        view = await engine_till.charge()
        await engine_till.stop()
        await engine_till.clock.advance(DEATH_S * 10)
        await engine_till.start()
        await engine_till.pass_time(DEATH_S - 1)
        assert (await engine_till.sale(view)).state is SaleState.OPEN
        await engine_till.pass_time(12)
        assert (await engine_till.sale(view)).state is SaleState.EXPIRED

    async def test_a_create_under_way_is_looked_up(self, till: Till) -> None:
        till.api.fail("create", Fault.AFTER)
        till.api.fail("find", *[Fault.BEFORE] * 3)
        view = await till.charge()
        assert view.phase is Phase.CHECKING
        await till.restart()
        await till.pass_time(12)
        again = await till.sale(view)
        assert again.phase is Phase.READY and len(till.api.invoices) == 1

    async def test_one_that_never_left_is_made(self, till: Till) -> None:
        till.api.fail("create", *[Fault.BEFORE] * 2)
        view = await till.charge()
        assert view.phase is Phase.NO_CODE
        await till.restart()
        await till.pass_time(2)
        assert (await till.sale(view)).phase is Phase.READY
        assert till.api.calls.count("find") == 1

    async def test_a_cancelled_sale_is_still_watched(self, till: Till) -> None:
        view = await till.charge()
        await till.counter.cancel(view.sale_id)
        await till.stop()
        till.api.settle(next(iter(till.api.invoices)))
        await till.start()
        assert (await till.sale(view)).state is SaleState.PAID_LATE


class TestLists:
    async def test_recent_is_newest_first(self, till: Till) -> None:
        views = [await till.charge(sat) for sat in (100, 200, 300)]
        assert [view.number for view in await till.counter.recent(limit=2)] == [3, 2]
        assert [view.number for view in await till.counter.recent(search="200")] == [2]
        assert [view.number for view in await till.counter.recent(search="3")] == [3]
        assert [view.number for view in await till.counter.recent(search=views[0].reference[:4].lower())] == [1]
        assert await till.counter.recent(search="%") == ()

    async def test_by_payment_hash(self, till: Till) -> None:
        view = await till.charge()
        assert view.invoice is not None
        assert await till.counter.find(view.invoice.payment_hash) == view
        assert await till.counter.find("00" * 32) is None

    async def test_the_journal_verifies(self, till: Till) -> None:
        view = await till.charge()
        await till.pay(view)
        await till.pass_time(2)
        rows, last_hash = await till.counter.verify_journal()
        assert rows == 3 and len(last_hash) == 64


async def test_a_payment_that_cannot_be_written_is_not_shown(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    view = await till.charge()

    async def full(*_args: object) -> tuple[Sale, ...]:
        raise DiskFull("The disk is full.", "Free some space.")

    with monkeypatch.context() as disk:
        disk.setattr(till.counter._store, "settle", full)
        await till.pay(view)
        await till.pass_time(3)
        view = await till.sale(view)
        assert view.state is SaleState.OPEN and view.problem is not None
        assert view.problem.message == "The disk is full."
    await till.pass_time(10)
    view = await till.sale(view)
    assert (view.state, view.problem) == (SaleState.PAID, None)


async def test_check_now_raises_what_was_not_learnt(till: Till) -> None:
    view = await till.charge()
    till.api.down = True
    for sale_id in (None, view.sale_id):
        with pytest.raises(NotSent):
            await till.counter.check_now(sale_id)
    till.api.down = False
    assert view.invoice is not None
    till.api.settle(view.invoice.payment_hash, push=False)
    await till.counter.check_now()
    assert (await till.sale(view)).state is SaleState.PAID


async def test_no_more_events_after_unsubscribing(till: Till) -> None:
    seen: list[object] = []
    stop = till.counter.subscribe(seen.append)
    stop()
    await till.charge()
    assert seen == []


async def test_lightning_away_hides_the_code(engine_till: Till) -> None:
    view = await engine_till.charge()
    engine_till.api.source_ok = False
    await engine_till.pass_time(60)
    view = await engine_till.sale(view)
    assert (view.phase, view.invoice) == (Phase.NO_CODE, None)
    assert view.problem is not None and "Nobody could pay" in view.problem.message
    engine_till.api.source_ok = True
    await engine_till.pass_time(40)
    assert (await engine_till.sale(view)).phase is Phase.READY


async def test_two_books_do_not_share_a_number(tmp_path: Path, clock: TillClock) -> None:
    tills = [Till(tmp_path / name, FakeApi(clock)) for name in ("one", "two")]
    for till in tills:
        await till.start()
        assert (await till.charge()).number == 1
        await till.stop()

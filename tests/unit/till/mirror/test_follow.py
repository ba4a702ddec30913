"""The first fill and what follows: interrupted, pushed, lost, and gone from the server."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from pos_app.till.history_views import HistoryFilter, RowState, SyncPhase, Unit
from tests.conftest import LogWatch
from tests.support.clock import START_S
from tests.unit.till.mirror.harness import Book


def fill(book: Book, count: int, *, apart_s: float = 60.0) -> None:
    for number in range(count):
        book.server.put(f"payment {number}", START_S - apart_s * (number + 1), 100 + number)


async def test_the_first_fill_copies_all_in_pages_and_says_how_far_it_is(book: Book) -> None:
    book.server.most = 40
    fill(book, 205)
    records = await book.open(start=False)
    told: list[tuple[SyncPhase, int, int]] = []
    records.subscribe(lambda event: told.append(_told(event)))
    await records.start()
    view = await book.fresh()
    assert (view.done, view.total, view.problem) == (205, 205, None)
    assert view.as_of_s is not None and view.as_of_s >= START_S
    filling = [done for phase, done, total in told if phase is SyncPhase.FILLING and total == 205]
    assert filling == sorted(filling) and len(set(filling)) > 3
    assert [row.memo for row in await book.rows(limit=3)] == ["payment 0", "payment 1", "payment 2"]
    sums = await records.sums(HistoryFilter())
    assert (sums.count, sums.received.value) == (205, sum(100 + number for number in range(205)))
    await book.check_sums()


def _told(event: object) -> tuple[SyncPhase, int, int]:
    view = getattr(event, "sync", None)
    return (SyncPhase.WAITING, 0, 0) if view is None else (view.phase, view.done, view.total)


async def test_an_empty_wallet_is_complete(book: Book) -> None:
    await book.open()
    view = await book.fresh()
    assert (view.done, view.total, await book.rows()) == (0, 0, ())


async def test_more_records_within_a_second_than_a_page_holds(book: Book) -> None:
    book.server.most = 10
    fill(book, 95, apart_s=0.01)
    await book.open()
    assert (await book.fresh()).done == 95
    await book.check_sums()


async def test_it_can_be_stopped_and_goes_on(book: Book) -> None:
    book.server.most = 10
    fill(book, 200)
    records = await book.open()
    await book.until(lambda view: view.done >= 30)
    assert (await records.stop_sync()).phase is SyncPhase.STOPPED
    await book.until(lambda view: view.as_of_s is not None)
    book.server.put("new", START_S + 1)
    book.server.push()
    await book.until_row("new")
    stopped = records.sync_view()
    assert (stopped.phase, stopped.done < 200) == (SyncPhase.STOPPED, True)
    assert (await records.period(Unit.DAY, None)).is_partial
    await records.start_sync()
    assert (await book.fresh()).done == 201
    assert not (await records.period(Unit.DAY, None)).is_partial


async def test_a_server_that_goes_away_halfway_is_said_and_nothing_is_lost(book: Book) -> None:
    book.server.most = 10
    book.server.down_after = 7
    fill(book, 200)
    await book.open()
    view = await book.until(lambda view: view.phase is SyncPhase.AWAY)
    assert 0 < view.done < 200
    assert view.problem is not None
    assert f"{view.done} of 200" in view.problem.message.replace("\u202f", "")
    book.server.down_after = None
    book.server.is_away = False
    view = await book.fresh()
    assert (view.done, view.problem) == (200, None)


async def test_an_interrupted_fill_goes_on_where_it_was(book: Book) -> None:
    book.server.most = 10
    fill(book, 200)
    await book.open()
    await book.until(lambda view: view.done >= 50)
    await book.close()
    asked = len(book.server.asked)
    await book.open()
    assert (await book.fresh()).done == 200
    assert len(book.server.asked) - asked < 22
    await book.check_sums()


async def test_a_process_that_died_in_the_first_fill_goes_on_where_it_was(book: Book, tmp_path: Path) -> None:
    book.server.most = 10
    fill(book, 200)
    await book.open()
    await book.until(lambda view: view.done >= 50)
    left = tmp_path / "left"
    await asyncio.to_thread(shutil.copytree, book.folder, left)
    await book.close()
    again = Book(left, book.clock)
    again.server = book.server
    asked = len(book.server.asked)
    await again.open()
    assert (await again.fresh()).done == 200
    assert len(book.server.asked) - asked < 22
    assert len(await again.rows(limit=300)) == 200
    await again.check_sums()
    await again.close()
    await book.open(offline=True)


async def test_a_server_that_does_not_heed_times_is_not_believed(book: Book) -> None:
    book.server.most = 10
    book.server.heeds_times = False
    fill(book, 50, apart_s=86_400.0)
    await book.open()
    view = await book.until(lambda view: view.phase is SyncPhase.AWAY)
    assert view.done < 50


async def test_a_push_brings_what_was_paid_and_repeats_change_nothing(book: Book) -> None:
    fill(book, 5)
    book.server.put("late", START_S - 30, 500, "pending")
    records = await book.open()
    await book.fresh()
    assert (await book.states())["late"] is RowState.PENDING
    book.server.set("late", "success")
    book.server.put("new", START_S + 1, 700)
    for _ in range(3):
        book.server.push()
        await book.look_again()
    states = await book.states()
    assert (states["late"], states["new"]) == (RowState.PAID, RowState.PAID)
    assert (await records.sums(HistoryFilter())).count == 7
    await book.check_sums()


async def test_old_pending_ones_are_asked_for_until_they_are_final(book: Book) -> None:
    book.server.put("old", START_S - 5 * 86_400, 500, "pending")
    book.server.put("refused", START_S - 6 * 86_400, 600, "pending")
    fill(book, 150)
    await book.open()
    await book.fresh()
    book.server.set("old", "success")
    book.server.set("refused", "failed")
    await book.clock.advance(3601)
    await book.look_again()
    states = await book.states()
    assert (states["old"], states["refused"]) == (RowState.PAID, RowState.FAILED)


async def test_records_that_came_while_the_till_was_away_are_found(book: Book) -> None:
    fill(book, 20)
    await book.open()
    await book.fresh()
    await book.close()
    book.server.most = 10
    for number in range(45):
        book.server.put(f"meanwhile {number}", START_S + number)
    await book.open()
    view = await book.fresh()
    assert view.done == 65


async def test_a_record_in_the_middle_that_was_missed_is_found_by_the_count(book: Book) -> None:
    for number in range(300):
        book.server.put(f"payment {number}", START_S - 7200.0 * (number + 1))
    await book.open()
    await book.fresh()
    book.server.put("missed", START_S - 7200.0 * 200 - 5, 777)
    await book.look_again(3)
    assert (await book.states())["missed"] is RowState.PAID
    assert book.records.sync_view().problem is None


async def test_a_server_restored_from_an_older_backup(book: Book, expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.till.mirror", "the server does not know 3 payments")
    fill(book, 50)
    records = await book.open()
    await book.fresh()
    before = await records.sums(HistoryFilter())
    for number in range(3):
        del book.server.records[f"payment {number}"]
    view = await book.look_again(2)
    assert view.problem is not None
    assert "3 payments of 303 sat" in view.problem.message.replace("\u202f", "")
    after = await records.sums(HistoryFilter())
    assert after.received.value == before.received.value - 100 - 101 - 102
    rows = await book.rows(limit=3)
    assert [(row.memo, row.is_gone, row.state) for row in rows] == [
        (f"payment {number}", True, RowState.FAILED) for number in range(3)
    ]
    await book.check_sums()
    for number in range(3):
        book.server.put(f"payment {number}", START_S - 60.0 * (number + 1), 100 + number)
    view = await book.look_again(1)
    assert view.problem is None
    assert (await records.sums(HistoryFilter())).received == before.received


async def test_a_payment_that_is_said_to_be_unpaid_again_counts_no_more(book: Book) -> None:
    fill(book, 3)
    records = await book.open()
    await book.fresh()
    book.server.set("payment 1", "pending")
    view = await book.look_again()
    assert view.problem is not None and "1 payment of 101 sat" in view.problem.message.replace("\u202f", "")
    assert (await records.sums(HistoryFilter())).received.value == 100 + 102
    book.server.set("payment 1", "success")
    assert (await book.look_again()).problem is None


@pytest.mark.parametrize("status", ["pending", "failed"])
async def test_an_unpaid_record_that_the_server_cleans_up_is_no_alarm(book: Book, status: str) -> None:
    fill(book, 5)
    book.server.put("never paid", START_S - 90, 500, status)
    await book.open()
    await book.fresh()
    del book.server.records["never paid"]
    view = await book.look_again(2)
    assert view.problem is None
    assert (await book.states())["never paid"] is RowState.FAILED

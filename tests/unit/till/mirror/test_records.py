"""What the pages ask for of one row, and what the reports ask for of the wallet."""

from __future__ import annotations

import pytest

from pos_app.payments.errors import AnswerLost
from pos_app.till.history_views import DaySettings, HistoryChanged, RowState
from pos_app.till.mirror.zone import NoSuchZone
from pos_app.till.records import NoSuchRow
from tests.support.clock import START_S
from tests.support.wallet_server import hash_of
from tests.unit.till.mirror.harness import Book


async def test_a_row_is_checked_now(book: Book) -> None:
    records = await book.open(start=False)
    name = book.server.put("one", START_S, status="pending")
    await records.start()
    await book.fresh()
    events: list[object] = []
    records.subscribe(events.append)
    book.server.records["one"] |= {"status": "success", "preimage": "cd" * 32}
    detail = await records.check(name)
    assert (detail.row.state, detail.preimage, detail.bolt11) == (RowState.PAID, "cd" * 32, "lnbc210n1p4s")
    assert HistoryChanged() in events
    assert (await records.detail(name)).row == detail.row


async def test_a_sale_is_checked_by_its_invoice(book: Book) -> None:
    records = await book.open(start=False)
    sale = await book.sell(1)
    await book.take_over()
    book.server.put("paid", START_S, 2100, payment_hash=f"{1:064x}")
    detail = await records.check(f"sale:{sale.id}")
    assert (detail.row.key, detail.bolt11) == (f"{1:064x}", "lnbcrt1")
    with pytest.raises(NoSuchRow):
        await records.detail(f"sale:{sale.id}")


async def test_a_check_without_a_server_changes_nothing(book: Book) -> None:
    records = await book.open()
    name = book.server.put("one", START_S)
    await book.look_again()
    book.server.is_away = True
    with pytest.raises(AnswerLost):
        await records.check(name)
    assert (await records.detail(name)).row.state is RowState.PAID


async def test_what_the_reports_ask_for(book: Book) -> None:
    book.server.put("ours", START_S, 2100, payment_hash=f"{1:064x}")
    book.server.put("theirs", START_S + 1, 500)
    book.server.put("open", START_S + 2, 700, "pending")
    records = await book.open()
    await book.sell(1)
    await book.settle(1)
    await book.take_over()
    await book.fresh()
    found = await records.payments_of([f"{1:064x}", hash_of("open"), "ff" * 32])
    assert found["ff" * 32] is None
    assert [each.received_msat for each in found.values() if each] == [2_100_000, None]
    sums = await records.sums_between(START_S - 10, START_S + 10)
    assert (sums.count, sums.sum.value, sums.other_count, sums.other_sum.value) == (2, 2600, 1, 500)


async def test_other_business_days_are_told(book: Book) -> None:
    records = await book.open(offline=True)
    events: list[object] = []
    records.subscribe(events.append)
    records.set_day(DaySettings(5, "Asia/Kathmandu"))
    assert events == [HistoryChanged()]
    with pytest.raises(NoSuchZone):
        records.set_day(DaySettings(5, "Nowhere/Land"))
    assert records.day == DaySettings(5, "Asia/Kathmandu")

"""Payments joined with the sales of this till, and sales that have no payment."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from pos_app.core.money import Fiat, Sat
from pos_app.till.history_views import Direction, HistoryFilter, RowState, TenderPart, Unit
from pos_app.till.sale import NewSale, Rate
from pos_app.till.states import Cause
from pos_app.till.views import Tender
from tests.conftest import LogWatch
from tests.support.clock import START_S
from tests.unit.till.mirror.harness import ALL, Book

TODAY = datetime.fromtimestamp(START_S, UTC).date()


async def test_a_sale_is_a_row_before_its_payment_is_seen_and_one_row_after(book: Book) -> None:
    records = await book.open()
    await book.fresh()
    sale = await book.sell(1, 2100, note="two teas")
    await book.take_over()
    (row,) = await book.rows()
    assert (row.key, row.state, row.memo, row.payment_hash) == (f"sale:{sale.id}", RowState.OPEN, "two teas", None)
    sums = await records.sums(ALL)
    assert (sums.open, sums.open_count, sums.received) == (Sat(2100), 1, Sat(0))

    book.server.put("in the wallet", START_S + 1, 2100, "pending", payment_hash=f"{1:064x}")
    await book.look_again()
    (row,) = await book.rows()
    assert (row.key, row.state, row.sale_id, row.reference) == (f"{1:064x}", RowState.OPEN, sale.id, sale.reference)

    book.server.set("in the wallet", "success")
    await book.settle(1)
    records.sales_changed()
    await book.look_again()
    (row,) = await book.rows()
    assert (row.state, row.tender, row.number) == (RowState.PAID, Tender.QR, 1)
    sums = await records.sums(ALL)
    assert (sums.count, sums.received, sums.open_count) == (1, Sat(2100), 0)
    await book.check_sums()


async def test_what_the_till_knows_counts_before_the_list_shows_it(book: Book) -> None:
    """The API said “paid” of this hash; its list follows with the next look."""
    records = await book.open(offline=True)
    await book.sell(1)
    await book.settle(1)
    await book.take_over()
    assert (await records.sums(ALL)).received == Sat(2100)
    assert (await records.sums_between(0, 1e11)).count == 0


async def test_paid_otherwise_counts_and_cancelled_does_not(book: Book) -> None:
    records = await book.open(offline=True)
    for cause in (Cause.PAID_OTHERWISE, Cause.CANCELLED):
        sale = await book.store.begin(NewSale(Sat(1000)))
        await book.store.step(sale.id, cause)
    await book.take_over()
    view = await records.period(Unit.DAY, TODAY)
    assert (view.now.count, view.now.sum, view.others.count) == (1, Sat(1000), 0)
    assert view.tenders == (TenderPart(Tender.OTHER, view.now),)
    cancelled = await book.rows(HistoryFilter(states=frozenset({RowState.CANCELLED})))
    assert [row.number for row in cancelled] == [2]


async def test_tips_and_fiat_are_of_the_sale_and_count_once(book: Book) -> None:
    rate = Rate(Decimal("43210.50"), ("one",), START_S)
    records = await book.open(offline=True)
    await book.sell(1, 2000, tip=Sat(100), fiat=Fiat(1450, "EUR"), rate=rate)
    await book.sell(2, 500, fiat=Fiat(300, "JPY"), rate=rate)
    await book.settle(1)
    await book.settle(2, 500)
    await book.take_over()
    sums = await records.sums(ALL)
    assert sums.fiat == (Fiat(1450, "EUR"), Fiat(300, "JPY"))
    view = await records.period(Unit.MONTH, TODAY)
    assert (view.now.tips, view.now.fiat) == (Sat(100), sums.fiat)
    row = (await book.rows(HistoryFilter(search="14.50")))[0]
    assert (row.fiat, row.rate, row.tip) == (Fiat(1450, "EUR"), "43210.50", Sat(100))


async def test_money_for_an_earlier_invoice_of_a_paid_sale(book: Book) -> None:
    """Both payments came in; the sale is one, with one tip."""
    records = await book.open()
    await book.fresh()
    sale = await book.sell(1)
    await book.store.declare_dead(f"{1:064x}", "its time is over")
    assert (await book.store.sale(sale.id)) is not None
    book.server.put("first", START_S, 2100, "success", payment_hash=f"{1:064x}")
    await book.settle(1)
    records.sales_changed()
    await book.look_again()
    (row,) = await book.rows()
    assert row.state is RowState.PAID_LATE
    assert (await records.sums(ALL)).received == Sat(2100)


async def test_the_till_is_asked_to_look_where_only_the_api_knows_of_the_money(book: Book) -> None:
    await book.open()
    await book.fresh()
    sale = await book.sell(1)
    book.server.put("paid", START_S, 2100, "success", payment_hash=f"{1:064x}")
    await book.take_over()
    await book.look_again(2)
    assert sale.id in book.asked_till


async def test_the_tills_word_is_doubted_where_the_server_lost_the_payment(book: Book) -> None:
    """The copy never saw it, and the server was restored from a backup: no invented money."""
    records = await book.open()
    await book.fresh()
    await book.sell(1)
    await book.settle(1)
    await book.take_over()
    assert (await records.sums(ALL)).received == Sat(2100)
    await book.clock.advance(120)
    await book.look_again(2)
    (row,) = await book.rows()
    assert (row.state, row.is_gone) == (RowState.PAID, True)
    assert (await records.sums(ALL)).received == Sat(0)
    problem = records.sync_view().problem
    assert problem is not None and "1 payment" in problem.message
    assert (await records.payments_of([f"{1:064x}"]))[f"{1:064x}"].is_lost  # type: ignore[union-attr]
    await book.check_sums()


async def test_a_wallet_that_pays_itself_has_two_rows(book: Book) -> None:
    records = await book.open()
    book.server.put("in", START_S, 21, payment_hash="ab" * 32)
    book.server.put("out", START_S, -21, payment_hash="ab" * 32, checking_id="internal_" + "ab" * 32)
    await book.fresh()
    rows = await book.rows()
    assert len({row.key for row in rows}) == 2
    for row in rows:
        assert (await records.detail(row.key)).row == row
    (out,) = await book.rows(HistoryFilter(direction=Direction.OUT))
    assert out.amount_msat == -21_000


async def test_an_order_of_other_books_is_forgotten(book: Book, expect_log: LogWatch) -> None:
    """till.db was restored from a backup: its journal is another one."""
    expect_log.expect("pos_app.till.mirror.mirror", "made anew")
    await book.open(offline=True)
    await book.sell(1)
    await book.sell(2)
    await book.take_over()
    await book.close()
    for ending in ("", "-wal", "-shm"):
        (book.folder / f"till.db{ending}").unlink(missing_ok=True)
    await book.open(offline=True)
    await book.sell(1, 700)
    await book.take_over()
    (row,) = await book.rows()
    assert row.amount_msat == 700_000


async def test_the_other_till_of_the_wallet_is_a_part_of_the_day(book: Book) -> None:
    book.server.put("theirs", START_S, 500)
    records = await book.open()
    await book.fresh()
    await book.sell(1)
    await book.settle(1)
    await book.take_over()
    view = await records.period(Unit.DAY, date(TODAY.year, TODAY.month, TODAY.day))
    assert (view.now.sum, view.others.sum) == (Sat(2600), Sat(500))
    assert [(part.tender, part.totals.sum.value) for part in view.tenders] == [(Tender.QR, 2100), (None, 500)]
    assert view.before.count == 0

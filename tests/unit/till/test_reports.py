"""X and Z reports: what they count, what they cannot hide, and that nobody can change them afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from pos_app.core.bolt11 import Invoice, Network
from pos_app.core.errors import UserError
from pos_app.core.money import Fiat, Sat
from pos_app.till.books import Books
from pos_app.till.report_paper import lines
from pos_app.till.report_views import Agreement, ReportView
from pos_app.till.reports import NoSuchReport, NothingToClose, Reports, ReportsBroken, WalletWord
from pos_app.till.sale import NewSale, Rate, Sale
from pos_app.till.states import Cause, SaleState
from pos_app.till.store import FILE_NAME, Store
from pos_app.till.views import Tender
from tests.support.clock import ManualClock


class FakeWallet:
    """The payments API as the books ought to find it; `paid` and `doubt` are for the tests to bend."""

    def __init__(self) -> None:
        self.paid: dict[str, int] = {}
        self.silent: set[str] = set()
        self.other = (0, 0)
        self.doubt = ""
        self.asked: list[frozenset[str]] = []

    async def word(self, hashes: Iterable[str], from_s: float, until_s: float) -> WalletWord:
        self.asked.append(frozenset(hashes))
        known = {payment_hash: self.paid.get(payment_hash) for payment_hash in self.asked[-1] - self.silent}
        return WalletWord(known, *self.other, doubt=self.doubt)


class Till:
    """Sales that are made and paid at will, and the reports of them."""

    def __init__(self, store: Store, clock: ManualClock, folder: Path) -> None:
        self.store, self.clock, self.folder = store, clock, folder
        self.wallet = FakeWallet()
        books = Books(folder, Network.REGTEST, practice=True, name="Practice")
        self.reports = Reports(store, self.wallet, books, clock, shop_name="Café Linde", time_zone="Europe/Dublin")
        self._made = 0

    async def sell(self, sat: int = 2100, **facts: object) -> Sale:
        self._made += 1
        sale = await self.store.begin(NewSale(Sat(sat), **facts))  # type: ignore[arg-type]
        invoice = Invoice(
            text=f"lnbcrt{self._made}",
            network=Network.REGTEST,
            amount=sale.total.to_msat(),
            payment_hash=f"{self._made:064x}",
            description="",
            description_hash=None,
            made_at_s=round(self.clock.time_s()),
            expiry_s=600,
            payee="02",
            fields={},
        )
        bound = await self.store.bind(sale.id, invoice)
        assert bound is not None
        return bound

    async def pay(self, sale: Sale, sat: int | None = None) -> Sale:
        payment_hash = sale.invoices[0].payment_hash
        amount = (sale.total if sat is None else Sat(sat)).to_msat()
        self.wallet.paid[payment_hash] = amount.value
        return (await self.store.settle(payment_hash, amount))[0]


@pytest.fixture
async def till(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Till]:
    store = await Store.open(tmp_path, clock)
    yield Till(store, clock, tmp_path)
    await store.close()


def tenders(report: ReportView) -> dict[Tender, tuple[int, int]]:
    return {part.tender: (part.count, part.sum.value) for part in report.tenders}


async def test_a_report_of_nothing(till: Till) -> None:
    report = await till.reports.now()
    assert (report.number, report.count, report.sum, report.unresolved) == (None, 0, Sat(0), ())
    assert report.agreement is Agreement.YES
    assert report.from_s == report.until_s


async def test_it_counts_what_came_in_by_tender(till: Till) -> None:
    await till.pay(await till.sell(1000, tip=Sat(100)))
    await till.pay(await till.sell(2000), sat=2500)  # the customer sent more than was due
    cash = await till.sell(700)
    await till.store.step(cash.id, Cause.PAID_OTHERWISE)
    await till.sell(9999)

    report = await till.reports.now()

    assert (report.count, report.sum, report.tips) == (3, Sat(4300), Sat(100))
    assert tenders(report) == {Tender.QR: (2, 3600), Tender.OTHER: (1, 700)}
    assert (report.first_number, report.last_number) == (1, 4)
    assert [each.state for each in report.unresolved] == [SaleState.OPEN]
    assert report.unresolved_sum == Sat(9999)
    assert report.agreement is Agreement.YES
    assert report.till_sum == Sat(3600)


async def test_fiat_and_the_range_of_rates_are_those_of_the_sales(till: Till) -> None:
    for price, minor in (("86204", 620), ("9999.5", 1000)):
        rate = Rate(Decimal(price), ("a", "b", "c"), 0.0)
        await till.pay(await till.sell(7142, fiat=Fiat(minor, "EUR"), rate=rate))
    report = await till.reports.now()
    assert report.fiat == (Fiat(1620, "EUR"),)
    assert (report.rate_low, report.rate_high) == ("9999.5", "86204")


async def test_late_money_and_cash_that_was_paid_twice(till: Till) -> None:
    late = await till.sell(500)
    await till.store.cancel(late.id, [])
    await till.pay(late)
    twice = await till.sell(800)
    await till.store.step(twice.id, Cause.PAID_OTHERWISE)
    await till.pay(twice)

    report = await till.reports.now()

    assert (report.late_count, report.late_sum) == (1, Sat(500))
    assert tenders(report) == {Tender.QR: (1, 1300), Tender.OTHER: (1, 800)}
    assert report.sum == Sat(2100)
    assert report.refund_due == Sat(800)
    assert [each.state for each in report.unresolved] == [SaleState.PAID_LATE, SaleState.REFUND_DUE]

    await till.store.step(twice.id, Cause.REFUNDED, how="cash", note="")
    report = await till.reports.now()
    assert (report.refund_due, report.refunded) == (Sat(0), Sat(800))


async def test_each_payment_stands_in_one_z_report_whatever_the_clock_does(till: Till) -> None:
    await till.pay(await till.sell(100))
    first = await till.reports.close()
    till.clock.set_wall(till.clock.time_s() - 86_400)
    await till.pay(await till.sell(200))
    second = await till.reports.close()
    await till.pay(await till.sell(400))

    assert [(z.number, z.sum, z.count) for z in (first, second)] == [(1, Sat(100), 1), (2, Sat(200), 1)]
    assert (await till.reports.now()).sum == Sat(400)
    assert second.from_s == first.until_s
    assert second.previous_hash == first.hash
    assert await till.reports.list() == (second, first)
    assert await till.reports.report(1) == first
    assert await till.reports.verify() == 2
    with pytest.raises(NoSuchReport):
        await till.reports.report(3)


async def test_a_second_click_closes_nothing(till: Till) -> None:
    await till.pay(await till.sell())
    await till.reports.close()
    with pytest.raises(NothingToClose):
        await till.reports.close()
    assert len(await till.reports.list()) == 1


async def test_a_first_day_without_sales_can_be_closed(till: Till) -> None:
    assert (await till.reports.close()).number == 1


async def test_the_books_differ_hash_by_hash(till: Till) -> None:
    good, gone, less = [await till.pay(await till.sell(sat)) for sat in (100, 200, 300)]
    unseen = await till.sell(400)
    hashes = [sale.invoices[0].payment_hash for sale in (good, gone, less, unseen)]
    del till.wallet.paid[hashes[1]]
    till.wallet.paid[hashes[2]] = 299_000
    till.wallet.paid[hashes[3]] = 400_000
    till.wallet.other = (2, 50_000)

    report = await till.reports.now()

    assert report.agreement is Agreement.NO
    assert {(each.payment_hash, each.till_msat, each.api_msat) for each in report.differences} == {
        (hashes[1], 200_000, None),
        (hashes[2], 300_000, 299_000),
        (hashes[3], None, 400_000),
    }
    assert (report.other_count, report.other_sum) == (2, Sat(50))
    assert any(hashes[3][:8] in line.left for line in lines(report))


async def test_a_payment_that_the_api_does_not_know_leaves_it_open(till: Till) -> None:
    sale = await till.pay(await till.sell())
    till.wallet.silent.add(sale.invoices[0].payment_hash)
    assert (await till.reports.now()).agreement is Agreement.NOT_KNOWN
    till.wallet.silent.clear()
    till.wallet.doubt = "The payments server does not answer."
    report = await till.reports.now()
    assert (report.agreement, report.agreement_words) == (Agreement.NOT_KNOWN, till.wallet.doubt)


async def test_money_that_comes_while_the_day_is_closed_is_asked_for_too(till: Till) -> None:
    sale, ask = await till.sell(), till.wallet.word

    async def pay_first(hashes: Iterable[str], from_s: float, until_s: float) -> WalletWord:
        word = await ask(hashes, from_s, until_s)
        if len(till.wallet.asked) == 1:
            await till.pay(sale)
        return word

    till.wallet.word = pay_first  # type: ignore[method-assign]
    report = await till.reports.close()
    assert (report.sum, report.agreement) == (Sat(2100), Agreement.YES)
    assert len(till.wallet.asked) == 2


async def test_money_that_never_stops_coming_lets_the_day_open(till: Till) -> None:
    ask = till.wallet.word

    async def pay_more(hashes: Iterable[str], from_s: float, until_s: float) -> WalletWord:
        await till.pay(await till.sell())
        return await ask(hashes, from_s, until_s)

    till.wallet.word = pay_more  # type: ignore[method-assign]
    with pytest.raises(UserError, match="Payments came in"):
        await till.reports.close()
    assert await till.reports.list() == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE report SET data = replace(data, 'Linde', 'Lunde') WHERE number = 1", "not what was written"),
        ("DELETE FROM report WHERE number = 1", "missing"),
    ],
)
async def test_what_was_changed_from_outside_is_found(till: Till, change: str, words: str) -> None:
    for _ in range(2):
        await till.pay(await till.sell())
        await till.reports.close()
    with sqlite3.connect(till.folder / FILE_NAME) as outside:
        with pytest.raises(sqlite3.IntegrityError, match="Z report"):
            outside.execute(change)
        outside.execute("DROP TRIGGER report_stays")
        outside.execute("DROP TRIGGER report_is_final")
        outside.execute(change)
    outside.close()
    with pytest.raises(ReportsBroken, match=words):
        await till.reports.verify()


async def test_the_paper_names_what_is_not_paid(till: Till) -> None:
    await till.pay(await till.sell(1000))
    await till.sell(250)
    text = "\n".join(f"{line.left}|{line.right}" for line in lines(await till.reports.close()))
    assert "Café Linde" in text
    assert "Z report 1" in text
    assert "PRACTICE" in text
    assert "NOT PAID YET OR UNCLEAR 1|250 sat" in text
    assert "Books agree with the payments server|yes" in text

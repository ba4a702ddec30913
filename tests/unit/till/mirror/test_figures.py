"""The same figures from the mirror, from the engine's own statistics, and from a plain recount: for a whole year."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from pos_app.core.money import Msat
from pos_app.engine.feed import wallet_feed
from pos_app.engine.store import payments
from pos_app.engine.store.rows import US_PER_S, PaymentRow, PaymentStatus
from pos_app.payments.client import Client
from pos_app.till.history_views import DaySettings, HistoryFilter, Totals, Unit
from tests.support.clock import ManualClock
from tests.support.records import add_payment
from tests.support.shop_engine import Shop, TestWallet, open_shop
from tests.unit.till.mirror.harness import Book

pytestmark = pytest.mark.asyncio(loop_scope="module")
YEAR = 2025
COUNT = 1200
FIRST = datetime(YEAR, 1, 1, tzinfo=UTC)
CHANGES = [  # both clock changes of each zone, and the hours around them
    *(datetime(YEAR, 3, 30, 1, tzinfo=UTC), datetime(YEAR, 10, 26, 1, tzinfo=UTC)),  # Berlin
    *(datetime(YEAR, 3, 9, 5, tzinfo=UTC), datetime(YEAR, 11, 2, 4, tzinfo=UTC)),  # St John's
    *(datetime(YEAR, 4, 5, 15, tzinfo=UTC), datetime(YEAR, 10, 4, 15, tzinfo=UTC)),  # Lord Howe
]
ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]


@dataclass
class Year:
    """A shop whose engine has a year of payments, and its mirror."""

    shop: Shop
    wallet: TestWallet
    book: Book
    rows: list[PaymentRow]

    async def history(self, group: str) -> dict[int, tuple[int, int]]:
        answer = await self.shop.http.get(
            "/payments/history", headers=self.wallet.reads, params={"group": group, "limit": 1000}
        )
        return {
            int(datetime.fromisoformat(point["date"]).timestamp()): (point["income"], point["spending"])
            for point in answer.json()
        }

    async def daily(self) -> list[dict[str, float | str]]:
        user = await self.shop.engine.accounts.user_by_id(self.wallet.record.user_id)
        assert user is not None
        token = await self.shop.engine.accounts.create_token(user)
        answer = await self.shop.http.get(
            "/payments/stats/daily",
            headers={"Authorization": f"Bearer {token}"},
            params={"wallet_id": self.wallet.id},
        )
        return list(answer.json())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def year(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Year]:
    folder: Path = tmp_path_factory.mktemp("year")
    async with open_shop(folder / "engine", "in process") as shop:
        owner = await shop.engine.accounts.create_user("owner", password="correct horse")
        wallet = await shop.wallet(owner=owner)
        moments = _moments()
        await shop.engine._db.write(lambda db: _make_all(db, wallet.id, moments))
        book = Book(folder / "book", ManualClock(FIRST.timestamp() + 366 * 86_400))
        await book.open(_client(shop, wallet, book))
        await book.fresh()
        # Some that were pending have ended when the mirror looks again: money that came late.
        await shop.engine._db.write(_end_late)
        await book.close()
        await book.open(_client(shop, wallet, book))
        await book.fresh()
        rows = await shop.engine._db.read(
            lambda db: [payments.payment_row(row) for row in db.execute("SELECT * FROM payment")]
        )
        try:
            yield Year(shop, wallet, book, rows)
        finally:
            await book.close()


def _client(shop: Shop, wallet: TestWallet, book: Book) -> Client:
    name = wallet_feed(wallet.id)
    return Client.embedded(shop.engine.app, wallet.invoice_key, shop.engine.feed, clock=book.clock, wallet_feed=name)


def _moments() -> list[float]:
    chance = random.Random(6)
    anywhere = [FIRST.timestamp() + chance.uniform(0, 365 * 86_400) for _ in range(COUNT)]
    around = [change.timestamp() + chance.uniform(-7200, 7200) for change in CHANGES for _ in range(20)]
    edges = [change.timestamp() + step * 900 for change in CHANGES for step in range(-8, 9)]
    return sorted([*anywhere, *around, *edges])


def _make_all(db: sqlite3.Connection, wallet_id: str, moments: list[float]) -> None:
    for number, at_s in enumerate(moments):
        _make(db, wallet_id, number, at_s)


def _make(db: sqlite3.Connection, wallet_id: str, number: int, at_s: float) -> None:
    chance = random.Random(number)
    status = chance.choices(["success", "failed", "pending"], [80, 10, 10])[0]
    amount = chance.randint(1, 200_000) * 1000 + chance.choice([0, 0, 1, 999])
    is_out = chance.random() < 0.15
    add_payment(
        db,
        wallet_id,
        f"{number:064x}",
        -amount if is_out else amount,
        status,
        fee_msat=-chance.randint(0, 3000) if is_out else 0,
        time_us=round(at_s * US_PER_S),
        tag=chance.choice([None, None, "tpos"]),
        memo=f"sale {number}",
    )


def _end_late(db: sqlite3.Connection) -> None:
    chance = random.Random(1)
    rows = db.execute("SELECT id FROM payment WHERE status = 'pending'").fetchall()
    for row in rows:
        ending = chance.choice([PaymentStatus.SUCCESS, PaymentStatus.FAILED, None])
        if ending is not None:
            payments.change(db, row["id"], ending, now_us=0)


def _counted(rows: list[PaymentRow]) -> list[PaymentRow]:
    return [row for row in rows if payments.is_counted(row)]


async def test_the_copy_has_every_record_in_its_last_state(year: Year) -> None:
    assert year.book.records.sync_view().problem is None
    found = {row.payment_hash: row async for piece in year.book.records.walk(HistoryFilter()) for row in piece}
    assert len(found) == len(year.rows)
    for row in year.rows:
        mirrored = found[row.payment_hash]
        expected = {"success": "paid", "pending": "pending", "failed": "failed"}[row.status.value]
        assert (mirrored.state, mirrored.amount_msat, mirrored.fee_msat) == (expected, row.amount.value, row.fee.value)
    await year.book.check_sums()


@pytest.mark.parametrize("group", ["hour", "day", "month"])
async def test_history(year: Year, group: str) -> None:
    points = await year.history(group)
    starts = sorted(points)
    for start_s, end_s in zip(starts, [*starts[1:], starts[-1] + 32 * 86_400], strict=True):
        sums = await year.book.records.sums(HistoryFilter(from_s=start_s, until_s=end_s))
        income, spending = points[start_s]
        assert (sums.received.value, sums.sent.value) == (income // 1000, spending // 1000)


async def test_daily_statistics(year: Year) -> None:
    days = await year.daily()
    assert len(days) > 360
    for day in days:
        start_s = datetime.fromisoformat(str(day["date"])).timestamp()
        sums = await year.book.records.sums(HistoryFilter(from_s=start_s, until_s=start_s + 86_400))
        assert sums.received.value == day["balance_in"]
        wallet = await year.book.records.sums_between(start_s, start_s + 86_400)
        assert (wallet.count, wallet.sum.value) == (day["count_in"], day["balance_in"])


@pytest.mark.parametrize("start_hour", [2, 4])
@pytest.mark.parametrize("zone", ZONES)
async def test_business_days_of_any_zone(year: Year, zone: str, start_hour: int) -> None:
    year.book.records.set_day(DaySettings(start_hour, zone))
    plain = _recount(_counted(year.rows), ZoneInfo(zone), start_hour)
    near = {moment.date() + timedelta(days=step) for moment in CHANGES for step in (-1, 0, 1)}
    lengths = set()
    for day in sorted(near):
        view = await year.book.day_of(day)
        assert (view.now.count, view.now.sum.value) == (plain[day].count, plain[day].sum.value)
        assert sum(bar.totals.count for bar in view.bars) == view.now.count
        assert view.bars[0].from_s == view.from_s and view.bars[-1].until_s == view.until_s
        for before, after in zip(view.bars, view.bars[1:], strict=False):
            assert before.until_s == after.from_s
        lengths.add(round((view.until_s - view.from_s) / 900) / 4)
        assert view.others == view.now
    expected = {"UTC": {24}, "Asia/Kathmandu": {24}, "Australia/Lord_Howe": {23.5, 24, 24.5}}
    assert lengths == expected.get(zone, {23, 24, 25})


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu"])
@pytest.mark.parametrize("unit", list(Unit))
async def test_longer_periods_are_the_sums_of_their_days(year: Year, unit: Unit, zone: str) -> None:
    year.book.records.set_day(DaySettings(4, zone))
    plain = _recount(_counted(year.rows), ZoneInfo(zone), 4)
    view = await year.book.records.period(unit, date(YEAR, 10, 25))
    days = [view.first + timedelta(days=step) for step in range((view.last - view.first).days + 1)]
    assert view.now.count == sum(plain[day].count for day in days)
    assert sum(bar.totals.count for bar in view.bars) == view.now.count
    expected = {Unit.DAY: 25 if zone == "Europe/Berlin" else 24, Unit.WEEK: 7, Unit.MONTH: 31, Unit.YEAR: 12}
    assert len(view.bars) == expected[unit]
    before = [day - timedelta(days=7) for day in days]
    if unit in (Unit.DAY, Unit.WEEK):
        assert view.before.count == sum(plain[day].count for day in before)
    assert sum(bar.totals.count for bar in view.bars_before) == view.before.count


async def test_the_heat_map(year: Year) -> None:
    zone = ZoneInfo("America/St_Johns")
    year.book.records.set_day(DaySettings(0, "America/St_Johns"))
    view = await year.book.day_of(date(YEAR, 11, 9))
    last = datetime(YEAR, 11, 10, tzinfo=zone).timestamp()
    first = datetime(YEAR, 9, 15, tzinfo=zone).timestamp()
    expected: Counter[tuple[int, int]] = Counter()
    for row in _counted(year.rows):
        at_s = row.time_us / US_PER_S
        if row.is_incoming and first <= at_s < last:
            local = datetime.fromtimestamp(at_s, zone)
            expected[local.weekday(), local.hour] += 1
    assert sum(expected.values()) > 200
    assert {(day, hour): count for day, hours in enumerate(view.heat) for hour, count in enumerate(hours) if count} == (
        dict(expected)
    )


def _recount(rows: list[PaymentRow], zone: ZoneInfo, start_hour: int) -> dict[date, Totals]:
    """By the clock alone: a moment belongs to the last day whose start a clock has shown."""
    counts: Counter[date] = Counter()
    sums: Counter[date] = Counter()
    for row in rows:
        if not row.is_incoming:
            continue
        at = datetime.fromtimestamp(row.time_us / US_PER_S, UTC)
        day = at.astimezone(zone).date()
        while _start(day, zone, start_hour) > at:
            day -= timedelta(days=1)
        counts[day] += 1
        sums[day] += row.amount.value
    days = (FIRST.date() + timedelta(days=step) for step in range(-8, 375))
    return {day: Totals(counts[day], Msat(sums[day] // 1000 * 1000).to_sat()) for day in days}


@cache
def _start(day: date, zone: ZoneInfo, hour: int) -> datetime:
    """The first moment at which a clock shows this hour of the day, or more."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    while at.astimezone(zone).replace(tzinfo=None) < datetime(day.year, day.month, day.day, hour):
        at += timedelta(minutes=15)
    return at

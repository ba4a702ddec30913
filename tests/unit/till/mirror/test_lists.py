"""Any page of any filter is what a plain walk through the records gives."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from pos_app.core.money import Sat
from pos_app.till.history_views import Direction, HistoryFilter, HistoryRow, RowState
from pos_app.till.mirror import pages
from pos_app.till.views import Tender
from tests.support.clock import START_S
from tests.support.wallet_server import hash_of
from tests.unit.till.mirror.harness import ALL, Book

Test = Callable[[HistoryRow], bool]
DAY_S = 86_400.0
FILTERS: list[tuple[HistoryFilter, Test]] = [
    (ALL, lambda row: True),
    (HistoryFilter(states=frozenset({RowState.FAILED})), lambda row: row.state is RowState.FAILED),
    (HistoryFilter(direction=Direction.OUT), lambda row: row.amount_msat < 0),
    (HistoryFilter(tag="tpos", direction=Direction.IN), lambda row: row.tag == "tpos" and row.amount_msat > 0),
    (
        HistoryFilter(from_s=START_S - 3 * DAY_S - 7, until_s=START_S - DAY_S / 3),
        lambda row: START_S - 3 * DAY_S - 7 <= row.at_s < START_S - DAY_S / 3,
    ),
    (
        HistoryFilter(from_s=START_S - 100, until_s=START_S - 50, states=frozenset({RowState.PAID})),
        lambda row: START_S - 100 <= row.at_s < START_S - 50 and row.state is RowState.PAID,
    ),
    (HistoryFilter(least=Sat(50), most=Sat(60)), lambda row: 50_000 <= abs(row.amount_msat) < 61_000),
    (HistoryFilter(search="table 7"), lambda row: "table 7" in row.memo),
    (HistoryFilter(search="TABLE 7", tag="tpos"), lambda row: "table 7" in row.memo and row.tag == "tpos"),
    (HistoryFilter(search="zq"), lambda row: "zq" in row.memo),
    (HistoryFilter(search="nowhere"), lambda row: False),
    (HistoryFilter(tenders=frozenset({Tender.CARD})), lambda row: False),
]


def _fill(book: Book) -> None:
    chance = random.Random(3)
    for number in range(600):
        at_s = START_S - (chance.uniform(0, 40) * DAY_S if number % 3 else chance.uniform(0, 200))
        book.server.put(
            f"Tea at table {chance.randint(1, 30)} {'zq' if number % 50 == 0 else ''}#{number}",
            round(at_s, 3),
            chance.choice([-1, 1, 1, 1]) * chance.randint(1, 100),
            chance.choice(["success", "success", "failed", "pending"]),
            tag=chance.choice([None, "tpos"]),
        )


@pytest.fixture
async def filled(book: Book) -> Book:
    _fill(book)
    await book.open()
    await book.fresh()
    return book


@pytest.mark.parametrize("near", [0, 400], ids=["by list", "by walk"])
async def test_pages_and_sums(filled: Book, monkeypatch: pytest.MonkeyPatch, near: int) -> None:
    monkeypatch.setattr(pages, "NEAR", near)
    everything = [row async for piece in filled.records.walk(ALL) for row in piece]
    assert len(everything) == 600
    assert everything == sorted(everything, key=lambda row: -row.at_s)
    for wanted, fits in FILTERS:
        expected = tuple(row for row in everything if fits(row))
        sums = await filled.records.sums(wanted)
        assert sums.count == len(expected)
        paid = [row for row in expected if row.state is RowState.PAID and row.amount_msat > 0]
        assert sums.received.value == sum(row.amount_msat for row in paid) // 1000
        for offset in (0, 1, 7, len(expected) // 2, max(len(expected) - 3, 0), len(expected), len(expected) + 9):
            assert await filled.rows(wanted, offset, 10) == expected[offset : offset + 10]


async def test_search_finds_memo_sum_hash_reference_and_number(filled: Book) -> None:
    sale = await filled.sell(99, 31_337, note="birthday cake")
    await filled.take_over()

    async def found(words: str) -> list[str]:
        return [row.key for row in await filled.rows(HistoryFilter(search=words))]

    ours = f"sale:{sale.id}"
    for words in ("birthday", "DAY CAKE", sale.reference, sale.reference[:5].lower(), "31337", "31 337"):
        assert await found(words) == [ours], words
    assert ours in await found("1")
    payment_hash = hash_of("only this")
    filled.server.put("only this", START_S + 5, 4711)
    await filled.look_again()
    for words in ("only this", "4711", payment_hash, payment_hash[:9], payment_hash[:8].upper()):
        assert await found(words) == [payment_hash], words
    for odd in ('"', "'", "%", "a*b", "NEAR(", "-", "\0\0\0", "”„«", " " * 5, "1" * 40):
        await found(odd)


async def test_a_page_is_right_again_after_a_change(filled: Book) -> None:
    wanted = HistoryFilter(search="table", least=Sat(1))
    before = await filled.rows(wanted, 0, 5)
    filled.server.put("Tea at table 1 new", START_S + 1, 5)
    await filled.look_again()
    after = await filled.rows(wanted, 0, 5)
    assert after[1:] == before[:4] and after[0].memo == "Tea at table 1 new"


async def test_strangers_text_is_made_safe(book: Book) -> None:
    book.server.put("x", START_S, memo="pay\u202e\x00\nme " + "y" * 2000, tag="t\ttag" * 100)
    await book.open()
    await book.fresh()
    (row,) = await book.rows()
    assert row.memo.startswith("pay me yyy") and len(row.memo) <= 640
    assert len(row.tag) <= 60 and row.tag.isprintable()
    assert await book.records.tags() == (row.tag,)

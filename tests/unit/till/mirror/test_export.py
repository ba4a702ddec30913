"""Files that spreadsheets open rightly and that do no harm."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from pos_app.config.files import CannotWrite
from pos_app.core.money import Fiat, Sat
from pos_app.till.history_views import HistoryFilter
from pos_app.till.mirror import export
from pos_app.till.sale import Rate
from tests.support.clock import START_S
from tests.unit.till.mirror.harness import ALL, Book

DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1")


def leftovers(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir() if each.name.startswith(".")]


async def _filled(book: Book) -> None:
    for number, memo in enumerate(DANGEROUS):
        book.server.put(memo, START_S - number, -21 if number == 0 else 21, tag="=tag")
    book.server.put("crème; “brûlée”, twice", START_S - 10, 2100, payment_hash=f"{1:064x}")
    await book.open()
    await book.fresh()
    await book.sell(1, tip=Sat(100), fiat=Fiat(1450, "EUR"), rate=Rate(Decimal("43210.5"), ("one",), START_S))
    await book.settle(1)
    await book.take_over()


async def test_csv(book: Book, tmp_path: Path) -> None:
    await _filled(book)
    file = tmp_path / "out.csv"
    file.write_text("before")
    assert await book.records.export(ALL, file) == 6
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbftime,")
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert [row["memo"] for row in rows[:5]] == [f"'{memo}" for memo in DANGEROUS]
    assert {row["tag"] for row in rows[:5]} == {"'=tag"}
    assert (rows[0]["amount_sat"], rows[0]["direction"]) == ("-21", "out")
    sale = rows[5]
    assert sale["memo"] == "crème; “brûlée”, twice"
    assert (sale["fiat"], sale["currency"], sale["rate"], sale["tip_sat"], sale["tender"]) == (
        *("14.50", "EUR", "43210.5"),
        *("100", "qr"),
    )
    assert (sale["payment_hash"], sale["sale"], sale["reference"] != "") == (f"{1:064x}", "1", True)
    assert leftovers(tmp_path) == []


async def test_json_of_a_filter(book: Book, tmp_path: Path) -> None:
    await _filled(book)
    file = tmp_path / "out.json"
    assert await book.records.export(HistoryFilter(search="brûlée"), file) == 1
    (row,) = json.loads(file.read_text(encoding="utf-8"))
    assert (row["amount_sat"], row["fiat"], row["gone"]) == (2100, "14.50", None)
    assert set(row) == set(export.COLUMNS)
    assert await book.records.export(HistoryFilter(search="nothing"), file) == 0
    assert json.loads(file.read_text(encoding="utf-8")) == []


async def test_what_was_there_stays_where_it_cannot_be_written(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _filled(book)
    with pytest.raises(CannotWrite):
        await book.records.export(ALL, tmp_path / "no folder" / "out.csv")
    file = tmp_path / "out.csv"
    file.write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CannotWrite):
        await book.records.export(ALL, file)
    assert file.read_text() == "before"
    assert leftovers(tmp_path) == []

from __future__ import annotations

import asyncio
import errno
import importlib
import json
import os
import re
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from email.utils import formatdate
from pathlib import Path

import pytest

from pos_app.cli import doctor, doctor_files
from pos_app.cli.doctor import Finding, Mark
from pos_app.cli.main import main
from pos_app.config.folders import Folders
from pos_app.core.money import Sat
from pos_app.till.books import practice_books
from pos_app.till.sale import NewSale
from pos_app.till.store import Store
from tests.support.clock import ManualClock
from tests.support.http_server import reply
from tests.unit.cli import conftest as server_conftest
from tests.unit.cli.conftest import INVOICE_KEY, Said, lnbits


def findings(said: Said, data_dir: list[str], *words: str, code: int = 0) -> dict[str, Finding]:
    assert main(["doctor", "--json", *words, *data_dir]) == code
    found = [Finding(**each) for each in json.loads(said()[0])["findings"]]
    return {each.name: each for each in found}


def test_a_fresh_till_is_well(said: Said, data_dir: list[str]) -> None:
    found = findings(said, data_dir)
    assert not [each for each in found.values() if each.mark == Mark.MISSING]
    assert "no real money" in found["payments API"].words


def test_the_report_says_the_same_and_masks_secrets(
    said: Said, data_dir: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = Finding("API", Mark.LOOK, f"token={INVOICE_KEY}", f"ask https://user:{INVOICE_KEY}@a.example")
    monkeypatch.setattr(doctor, "examine", lambda *_: iter([secret]))
    report = tmp_path / "report.txt"
    assert main(["doctor", "--report", str(report), *data_dir]) == 0
    out, _ = said()
    assert report.read_text() == out
    assert "LOOK     API: token=[…]" in out
    assert INVOICE_KEY not in out


def test_each_thing_that_is_wrong_has_a_cure(said: Said, data_dir: list[str], tmp_path: Path) -> None:
    folders = Folders.of(tmp_path / "shop")
    folders.make()
    folders.settings_file.write_text("theme = 'pink'")
    (folders.data / "books.db").write_bytes(b"no database" * 100)
    found = findings(said, data_dir, code=1)
    wrong = {name for name, each in found.items() if each.mark == Mark.MISSING}
    assert wrong == {"settings", "books.db", "payments API"}
    assert all(found[name].cure for name in wrong)


def test_a_variable_that_is_no_setting_is_pointed_out(
    said: Said, data_dir: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POS_TEHME", "dark")
    assert main(["doctor", *data_dir]) == 0
    assert "POS_TEHME" in said()[0]


def test_a_server_is_asked(said: Said, data_dir: list[str], typed: Callable[[str], None]) -> None:
    with lnbits() as server:
        typed(INVOICE_KEY)
        assert main(["connect", server.url, *data_dir]) == 0
        said()
        found = findings(said, data_dir)
        assert "'Café', real money" in found["payments API"].words
    found = findings(said, data_dir, code=1)
    assert found["payments API"].mark == Mark.MISSING


def test_an_engine_without_a_source_cannot_receive(said: Said, data_dir: list[str]) -> None:
    assert findings(said, data_dir, "--api", "embedded", code=1)["payments API"].cure


def test_a_library_of_a_wrong_version_is_named(
    said: Said, data_dir: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LIBRARIES", ("json", "no_such_library"))
    found = findings(said, data_dir, code=1)
    assert "no_such_library" in found["libraries"].words


def test_a_system_without_the_libraries_of_a_window_is_told_which(
    said: Said, data_dir: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def import_module(_name: str) -> object:
        raise ImportError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr(doctor, "LIBRARIES", ())
    monkeypatch.setattr(importlib, "import_module", import_module)
    found = findings(said, data_dir, code=1)
    assert "libEGL" in found["window"].words
    assert "libegl1" in found["window"].cure


# Files.

BOOK = "books/practice/till.db"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The till.db of a book with some sales, and a history beside it."""

    async def sell() -> Path:
        folders = Folders.of(tmp_path / "shop")
        folders.make()
        store = await Store.open(practice_books(folders.data).folder, ManualClock())
        for sat in range(1, 60):
            await store.begin(NewSale(Sat(sat), note="tea " * 40))
        await store.close()
        return practice_books(folders.data).folder

    folder = asyncio.run(sell())
    with closing(sqlite3.connect(folder / "mirror.db")) as mirror:
        mirror.execute("CREATE TABLE entry (id INTEGER)")
    return folder / "till.db"


def test_a_sound_book_is_read_with_its_journal(said: Said, data_dir: list[str], book: Path) -> None:
    found = findings(said, data_dir)
    assert (found[BOOK].mark, found[BOOK].words) == (Mark.WORKS, "sound, and so are the 59 rows of its journal")
    assert "pos-app backup FILE" in found["backup"].cure


def flipped(content: bytes) -> bytes:
    return content[:4096] + bytes(byte ^ 0xFF for byte in content[4096:])


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "bytes flipped": flipped,
    "truncated": lambda content: content[: len(content) // 2],
    "no database": lambda content: b"no database" * 100,
    "empty": lambda content: b"",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_book_is_left_and_the_backup_named(
    said: Said, data_dir: list[str], book: Path, damage: Callable[[bytes], bytes]
) -> None:
    book.write_bytes(left := damage(book.read_bytes()))
    found = findings(said, data_dir, code=1)[BOOK]
    assert found.mark == Mark.MISSING and "pos-app restore FILE" in found.cure
    assert book.read_bytes() == left
    for words in (["queue", "list"], ["sell", "--sat", "5"]):
        assert main([*words, *data_dir]) == 1
        assert re.search(r"till\.db is (damaged|empty)", said()[1])
        assert book.read_bytes() == left


def test_a_damage_that_nothing_else_has_come_upon_is_found(said: Said, data_dir: list[str], book: Path) -> None:
    content = bytearray(book.read_bytes())
    start = content.index(b'"on":"charged"') // 4096 * 4096
    content[start : start + 4096] = bytes(byte ^ 0xFF for byte in content[start : start + 4096])
    book.write_bytes(content)
    assert main(["queue", "list", *data_dir]) == 0
    said()
    assert findings(said, data_dir, code=1)[BOOK].mark == Mark.MISSING


def test_a_book_that_is_gone_is_missed(said: Said, data_dir: list[str], book: Path) -> None:
    book.unlink()
    assert "gone" in findings(said, data_dir, code=1)[BOOK].words


def test_a_journal_that_was_changed_from_outside(said: Said, data_dir: list[str], book: Path) -> None:
    with closing(sqlite3.connect(book)) as connection:
        connection.execute("DROP TRIGGER journal_row_is_final")
        connection.execute("UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 20")
        connection.commit()
    found = findings(said, data_dir, code=1)[BOOK]
    assert "at row 20" in found.words and found.mark == Mark.MISSING


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_a_folder_that_takes_nothing(
    said: Said, data_dir: list[str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object, **__: object) -> object:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    found = findings(said, data_dir, code=1)["data folder"]
    assert os.strerror(number) in found.words and found.cure


def test_a_disk_that_is_nearly_full(said: Said, data_dir: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_files, "LOW_SPACE_BYTES", 10**18)
    found = findings(said, data_dir)["disk"]
    assert (found.mark, "not made" in found.cure) == (Mark.LOOK, True)


# The clock.


@pytest.mark.parametrize(("ahead_s", "words"), [(7200, "2.0 h behind"), (-7200, "2.0 h ahead of"), (3000, "")])
def test_clocks_that_differ(
    said: Said,
    data_dir: list[str],
    typed: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    ahead_s: int,
    words: str,
) -> None:
    monkeypatch.setattr(server_conftest, "reply", lambda status, body: dated(reply(status, body), ahead_s))
    with lnbits() as server:
        typed(INVOICE_KEY)
        assert main(["connect", server.url, *data_dir]) == 0
        said()
        found = findings(said, data_dir)
    if words:
        assert found["clock"].mark == Mark.LOOK and words in found["clock"].words and found["clock"].cure
    else:
        assert "clock" not in found


def dated(answer: bytes, ahead_s: int) -> bytes:
    """The answer with the `Date` of a clock that is so much ahead."""
    line, rest = answer.split(b"\r\n", 1)
    return line + f"\r\nDate: {formatdate(time.time() + ahead_s, usegmt=True)}\r\n".encode() + rest

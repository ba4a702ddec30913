"""One file with the books and the settings: whole, without a secret, and put back in one step or not at all."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sqlite3
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pos_app.config import files
from pos_app.config.database import Database, DatabaseBusy, DatabaseDamaged, DatabaseNewer
from pos_app.config.files import CannotWrite
from pos_app.core.money import Sat
from pos_app.till import backup, backup_file
from pos_app.till.backup import BackupExists, NothingToBackUp, back_up, look_into, open_here, restore
from pos_app.till.backup_file import MANIFEST, BackupDamaged, BackupNewer
from pos_app.till.journal import JournalBroken
from pos_app.till.sale import Held, NewSale
from pos_app.till.schema import MIGRATIONS
from pos_app.till.states import SaleState
from pos_app.till.store import Store
from pos_app.till.tap_states import TapCause, TapState
from tests.support.clock import ManualClock
from tests.support.drills import rounds
from tests.unit.till.stored import SAT, card_url, keystore, moved, offer, owed, sale_of, tap_of

BOOK = "practice"
SETTINGS = 'shop_name = "Café Linde"\n'


@dataclass(frozen=True)
class Place:
    """A data folder with one book."""

    root: Path

    @property
    def books(self) -> Path:
        return self.root / "books"

    @property
    def book(self) -> Path:
        return self.books / BOOK

    @property
    def settings(self) -> Path:
        return self.root / "settings.toml"

    @property
    def file(self) -> Path:
        return self.root / "till.backup"

    def back_up(self) -> backup.Backup:
        return back_up(self.books, self.settings, self.file)

    def restore(self) -> backup.Restored:
        return restore(self.file, self.books, self.settings)

    async def store(self) -> Store:
        store = await Store.open(self.book, ManualClock(), keystore(self.root))
        await store.accept_risk()
        return store

    def rows(self, query: str, file: Path | None = None) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(file or self.book / "till.db")) as connection:
            return connection.execute(query).fetchall()

    def count(self, file: Path | None = None) -> int:
        return int(self.rows("SELECT count(*) FROM sale", file)[0][0])

    def leftovers(self) -> list[str]:
        return [str(path) for path in self.root.rglob(".pos-app-*")]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "settings.toml").write_text(SETTINGS)
    return Place(tmp_path)


@pytest.fixture(scope="module")
def sold_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sales: one plain, one with a stored card, one whose card made its offer."""

    async def sell() -> None:
        store = await Place(root).store()
        await sale_of(store, number=1)
        await owed(store, 2)
        await moved(store, await owed(store, 3), TapCause.LINK_ASKED, TapCause.OFFERED)
        await store.close()

    root = tmp_path_factory.mktemp("sold")
    asyncio.run(sell())
    return root


@pytest.fixture
def sold(place: Place, sold_once: Path) -> Place:
    shutil.copytree(sold_once, place.root, dirs_exist_ok=True)
    return place


async def sell_more(place: Place, sales: int = 1) -> None:
    store = await place.store()
    for _ in range(sales):
        await store.begin(NewSale(Sat(SAT)))
    await store.close()


def repacked(place: Place, change: Callable[[dict[str, bytes]], object]) -> None:
    """The backup with other parts."""
    with zipfile.ZipFile(place.file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(place.file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


# Backup.


async def test_a_backup_says_what_is_in_it(sold: Place) -> None:
    made = sold.back_up()
    assert look_into(sold.file) == made
    (book,) = made.books
    assert (book.name, book.sales, made.has_settings) == (BOOK, 3, True)
    assert book.last_sale_at_s == ManualClock().time_s()
    assert len(book.journal_hash) == 64 and book.journal_rows > 3
    assert sold.file.stat().st_mode & 0o777 == 0o600
    assert sold.leftovers() == []


async def test_no_secret_is_in_the_file(sold: Place) -> None:
    sold.back_up()
    ((book,),) = sold.rows("SELECT value FROM meta WHERE key = 'book'")  # stands in the key's name
    kept = "".join(path.read_text() for path in (sold.root / "keys").iterdir()).replace(book, "")
    secrets = re.findall(r"[0-9A-Za-z+/=_-]{32,}", kept)
    assert secrets
    secrets += [offer().k1, "secret-callback", *(card_url(number).split("?", 1)[1] for number in (2, 3))]
    sealed = sold.rows("SELECT coalesce(url_sealed, offer_sealed) FROM tap")
    assert len(sealed) == 2 and all(row[0] for row in sealed)
    with zipfile.ZipFile(sold.file) as archive:
        parts = [archive.read(name) for name in archive.namelist()]
    for part in parts:
        assert not any(secret.encode() in part for secret in secrets)
        assert not any(row[0] in part for row in sealed)


async def test_a_running_till_goes_on_selling(place: Place) -> None:
    """Sales are made all the time while the copy is taken: it is one moment of the book, whole."""
    store = await place.store()
    await store.begin(NewSale(Sat(SAT)))
    made: list[backup.Backup] = []
    at_work = threading.Thread(target=lambda: made.append(place.back_up()))
    at_work.start()
    while at_work.is_alive():
        await store.begin(NewSale(Sat(SAT)))
    sales = len(await store.recent(10_000, ""))
    await store.close()
    (book,) = made[0].books
    assert 1 <= book.sales <= sales
    assert look_into(place.file) == made[0]


async def test_a_file_that_is_there_is_not_touched(sold: Place) -> None:
    sold.file.write_text("mine")
    with pytest.raises(BackupExists, match="there already"):
        sold.back_up()
    assert sold.file.read_text() == "mine"


def test_nothing_to_back_up(place: Place) -> None:
    with pytest.raises(NothingToBackUp, match="no sale was made"):
        place.back_up()
    assert not place.file.exists()


async def test_a_damaged_book_is_no_backup(sold: Place) -> None:
    database = sold.book / "till.db"
    database.write_bytes(b"SQLite format 3\0" + b"\xff" * 8000)
    with pytest.raises(DatabaseDamaged):
        sold.back_up()
    assert not sold.file.exists() and sold.leftovers() == []


async def test_a_folder_that_is_not_there(sold: Place) -> None:
    with pytest.raises(CannotWrite):
        back_up(sold.books, sold.settings, sold.root / "no" / "such" / "folder")


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size")
@pytest.mark.parametrize("limit", [1_000, 5_000, 30_000, 60_000])
async def test_a_full_disk(sold: Place, limit: int) -> None:
    with file_size_limit(limit), pytest.raises(Exception) as refused:
        sold.back_up()
    assert type(refused.value).__name__ in ("CannotWrite", "DiskFull", "DiskReadOnly")
    assert not sold.file.exists() and sold.leftovers() == []
    sold.back_up()


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    import resource
    import signal

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


# A file that is no sound backup: nothing is replaced.


def _no_zip(place: Place) -> None:
    place.file.write_bytes(b"no zip file at all")


def _cut(place: Place) -> None:
    place.file.write_bytes(place.file.read_bytes()[:-200])


def _flipped(place: Place) -> None:
    content = bytearray(place.file.read_bytes())
    for at in range(2000, len(content), 997):
        content[at] ^= 0x55
    place.file.write_bytes(content)


def _other_book(place: Place) -> None:
    repacked(place, lambda parts: parts.update({f"books/{BOOK}/till.db": b"another one"}))


def _missing_book(place: Place) -> None:
    repacked(place, lambda parts: parts.pop(f"books/{BOOK}/till.db"))


def _no_manifest(place: Place) -> None:
    repacked(place, lambda parts: parts.pop(MANIFEST))


def _odd_manifest(place: Place) -> None:
    repacked(place, lambda parts: parts.update({MANIFEST: b'{"format": 1, "sha256": [1]}'}))


def _outside(place: Place) -> None:
    """A part that would lead out of the folder."""

    def change(parts: dict[str, bytes]) -> None:
        book = parts.pop(f"books/{BOOK}/till.db")
        parts["books/../till.db"] = book
        parts[MANIFEST] = parts[MANIFEST].replace(BOOK.encode(), b"..")

    repacked(place, change)


@pytest.mark.parametrize(
    "damage",
    [_no_zip, _cut, _flipped, _other_book, _missing_book, _no_manifest, _odd_manifest, _outside],
)
async def test_a_damaged_backup_replaces_nothing(sold: Place, damage: Callable[[Place], None]) -> None:
    sold.back_up()
    await sell_more(sold)
    damage(sold)
    for attempt in (lambda: look_into(sold.file), sold.restore):
        with pytest.raises(BackupDamaged, match="no sound backup"):
            attempt()
    assert sold.count() == 4
    assert list(sold.book.glob("*before*")) == [] and sold.leftovers() == []


def test_no_file(place: Place) -> None:
    with pytest.raises(BackupDamaged, match="cannot be read"):
        look_into(place.file)


def with_other_book(place: Place, change: str) -> None:
    """The backup with a book that was changed, and its right SHA-256."""
    book = place.root / "other.db"

    def swap(parts: dict[str, bytes]) -> None:
        name = f"books/{BOOK}/till.db"
        book.write_bytes(parts[name])
        with closing(sqlite3.connect(book, isolation_level=None)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.executescript(change)
        manifest = json.loads(parts[MANIFEST])
        manifest["sha256"][name] = backup_file._sha256(book)
        parts[name], parts[MANIFEST] = book.read_bytes(), json.dumps(manifest).encode()

    repacked(place, swap)


async def test_a_broken_journal_replaces_nothing(sold: Place) -> None:
    sold.back_up()
    with_other_book(sold, "DROP TRIGGER journal_row_is_final; UPDATE journal SET data = '{}' WHERE seq = 2;")
    await sell_more(sold)
    for attempt in (lambda: look_into(sold.file), sold.restore):
        with pytest.raises(JournalBroken):
            attempt()
    assert sold.count() == 4


async def test_a_newer_format_replaces_nothing(sold: Place) -> None:
    sold.back_up()
    repacked(sold, lambda parts: parts.update({MANIFEST: parts[MANIFEST].replace(b'"format": 1', b'"format": 2')}))
    for attempt in (lambda: look_into(sold.file), sold.restore):
        with pytest.raises(BackupNewer, match="newer version"):
            attempt()
    assert sold.count() == 3


async def test_a_newer_book_replaces_nothing(sold: Place) -> None:
    sold.back_up()
    with_other_book(sold, "INSERT INTO migration VALUES ('9999 later', 0);")
    await sell_more(sold)
    with pytest.raises(DatabaseNewer):
        sold.restore()
    assert sold.count() == 4 and list(sold.book.glob("*before*")) == []


# Restore.


async def test_what_is_open_here_is_told(sold: Place) -> None:
    made = sold.back_up()
    await sell_more(sold, 2)
    assert open_here(sold.books, made) == (5, Sat(5 * SAT))
    assert open_here(sold.root / "elsewhere", made) == (0, Sat(0))
    (sold.book / "till.db").write_bytes(b"damaged")
    assert open_here(sold.books, made) == (0, Sat(0))


async def test_the_book_is_back_and_what_was_here_is_kept(sold: Place) -> None:
    sold.back_up()
    await sell_more(sold)
    sold.settings.write_text('shop_name = "Other"\n')
    done = sold.restore()
    assert sold.count() == 3
    kept_book, kept_settings = done.kept
    assert sold.count(kept_book) == 4
    assert sold.settings.read_text() == SETTINGS and "Other" in kept_settings.read_text()
    assert not (sold.book / "till.db-wal").exists() and sold.leftovers() == []
    again = sold.restore()  # at once: the first ones are kept as well
    assert len({*done.kept, *again.kept}) == 4 and all(path.exists() for path in (*done.kept, *again.kept))


async def test_into_an_empty_folder(sold: Place, tmp_path: Path) -> None:
    sold.back_up()
    new = Place(tmp_path / "new")
    done = restore(sold.file, new.books, new.settings)
    assert (new.count(), done.kept, new.settings.read_text()) == (3, (), SETTINGS)


async def test_open_cards_are_held_and_forgotten(sold: Place) -> None:
    made = sold.back_up()
    sold.restore()
    store = await sold.store()
    assert await store.restored_from_s() == pytest.approx(made.made_at_s, abs=0.001)
    for sale in await store.queued():
        tap = tap_of(sale)
        assert (tap.state, tap.held) == (TapState.UNKNOWN, Held.RESTORED)
        assert tap.payment_hash == sale.invoices[0].payment_hash
        assert (await store.secret(tap.id)).url == "" and (await store.secret(tap.id)).offer is None
        assert [line.kind for line in await store.story(sale.id)][-2:] == ["tap", "tap_held"]
    assert len(await store.queued()) == 2
    assert await store.stored_taps() != ()
    await store.verify_journal()
    await store.close()


async def test_an_open_sale_with_a_live_card_is_uncertain(place: Place) -> None:
    store = await place.store()
    sale = await sale_of(store, number=1)
    await store.capture_tap(sale.id, "card.example", f"{1:064x}")
    await store.close()
    place.back_up()
    place.restore()
    store = await place.store()
    (after,) = await store.queued()
    assert (after.state, tap_of(after).state) == (SaleState.UNCERTAIN, TapState.UNKNOWN)
    await store.close()


async def test_a_backup_of_an_older_version(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.book.mkdir(parents=True)
    database = Database(place.book / "till.db", MIGRATIONS[:2], secure_delete=True)
    database.open()
    database.write_sync(lambda db: db.execute("INSERT INTO meta VALUES ('book', 'b'), ('till', 't')"))
    database.close()
    place.back_up()
    place.restore()
    store = await place.store()
    assert await store.restored_from_s() is not None
    await store.close()


async def test_a_damaged_book_is_kept_as_it_is(sold: Place) -> None:
    sold.back_up()
    damaged = b"SQLite format 3\0" + b"\xff" * 8000
    (sold.book / "till.db").write_bytes(damaged)
    (kept, *_) = sold.restore().kept
    assert kept.read_bytes() == damaged and sold.count() == 3


async def test_a_book_that_another_program_reads_is_not_replaced(sold: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    sold.back_up()
    await sell_more(sold)
    monkeypatch.setattr(backup, "BUSY_TIMEOUT_S", 0)
    with closing(sqlite3.connect(sold.book / "till.db", isolation_level=None)) as reader:
        reader.execute("PRAGMA journal_mode = WAL").fetchone()
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sale").fetchone()
        with pytest.raises(DatabaseBusy):
            sold.restore()
    assert sold.count() == 4
    sold.restore()
    assert sold.count() == 3


@pytest.mark.drill
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed")
async def test_killed_anywhere_in_a_restore(sold: Place, tmp_path: Path) -> None:
    """A process is ended before the n-th line of our code: the book is the old one or the new one, and the old kept."""
    sold.back_up()
    await sell_more(sold, 2)
    lines = killed_before(None, sold, count_only=True)
    seen = set()
    step = max(1, lines // rounds(14, 400))
    for number in range(1, lines + 1, step):
        assert killed_before(number, sold) == 9
        sales = sold.count()
        assert sales in (3, 5), f"before line {number}"
        seen.add(sales)
        with closing(sqlite3.connect(sold.book / "till.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if sales == 3:
            kept = [path for path in sold.book.glob("till.before-*.db") if sold.count(path) == 5]
            assert kept
            await (await Store.open(sold.book, ManualClock())).close()
            for path in sold.book.glob("till*"):
                if path != kept[0]:
                    path.unlink()
            kept[0].rename(sold.book / "till.db")
        assert not (sold.book / "till.db-wal").exists() or sales == 5
    assert seen == {3, 5}
    sold.restore()
    assert sold.count() == 3 and sold.leftovers() == []


def killed_before(number: int | None, place: Place, *, count_only: bool = False) -> int:
    """Restore in a process that ends before this line: its exit code; with `count_only` how many lines there are."""
    ours = {backup.__file__, backup_file.__file__, files.__file__}
    seen = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal seen
        if frame.f_code.co_filename not in ours:
            return None
        if event == "line":
            seen += 1
            if seen == number:
                os._exit(9)
        return trace

    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            sys.settrace(trace)
            place.restore()
            sys.settrace(None)
            os.write(writer, str(seen).encode())
        finally:
            os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    if count_only:
        for path in place.book.glob("till.before-*.db"):
            path.replace(place.book / "till.db")
        return int(told)
    return os.waitstatus_to_exitcode(status)

"""The tokens of stored cards: sealed on disk, wiped at their end, and held without their key."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from pos_app.config.database import DiskFull
from pos_app.core.money import Sat
from pos_app.till.sale import Held, Sale
from pos_app.till.states import Cause, SaleState
from pos_app.till.store import Store
from pos_app.till.tap_states import TapCause, TapState
from pos_app.till.vault import KeysLocked
from tests.support.clock import ManualClock
from tests.unit.till.stored import (
    SAT,
    ShutKeystore,
    again,
    card_url,
    invoice,
    keystore,
    moved,
    owed,
    sale_of,
    stored,
    tap_of,
)

DAY_S = 24 * 3600.0
ASKED, OFFERED, SENT = TapCause.LINK_ASKED, TapCause.OFFERED, TapCause.HANDED_OVER


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path, clock, keystore(tmp_path))
    await store.accept_risk()
    yield store
    await store.close()


# Secrets on disk.

K1 = "0badc0de" * 8


def on_disk(folder: Path) -> bytes:
    """All that the book's files hold."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("till.db*")))


def copy_files(book: Path, to: Path) -> None:
    """As a kill at this moment would leave them."""
    for path in book.glob("till.db*"):
        (to / path.name).write_bytes(path.read_bytes())


async def sealed(store: Store, tap_id: str) -> list[bytes]:
    rows = await store._database.read(
        lambda db: [
            tuple(row) for row in db.execute("SELECT url_sealed, offer_sealed FROM tap WHERE id = ?", (tap_id,))
        ]
    )
    return [value for value in rows[0] if value is not None]


_ENDS = ["settled", "declined", "lost", "not paid", "expired", "voided", "paid otherwise", "void", "written off"]


@pytest.mark.parametrize("end", _ENDS)
async def test_nothing_of_a_final_tap_is_left_in_any_file(
    store: Store, tmp_path: Path, clock: ManualClock, end: str
) -> None:
    sale = await owed(store)
    tap_id = tap_of(sale).id
    seals = await sealed(store, tap_id)
    assert len(seals) == 1
    assert seals[0] in on_disk(tmp_path)
    if end not in ("lost", "declined", "expired"):
        sale = await moved(store, sale, ASKED, OFFERED)
        assert seals[0] not in on_disk(tmp_path)
        seals += await sealed(store, tap_id)
        assert seals[1] in on_disk(tmp_path)
    await _end(store, sale, end, clock)
    assert tap_of(await again(store, sale)).state.is_final
    left = on_disk(tmp_path)
    secrets = [*seals, card_url(1).encode(), f"p={1:032X}".encode(), K1.encode(), b"secret-callback"]
    assert [secret for secret in secrets if secret in left] == []


async def _end(store: Store, sale: Sale, end: str, clock: ManualClock) -> None:
    match end:
        case "settled":
            await moved(store, sale, SENT)
            await store.tap_taken(tap_of(sale).id)
            await store.settle(invoice(1).payment_hash, Sat(SAT).to_msat())
        case "declined":
            await moved(store, sale, ASKED, TapCause.REFUSED)
        case "lost":
            await moved(store, sale, ASKED, TapCause.LINK_LOST)
        case "not paid":
            await moved(store, sale, SENT, TapCause.ANSWER_LOST)
            await store.declare_dead(invoice(1).payment_hash, "expired")
        case "expired":
            await clock.advance(DAY_S + 1)
            await store.age_taps(None)
        case "voided":
            await moved(store, sale, TapCause.VOIDED)
        case "paid otherwise":
            await store.step(sale.id, Cause.PAID_OTHERWISE)
        case "void":
            await store.step(sale.id, Cause.VOIDED)
        case _:
            await store.step(sale.id, Cause.WRITTEN_OFF)


async def test_a_living_tap_is_never_readable_on_disk(store: Store, tmp_path: Path) -> None:
    sale = await moved(store, await owed(store), ASKED, OFFERED)
    await owed(store, 2)
    left = on_disk(tmp_path)
    assert [secret for secret in (f"p={2:032X}", f"c={2:016X}", K1, "secret-callback") if secret.encode() in left] == []
    assert not tap_of(sale).state.is_final


async def test_a_wipe_that_a_kill_cut_short_is_finished_at_the_next_start(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    sale = await owed(store)
    (seal,) = await sealed(store, tap_of(sale).id)
    folder = tmp_path / "killed"
    folder.mkdir()
    store._database.fold_log = lambda: None  # type: ignore[method-assign]
    await store.step(sale.id, Cause.PAID_OTHERWISE)
    copy_files(tmp_path, folder)
    assert seal in on_disk(folder)
    after = await Store.open(folder, clock, keystore(tmp_path))
    assert seal not in on_disk(folder)
    await after.close()


# The key.


async def test_a_missing_key_holds_the_taps_and_the_key_of_before_releases_them(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    sale = await owed(store)
    await store.close()
    keys = tmp_path / "keys"
    keys.rename(tmp_path / "elsewhere")
    after = await Store.open(tmp_path, clock, keystore(tmp_path))
    await after.load_keys()
    assert tap_of(await again(after, sale)).held is Held.KEYS
    with pytest.raises(KeysLocked):
        await after.secret(tap_of(sale).id)
    with pytest.raises(KeysLocked):
        await stored(after, await sale_of(after), 2)
    assert not keys.exists()
    (tmp_path / "elsewhere").rename(keys)
    (sale,) = await after.load_keys(again=True)
    assert not tap_of(sale).is_held
    assert (await after.secret(tap_of(sale).id)).url == card_url(1)
    await after.close()


async def test_a_locked_keystore_holds_the_taps_until_it_is_unlocked(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    sale = await owed(store)
    await store.close()
    keys = ShutKeystore(tmp_path)
    after = await Store.open(tmp_path, clock, keys)
    await after.restart_taps()
    with pytest.raises(KeysLocked, match="did not answer"):
        await after.secret(tap_of(sale).id)
    sale = await again(after, sale)
    assert (sale.state, tap_of(sale).state, tap_of(sale).held) == (SaleState.OWED, TapState.INVOICED, Held.KEYS)
    await clock.advance(3600)
    assert await after.load_keys() == ()
    keys.is_open = True
    (sale,) = await after.load_keys(again=True)
    assert not tap_of(sale).is_held
    assert (await after.secret(tap_of(sale).id)).url == card_url(1)
    await after.close()


@pytest.mark.parametrize("locked", [True, False])
async def test_a_first_card_needs_a_keystore_that_opens(tmp_path: Path, clock: ManualClock, locked: bool) -> None:
    keys = ShutKeystore(tmp_path)
    keys.is_open = not locked
    store = await Store.open(tmp_path, clock, keys)
    await store.accept_risk()
    sale = await sale_of(store)
    if locked:
        with pytest.raises(KeysLocked):
            await stored(store, sale)
        assert (await again(store, sale)).state is SaleState.OPEN
    else:
        assert (await stored(store, sale)).state is SaleState.OWED
    await store.close()


async def test_a_full_disk_stores_nothing_and_takes_the_same_tap_later(store: Store) -> None:
    sale = await sale_of(store)

    def pages(most: int) -> Callable[[sqlite3.Connection], None]:
        return lambda db: db.execute(f"PRAGMA max_page_count = {most}").fetchone() and None

    await store._database.write(pages(1))
    with pytest.raises(DiskFull):
        for number in itertools.count(1):
            await stored(store, sale, number)
    taps = (await again(store, sale)).taps
    await store._database.write(pages(1_000_000))
    assert len((await stored(store, sale, len(taps) + 1)).taps) == len(taps) + 1


async def test_a_new_key_is_made_once_nothing_sealed_lives(store: Store, tmp_path: Path, clock: ManualClock) -> None:
    sale = await owed(store)
    await store.step(sale.id, Cause.PAID_OTHERWISE)
    await store.close()
    (tmp_path / "keys").rename(tmp_path / "elsewhere")
    after = await Store.open(tmp_path, clock, keystore(tmp_path))
    sale = await stored(after, await sale_of(after), 2)
    assert (await after.secret(tap_of(sale).id)).url == card_url(2)
    await after.close()

"""What doctor says of stored cards and of the manager PIN."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pos_app.cli.doctor import Mark
from pos_app.config.folders import Folders
from pos_app.config.keystore import Keystore
from pos_app.till.books import practice_books
from pos_app.till.sale import Held
from pos_app.till.store import Store
from tests.support.clock import ManualClock
from tests.unit.cli.conftest import Said
from tests.unit.cli.test_doctor import findings
from tests.unit.till.stored import owed, tap_of


@pytest.fixture
def folders(tmp_path: Path, data_dir: list[str]) -> Folders:
    folders = Folders.of(Path(data_dir[-1]))
    folders.make()
    return folders


def store_a_card(folders: Folders, held: Held | None = None) -> None:
    async def work() -> None:
        store = await Store.open(practice_books(folders.data).folder, ManualClock(), Keystore(folders.keys))
        await store.accept_risk()
        sale = await owed(store)
        if held is not None:
            await store.hold_tap(tap_of(sale).id, held)
        await store.close()

    asyncio.run(work())


def test_nothing_is_said_where_no_card_waits(said: Said, data_dir: list[str]) -> None:
    found = findings(said, data_dir)
    assert "stored cards" not in found
    assert found["manager PIN"].words.startswith("is not set")


def test_cards_that_wait_and_can_be_sent(said: Said, data_dir: list[str], folders: Folders) -> None:
    store_a_card(folders)
    found = findings(said, data_dir)["stored cards"]
    assert (found.mark, found.words) == (Mark.WORKS, "1 not sent yet, and their key is there")


def test_cards_that_wait_for_the_manager(said: Said, data_dir: list[str], folders: Folders) -> None:
    store_a_card(folders, Held.CLOCK)
    found = findings(said, data_dir)["stored cards"]
    assert found.mark == Mark.LOOK and "1 held" in found.words and "Set this computer's clock" in found.cure


def test_a_key_that_is_gone(said: Said, data_dir: list[str], folders: Folders) -> None:
    store_a_card(folders)
    folders.keys.rename(folders.keys.with_name("elsewhere"))
    found = findings(said, data_dir, code=1)["stored cards"]
    assert found.mark == Mark.MISSING and "is missing" in found.words and "Unlock" in found.cure


def test_a_manager_pin_that_cannot_be_read(said: Said, data_dir: list[str], folders: Folders) -> None:
    folders.manager_file.write_text("{")
    found = findings(said, data_dir, code=1)["stored cards"]
    assert "manager.json" in found.words and "move the file" in found.cure

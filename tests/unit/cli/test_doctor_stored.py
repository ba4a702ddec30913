"""What doctor says of stored cards and of the manager PIN."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pos_app.cli.doctor import Mark
from pos_app.config.folders import Folders
from pos_app.config.keystore import Keystore
from pos_app.till.books import practice_books
from pos_app.till.sale import Held
from pos_app.till.states import Cause
from pos_app.till.store import Store
from tests.support.clock import ManualClock
from tests.unit.cli.conftest import Said
from tests.unit.cli.test_doctor import findings
from tests.unit.till.stored import invoice, owed, tap_of


@pytest.fixture
def folders(tmp_path: Path, data_dir: list[str]) -> Folders:
    folders = Folders.of(Path(data_dir[-1]))
    folders.make()
    return folders


def in_the_book(folders: Folders, work: Callable[[Store], Awaitable[object]]) -> None:
    """Do this in the practice book, whose owner accepts the loss."""

    async def run() -> None:
        store = await Store.open(practice_books(folders.data).folder, ManualClock(), Keystore(folders.keys))
        await store.accept_risk()
        await work(store)
        await store.close()

    asyncio.run(run())


def store_a_card(folders: Folders, held: Held | None = None) -> None:
    async def work(store: Store) -> None:
        sale = await owed(store)
        if held is not None:
            await store.hold_tap(tap_of(sale).id, held)

    in_the_book(folders, work)


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


# The queue and its terms.


def test_what_is_at_risk_and_on_which_terms(said: Said, data_dir: list[str], folders: Folders) -> None:
    store_a_card(folders)
    found = findings(said, data_dir)
    queue, terms = found["queue"], found["offline cards"]
    assert (queue.mark, queue.words) == (Mark.LOOK, "1 sale not paid or not certain, 2\u202f100 sat at risk")
    assert "pos-app queue list" in queue.cure
    assert "the owner carries the loss: 20\u202f000 sat a card" in terms.words and "24 h a card" in terms.words


def test_without_consent_it_says_so(said: Said, data_dir: list[str], folders: Folders) -> None:
    in_the_book(folders, lambda store: store.withdraw_consent())
    found = findings(said, data_dir)
    assert "has not accepted" in found["offline cards"].words and "queue" not in found


def test_late_money_and_what_is_due_back(said: Said, data_dir: list[str], folders: Folders) -> None:
    async def late(store: Store) -> None:
        for number, cause in enumerate((Cause.WRITTEN_OFF, Cause.PAID_OTHERWISE), 1):
            sale = await owed(store, number)
            await store.step(sale.id, cause)
            await store.settle(invoice(number).payment_hash, sale.total.to_msat())

    in_the_book(folders, late)
    assert findings(said, data_dir)["queue"].words == "2 with late money, 2\u202f100 sat to be given back"


def test_cards_that_came_back_with_a_backup(said: Said, data_dir: list[str], folders: Folders) -> None:
    store_a_card(folders, Held.RESTORED)
    found = findings(said, data_dir)["restored cards"]
    assert found.mark == Mark.LOOK and "1 came back" in found.words and "Do not charge" in found.cure


def test_a_key_that_is_back(said: Said, data_dir: list[str], folders: Folders) -> None:
    store_a_card(folders, Held.KEYS)
    found = findings(said, data_dir)["stored cards"]
    assert found.mark == Mark.LOOK and "there again" in found.words and "Unlock" in found.cure

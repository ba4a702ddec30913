"""Files of older versions: opened, migrated, and still right to the last sat.

`tests/data/engine-001.db.gz` was written by the first released schema. Later versions add files beside it and leave
it as it is. `python -m tests.support.old_engine FILE` writes such a file with the present schema.
"""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import pytest

from pos_app.config.database import Database
from pos_app.core.money import Sat
from pos_app.engine.engine import FILE_NAME
from pos_app.engine.store.queries import CountBy, Group, Query
from pos_app.engine.store.schema import MIGRATIONS
from tests.support.clock import ManualClock
from tests.support.old_engine import BALANCES, INVOICE_KEY_OF_B
from tests.support.shop import Shop, sat

DATA = Path(__file__).parents[3] / "data"
OLD_FILES = sorted(DATA.glob("engine-*.db.gz"))


@pytest.fixture(params=OLD_FILES, ids=lambda path: path.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(gzip.decompress(Path(request.param).read_bytes()))
    return folder


def schema(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    connection.close()
    return [(str(name), " ".join(str(sql).split())) for name, sql in rows]


def test_there_is_an_old_file_for_the_first_schema() -> None:
    assert "engine-001.db.gz" in [path.name for path in OLD_FILES]


def test_migrations_are_named_in_order() -> None:
    names = [migration.name for migration in MIGRATIONS]
    assert names == sorted(set(names))
    assert [name.split()[0] for name in names] == [f"{number:03}" for number in range(1, len(names) + 1)]


def test_an_old_file_becomes_as_a_new_one(old: Path, tmp_path: Path) -> None:
    for path in (old / FILE_NAME, tmp_path / "new.db"):
        database = Database(path, MIGRATIONS)
        database.open()
        database.close()
    assert schema(old / FILE_NAME) == schema(tmp_path / "new.db")


async def test_what_it_holds_is_still_there(old: Path) -> None:
    shop = await Shop.open(old, ManualClock(), start=False)
    try:
        await shop.check()
        wallets = {wallet.name: wallet for wallet in await shop.engine.accounts.wallets()}
        assert {name: await shop.balance(wallet) for name, wallet in wallets.items()} == BALANCES
        assert await shop.ledger.count_by(Query(None), CountBy.STATUS) == {"failed": 1, "pending": 1, "success": 6}
        assert [row.memo for row in await shop.ledger.list(Query(None, search="CAKE"))] == ["coffee & cake"] * 2
        assert len(await shop.ledger.history(Query(None), Group.DAY)) == 1
        found = await shop.engine.accounts.wallet_by_key(INVOICE_KEY_OF_B)
        assert found is not None
        assert found[0] == wallets["B"]
        assert await shop.engine.accounts.authenticate("ann", "correct horse") is not None
        row = await shop.invoice(wallets["A"], 5)
        assert row.amount == sat(5)
        await shop.ledger.credit(wallets["A"], Sat(1))
        assert await shop.balance(wallets["A"]) == BALANCES["A"] + 1
        await shop.check()
    finally:
        await shop.close()

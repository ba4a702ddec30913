from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pos_app.config.database import DatabaseDamaged, DatabaseNewer
from pos_app.core.bolt11 import Network
from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.engine.engine import FILE_NAME, SETTLED_MESSAGE, TILL_WALLET, Engine
from pos_app.engine.errors import NotAllowed, PaymentRefused, WrongEngine
from pos_app.engine.ledger.rules import NewInvoice
from pos_app.engine.store.rows import KeyKind
from pos_app.practice.network import PracticeNetwork
from pos_app.practice.source import PracticeSource
from tests.conftest import LogWatch
from tests.support.clock import ManualClock
from tests.support.shop import Shop, open_shop, sat


class RealSource(PracticeSource):
    """Says of itself that it is real."""

    name = "node"
    practice = False
    network = Network.MAINNET


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path / "engine") as opened:
        yield opened


@asynccontextmanager
async def opened(folder: Path, source: type[PracticeSource] | None) -> AsyncIterator[Engine]:
    clock = ManualClock()
    practice_network = await PracticeNetwork.open(folder, clock)
    try:
        engine = await Engine.open(folder, source(practice_network) if source else None, clock)
        try:
            yield engine
        finally:
            await engine.close()
    finally:
        await practice_network.close()


async def test_practice_and_real_never_share_a_folder(tmp_path: Path) -> None:
    for first, second in ((PracticeSource, RealSource), (RealSource, PracticeSource)):
        folder = tmp_path / first.__name__
        async with opened(folder, first) as engine:
            assert engine.practice is first.practice
            assert engine.network is first.network
        with pytest.raises(WrongEngine, match="money") as refused:
            async with opened(folder, second):
                pass
        assert refused.value.cure
        async with opened(folder, first) as engine:
            assert engine.practice is first.practice


async def test_the_network_is_kept(tmp_path: Path) -> None:
    class Testnet(RealSource):
        network = Network.TESTNET

    async with opened(tmp_path, RealSource):
        pass
    with pytest.raises(WrongEngine, match="mainnet"):
        async with opened(tmp_path, Testnet):
            pass


async def test_without_a_source(tmp_path: Path) -> None:
    async with opened(tmp_path, PracticeSource) as engine:
        wallet, _ = await engine.accounts.create_wallet("A")
    async with opened(tmp_path, None) as engine:
        assert (engine.practice, engine.network) == (True, Network.REGTEST)
        assert not await engine.ledger.source_ok()
        await engine.ledger.credit(wallet, Sat(10))
        with pytest.raises(PaymentRefused, match="no funding source"):
            await engine.ledger.create_invoice(wallet, NewInvoice(sat(1)))


async def test_a_new_folder_without_a_source_is_not_for_practice(tmp_path: Path) -> None:
    async with opened(tmp_path, None) as engine:
        wallet, _ = await engine.accounts.create_wallet("A")
        assert not engine.practice
        with pytest.raises(NotAllowed):
            await engine.ledger.credit(wallet, Sat(10))


async def test_real_money_is_not_credited(tmp_path: Path) -> None:
    async with opened(tmp_path, RealSource) as engine:
        wallet, _ = await engine.accounts.create_wallet("A")
        with pytest.raises(NotAllowed):
            await engine.ledger.credit(wallet, Sat(10))


async def test_the_tills_wallet(shop: Shop) -> None:
    engine = shop.engine
    old_key = await engine.ensure_till_wallet()
    wallet, kind = await engine.accounts.wallet_by_key(old_key) or (None, None)
    assert wallet is not None
    assert (wallet.name, kind) == (TILL_WALLET, KeyKind.INVOICE)
    other, other_keys = await engine.accounts.create_wallet("Other")
    new_key = await engine.ensure_till_wallet()
    assert await engine.accounts.wallet_by_key(new_key) == (wallet, KeyKind.INVOICE)
    assert await engine.accounts.wallet_by_key(old_key) is None
    assert await engine.accounts.wallet_by_key(other_keys.invoice_key) == (other, KeyKind.INVOICE)
    assert [w.name for w in await engine.accounts.wallets()] == [TILL_WALLET, "Other"]


async def test_a_settlement_is_pushed_by_its_hash(shop: Shop) -> None:
    row = await shop.invoice(await shop.wallet())
    with shop.engine.feed.subscribe(row.payment_hash) as listener:
        await shop.customer_pays(row)
        assert await anext(listener) == SETTLED_MESSAGE


async def test_services_run_with_the_engine(shop: Shop) -> None:
    class Service:
        def __init__(self) -> None:
            self.acts: list[str] = []

        async def start(self) -> None:
            self.acts.append("start")

        async def close(self) -> None:
            self.acts.append("close")

    service = Service()
    shop.engine.add_service(service)
    await shop.engine.start()
    assert service.acts == ["start"]
    await shop.engine.close()
    assert service.acts == ["start", "close"]


async def test_closing_is_quick_while_the_source_hangs(shop: Shop) -> None:
    wallet = await shop.wallet()
    shop.source.stop_at = "create"
    making = asyncio.create_task(shop.invoice(wallet))
    await shop.source.reached.wait()
    async with asyncio.timeout(5):
        await shop.engine.close()
    with pytest.raises(asyncio.CancelledError):
        await making


async def test_a_clock_far_behind_the_books_is_said(shop: Shop, tmp_path: Path, expect_log: LogWatch) -> None:
    await shop.invoice(await shop.wallet())
    await shop.close()
    expect_log.expect("pos_app.engine", "clock is 86400 s behind")
    again = await Shop.open(shop.folder, ManualClock(shop.clock.time_s() - 86_400))
    try:
        await again.invoice(await again.wallet())
    finally:
        await again.close()


@pytest.fixture
async def closed(tmp_path: Path) -> Path:
    """The folder of an engine that holds an invoice."""
    async with open_shop(tmp_path / "engine") as shop:
        await shop.invoice(await shop.wallet())
    return shop.folder


async def refused(folder: Path) -> UserError:
    before = (folder / FILE_NAME).read_bytes()
    with pytest.raises(UserError) as error:
        await Engine.open(folder, None, ManualClock())
    assert (folder / FILE_NAME).read_bytes() == before
    assert error.value.cure
    return error.value


async def test_a_newer_file_is_refused_and_untouched(closed: Path) -> None:
    connection = sqlite3.connect(closed / FILE_NAME)
    connection.execute("INSERT INTO migration VALUES ('999 future', 0)")
    connection.commit()
    connection.close()
    assert isinstance(await refused(closed), DatabaseNewer)


async def test_a_damaged_file_is_refused_and_untouched(closed: Path) -> None:
    (closed / FILE_NAME).write_bytes(b"x" * 4096)
    assert isinstance(await refused(closed), DatabaseDamaged)


async def test_a_full_disk_loses_nothing(shop: Shop) -> None:
    wallet = await shop.wallet()
    kept = await shop.invoice(wallet)
    db = shop.engine._db
    await db.write(lambda c: c.execute(f"PRAGMA max_page_count = {_pages(c)}"))
    with pytest.raises(UserError, match="disk is full"):
        for _ in range(200):
            await shop.ledger.create_invoice(wallet, NewInvoice(sat(1), extra={"much": "x" * 4000}))
    await db.write(lambda c: c.execute("PRAGMA max_page_count = 1000000"))
    await shop.customer_pays(kept)
    await shop.check()


def _pages(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA page_count").fetchone()[0]) + 2


async def test_a_copy_of_a_running_engine_is_whole(shop: Shop, tmp_path: Path) -> None:
    row = await shop.invoice(await shop.wallet())
    shutil.copytree(shop.folder, tmp_path / "copy")
    copy = await Shop.open(tmp_path / "copy", shop.clock)
    try:
        assert await copy.row(row.payment_hash) == row
        await copy.check()
    finally:
        await copy.close()

"""A true till is backed up while it sells, killed later, and restored: all money is booked or listed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pos_app.app import House
from pos_app.cli.main import main
from pos_app.config.folders import Folders
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Tender
from tests.conftest import LogWatch
from tests.e2e.restored_seller import FIRST, LOST, PATIENCE_S, STORED, Seller

ROOT = Path(__file__).parents[2]


def sell_and_kill(folder: Path, file: Path) -> list[list[str]]:
    """Sell, make a backup, sell more, kill: what the cashier was told after the backup."""
    command = [sys.executable, "-m", "tests.e2e.restored_seller", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as seller:
        assert seller.stdin is not None and seller.stdout is not None
        try:
            assert seller.stdout.readline() == "ready\n"
            assert main(["backup", str(file), "--data-dir", str(folder)]) == 0
            seller.stdin.write("go on\n")
            seller.stdin.flush()
            told = [line.split() for line in seller.stdout]
            assert seller.wait(PATIENCE_S) == -signal.SIGKILL
        finally:
            seller.kill()
    return told


async def check(folder: Path, lost: str, left: str) -> None:
    async with House(Folders.of(folder), "practice") as house:
        counter, seller = house.counter, Seller(house)
        await counter.wait_compared(PATIENCE_S)
        first, stored = sorted(await counter.recent(), key=lambda sale: sale.number)
        assert (first.state, first.total) == (SaleState.PAID, Sat(FIRST))
        stored = await seller.until(stored, lambda sale: sale.state is not SaleState.OWED)
        assert (stored.state, stored.received) == (SaleState.PAID, Sat(STORED))
        assert stored.tender is Tender.STORED_CARD
        (found,) = counter.queue.view().unassigned
        assert (found.reference, found.number, found.amount) == (lost, 3, Sat(LOST))
        unpaid = [one.reference for one in await counter.store.unassigned() if not one.is_paid]
        assert unpaid == [left], "its code may still be on the customer's telephone"
        assert (await seller.sell(16_000)).number == 5
        balance = (await house.client.wallet()).balance
        assert balance is not None and balance == Sat(FIRST + STORED + LOST + 16_000).to_msat()
        await counter.verify_journal()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_backed_up_killed_and_restored(tmp_path: Path, expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.till.mirror", "restored from a backup")  # the history begins anew
    folder, file = tmp_path / "shop", tmp_path / "till.backup"
    (_, lost), (_, left) = sell_and_kill(folder, file)
    assert main(["restore", str(file), "--yes", "--data-dir", str(folder)]) == 0
    asyncio.run(check(folder, lost, left))
    assert main(["queue", "list", "--data-dir", str(folder)]) == 0

"""kill -9 around every durable step of a sale, in true processes; then a restart, and the sale is right.

The till, the engine and the practice network are the real ones. `POS_DRILL_ROUNDS` sets the number of kills for each
way in which a sale ends; by default every step is hit once from each side.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_app.app import House
from pos_app.config.folders import Folders
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Event, Phase, SaleView
from tests.e2e.sale_killer import SAT
from tests.support.drills import rounds

pytestmark = pytest.mark.drill

ROUNDS = rounds(0, 200)
ROOT = Path(__file__).parents[2]
NEVER = "99999-"
PATIENCE_S = 30


def sell_and_kill(folder: Path, end: str, points: list[str]) -> None:
    command = [sys.executable, "-m", "tests.e2e.sale_killer", str(folder), end, *points]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60 + 10 * len(points))


def told(folder: Path) -> dict[str, str]:
    """What the cashier had been told, by the first word of each line."""
    lines = (folder / "told").read_text().splitlines()
    return {word: rest for word, _, rest in (line.partition(" ") for line in lines)}


async def until(house: House, sale_id: str, done: Callable[[SaleView], bool]) -> SaleView:
    """The sale, once it is so."""
    changed = asyncio.Event()

    def note(_event: Event) -> None:
        changed.set()

    stop = house.counter.subscribe(note)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not done(view := await house.counter.sale(sale_id)):
                await changed.wait()
                changed.clear()
            return view
    finally:
        stop()


async def check_after_restart(folder: Path, end: str) -> None:
    """Start on what the kill left, and bring the sale to its end."""
    before = told(folder)
    async with House(Folders.of(folder), "practice") as house:
        sales = await house.counter.recent()
        assert len(sales) == 1 or ("making" not in before and not sales)
        await house.counter.verify_journal()
        if not sales:
            return
        sale_id = sales[0].sale_id
        assert before.get("making", sale_id) == sale_id
        view = await until(house, sale_id, lambda sale: sale.phase not in (Phase.MAKING, Phase.CHECKING))
        if view.invoice is not None:
            assert before.get("ready", view.invoice.payment_hash) == view.invoice.payment_hash
        assert "paid" not in before or view.state is SaleState.PAID
        assert "cancelled" not in before or view.state is SaleState.CANCELLED
        if view.state is SaleState.OPEN and end == "cancel":
            view = await house.counter.cancel(sale_id)
        elif view.phase is Phase.READY:
            assert view.invoice is not None
            house.let_customer_pay(view.invoice.bolt11, "now")
            view = await until(house, sale_id, lambda sale: sale.phase is Phase.CLOSED)
        elif view.state is SaleState.UNCERTAIN:
            assert end == "card", "only a card leaves a sale uncertain"
            house.let_customer_pay(before["code"], "now")
            view = await until(house, sale_id, lambda sale: sale.state is not SaleState.UNCERTAIN)
        assert view.state is (SaleState.CANCELLED if end == "cancel" else SaleState.PAID)
        balance = (await house.client.wallet()).balance
        assert balance == (Sat(0) if end == "cancel" else Sat(SAT)).to_msat()
        await house.counter.verify_journal()


@pytest.mark.parametrize("end", ["pay", "card", "cancel"])
async def test_every_step(tmp_path: Path, end: str) -> None:
    await asyncio.to_thread(sell_and_kill, tmp_path / "whole", end, [NEVER])
    whole = told(tmp_path / "whole" / NEVER)
    assert {"making", "ready", "cancelled" if end == "cancel" else "paid"} < set(whole)
    points = [f"{number}{side}" for number in range(1, int(whole["commits"]) + 1) for side in "-+"]
    rounds = list(itertools.islice(itertools.cycle(points), ROUNDS or len(points)))
    ended = 0
    for number in range(0, len(rounds), len(points)):
        folder = tmp_path / str(number)
        batch = rounds[number : number + len(points)]
        await asyncio.to_thread(sell_and_kill, folder, end, batch)
        for point in batch:
            # Writes that wait for the disk share a commit: one run can have fewer than another.
            outlived = int(told(folder / point).get("commits", 0))
            assert outlived < int(point[:-1]), f"the child outlived {point}"
            ended += not outlived
            await check_after_restart(folder / point, end)
    assert ended >= 0.75 * len(rounds), "too few were killed"

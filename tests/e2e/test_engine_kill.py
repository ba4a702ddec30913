"""kill -9 in the middle of a load: nothing that was answered is lost, nothing moves twice, the audit is clean."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pos_app.core.clock import SystemClock
from pos_app.engine.engine import Engine
from pos_app.engine.store.rows import PaymentStatus
from pos_app.practice.network import FILE_NAME, PracticeNetwork
from pos_app.practice.source import PracticeSource
from tests.e2e.engine_load import START_SAT
from tests.support.drills import rounds

pytestmark = pytest.mark.drill

ROUNDS = rounds(3, 200)
ROUNDS_IN_A_FOLDER = 5
WAIT_S = 60.0


def load_until_killed(folder: Path, answers: int) -> list[dict[str, Any]]:
    """Run the load, kill it after so many answers, and return all that it has answered."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.engine_load", str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    said: list[dict[str, Any]] = []
    with child:
        for line in child.stdout:
            if line.endswith("\n"):
                said.append(json.loads(line))
            if len(said) == answers:
                child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert len(said) >= answers
    return said


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Engine]:
    clock = SystemClock()
    practice_network = await PracticeNetwork.open(folder, clock)
    engine = await Engine.open(folder, PracticeSource(practice_network), clock)
    try:
        yield engine
    finally:
        await engine.close()
        await practice_network.close()


async def check(folder: Path, said: Sequence[dict[str, Any]]) -> None:
    async with opened(folder) as engine:
        assert (await engine.ledger.audit()).differences == ()  # at once, before anything is mended
        await catch_up(engine, folder)
        report = await engine.ledger.audit()
        assert (report.differences, report.unclaimed) == ((), ())
        wallets = {wallet.id: wallet for wallet in await engine.accounts.wallets()}
        for line in said:
            row = await engine.ledger.payment(wallets[line["wallet"]], line["hash"])
            assert row is not None, f"lost: {line}"
            if line["act"] in ("credited", "paid", "sent", "customer"):
                assert row.status is PaymentStatus.SUCCESS, line
            if line["act"] == "cancelled":
                assert row.status is PaymentStatus.FAILED, line
        assert report.balance.value == expected_balance_msat(folder, report.wallets)


async def catch_up(engine: Engine, folder: Path) -> None:
    """Let the engine hear of everything that happened on the practice network."""
    outside = sqlite3.connect(folder / FILE_NAME)
    settled = [row[0] for row in outside.execute("SELECT payment_hash FROM invoice WHERE state = 'settled'")]
    outside.close()
    heard = asyncio.Event()
    engine.ledger.listen(lambda _: heard.set())
    engine.ledger.start()
    await engine.ledger._watch.round()
    async with asyncio.timeout(WAIT_S):
        for payment_hash in settled:
            while True:
                heard.clear()
                row = await engine.ledger.payment(None, payment_hash)
                assert row is not None
                if row.status is PaymentStatus.SUCCESS:
                    break
                await heard.wait()


def expected_balance_msat(folder: Path, wallets: int) -> int:
    """What the wallets must hold together: credits, plus what came from outside, less what left."""
    outside = sqlite3.connect(folder / FILE_NAME)
    (came,) = outside.execute("SELECT coalesce(sum(amount_msat), 0) FROM invoice WHERE state = 'settled'").fetchone()
    (left,) = outside.execute(
        "SELECT coalesce(sum(amount_msat + fee_msat), 0) FROM bill WHERE state = 'settled'"
    ).fetchone()
    outside.close()
    return wallets * START_SAT * 1000 + int(came) - int(left)


async def test_kill_under_load(tmp_path: Path) -> None:
    dice = random.Random()
    said: list[dict[str, Any]] = []
    for number in range(ROUNDS):
        if number % ROUNDS_IN_A_FOLDER == 0:
            said = []
        folder = tmp_path / str(number // ROUNDS_IN_A_FOLDER)
        said += load_until_killed(folder, dice.randrange(10, 400))
        await check(folder, said)

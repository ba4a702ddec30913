"""A child process for `test_engine_kill.py`: an engine under load that says what it has answered, until it is killed.

    python -m tests.e2e.engine_load FOLDER

Each line on the standard output is a JSON object, written after the answer and never before.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path

from pos_app.core.clock import SystemClock
from pos_app.core.money import Sat
from pos_app.engine.engine import Engine
from pos_app.engine.errors import PaymentRefused
from pos_app.engine.ledger.rules import NewInvoice
from pos_app.engine.store.rows import PaymentRow, Wallet
from pos_app.practice.customer import PayEnd, PracticeCustomer
from pos_app.practice.network import PracticeNetwork
from pos_app.practice.source import PracticeSource

WORKERS = 8
START_SAT = 1_000_000


def say(act: str, row: PaymentRow) -> None:
    line = {"act": act, "hash": row.payment_hash, "wallet": row.wallet_id, "msat": row.amount.value}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class Load:
    """Creates, pays inside, pays outside, cancels, and customers who pay, all at once."""

    def __init__(self, engine: Engine, customer: PracticeCustomer, wallets: tuple[Wallet, ...]) -> None:
        self._ledger = engine.ledger
        self._customer = customer
        self._wallets = wallets
        self._dice = random.Random()

    async def work(self) -> None:
        while True:
            wallet, payer = self._dice.sample(self._wallets, 2)
            amount = Sat(self._dice.randrange(1, 500))
            row = await self._ledger.create_invoice(wallet, NewInvoice(amount.to_msat(), "load"))
            say("created", row)
            act = self._dice.choice([self._pay_inside, self._pay_outside, self._cancel, self._pay_bill])
            try:
                await act(wallet, payer, row)
            except PaymentRefused as error:
                if "Insufficient" not in error.detail and "reserve" not in error.detail:
                    raise

    async def _pay_inside(self, wallet: Wallet, payer: Wallet, row: PaymentRow) -> None:
        say("paid", await self._ledger.pay(payer, row.bolt11))

    async def _pay_outside(self, wallet: Wallet, payer: Wallet, row: PaymentRow) -> None:
        if await self._customer.pay(row.bolt11) is PayEnd.PAID:
            say("customer", row)

    async def _cancel(self, wallet: Wallet, payer: Wallet, row: PaymentRow) -> None:
        say("cancelled", await self._ledger.cancel(wallet, row.payment_hash))

    async def _pay_bill(self, wallet: Wallet, payer: Wallet, row: PaymentRow) -> None:
        bill = await self._customer.bill(row.amount)
        say("sent", await self._ledger.pay(payer, bill))


async def main(folder: Path) -> None:
    clock = SystemClock()
    practice_network = await PracticeNetwork.open(folder, clock)
    engine = await Engine.open(folder, PracticeSource(practice_network), clock)
    engine.ledger.start()
    wallets = await engine.accounts.wallets()
    if not wallets:
        for name in ("A", "B", "C"):
            wallet, _ = await engine.accounts.create_wallet(name)
            say("credited", await engine.ledger.credit(wallet, Sat(START_SAT)))
        wallets = await engine.accounts.wallets()
    load = Load(engine, PracticeCustomer(practice_network, clock), wallets)
    await asyncio.gather(*(load.work() for _ in range(WORKERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

"""An engine on the practice network, whole and in one place."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pos_app.core.bolt11 import Invoice
from pos_app.core.money import Msat, Sat
from pos_app.engine.engine import Engine
from pos_app.engine.funding.base import Cancel, FundingSource, InvoiceState, PayResult, SourceInvoice
from pos_app.engine.ledger.ledger import Ledger
from pos_app.engine.ledger.rules import NewInvoice
from pos_app.engine.store.rows import PaymentRow, Settled, Wallet
from pos_app.practice.customer import PayEnd, PayMode, PracticeCustomer
from pos_app.practice.network import PracticeNetwork
from pos_app.practice.source import PracticeSource
from tests.support.clock import ManualClock

WAIT_S = 20.0


def sat(amount: int) -> Msat:
    return Sat(amount).to_msat()


class GatedSource(PracticeSource):
    """A practice source that a test can stop at one of its calls, before or after it took effect."""

    def __init__(self, practice_network: PracticeNetwork) -> None:
        super().__init__(practice_network)
        self.stop_at = ""
        self.stop_after = False
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()
        self.calls: list[str] = []

    async def create_invoice(
        self, amount: Msat, *, description: str, description_hash: str | None, expiry_s: int
    ) -> SourceInvoice:
        call = super().create_invoice(
            amount, description=description, description_hash=description_hash, expiry_s=expiry_s
        )
        return await self._gate("create", call)  # type: ignore[no-any-return]

    async def cancel_invoice(self, checking_id: str) -> Cancel:
        return await self._gate("cancel", super().cancel_invoice(checking_id))  # type: ignore[no-any-return]

    async def pay(self, invoice: Invoice, *, fee_limit: Msat) -> PayResult:
        return await self._gate("pay", super().pay(invoice, fee_limit=fee_limit))  # type: ignore[no-any-return]

    async def invoice_state(self, checking_id: str) -> tuple[InvoiceState, str | None]:
        return await self._gate("state", super().invoice_state(checking_id))  # type: ignore[no-any-return]

    async def payment_state(self, payment_hash: str) -> PayResult:
        return await self._gate("payment_state", super().payment_state(payment_hash))  # type: ignore[no-any-return]

    async def _gate(self, name: str, call: Coroutine[Any, Any, Any]) -> Any:
        self.calls.append(name)
        if name != self.stop_at:
            return await call
        if self.stop_after:
            result = await call
            self.reached.set()
            await self.go_on.wait()
            return result
        self.reached.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            call.close()
            raise
        return await call


class Shop:
    """The engine, its source, its customer, and waiting for what happens."""

    def __init__(self, folder: Path, clock: ManualClock, practice_network: PracticeNetwork, engine: Engine) -> None:
        self.folder = folder
        self.clock = clock
        self.practice_network = practice_network
        self.customer = PracticeCustomer(practice_network, clock)
        self.engine = engine
        self.heard: list[Settled] = []
        self._news = asyncio.Event()
        engine.ledger.listen(self._hear)

    @property
    def ledger(self) -> Ledger:
        return self.engine.ledger

    @property
    def source(self) -> GatedSource:
        assert isinstance(self.engine.source, GatedSource)
        return self.engine.source

    @classmethod
    async def open(cls, folder: Path, clock: ManualClock, *, start: bool = True) -> Shop:
        practice_network = await PracticeNetwork.open(folder, clock)
        engine = await Engine.open(folder, GatedSource(practice_network), clock)
        shop = cls(folder, clock, practice_network, engine)
        if start:
            engine.ledger.start()
        return shop

    async def close(self) -> None:
        await self.engine.close()
        await self.practice_network.close()

    async def crash(self, folder: Path) -> Shop:
        """The same shop as it would come back if the process had died now, in another folder."""
        shutil.copytree(self.folder, folder)
        await self.close()
        return await Shop.open(folder, self.clock)

    async def wallet(self, name: str = "Shop", credit: int = 0) -> Wallet:
        wallet, _ = await self.engine.accounts.create_wallet(name)
        if credit:
            await self.ledger.credit(wallet, Sat(credit))
        return wallet

    async def invoice(self, wallet: Wallet, amount: int = 21, **kwargs: Any) -> PaymentRow:
        return await self.ledger.create_invoice(wallet, NewInvoice(sat(amount), **kwargs))

    async def row(self, payment_hash: str, wallet: Wallet | None = None) -> PaymentRow:
        row = await self.ledger.payment(wallet, payment_hash)
        assert row is not None
        return row

    async def balance(self, wallet: Wallet) -> int:
        return (await self.ledger.balance(wallet.id)).to_sat().value

    async def customer_pays(self, row: PaymentRow, mode: PayMode = PayMode.NOW) -> PaymentRow:
        """Pay from outside and wait until the ledger has heard of it."""
        assert await self.customer.pay(row.bolt11, mode) is PayEnd.PAID
        return await self.settled(row.payment_hash)

    async def settled(self, payment_hash: str) -> PaymentRow:
        """Wait until the ledger tells that this payment is settled."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for settled in self.heard:
                    if settled.payment.payment_hash == payment_hash:
                        return settled.payment
                self._news.clear()
                await self._news.wait()

    async def check(self) -> None:
        """The books are right."""
        report = await self.ledger.audit()
        assert report.differences == ()

    def _hear(self, settled: Settled) -> None:
        self.heard.append(settled)
        self._news.set()


@asynccontextmanager
async def open_shop(folder: Path) -> AsyncIterator[Shop]:
    shop = await Shop.open(folder, ManualClock())
    try:
        yield shop
    finally:
        await shop.close()


def as_source(source: GatedSource) -> FundingSource:
    """Checked by mypy: what the tests use is a funding source."""
    return source

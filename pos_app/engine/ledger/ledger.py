"""What may happen to money. No HTTP here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pos_app.config.database import Database
from pos_app.core.bolt11 import Network
from pos_app.core.clock import Clock
from pos_app.core.money import Msat, Sat
from pos_app.engine.errors import NotAllowed
from pos_app.engine.funding.base import FundingSource, SourceAway
from pos_app.engine.ledger import audit, bookings, rules
from pos_app.engine.ledger.audit import AuditReport
from pos_app.engine.ledger.context import Context
from pos_app.engine.ledger.invoices import Invoices
from pos_app.engine.ledger.outgoing import Outgoing
from pos_app.engine.ledger.rules import NewInvoice
from pos_app.engine.ledger.watch import Watch
from pos_app.engine.store import lists, payments, stats, unclaimed
from pos_app.engine.store.queries import (
    CountBy,
    DailyPoint,
    Group,
    HistoryPoint,
    Query,
    WalletStats,
)
from pos_app.engine.store.rows import PaymentRow, PaymentStatus, Settled, Unclaimed, Wallet

ASK_PAUSE_S = 2.0
ASK_LIMIT_S = 2.0
ASKED_KEPT = 1000


class Ledger:
    """All money of one engine folder. Every method may be called from any task of the engine's loop.

    Nothing of the tables is kept in memory: the command line may write beside this process.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        source: FundingSource | None,
        *,
        network: Network,
        is_practice: bool,
        node_key: str,
    ) -> None:
        self.network = network
        self.practice = is_practice
        self._db = db
        self._clock = clock
        self._source = source
        self._context = Context(db, clock, source, network=network, node_key=node_key)
        self._invoices = Invoices(self._context)
        self._outgoing = Outgoing(self._context, self._invoices)
        self._watch = Watch(self._context, self._invoices, self._outgoing)
        self._asked_s: dict[str, float] = {}

    def start(self) -> None:
        """Begin to follow the funding source, to expire invoices and to ask about payments in doubt."""
        self._watch.start()

    async def close(self) -> None:
        """End everything that runs. What was under way stands as after a crash, and is taken up at the next start."""
        await self._watch.close()
        await self._context.close()

    async def create_invoice(self, wallet: Wallet, new: NewInvoice) -> PaymentRow:
        """Make an invoice. Raises PaymentRefused, InvalidValue, BadRequest."""
        return await self._context.unit(self._invoices.create(wallet, new))

    async def pay(
        self, wallet: Wallet, bolt11: str, *, extra: Mapping[str, Any] | None = None, memo: str | None = None
    ) -> PaymentRow:
        """Pay an invoice, inside or outside, from this wallet.

        Without a memo the record has the invoice's description. Look at the `status` of what is returned: an
        outside payment may be `pending`, and one that failed before comes back as it was. Raises PaymentRefused.
        """
        return await self._context.unit(self._outgoing.pay(wallet, bolt11, extra or {}, memo))

    async def cancel(self, wallet: Wallet, payment_hash: str) -> PaymentRow:
        """Make an unpaid invoice of this wallet unpayable.

        Raises NotFound, and PaymentRefused where it is paid or the source cannot promise that it stays unpaid.
        """
        return await self._context.unit(self._invoices.cancel(wallet, payment_hash))

    async def payment(self, wallet: Wallet | None, name: str) -> PaymentRow | None:
        """The record with this payment hash or checking id; a pending one is asked for at the source first.

        With a wallet only its own records (its outgoing one first); without, the invoice.
        """
        wallet_id = None if wallet is None else wallet.id
        row = await self._db.read(lambda c: payments.by_name(c, name, wallet_id))
        if row is None or row.status is not PaymentStatus.PENDING or not self._may_ask(row.payment_hash):
            return row
        half = self._invoices if row.is_incoming else self._outgoing
        return await self._context.unit(half.refresh(row, ASK_LIMIT_S))

    async def list(self, query: Query) -> tuple[PaymentRow, ...]:
        return await self._db.read(lambda c: lists.page(c, query))

    async def page(self, query: Query) -> tuple[tuple[PaymentRow, ...], int]:
        """The rows of `list`, and how many there are whatever limit and offset."""
        return await self._db.read(lambda c: (lists.page(c, query), lists.count(c, query)))

    async def count(self, query: Query) -> int:
        return await self._db.read(lambda c: lists.count(c, query))

    async def count_by(self, query: Query, by: CountBy) -> dict[str, int]:
        """How many payments of every status; those without a tag or extension are under the empty text."""
        return await self._db.read(lambda c: stats.count_by(c, query, by))

    async def history(self, query: Query, group: Group) -> tuple[HistoryPoint, ...]:
        """The hours, days or months that have payments, oldest first. Under filters `balance` means nothing."""
        return await self._db.read(lambda c: stats.history(c, query, group))

    async def daily(self, query: Query) -> tuple[DailyPoint, ...]:
        """Every UTC day from the first payment to the last, also those without any."""
        return await self._db.read(lambda c: stats.daily(c, query))

    async def wallet_stats(self, query: Query) -> tuple[WalletStats, ...]:
        """One row for each wallet with counted payments, the fewest first."""
        return await self._db.read(lambda c: stats.wallets(c, query))

    async def balance(self, wallet_id: str) -> Msat:
        """What the wallet can spend: settled money less what may still leave."""
        return await self._db.read(lambda c: payments.balance(c, wallet_id))

    async def credit(self, wallet: Wallet, amount: Sat) -> PaymentRow:
        """Practice money out of nothing. Raises NotAllowed in an engine that is not for practice."""
        if not self.practice:
            raise NotAllowed("Money can be credited in practice only.", "Pay an invoice of this wallet instead.")
        return await self._context.unit(bookings.credit(self._context, wallet, rules.check_amount(amount.to_msat())))

    async def claim(self, name: str, wallet: Wallet) -> PaymentRow:
        """Book unclaimed money, named by payment hash or checking id, to a wallet. Raises NotFound."""
        return await self._context.unit(bookings.claim(self._context, name, wallet))

    async def unclaimed(self) -> tuple[Unclaimed, ...]:
        """Money that arrived and belongs to no wallet yet."""
        return tuple(await self._db.read(unclaimed.all_unclaimed))

    async def audit(self) -> AuditReport:
        """Rebuild every sum from the payments and compare."""
        return await self._db.read(audit.audit)

    def listen(self, callback: Callable[[Settled], None]) -> Callable[[], None]:
        """Call back on the engine's loop after each settlement, incoming and outgoing; returns how to stop."""
        listeners, ticket = self._context.listeners, object()
        listeners[ticket] = callback

        def stop() -> None:
            listeners.pop(ticket, None)

        return stop

    async def webhooks_due(self) -> tuple[PaymentRow, ...]:
        """Settled invoices whose webhook has no `webhook_status` yet, oldest first."""
        return tuple(await self._db.read(payments.webhooks_due))

    async def set_webhook_status(self, payment_id: int, status: str) -> None:
        await self._db.write(lambda c: payments.set_webhook_status(c, payment_id, status))

    async def source_ok(self) -> bool:
        """Whether money can be received now."""
        if self._source is None:
            return False
        try:
            return await self._context.ask(self._source.reachable(), ASK_LIMIT_S)
        except SourceAway:
            return False

    def _may_ask(self, payment_hash: str) -> bool:
        """Whether the source was not asked about this just now."""
        now_s = self._clock.monotonic_s()
        if now_s - self._asked_s.get(payment_hash, -ASK_PAUSE_S) < ASK_PAUSE_S:
            return False
        if len(self._asked_s) >= ASKED_KEPT:
            self._asked_s = {k: at_s for k, at_s in self._asked_s.items() if now_s - at_s < ASK_PAUSE_S}
        self._asked_s[payment_hash] = now_s
        return True

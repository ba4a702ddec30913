"""Incoming money: invoices made, settled, expired, cancelled, and money that nobody expects."""

from __future__ import annotations

import logging
import sqlite3

from pos_app.engine.errors import NotFound, PaymentRefused
from pos_app.engine.funding.base import Cancel, InvoiceState, Settlement, SourceAway
from pos_app.engine.ledger import rules
from pos_app.engine.ledger.context import Context
from pos_app.engine.ledger.rules import NewInvoice
from pos_app.engine.store import payments, unclaimed
from pos_app.engine.store.payments import NewPayment
from pos_app.engine.store.rows import PaymentKind, PaymentRow, PaymentStatus, Wallet

logger = logging.getLogger(__name__)

SOURCE_LIMIT_S = 10.0


class Invoices:
    """The incoming half of the ledger."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(self, wallet: Wallet, new: NewInvoice) -> PaymentRow:
        amount = rules.check_amount(new.amount)
        expiry_s = rules.check_expiry(new.expiry_s)
        memo, description_hash = rules.description_of(new)
        extra_json = rules.extra_text(new.extra)
        webhook = None if new.webhook is None else rules.check_text("webhook", new.webhook)
        now_us = self._context.now_us()
        source = None if new.is_internal else self._context.source
        if new.is_internal:
            made = self._context.sign_invoice(amount, memo, description_hash, expiry_s)
        elif source is None:
            raise PaymentRefused(
                "This engine has no funding source: it cannot receive.", "Set a funding source, or use practice."
            )
        else:
            try:
                made = await self._context.ask(
                    source.create_invoice(
                        amount, description=memo, description_hash=description_hash, expiry_s=expiry_s
                    ),
                    SOURCE_LIMIT_S,
                )
            except SourceAway as error:
                raise PaymentRefused(
                    "The funding source is not reachable: no invoice was made.", "Try again soon."
                ) from error
        payment = NewPayment(
            wallet_id=wallet.id,
            kind=PaymentKind.INVOICE,
            checking_id=made.checking_id,
            payment_hash=made.payment_hash,
            amount=amount,
            bolt11=made.bolt11,
            status=PaymentStatus.PENDING,
            memo=memo,
            time_us=now_us,
            expires_at_s=int(self._context.clock.time_s()) + expiry_s,
            webhook=webhook,
            secret=made.preimage,
            tag=rules.tag_of(new.extra),
            extra_json=extra_json,
            source=None if source is None else source.name,
        )
        return await self._context.db.write(lambda c: payments.insert(c, payment))

    async def book(self, settlement: Settlement) -> None:
        """Credit what the source reports, once; where no open invoice fits, note it as unclaimed."""
        source = self._context.source
        assert source is not None

        def store(connection: sqlite3.Connection) -> PaymentRow | None:
            connection.execute(
                "INSERT INTO source VALUES (?1, ?2) ON CONFLICT DO UPDATE SET cursor = ?2",
                (source.name, settlement.cursor),
            )
            return self._settle(connection, settlement)

        row = await self._context.db.write(store)
        if row is not None:
            await self._context.tell(row)

    async def cursor(self) -> str:
        """How far the source's stream of settlements is booked."""
        source = self._context.source
        assert source is not None

        def read(connection: sqlite3.Connection) -> str:
            row = connection.execute("SELECT cursor FROM source WHERE name = ?", (source.name,)).fetchone()
            return "" if row is None else str(row[0])

        return await self._context.db.read(read)

    async def cancel(self, wallet: Wallet, payment_hash: str) -> PaymentRow:
        async with self._context.locks.hold(payment_hash):
            found = await self._context.db.read(lambda c: payments.invoice_by_hash(c, payment_hash))
            if found is None or found.wallet_id != wallet.id:
                raise NotFound("Payment does not exist.")
            row = found
            if row.status is not PaymentStatus.SUCCESS:
                outcome = await self.cancel_at_source(row)
                if outcome is Cancel.CANCELLED:
                    row = await self._fail(row)
                elif outcome is Cancel.UNKNOWN:
                    raise PaymentRefused(
                        "The funding source could not cancel this invoice: it may still be paid.",
                        "Watch it until it has expired.",
                        payment_status="pending",
                    )
                else:
                    row = await self._context.db.read(lambda c: payments.by_id(c, found.id))
        if row.status is PaymentStatus.SUCCESS:
            raise PaymentRefused("This invoice is already paid.", payment_status="success")
        return row

    async def cancel_at_source(self, row: PaymentRow) -> Cancel:
        """Make an invoice unpayable from outside; one that turns out to be settled is credited here."""
        hidden = await self._context.db.read(lambda c: payments.hidden(c, row.id))
        source = self._context.source
        if hidden.source is None:
            return Cancel.CANCELLED
        if source is None or hidden.source != source.name or not source.can_cancel:
            return Cancel.UNKNOWN
        try:
            outcome = await self._context.ask(source.cancel_invoice(row.checking_id), SOURCE_LIMIT_S)
        except SourceAway:
            return Cancel.UNKNOWN
        if outcome is Cancel.ALREADY_SETTLED and (await self.refresh(row)).status is not PaymentStatus.SUCCESS:
            return Cancel.UNKNOWN
        return outcome

    async def refresh(self, row: PaymentRow, limit_s: float = SOURCE_LIMIT_S) -> PaymentRow:
        """Ask the source how a pending invoice stands and book the answer; no answer changes nothing."""
        try:
            return await self._refresh(row, limit_s)
        except SourceAway:
            return row

    async def _refresh(self, row: PaymentRow, limit_s: float) -> PaymentRow:
        state, preimage = await self._state_at_source(row, limit_s)
        if state is InvoiceState.SETTLED:
            settlement = Settlement(row.checking_id, row.payment_hash, row.amount, preimage, cursor="")
            settled = await self._context.db.write(lambda c: self._settle(c, settlement))
            if settled is not None:
                await self._context.tell(settled)
        elif state is InvoiceState.CANCELLED or (state is InvoiceState.OPEN and self.is_overdue(row)):
            return await self._fail(row)
        return await self._context.db.read(lambda c: payments.by_id(c, row.id))

    async def _state_at_source(self, row: PaymentRow, limit_s: float) -> tuple[InvoiceState, str | None]:
        hidden = await self._context.db.read(lambda c: payments.hidden(c, row.id))
        source = self._context.source
        if hidden.source is None:
            return InvoiceState.OPEN, None
        if source is None or hidden.source != source.name:
            raise SourceAway("The funding source of this invoice is not set.")
        return await self._context.ask(source.invoice_state(row.checking_id), limit_s)

    def is_overdue(self, row: PaymentRow) -> bool:
        """Whether an invoice's time is over, by our clock."""
        return row.expires_at_s is not None and row.expires_at_s <= self._context.clock.time_s()

    async def expire(self) -> None:
        """Look at every pending invoice whose time is over. Raises SourceAway where they cannot be looked at."""
        now_s = self._context.clock.time_s()
        source = self._context.source
        source_name = None if source is None else source.name
        for row in await self._context.db.read(lambda c: payments.overdue(c, now_s, source_name)):
            await self._refresh(row, SOURCE_LIMIT_S)

    async def _fail(self, row: PaymentRow) -> PaymentRow:
        now_us = self._context.now_us()

        def store(connection: sqlite3.Connection) -> PaymentRow:
            present = payments.by_id(connection, row.id)
            if present.status is not PaymentStatus.PENDING:
                return present
            return payments.change(connection, row.id, PaymentStatus.FAILED, now_us=now_us)

        return await self._context.db.write(store)

    def _settle(self, connection: sqlite3.Connection, settlement: Settlement) -> PaymentRow | None:
        """The invoice if this settlement credits it, None if it was booked before or is unclaimed."""
        row = payments.invoice_by_hash(connection, settlement.payment_hash)
        if row is None:
            reason = "no invoice in this ledger"
        elif row.status is PaymentStatus.SUCCESS:
            if payments.hidden(connection, row.id).settled_by == "source":
                return None
            reason = "the invoice was paid from inside before"
        elif settlement.amount < row.amount:
            reason = "less than the invoice asks for"
        else:
            return payments.change(
                connection,
                row.id,
                PaymentStatus.SUCCESS,
                now_us=self._context.now_us(),
                preimage=settlement.preimage or payments.hidden(connection, row.id).secret,
                settled_by="source",
            )
        if unclaimed.add(
            connection,
            checking_id=settlement.checking_id,
            payment_hash=settlement.payment_hash,
            amount=settlement.amount,
            preimage=settlement.preimage,
            reason=reason,
            now_us=self._context.now_us(),
        ):
            logger.warning("unclaimed money: %d msat, %s", settlement.amount.value, reason)
        return None

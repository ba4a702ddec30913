"""Outgoing money: to another wallet of this engine in one transaction, or out through the funding source."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pos_app.core import bolt11
from pos_app.core.bolt11 import Invoice
from pos_app.core.money import MSAT_PER_SAT
from pos_app.engine.errors import PaymentRefused
from pos_app.engine.funding.base import PayOutcome, PayResult, SourceAway
from pos_app.engine.ledger import rules
from pos_app.engine.ledger.context import Context
from pos_app.engine.ledger.invoices import SOURCE_LIMIT_S, Invoices
from pos_app.engine.store import payments
from pos_app.engine.store.payments import NewPayment
from pos_app.engine.store.rows import PaymentKind, PaymentRow, PaymentStatus, Wallet

logger = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""How long a payer waits for the end of an outside payment before he is told that it is pending."""


@dataclass(frozen=True, slots=True)
class _Sending:
    """A reserved payment, and the task that ends with how it stands then and why it failed."""

    row: PaymentRow
    task: asyncio.Task[tuple[PaymentRow, str]]


class Outgoing:
    """The outgoing half of the ledger."""

    def __init__(self, context: Context, invoices: Invoices) -> None:
        self._context = context
        self._invoices = invoices
        self._in_flight: set[str] = set()

    async def pay(self, wallet: Wallet, text: str, extra: Mapping[str, Any], memo: str | None) -> PaymentRow:
        try:
            invoice = bolt11.decode(text)
        except bolt11.InvoiceError as error:
            raise PaymentRefused("Bolt11 decoding failed.") from error
        if invoice.network is not self._context.network:
            raise PaymentRefused(
                f"This invoice belongs to another network ({invoice.network}): this is {self._context.network}."
            )
        amount = rules.check_amount(invoice.amount)
        payment = NewPayment(
            wallet_id=wallet.id,
            kind=PaymentKind.OUTGOING,
            checking_id=invoice.payment_hash,
            payment_hash=invoice.payment_hash,
            amount=-amount,
            bolt11=invoice.text,
            status=PaymentStatus.PENDING,
            memo=invoice.description or "" if memo is None else memo,
            time_us=self._context.now_us(),
            expires_at_s=invoice.expires_at_s,
            tag=rules.tag_of(extra),
            extra_json=rules.extra_text(extra),
        )
        # The wallet's lock keeps its balance from falling between the look at it and the last transaction.
        async with self._context.locks.hold(wallet.id), self._context.locks.hold(invoice.payment_hash):
            ours = await self._context.db.read(lambda c: payments.invoice_by_hash(c, invoice.payment_hash))
            if ours is not None:
                return await self._pay_inside(payment, ours)
            sending = await self._reserve_and_send(payment, invoice)
        return sending if isinstance(sending, PaymentRow) else await self._await_end(sending)

    async def _pay_inside(self, payment: NewPayment, ours: PaymentRow) -> PaymentRow:
        await self._context.db.read(lambda c: self._check_inside(c, payment, ours.id))
        # Nobody may pay it from outside any more. Where the source cannot promise that, and is paid
        # too, that second money becomes unclaimed.
        await self._invoices.cancel_at_source(ours)

        def store(connection: sqlite3.Connection) -> tuple[PaymentRow, PaymentRow]:
            self._check_inside(connection, payment, ours.id)
            preimage = payments.hidden(connection, ours.id).secret
            received = payments.change(
                connection,
                ours.id,
                PaymentStatus.SUCCESS,
                now_us=self._context.now_us(),
                preimage=preimage,
                settled_by="inside",
            )
            paid = payments.insert(
                connection,
                replace(
                    payment,
                    checking_id=f"internal_{payment.payment_hash}",
                    status=PaymentStatus.SUCCESS,
                    preimage=preimage,
                ),
            )
            return paid, received

        paid, received = await self._context.db.write(store)
        await self._context.tell(paid, received)
        return paid

    def _check_inside(self, connection: sqlite3.Connection, payment: NewPayment, invoice_id: int) -> None:
        ours = payments.by_id(connection, invoice_id)
        if ours.bolt11.lower() != payment.bolt11:
            raise PaymentRefused("This is not the invoice that was made for this payment hash.")
        if ours.status is PaymentStatus.SUCCESS:
            raise PaymentRefused("Internal invoice already paid.", payment_status="success")
        if self._invoices.is_overdue(ours):
            raise PaymentRefused("Invoice expired.")
        if ours.status is PaymentStatus.FAILED:
            raise PaymentRefused("Invoice was cancelled.")
        if payments.balance(connection, payment.wallet_id) < ours.amount:
            raise PaymentRefused("Insufficient balance.")

    async def _reserve_and_send(self, payment: NewPayment, invoice: Invoice) -> PaymentRow | _Sending:
        """Take amount and fee reserve out of the balance, durably, and then begin to send.

        Returns the old record where this wallet tried before and that failed.
        """
        if payment.payment_hash in self._in_flight:
            raise PaymentRefused("Payment is still pending.", payment_status="pending")
        # Marked before it is stored: the watch must not ask about a payment that is about to be sent.
        self._in_flight.add(payment.payment_hash)
        is_sent = False
        try:
            row, is_new = await self._context.db.write(lambda c: self._reserve(c, payment, invoice))
            if not is_new:
                return row
            sending = _Sending(row, self._context.spawn(self._send(row, invoice)))
            is_sent = True
            return sending
        finally:
            if not is_sent:
                self._in_flight.discard(payment.payment_hash)

    def _reserve(
        self, connection: sqlite3.Connection, payment: NewPayment, invoice: Invoice
    ) -> tuple[PaymentRow, bool]:
        source = self._context.source
        amount = -payment.amount
        reserve = rules.fee_reserve(amount)
        for earlier in payments.outgoing_by_hash(connection, payment.payment_hash):
            if earlier.status is PaymentStatus.SUCCESS:
                raise PaymentRefused("Payment already paid.", payment_status="success")
            if earlier.status is PaymentStatus.PENDING:
                raise PaymentRefused("Payment is still pending.", payment_status="pending")
            if earlier.wallet_id == payment.wallet_id:
                return earlier, False
        if source is None:
            raise PaymentRefused("This engine has no funding source: it cannot pay outside.")
        if invoice.expires_at_s <= self._context.clock.time_s():
            raise PaymentRefused("Invoice expired.")
        balance = payments.balance(connection, payment.wallet_id)
        if balance < amount:
            raise PaymentRefused("Insufficient balance.")
        if balance < amount + reserve:
            sat = -(-reserve.value // MSAT_PER_SAT)
            raise PaymentRefused(f"You must reserve at least ({sat}  sat) to cover potential routing fees.")
        return payments.insert(connection, replace(payment, fee=-reserve, source=source.name)), True

    async def _send(self, row: PaymentRow, invoice: Invoice) -> tuple[PaymentRow, str]:
        source = self._context.source
        assert source is not None
        try:
            try:
                result = await source.pay(invoice, fee_limit=-row.fee)
            except SourceAway:
                result = PayResult(PayOutcome.UNKNOWN)
            except Exception:
                logger.exception("the funding source failed while it was paying")
                result = PayResult(PayOutcome.UNKNOWN)
            return await self._book(row, result), result.reason
        finally:
            self._in_flight.discard(row.payment_hash)

    async def _await_end(self, sending: _Sending) -> PaymentRow:
        """Wait a little for the end of an outside payment; it goes on when the payer has been told `pending`."""
        timer = asyncio.create_task(self._context.clock.sleep(PATIENCE_S))
        try:
            await asyncio.wait({sending.task, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            await asyncio.gather(timer, return_exceptions=True)
        if not sending.task.done():
            return sending.row
        after, reason = sending.task.result()
        if after.status is PaymentStatus.FAILED:
            raise PaymentRefused(f"Payment failed: {reason}")
        return after

    async def refresh(self, row: PaymentRow, limit_s: float = SOURCE_LIMIT_S) -> PaymentRow:
        """Ask the source about a payment whose end is not known; no answer changes nothing."""
        try:
            return await self._refresh(row, limit_s)
        except SourceAway:
            return row

    async def _refresh(self, row: PaymentRow, limit_s: float) -> PaymentRow:
        source = self._context.source
        if source is None or row.payment_hash in self._in_flight:
            return row
        hidden = await self._context.db.read(lambda c: payments.hidden(c, row.id))
        if hidden.source != source.name:
            return row
        return await self._book(row, await self._context.ask(source.payment_state(row.payment_hash), limit_s))

    async def ask_again(self) -> None:
        """Ask about every payment whose end is not known. Raises SourceAway where nothing can be asked."""
        for row in await self._context.db.read(payments.sending):
            await self._refresh(row, SOURCE_LIMIT_S)

    async def _book(self, row: PaymentRow, result: PayResult) -> PaymentRow:
        if result.outcome not in (PayOutcome.SETTLED, PayOutcome.FAILED):
            return row
        now_us = self._context.now_us()

        def store(connection: sqlite3.Connection) -> tuple[PaymentRow, bool]:
            present = payments.by_id(connection, row.id)
            if present.status is not PaymentStatus.PENDING:
                return present, False
            if result.outcome is PayOutcome.FAILED:
                return payments.change(connection, row.id, PaymentStatus.FAILED, now_us=now_us), False
            return payments.change(
                connection,
                row.id,
                PaymentStatus.SUCCESS,
                now_us=now_us,
                fee=-result.fee,
                preimage=result.preimage,
                settled_by="source",
            ), True

        after, is_settled = await self._context.db.write(store)
        if is_settled:
            await self._context.tell(after)
        return after

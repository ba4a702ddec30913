"""After a restore: before anything is shown, sent or made, the payments API is asked what happened since the backup.

All invoices that it has for a sale are the sale's own. One with a reference of this till and no sale here is written
down as *unassigned*: its sale was made after the backup and is lost with it, its money is not.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from pos_app.core.bolt11 import Invoice, InvoiceError, decode
from pos_app.core.clock import Clock
from pos_app.core.errors import RetryableError, UserError
from pos_app.core.money import Msat
from pos_app.core.text import plain
from pos_app.payments.client import Client
from pos_app.payments.errors import RateLimited
from pos_app.payments.models import Payment, PaymentStatus
from pos_app.till.background import Backoff, Bell
from pos_app.till.books import Books
from pos_app.till.health import Health
from pos_app.till.invoicing import Making
from pos_app.till.moves import REFERENCE_ALPHABET, REFERENCE_LENGTH
from pos_app.till.sale import Sale, SaleInvoice, Unassigned
from pos_app.till.store import Store
from pos_app.till.views import Fact, FactState, Phase, Problem
from pos_app.till.watcher import AFTER_DEATH_FOR_S, AT_START_FOR_S, BETWEEN_DEAD_S

logger = logging.getLogger(__name__)

BEFORE_BACKUP_S = AT_START_FOR_S
"""An invoice of so long before the backup may have been paid since."""
MARGIN_S = 86_400.0
"""The server's clock and ours may differ by so much."""
OVERLAP = 20
"""Pages overlap by so many records: some may come or go while they are read."""
MINUTE_S = 60.0
FRESH_S = 3600.0
_REFERENCE = re.compile(rf"[{REFERENCE_ALPHABET}]{{{REFERENCE_LENGTH}}}\Z")

_MEANWHILE = Problem("The till was restored from a backup.", "It is being checked. Do not charge again.")
_T = TypeVar("_T")


class NotCompared(UserError):
    """The books came back from a backup, and the payments API was not asked yet what happened since."""

    def __init__(self, backup_at_s: float) -> None:
        super().__init__(words_meanwhile(backup_at_s), "It goes on by itself. Try again in a moment.")


def words_meanwhile(backup_at_s: float) -> str:
    """What the till does before anything else."""
    at = datetime.fromtimestamp(backup_at_s).strftime("%Y-%m-%d %H:%M")
    return f"The till was restored from a backup of {at} and first asks the payments server about its sales."


def facts_meanwhile(facts: tuple[Fact, ...], backup_at_s: float) -> tuple[Fact, ...]:
    """The strip's entries while the books are not compared yet."""

    def told(fact: Fact) -> Fact:
        if fact.key != "payments":
            return fact
        if fact.state is FactState.DOWN:
            return replace(fact, detail=words_meanwhile(backup_at_s))
        return Fact(fact.key, FactState.WARN, "Restored, comparing", words_meanwhile(backup_at_s), None)

    return tuple(told(fact) for fact in facts)


class Recovery:
    """Brings the books of a restored till to what the payments API knows.

    `look(invoice)` asks for one invoice and books it if it was paid; `noted()` is awaited when unassigned payments
    were written down.
    """

    def __init__(
        self,
        client: Client,
        store: Store,
        books: Books,
        health: Health,
        clock: Clock,
        *,
        look: Callable[[SaleInvoice], Awaitable[None]],
        noted: Callable[[], Awaitable[None]],
    ) -> None:
        self._client = client
        self._store = store
        self._books = books
        self._health = health
        self._clock = clock
        self._look = look
        self._noted = noted
        self._bell = Bell(clock)
        self.making = Making(self._bell, phase=Phase.CHECKING, problem=_MEANWHILE)
        """What every sale at the counter shows meanwhile."""

    async def run(self, backup_at_s: float) -> tuple[Sale, ...]:
        """Until all that was made since the backup was looked at, begun anew as often as it must be; what it changed.

        `wake` cuts a pause short.
        """
        backoff = Backoff()
        while True:
            try:
                await self._look_through(await self._since_s(backup_at_s))
                await self._noted()
                return await self._store.end_restoration()
            except (RetryableError, UserError) as error:
                logger.info("the restored books are not compared yet: %s", error)
            except Exception:
                logger.exception("comparing the restored books")
            await self._bell.pause(backoff.next_s())

    def wake(self) -> None:
        """Try again now."""
        self._bell.ring()

    async def watch_unassigned(self) -> None:
        """Ask for unassigned invoices that were not paid: at the start those of 30 days, then those of one day.

        A code of the last hour may still be on a customer's screen: each minute; the others each hour.
        """
        back_s = AT_START_FOR_S
        for minute in itertools.count(1):
            waiting = [one for one in await self._store.unassigned() if not one.is_paid]
            for one in _newer(waiting, self._clock.time_s() - back_s):
                with suppress(RetryableError, UserError):  # again in the next round
                    await self._ask_for_unassigned(one)
                await self._clock.sleep(BETWEEN_DEAD_S)
            if not _newer(waiting, self._clock.time_s() - AFTER_DEATH_FOR_S):
                return
            await self._clock.sleep(MINUTE_S)
            back_s = AFTER_DEATH_FOR_S if minute % 60 == 0 else FRESH_S

    async def _ask_for_unassigned(self, one: Unassigned) -> None:
        look = await self._asked(lambda: self._client.look(one.payment_hash))
        if look.paid:
            await self._store.note_unassigned(replace(one, is_paid=True, amount=Msat(abs(look.payment.amount))))
            await self._noted()

    async def _since_s(self, backup_at_s: float) -> float:
        """From when on records are read. The computer's clock may have been wrong when the backup was made."""
        newest_s = await self._store.newest_invoice_s()
        at_s = backup_at_s if newest_s is None else min(backup_at_s, newest_s)
        return max(0.0, at_s - BEFORE_BACKUP_S - MARGIN_S)

    async def _look_through(self, since_s: float) -> None:
        known = await self._store.hashes()
        paid = set()
        async for payment in self._made_since(since_s):
            if payment.status is PaymentStatus.SUCCESS:
                paid.add(payment.payment_hash)
            if payment.amount > 0 and payment.payment_hash not in known:
                await self._take(payment)
        for invoice in await self._store.unsettled():
            if invoice.is_live or invoice.payment_hash in paid:
                await self._patiently(lambda invoice=invoice: self._look(invoice))  # type: ignore[misc]

    async def _made_since(self, since_s: float) -> AsyncIterator[Payment]:
        """The wallet's records, newest first. Some come twice."""
        offset = 0
        while True:
            page = await self._asked(lambda offset=offset: self._client.made_since(int(since_s), offset=offset))  # type: ignore[misc]
            if page.left_out:
                logger.warning("%d records of the wallet could not be read", page.left_out)
            for payment in page.payments:
                yield payment
            if not page.count or offset + page.count >= page.total:
                return
            offset += max(1, page.count - OVERLAP)

    async def _take(self, payment: Payment) -> None:
        """An invoice that these books lack."""
        reference = _reference(payment)
        if reference is None:
            return
        sale = await self._store.sale_by_reference(reference)
        number = payment.extra.get("number")
        is_ours = payment.extra.get("till") == self._store.identity.till
        if is_ours and isinstance(number, int) and number > 0:
            await self._store.note_number(number)
        if sale is not None and (invoice := self._fitting(sale, payment)) is not None:
            await self._store.adopt(sale.id, invoice)
        elif sale is not None or is_ours:
            await self._store.note_unassigned(
                Unassigned(
                    payment_hash=payment.payment_hash,
                    reference=reference,
                    number=number if isinstance(number, int) and number > 0 else None,
                    amount=Msat(payment.amount),
                    is_paid=payment.status is PaymentStatus.SUCCESS,
                    memo=plain(payment.memo or ""),
                    made_at_s=payment.time.timestamp(),
                )
            )

    def _fitting(self, sale: Sale, payment: Payment) -> Invoice | None:
        """The invoice, if it is for this sale's sum on this network. Its life may be of another setting."""
        try:
            invoice = decode(payment.bolt11)
        except InvoiceError:
            return None
        fits = (
            invoice.payment_hash == payment.payment_hash
            and invoice.amount == sale.total.to_msat()
            and invoice.network is self._books.network
        )
        return invoice if fits else None

    async def _asked(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Ask the API, as the facts want it."""

        async def asking() -> _T:
            with self._health.asking():
                return await call()

        return await self._patiently(asking)

    async def _patiently(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """The same again after each pause that the server asks for: there may be much to read."""
        while True:
            try:
                return await call()
            except RateLimited as error:
                await self._clock.sleep(error.retry_after_s)


def _reference(payment: Payment) -> str | None:
    """The reference of an invoice of ours: in its facts, and at the end of its memo."""
    named = payment.extra.get("reference") or (payment.memo or "").rsplit(" ", 1)[-1]
    return named if isinstance(named, str) and _REFERENCE.match(named) else None


def _newer(payments: list[Unassigned], since_s: float) -> list[Unassigned]:
    return [one for one in payments if one.made_at_s > since_s]

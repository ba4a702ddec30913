"""What is known about the world, from real calls only: does the payments API answer, and can Lightning receive?

A state is believed at once while nothing is known, and later only after it has held for some seconds, so a line that
comes and goes does not make the strip flicker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from pos_app.core.clock import Clock
from pos_app.core.errors import RetryableError, UserError
from pos_app.payments.client import Client
from pos_app.payments.errors import NotKnown, RateLimited, Refused
from pos_app.till.background import Backoff, Bell
from pos_app.till.books import Books
from pos_app.till.views import Fact, FactState

HOLD_S = 3.0
PROBE_S = 15.0


class Health:
    """The facts *payments* and *lightning*. `changed` is called when a shown fact is not as it was."""

    def __init__(self, client: Client, books: Books, clock: Clock, changed: Callable[[], None]) -> None:
        self._client = client
        self._books = books
        self._clock = clock
        self._changed = changed
        self._payments = _Steady(clock)
        self._lightning = _Steady(clock)
        self._bell = Bell(clock)
        self._tells_source = False

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around each call of the client: its outcome tells whether the API answers. Errors pass."""
        try:
            yield
        except RateLimited:
            raise
        except (Refused, NotKnown):
            self._note_answer()
            raise
        except UserError as error:
            self._note(self._payments, FactState.DOWN, f"{error.message} {error.cure}".strip())
            raise
        except RetryableError:
            self._note(self._payments, FactState.DOWN, "")
            raise
        else:
            self._note_answer()

    def note_invoice(self, made: bool) -> None:
        """The API made the invoice that was asked for, or refused to: all that a foreign server tells of Lightning."""
        if not self._tells_source:
            self._note(self._lightning, FactState.WELL if made else FactState.WARN, "", at_once=True)

    @property
    def lightning_away(self) -> bool:
        """Our engine says that its source of money is away: nobody could pay a code."""
        return self._lightning.state is FactState.DOWN

    async def probe(self) -> None:
        """Ask the API who it is and, if it is our engine, whether its source of money is there."""
        with self.asking():
            health = await self._client.health()
        self._tells_source = health.source_ok is not None
        if health.source_ok is not None:
            self._note(self._lightning, FactState.WELL if health.source_ok else FactState.DOWN, "")

    async def run(self) -> None:
        """Probe each 15 s, and in pauses that grow from 1 s to that while anything is not well."""
        backoff = Backoff()
        while True:
            with suppress(RetryableError, UserError):  # noted by `asking`
                await self.probe()
            if self._is_well():
                backoff.reset()
            await self._bell.pause(PROBE_S if self._is_well() else min(backoff.next_s(), PROBE_S))

    def wake(self) -> None:
        """Probe now, not only at the next turn."""
        self._bell.ring()

    def facts(self) -> tuple[Fact, ...]:
        return (self._payments_fact(), self._lightning_fact(), _NO_RATE)

    def _payments_fact(self) -> Fact:
        fact = self._payments
        match fact.state:
            case FactState.DOWN:
                words = f"Offline since {_local_time(fact.since_s)}"
                detail = fact.detail or "No new codes. An open code stays and is checked when the server answers again."
            case FactState.UNKNOWN:
                words, detail = "Payments", "Not asked yet."
            case _ if self._books.is_plain_http:
                detail = "Others on the way could read the key and fake payments. Use https."
                return Fact("payments", FactState.WARN, "Not encrypted", detail, fact.since_s)
            case _:
                words, detail = "Payments", "QR codes and checks work."
        return Fact("payments", fact.state, words, detail, fact.since_s)

    def _lightning_fact(self) -> Fact:
        fact = self._lightning
        if self._payments.state is FactState.DOWN or fact.state is FactState.UNKNOWN:
            return Fact("lightning", FactState.UNKNOWN, "Lightning", "Known when the next code is made.", None)
        words, detail = {
            FactState.DOWN: ("Lightning away", "No codes: nobody could pay them."),
            FactState.WARN: ("Last code refused", "The server may not be able to receive."),
        }.get(fact.state, ("Lightning", "Can receive."))
        return Fact("lightning", fact.state, words, detail, fact.since_s)

    def _note_answer(self) -> None:
        self._note(self._payments, FactState.WELL, "")

    def _note(self, fact: _Steady, state: FactState, detail: str, *, at_once: bool = False) -> None:
        before, was_wavering = self.facts(), fact.is_wavering
        fact.note(state, detail, hold_s=0 if at_once else HOLD_S)
        if fact.is_wavering and not was_wavering:
            self._bell.ring()
        if self.facts() != before:
            self._changed()

    def _is_well(self) -> bool:
        lightning = self._lightning
        return self._payments.is_well and not lightning.is_wavering and lightning.state is not FactState.DOWN


class _Steady:
    """One fact that is shown only after it has held."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.state = FactState.UNKNOWN
        self.detail = ""
        self.since_s: float | None = None
        self._next = FactState.UNKNOWN
        self._next_since_s = 0.0
        self._next_since_monotonic_s = 0.0

    @property
    def is_wavering(self) -> bool:
        """The last word was another than the shown one."""
        return self._next is not self.state

    @property
    def is_well(self) -> bool:
        return self.state is FactState.WELL and not self.is_wavering

    def note(self, state: FactState, detail: str, *, hold_s: float) -> None:
        now_s = self._clock.monotonic_s()
        if state is not self._next:
            self._next, self._next_since_s, self._next_since_monotonic_s = state, self._clock.time_s(), now_s
        if self.state is FactState.UNKNOWN or now_s - self._next_since_monotonic_s >= hold_s:
            if self.state is not state:
                self.since_s = self._next_since_s
            self.state, self.detail = state, detail


_NO_RATE = Fact("rate", FactState.OFF, "Sat only", "Prices are in sat: there are no exchange rates yet.", None)


def _local_time(time_s: float | None) -> str:
    return "" if time_s is None else datetime.fromtimestamp(time_s).strftime("%H:%M")

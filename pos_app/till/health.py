"""What is known about the world, from real calls only: four facts, each with what still works.

payments   E: does the payments API answer?
lightning  P: can its Lightning side receive?
issuer     C: does this card's host answer? Kept for each host, and known only from cards: no host is ever probed.
rate       R: is the exchange rate fresh?

A state is believed at once while nothing is known, and later only after it has held for some seconds, so a line that
comes and goes does not make the strip flicker; one that has changed often lately has to be well for longer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from pos_app.core.clock import Clock
from pos_app.core.errors import RetryableError, UserError
from pos_app.payments.client import Client
from pos_app.payments.errors import NotKnown, RateLimited, Refused
from pos_app.till.background import Bell
from pos_app.till.books import Books
from pos_app.till.views import Fact, FactState, StoreView

PROBE_S = 2.2
"""So long after the last answer the API is asked who it is: a little longer than the pause between polls of a sale."""
WAVERING_S = 1.0
"""The same while the last word differs from what is shown."""
HOLD_S = 2.0
PATIENCE_S = 2.5
"""Without an answer for so long the API counts as away; twice as long as its last answer took, where that is more."""
LONGEST_PATIENCE_S = 9.0
FLAPPING_FOR_S = 60.0
FLAPPING_CHANGES = 4
FLAPPING_HOLD_S = 15.0
ISSUER_KNOWN_FOR_S = 600.0
"""What the last card of an issuer showed is worth so long."""


@dataclass(frozen=True, slots=True)
class _Issuer:
    """What the last call to a card host came to, and since when calls have come to that."""

    answers: bool
    since_s: float
    asked_monotonic_s: float


class Health:
    """The facts. `changed` is called when a shown fact is not as it was."""

    def __init__(self, client: Client, books: Books, clock: Clock, changed: Callable[[], None]) -> None:
        self._client = client
        self._books = books
        self._clock = clock
        self._changed = changed
        self._payments = _Steady(clock)
        self._lightning = _Steady(clock)
        self._issuers: dict[str, _Issuer] = {}
        self._bell = Bell(clock)
        self._tells_source = client.is_embedded
        self._patience_s = PATIENCE_S
        self._answered_s: float | None = None
        self._probed_s: float | None = None
        self._told = self.facts()

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
            self._note(self._lightning, FactState.WELL if made else FactState.WARN, "", hold_s=0)

    def note_issuer(self, host: str, *, answers: bool) -> None:
        """A card's host answered a real call for a card, or could not be reached."""
        known, now_s = self._issuer(host), self._clock.time_s()
        since_s = known.since_s if known is not None and known.answers is answers else now_s
        self._issuers[host] = _Issuer(answers, since_s, self._clock.monotonic_s())
        self._tell()

    @property
    def api_answers(self) -> bool:
        """The payments API answers, as far as is shown."""
        return self._payments.state is FactState.WELL

    @property
    def api_away(self) -> bool:
        return self._payments.state is FactState.DOWN

    @property
    def lightning_away(self) -> bool:
        """Our engine says that its source of money is away: nobody could pay a code."""
        return self._lightning.state is FactState.DOWN

    def issuer_away(self, host: str) -> bool:
        """The last card of this host could not reach it."""
        issuer = self._issuer(host)
        return issuer is not None and not issuer.answers

    @property
    def calls_for_storing(self) -> bool:
        """No code can be made, nobody could pay it, or a card's issuer is away."""
        return self.api_away or self.lightning_away or any(map(self.issuer_away, self._issuers))

    @property
    def offline_since_s(self) -> float | None:
        """Since when no code can be made or paid; None while one can, or while nothing is known."""
        if self.api_away:
            return self._payments.since_s
        return self._lightning.since_s if self.lightning_away else None

    async def probe(self) -> None:
        """Ask the API who it is and, if it is our engine, whether its source of money is there."""
        asked_s = self._clock.monotonic_s()
        with self.asking():
            health = await self._client.health()
        took_s = self._clock.monotonic_s() - asked_s
        self._patience_s = min(max(PATIENCE_S, 2 * took_s), LONGEST_PATIENCE_S)
        self._tells_source = health.source_ok is not None
        if health.source_ok is not None:
            self._note(self._lightning, FactState.WELL if health.source_ok else FactState.DOWN, "", ago_s=took_s)

    async def run(self) -> None:
        """Probe each 2 s or so where nothing else shows that the API answers, each second while a fact wavers."""
        while True:
            if self._due_in_s() <= 0:
                with suppress(RetryableError, UserError):  # noted by `asking`
                    await self._probe_patiently()
                self._probed_s = self._clock.monotonic_s()
            self._tell()
            await self._bell.pause(self._due_in_s())

    def wake(self) -> None:
        """Probe now, not only at the next turn."""
        self._answered_s = self._probed_s = None
        self._bell.ring()

    def facts(self, store: StoreView | None = None) -> tuple[Fact, ...]:
        """The strip's entries. `store` tells what of the limits for stored cards is left, and of an earlier run."""
        cards = _cards(store)
        lost_at_s = None if store is None else store.offline_since_s
        return (self._payments_fact(cards, lost_at_s), self._lightning_fact(cards), self._issuer_fact(cards), _NO_RATE)

    def _payments_fact(self, cards: str, lost_at_s: float | None) -> Fact:
        fact = self._payments
        match fact.state:
            case FactState.DOWN:
                since_s = fact.since_s if lost_at_s is None or fact.since_s is None else min(lost_at_s, fact.since_s)
                words = f"Offline since {_local_time(since_s)}"
                detail = f"{fact.detail or 'QR codes do not work. An open one is checked on return.'} {cards}".strip()
                return Fact("payments", fact.state, words, detail, since_s)
            case FactState.UNKNOWN:
                words, detail = "Payments", "Not asked yet."
            case _ if self._books.is_plain_http:
                detail = "Others on the way could read the key and fake payments. Use https."
                return Fact("payments", FactState.WARN, "Not encrypted", detail, fact.since_s)
            case _:
                words, detail = "Payments", "QR codes and checks work."
        return Fact("payments", fact.state, words, detail, fact.since_s)

    def _lightning_fact(self, cards: str) -> Fact:
        fact = self._lightning
        if self._payments.state is FactState.DOWN or fact.state is FactState.UNKNOWN:
            return Fact("lightning", FactState.UNKNOWN, "Lightning", "Known when the next code is made.", None)
        words, detail = {
            FactState.DOWN: ("Lightning away", f"No QR codes: nobody could pay them. {cards}".strip()),
            FactState.WARN: ("Last code refused", "The server may not be able to receive."),
        }.get(fact.state, ("Lightning", "Can receive."))
        return Fact("lightning", fact.state, words, detail, fact.since_s)

    def _issuer_fact(self, cards: str) -> Fact:
        issuers = {host: issuer for host in self._issuers if (issuer := self._issuer(host)) is not None}
        away = {host: issuer.since_s for host, issuer in issuers.items() if not issuer.answers}
        if away:
            name = next(iter(away)) if len(away) == 1 else f"{len(away)} issuers"
            detail = f"{name} not reachable. Pay by QR. {cards}".strip()
            return Fact("issuer", FactState.WARN, "Card issuer away", detail, min(away.values()))
        if issuers:
            since_s = min(issuer.since_s for issuer in issuers.values())
            return Fact("issuer", FactState.WELL, "Card issuer", "Answered the last card.", since_s)
        return Fact("issuer", FactState.UNKNOWN, "Card issuer", "Known when a card is tapped.", None)

    def _issuer(self, host: str) -> _Issuer | None:
        issuer = self._issuers.get(host)
        if issuer is None or self._clock.monotonic_s() - issuer.asked_monotonic_s > ISSUER_KNOWN_FOR_S:
            return None
        return issuer

    async def _probe_patiently(self) -> None:
        """As `probe`; an API that is silent for too long counts as away before its time-out."""
        asked_s = self._clock.monotonic_s()
        probe = asyncio.ensure_future(self.probe())
        patience = asyncio.ensure_future(self._clock.sleep(self._patience_s))
        try:
            await asyncio.wait((probe, patience), return_when=asyncio.FIRST_COMPLETED)
            if not probe.done() and (self._answered_s is None or self._answered_s < asked_s):
                self._note(self._payments, FactState.DOWN, "", hold_s=0, ago_s=self._clock.monotonic_s() - asked_s)
            await probe
        finally:
            probe.cancel()
            patience.cancel()

    def _due_in_s(self) -> float:
        """How long until the next probe. Our engine has more to tell than that it answers."""
        if self._probed_s is None:
            return 0
        last_s = self._probed_s
        if self._answered_s is not None and self.api_answers and not self._tells_source:
            last_s = max(last_s, self._answered_s)
        return last_s + (WAVERING_S if self._is_wavering() else PROBE_S) - self._clock.monotonic_s()

    def _note_answer(self) -> None:
        self._answered_s = self._clock.monotonic_s()
        self._note(self._payments, FactState.WELL, "")

    def _note(
        self, fact: _Steady, state: FactState, detail: str, *, hold_s: float | None = None, ago_s: float = 0
    ) -> None:
        was_wavering = fact.is_wavering
        fact.note(state, detail, hold_s=hold_s, ago_s=ago_s)
        if fact.is_wavering and not was_wavering:
            self._bell.ring()
        self._tell()

    def _tell(self) -> None:
        if (facts := self.facts()) != self._told:
            self._told = facts
            self._changed()

    def _is_wavering(self) -> bool:
        return self._payments.is_wavering or self._lightning.is_wavering


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
        self._changes_s: deque[float] = deque(maxlen=FLAPPING_CHANGES)

    @property
    def is_wavering(self) -> bool:
        """The last word was another than the shown one."""
        return self._next is not self.state

    def note(self, state: FactState, detail: str, *, hold_s: float | None, ago_s: float) -> None:
        """The last word is this, and has been for `ago_s`."""
        now_s = self._clock.monotonic_s()
        if state is not self._next:
            self._next = state
            self._changes_s.append(now_s)
            self._next_since_s, self._next_since_monotonic_s = self._clock.time_s() - ago_s, now_s - ago_s
        if hold_s is None:
            hold_s = FLAPPING_HOLD_S if state is FactState.WELL and self._is_flapping(now_s) else HOLD_S
        if self.state is FactState.UNKNOWN or now_s - self._next_since_monotonic_s >= hold_s:
            if self.state is not state:
                self.since_s = self._next_since_s
            self.state, self.detail = state, detail

    def _is_flapping(self, now_s: float) -> bool:
        return len(self._changes_s) == FLAPPING_CHANGES and now_s - self._changes_s[0] <= FLAPPING_FOR_S


def _cards(store: StoreView | None) -> str:
    """What stored cards can still do."""
    if store is None or not store.accepted:
        return ""
    if store.refusal is not None:
        return f"Cards cannot be stored: {store.refusal.message}"
    return f"Cards can be stored up to {store.tap_max}."


_NO_RATE = Fact("rate", FactState.OFF, "Sat only", "Prices are in sat: there are no exchange rates yet.", None)


def _local_time(time_s: float | None) -> str:
    return "" if time_s is None else datetime.fromtimestamp(time_s).strftime("%H:%M")

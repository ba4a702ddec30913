"""Whose turn it is at each card host: two taps may be of one card, and a later one kills an earlier one.

So for each host the taps of this till go in the order of capture, one at a time: the next one asks only after the
earlier one has its offer or has ended. A held tap blocks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from pos_app.core.clock import Clock
from pos_app.till.background import Bell
from pos_app.till.sale import Sale, Tap
from pos_app.till.tap_states import TapState

_BEFORE_OFFER = (TapState.CAPTURED, TapState.INVOICED, TapState.REDEEMING)


class Turns:
    """The order of all taps in hand, live and stored. `sales()` are the sales that are not closed, as on disk."""

    def __init__(self, clock: Clock, sales: Callable[[], Iterable[Sale]]) -> None:
        self._clock = clock
        self._sales = sales
        self._asking: dict[str, str] = {}
        self._live: set[str] = set()
        self._bells: set[Bell] = set()

    @contextmanager
    def listening(self) -> Iterator[Bell]:
        """A bell of one's own that `ring` rings."""
        bell = Bell(self._clock)
        self._bells.add(bell)
        try:
            yield bell
        finally:
            self._bells.discard(bell)

    def ring(self) -> None:
        """Something changed: who waits looks again."""
        for bell in self._bells:
            bell.ring()

    @contextmanager
    def living(self, tap_id: str) -> Iterator[None]:
        """Around the life of a live tap: only one with somebody behind it has its turn kept."""
        self._live.add(tap_id)
        try:
            yield
        finally:
            self._live.discard(tap_id)
            self.end(tap_id)
            self.ring()

    def is_at_turn(self, tap: Tap) -> bool:
        """Whether this tap may ask its host now."""
        if self._asking.get(tap.host, tap.id) != tap.id:
            return False
        others = [other for sale in self._sales() for other in sale.taps if other.id != tap.id]
        return not any(_is_out_for(other, tap) or self._goes_before(other, tap) for other in others)

    def begin(self, tap: Tap) -> None:
        """This tap asks its host from now on; set before that is on disk."""
        self._asking[tap.host] = tap.id

    def end(self, tap_id: str) -> None:
        """This tap has its offer, or asks no more."""
        for host in [host for host, asking in self._asking.items() if asking == tap_id]:
            del self._asking[host]
            self.ring()

    def _goes_before(self, other: Tap, tap: Tap) -> bool:
        if other.host != tap.host or other.sequence >= tap.sequence:
            return False
        return waits_for_offer(other) and (other.is_stored or other.id in self._live)


def _is_out_for(other: Tap, tap: Tap) -> bool:
    """Of one sale only one request is out at a time."""
    return other.sale_id == tap.sale_id and other.request_out


def waits_for_offer(tap: Tap) -> bool:
    """Whether its card's link is still to be asked, or is just being asked, by the till or by the payments API."""
    if tap.is_held:
        return False
    by_api = tap.state is TapState.SUBMITTED and tap.request_out and not tap.link_tries
    return tap.state in _BEFORE_OFFER or by_api

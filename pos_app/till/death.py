"""When is an invoice provably dead? Only then may another one be made for its sale (offline-payments.md, section 5).

Each clock is compared with a time of its own, and the one that says *younger* counts:

- the running time since we received the invoice, after a restart since this start; or
- after a restart, and only of a server with a clock of its own: its `Date` against the invoice's time stamp **and**
  our wall clock against the moment at which we received it.

And a GET asked after that must have said *unpaid*.
"""

from __future__ import annotations

from dataclasses import dataclass

GRACE_S = 120.0
"""How long after its expiry an invoice may still settle."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """What is known of one invoice's time.

    `counted_from_s` is a value of the monotonic clock: when the till received it or, if that was before this start
    (`restarted`), this start. `clock_is_ours`: the API's `Date` is our own clock.
    """

    made_at_s: float
    expiry_s: float
    received_at_s: float
    counted_from_s: float
    restarted: bool
    clock_is_ours: bool

    @property
    def safe_at_monotonic_s(self) -> float:
        """From here on the running time alone says that the invoice's time is over."""
        return self.counted_from_s + self.expiry_s + GRACE_S


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks at one moment; `date_s` is the newest `Date` that the server has told by then."""

    monotonic_s: float
    wall_s: float
    date_s: float | None


def is_over(life: Lifetime, clocks: Clocks) -> bool:
    """Whether the invoice's time and its grace have passed for certain."""
    if clocks.monotonic_s >= life.safe_at_monotonic_s:
        return True
    if not life.restarted or life.clock_is_ours or clocks.date_s is None:
        return False
    age_s = life.expiry_s + GRACE_S
    return clocks.date_s >= life.made_at_s + age_s and clocks.wall_s >= life.received_at_s + age_s


def is_dead(life: Lifetime, *, asked: Clocks, answered: Clocks) -> bool:
    """Whether a GET that said *unpaid* proves death: the time was over when it was asked and is when it is believed."""
    return is_over(life, asked) and is_over(life, answered)

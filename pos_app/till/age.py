"""How old is a stored tap? (offline-payments.md, sections 3 and 5).

The clock that says *older* counts: a token is given up rather too early than too late. But when the clocks differ by
more than an hour, nobody knows: such a tap is held, and the manager is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

DOUBT_S = 3600.0


class Age(Enum):
    """What is known of a tap's age."""

    FRESH = auto()
    TOO_OLD = auto()
    NOT_KNOWN = auto()
    NOT_JUDGED = auto()
    """Old by our clock alone, while a server with a clock of its own was not asked yet: nothing is sent before that."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All clocks at one moment. `date_s` is what a server with a clock of its own says it is now, None without one."""

    monotonic_s: float
    started_monotonic_s: float
    """When this run began."""
    wall_s: float
    date_s: float | None
    date_is_due: bool = False
    """There is such a server, and it has not answered in this run."""


def judge(captured_at_s: float, captured_monotonic_s: float | None, now: Reading, max_s: float) -> Age:
    """The age of a tap that was captured at this time of our wall clock, and of the running time if in this run."""
    wall_age_s = now.wall_s - captured_at_s
    if captured_monotonic_s is not None:
        ran_s = now.monotonic_s - captured_monotonic_s
        is_doubtful = abs(wall_age_s - ran_s) > DOUBT_S
    else:
        ran_s = now.monotonic_s - now.started_monotonic_s
        is_doubtful = wall_age_s < ran_s - DOUBT_S
    if now.date_s is not None and abs(now.date_s - now.wall_s) > DOUBT_S:
        is_doubtful = True
    if is_doubtful:
        return Age.NOT_KNOWN
    date_age_s = wall_age_s if now.date_s is None else now.date_s - captured_at_s
    if max(wall_age_s, ran_s, date_age_s) <= max_s:
        return Age.FRESH
    is_alone = captured_monotonic_s is None and now.date_is_due and ran_s <= max_s
    return Age.NOT_JUDGED if is_alone else Age.TOO_OLD

"""Clocks on the wall: from moments to local time and back, in a named zone or in this computer's."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pos_app.core.errors import UserError

DAY_S = 86_400
THURSDAY = 3
"""1970 began with one."""


class NoSuchZone(UserError):
    """The name is no time zone."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no time zone “{name}”.", "Use a name like Europe/Berlin, or leave it empty.")


class Zone:
    """One time zone. Local times are naive; `fold` 1 is the second of two that read the same."""

    def __init__(self, name: str = "") -> None:
        """`name` is an IANA name; empty: this computer's zone. Raises NoSuchZone."""
        self.name = name
        self._offsets: dict[int, int | None] = {}
        try:
            self._zone = ZoneInfo(name) if name else None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise NoSuchZone(name) from None

    def local(self, at_s: float) -> datetime:
        """What a clock shows at this moment."""
        if self._zone is None:
            return datetime.fromtimestamp(at_s).replace(tzinfo=None)
        return datetime.fromtimestamp(at_s, self._zone).replace(tzinfo=None)

    def weekday_and_hour(self, at_s: int) -> tuple[int, int]:
        """As `local`, quick for many moments: Monday is 0."""
        day = at_s // DAY_S
        if day not in self._offsets:
            begins, ends = self._offset_s(day * DAY_S), self._offset_s((day + 1) * DAY_S)
            self._offsets[day] = begins if begins == ends else None
        offset_s = self._offsets[day]
        local_s = at_s + (self._offset_s(at_s) if offset_s is None else offset_s)
        return (local_s // DAY_S + THURSDAY) % 7, local_s % DAY_S // 3600

    def moment(self, local: datetime) -> int:
        """When a clock shows this, in seconds since 1970. A time that is skipped is the moment of the skip.

        Of a time that comes twice the first, or with `fold` the second.
        """
        at_s = self._guess(local)
        if self.local(at_s).replace(fold=0) == local.replace(fold=0):
            return at_s
        return self._change_near(at_s)

    def next_hour(self, at_s: int) -> int:
        """The next moment after this one at which a clock begins an hour. At a change of half an hour, that change."""
        local = self.local(at_s)
        into_s = local.minute * 60 + local.second
        after_s = at_s + 3600 - into_s
        if self._offset_s(after_s) == self._offset_s(at_s):
            return after_s
        change_s = self._change_between(at_s, after_s)
        return change_s if change_s > at_s else after_s

    def _guess(self, local: datetime) -> int:
        if self._zone is None:
            return int(local.timestamp())
        return int(local.replace(tzinfo=self._zone).timestamp())

    def _offset_s(self, at_s: int) -> int:
        return calendar.timegm(self.local(at_s).timetuple()) - at_s

    def _change_near(self, at_s: int) -> int:
        return self._change_between(at_s - 86_400, at_s + 86_400)

    def _change_between(self, low_s: int, high_s: int) -> int:
        """The first moment of the other offset; `high_s` if there is no change."""
        before_s = self._offset_s(low_s)
        while high_s - low_s > 1:
            middle_s = (low_s + high_s) // 2
            if self._offset_s(middle_s) == before_s:
                low_s = middle_s
            else:
                high_s = middle_s
        return high_s


def utc_iso(at_s: float) -> str:
    """ISO 8601 in UTC with whole seconds."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(at_s))).isoformat()

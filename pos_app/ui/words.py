"""Times and tenders in the words of the shop."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication

from pos_app.till.views import Tender


def clock(time_s: float) -> str:
    """A wall time as the shop's clock shows it: 12:04."""
    return time.strftime("%H:%M", time.localtime(time_s))


def clock_second(time_s: float) -> str:
    """A wall time to the second: 12:04:31."""
    return time.strftime("%H:%M:%S", time.localtime(time_s))


def day_and_clock(time_s: float) -> str:
    """A wall time with its day, for a sale that may be of another day: 14 March, 12:04."""
    moment = time.localtime(time_s)
    return f"{moment.tm_mday} {time.strftime('%B, %H:%M', moment)}"


def day_short(time_s: float) -> str:
    """The day of a wall time, for a narrow column: 14 Mar."""
    moment = time.localtime(time_s)
    return f"{moment.tm_mday} {time.strftime('%b', moment)}"


def when(time_s: float, now_s: float) -> str:
    """A wall time as it is said at `now_s`: "today 12:04", or with its day."""
    if time.localtime(time_s)[:3] == time.localtime(now_s)[:3]:
        return QCoreApplication.translate("When", "today {time}").format(time=clock(time_s))
    return day_and_clock(time_s)


def tender_word(tender: Tender | None) -> str:
    """How a sale was paid, in a word; empty where it was not."""
    tr = QCoreApplication.translate
    match tender:
        case Tender.QR:
            return tr("Tender", "QR")
        case Tender.CARD:
            return tr("Tender", "Card")
        case Tender.STORED_CARD:
            return tr("Tender", "Stored card")
        case Tender.OTHER:
            return tr("Tender", "Paid otherwise")
        case None:
            return ""

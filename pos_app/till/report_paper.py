"""A report as it is printed: the same lines on the screen, in the PDF and in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from pos_app.till.paper import HATCH, RULE, Kind, Line
from pos_app.till.report_views import Agreement, ReportView, Unresolved
from pos_app.till.states import SaleState
from pos_app.till.views import Tender

WIDTH_MM = 80.0

_TENDERS = {
    Tender.QR: "QR code",
    Tender.CARD: "Card",
    Tender.STORED_CARD: "Stored card",
    Tender.OTHER: "Paid otherwise",
}
_STATES = {
    SaleState.OPEN: "Open",
    SaleState.OWED: "Card stored",
    SaleState.UNCERTAIN: "Checking",
    SaleState.PAID_LATE: "Paid late",
    SaleState.REFUND_DUE: "Refund due",
}
_AGREES = {Agreement.YES: "yes", Agreement.NO: "NO", Agreement.NOT_KNOWN: "not known"}


def title(report: ReportView) -> str:
    return "X report" if report.number is None else f"Z report {report.number}"


def lines(report: ReportView) -> tuple[Line, ...]:
    """The report from top to bottom. What is not paid stands on it, whatever the figures are."""
    return tuple(_lines(report))


def _lines(report: ReportView) -> Iterator[Line]:
    when = _Times(report.time_zone)
    yield Line(Kind.NAME, report.shop_name or "Till")
    yield Line(Kind.CENTRE, f"{title(report)} · {when.day(report.until_s)}")
    yield Line(Kind.CENTRE, when.period(report.from_s, report.until_s))
    if report.practice:
        yield Line(Kind.FRAME, "PRACTICE", "no real money")
    yield RULE
    yield Line(Kind.TOTAL, f"Sales {report.count}", str(report.sum))
    yield from (Line(Kind.ROW, "at the sales' own rates", str(fiat)) for fiat in report.fiat)
    for part in report.tenders:
        yield Line(Kind.ROW, f"{_TENDERS[part.tender]} {part.count}", str(part.sum))
    yield RULE
    yield Line(Kind.ROW, "Tips, in sales", str(report.tips))
    yield Line(Kind.ROW, f"Paid late, in sales: {report.late_count}", str(report.late_sum))
    yield Line(Kind.ROW, "Given back", str(report.refunded))
    yield Line(Kind.ROW, "To be given back", str(report.refund_due))
    yield from _open_sales(report, when)
    yield RULE
    if report.rate_low:
        yield Line(Kind.ROW, "Rate from / to", f"{report.rate_low} / {report.rate_high}")
    yield Line(Kind.ROW, "First / last sale", f"{report.first_number or '–'} / {report.last_number or '–'}")
    yield Line(Kind.STRONG, "Books agree with the payments server", _AGREES[report.agreement])
    yield Line(Kind.NOTE, report.agreement_words)
    for each in report.differences:
        there, here = _msat(each.api_msat), _msat(each.till_msat)
        yield Line(Kind.ROW, f"{each.payment_hash[:8]}… here {here}", f"there {there}")
    yield Line(Kind.ROW, f"Else in the wallet: {report.other_count}", str(report.other_sum))
    yield Line(Kind.ROW, "Payments server", report.api)
    if report.hash:
        yield Line(Kind.ROW, "Chain", f"{report.previous_hash[:8]} → {report.hash[:8]}")


def _open_sales(report: ReportView, when: _Times) -> Iterator[Line]:
    if not report.unresolved:
        yield Line(Kind.ROW, "Not paid yet", "none")
        return
    yield HATCH
    not_paid = [each for each in report.unresolved if not each.is_due_back]
    yield Line(Kind.STRONG, f"NOT PAID YET OR UNCLEAR {len(not_paid)}", str(report.unresolved_sum))
    yield from (_open_sale(each, when) for each in report.unresolved)
    yield HATCH


def _open_sale(each: Unresolved, when: _Times) -> Line:
    return Line(Kind.ROW, f"{each.number} · {when.short(each.made_at_s)} {_STATES[each.state]}", str(each.sum))


class _Times:
    """Local times of the report's own zone."""

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone) if time_zone else None
        self._name = time_zone

    def day(self, at_s: float) -> str:
        return self._at(at_s).strftime("%d %b %Y")

    def short(self, at_s: float) -> str:
        return self._at(at_s).strftime("%d %b %H:%M")

    def period(self, from_s: float, until_s: float) -> str:
        return f"{self.short(from_s)} – {self.short(until_s)} {self._name}".strip()

    def _at(self, at_s: float) -> datetime:
        return datetime.fromtimestamp(at_s, self._zone)


def _msat(msat: int | None) -> str:
    return "nothing" if msat is None else f"{msat // 1000} sat"

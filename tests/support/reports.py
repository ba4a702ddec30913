"""X and Z reports of Café Linde, for tests and pictures of the window."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

from pos_app.core.money import Sat
from pos_app.till.report_views import Agreement, Difference, ReportView, TenderTotal, Unresolved
from pos_app.till.states import SaleState
from pos_app.till.views import Tender
from tests.support.days import DAY, ZONE, start_s

MADE_AT_S = start_s(DAY) + 16.5 * 3600
OPEN_SALES = (
    Unresolved("sale-119", 119, start_s(DAY) + 8 * 3600, SaleState.OWED, Sat(6_203)),
    Unresolved("sale-121", 121, start_s(DAY) + 8.1 * 3600, SaleState.UNCERTAIN, Sat(9_800)),
)
DIFFERENCE = Difference("8c41" * 16, 8_400_000, None)


def a_report(number: int | None = None, **changes: Any) -> ReportView:
    """The report of this moment, or the Z report of that number; the books agree and two sales are open."""
    usual = ReportView(
        number=number,
        shop_name="Café Linde",
        api="https://pay.cafe-linde.example",
        network="mainnet",
        practice=False,
        from_s=start_s(DAY),
        until_s=MADE_AT_S,
        time_zone=ZONE,
        count=104,
        sum=Sat(1_006_624),
        tips=Sat(38_100),
        fiat=(),
        tenders=(
            TenderTotal(Tender.QR, 66, Sat(646_200), Sat(21_000)),
            TenderTotal(Tender.CARD, 34, Sat(329_424), Sat(17_100)),
            TenderTotal(Tender.STORED_CARD, 4, Sat(31_000), Sat(0)),
        ),
        late_count=2,
        late_sum=Sat(16_000),
        refund_due=Sat(0),
        refunded=Sat(5_600),
        unresolved=OPEN_SALES,
        unresolved_sum=Sat(16_003),
        rate_low="",
        rate_high="",
        first_number=87,
        last_number=192,
        agreement=Agreement.YES,
        agreement_words="Till and payments server: the same sum, 1\u202f006\u202f624 sat.",
        differences=(),
        till_sum=Sat(1_006_624),
        other_count=3,
        other_sum=Sat(25_200),
        made_at_s=MADE_AT_S,
        previous_hash=sha256(b"before").hexdigest(),
        hash="" if number is None else sha256(f"{number}".encode()).hexdigest(),
    )
    return replace(usual, **changes)


def z_reports(newest: int = 325, count: int = 12) -> tuple[ReportView, ...]:
    """The last Z reports, newest first, one a day."""
    return tuple(
        a_report(
            newest - at, made_at_s=MADE_AT_S - 86_400 * (at + 1), count=90 + 7 * at % 40, sum=Sat(901_000 + 7_919 * at)
        )
        for at in range(count)
    )

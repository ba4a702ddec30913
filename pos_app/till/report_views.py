"""Frozen pictures of X and Z reports. An X report looks, a Z report closes. Both are of this till alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pos_app.core.money import Fiat, Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Tender


@dataclass(frozen=True, slots=True)
class TenderTotal:
    tender: Tender
    count: int
    sum: Sat
    tips: Sat
    fiat: tuple[Fiat, ...] = ()


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A sale that is not paid and not closed, money that is due back, or late money that nobody has looked at."""

    sale_id: str
    number: int
    made_at_s: float
    state: SaleState
    sum: Sat

    @property
    def is_due_back(self) -> bool:
        return self.state is SaleState.REFUND_DUE


class Agreement(StrEnum):
    """Whether the books agree with the payments API."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not_known"
    """The API was not reached, or the copy of its payments is not complete."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One payment hash of this till on which books and API differ; amounts in msat, None: not paid there."""

    payment_hash: str
    till_msat: int | None
    api_msat: int | None


@dataclass(frozen=True, slots=True)
class ReportView:
    """One report. `number` is None of an X report; `until_s` is not part of the period."""

    number: int | None
    shop_name: str
    api: str
    network: str
    practice: bool
    from_s: float
    until_s: float
    time_zone: str
    count: int
    """Sales that were paid in this period."""
    sum: Sat
    tips: Sat
    fiat: tuple[Fiat, ...]
    tenders: tuple[TenderTotal, ...]
    late_count: int
    late_sum: Sat
    """Of `sum`: money that came after its sale had been closed."""
    refund_due: Sat
    refunded: Sat
    unresolved: tuple[Unresolved, ...]
    unresolved_sum: Sat
    rate_low: str
    rate_high: str
    """The range of exchange rates, or nothing."""
    first_number: int | None
    last_number: int | None
    agreement: Agreement
    agreement_words: str
    differences: tuple[Difference, ...]
    till_sum: Sat
    """What the API says that the payments of this report came to."""
    other_count: int
    other_sum: Sat
    """The rest of the wallet in this period, as one line."""
    made_at_s: float
    previous_hash: str
    hash: str
    """Of a Z report: its place in the chain, in hex. Empty for an X report."""

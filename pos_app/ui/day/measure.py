"""The unit that the day page counts in: sat, or a currency at each sale's own rate."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from pos_app.core.currencies import MINOR_DIGITS
from pos_app.core.money import Fiat, Sat, grouped
from pos_app.till.history_views import PeriodView, Totals
from pos_app.ui.charts.scale import MILLION, Axis
from pos_app.ui.history.words import fiat_words

_SIGNS = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}


@dataclass(frozen=True, slots=True)
class Measure:
    """`currency` is an ISO 4217 code; empty: sat."""

    currency: str = ""

    @property
    def digits(self) -> int:
        """Of the minor unit that amounts are counted in."""
        return MINOR_DIGITS.get(self.currency, 2) if self.currency else 0

    @property
    def sign(self) -> str:
        """How the unit is written in a title."""
        return _SIGNS.get(self.currency, self.currency) or "sat"

    def sum(self, totals: Totals) -> int:
        """The totals' sum in sat, or in the currency's minor units."""
        if not self.currency:
            return totals.sum.value
        return sum(fiat.minor for fiat in totals.fiat if fiat.currency == self.currency)

    def words(self, amount: int) -> str:
        """An amount with its unit: 16 703 sat, €14.50."""
        return fiat_words(Fiat(amount, self.currency)) if self.currency else str(Sat(amount))

    def figure(self, amount: int) -> str:
        """An amount where the title has the unit: 16 703, €14.50."""
        return self.words(amount) if self.currency else grouped(amount)

    def raw(self, amount: int) -> str:
        """An amount as a spreadsheet reads it."""
        if not self.digits:
            return str(amount)
        whole, rest = divmod(abs(amount), 10**self.digits)
        return f"{'-' if amount < 0 else ''}{whole}.{rest:0{self.digits}}"

    def axis_unit(self, axis: Axis) -> str:
        """The unit of an axis' figures: sat, million sat."""
        tr = QCoreApplication.translate
        in_millions = axis.divisor == MILLION * 10**self.digits
        return tr("Day", "million {unit}").format(unit=self.sign) if in_millions else self.sign


def currencies(view: PeriodView) -> tuple[str, ...]:
    """The currencies that sales of this period or the one before were priced in, the commonest first."""
    found: dict[str, int] = {}
    for totals in (view.now, view.before):
        for fiat in totals.fiat:
            found[fiat.currency] = found.get(fiat.currency, 0) + fiat.minor
    return tuple(sorted(found, key=lambda code: (-found[code], code)))

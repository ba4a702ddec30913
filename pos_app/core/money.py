"""Money. One type for each unit, so that a sat cannot be added to a msat. Integers only.

`Msat` and `Sat` are amounts of bitcoin, `Fiat` is a count of a currency's minor units (cents).
On the wire and in tables amounts are plain integers whose names carry the unit (`amount_msat`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pos_app.core.currencies import MINOR_DIGITS

MSAT_PER_SAT = 1000
MAX_SAT = 21_000_000 * 100_000_000
THIN_SPACE = "\u202f"
MINUS = "\u2212"
NO_BREAK_SPACE = "\u00a0"


@dataclass(frozen=True, order=True, slots=True)
class _Amount:
    value: int

    def __post_init__(self) -> None:
        if type(self.value) is not int:
            raise TypeError(f"{type(self).__name__} takes an int, not {type(self.value).__name__}")

    def __add__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        return type(self)(self.value + other.value)

    def __sub__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        return type(self)(self.value - other.value)

    def __neg__(self) -> Self:
        return type(self)(-self.value)

    def __bool__(self) -> bool:
        return self.value != 0


class Msat(_Amount):
    """Thousandths of a satoshi: the unit of the ledger and of the payments API."""

    __slots__ = ()

    def to_sat(self) -> Sat:
        """The same amount in whole satoshis. Raises ValueError where a fraction would be lost."""
        sat, rest = divmod(self.value, MSAT_PER_SAT)
        if rest:
            raise ValueError(f"{self.value} msat is not a whole number of sat")
        return Sat(sat)


class Sat(_Amount):
    """Satoshis: the unit that people type and read."""

    __slots__ = ()

    def to_msat(self) -> Msat:
        return Msat(self.value * MSAT_PER_SAT)

    def __str__(self) -> str:
        return f"{grouped(self.value)} sat"


@dataclass(frozen=True, slots=True)
class Fiat:
    """An amount of a currency in its minor units: `Fiat(1450, "EUR")` is 14.50 euro.

    How many digits the minor unit has belongs to the currency (JPY 0, EUR 2, BHD 3), not to the amount.
    """

    minor: int
    currency: str

    def __add__(self, other: Fiat) -> Fiat:
        if not isinstance(other, Fiat) or other.currency != self.currency:
            raise TypeError(f"cannot add {other!r} to {self.currency}")
        return Fiat(self.minor + other.minor, self.currency)

    def __str__(self) -> str:
        return f"{self.decimal()}{NO_BREAK_SPACE}{self.currency}"

    def decimal(self, *, plain: bool = False) -> str:
        """The amount alone, with all digits of its currency: `1 450.00`; `plain` for machines: `-1450.00`."""
        digits = MINOR_DIGITS.get(self.currency, 2)
        whole, rest = divmod(abs(self.minor), 10**digits)
        text = f"{whole if plain else grouped(whole)}" + (f".{rest:0{digits}}" if digits else "")
        return f"{'-' if plain else MINUS}{text}" if self.minor < 0 else text


def grouped(number: int) -> str:
    """The number with a narrow space between thousands and a true minus: `16 703`."""
    text = f"{abs(number):,}".replace(",", THIN_SPACE)
    return f"{MINUS}{text}" if number < 0 else text

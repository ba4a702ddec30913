"""What is typed on the keypad: amounts of sat that add up to a sale. Digits fill from the right."""

from __future__ import annotations

from pos_app.core.money import Sat, grouped
from pos_app.ui.widgets.keys import ADD, BACKSPACE, CLEAR

LARGEST = 999_999_999_999


class Entry:
    """The amounts of one sale; one of them is being typed. A key that would overfill it changes nothing."""

    def __init__(self) -> None:
        self._values = [0]
        self._at = 0

    def press(self, key: str) -> None:
        """One key of the keypad: digits, or BACKSPACE, CLEAR, ADD."""
        if key == ADD:
            self._add()
        elif key == CLEAR:
            self._clear()
        elif key == BACKSPACE:
            self._back()
        else:
            value = int(f"{self._values[self._at]}{key}")
            if self.total.value - self._values[self._at] + value <= LARGEST:
                self._values[self._at] = value

    def clear_all(self) -> None:
        """Nothing is typed."""
        self._values, self._at = [0], 0

    def load(self, amount: Sat) -> None:
        """One amount, as if it had been typed."""
        self._values, self._at = [min(amount.value, LARGEST)], 0

    def select(self, at: int) -> None:
        """Type on in the amount at that place."""
        self._at = at
        self._drop_empty()

    @property
    def total(self) -> Sat:
        return Sat(sum(self._values))

    @property
    def amounts(self) -> tuple[Sat, ...]:
        """All amounts in the order of typing; the one being typed may be zero."""
        return tuple(Sat(value) for value in self._values)

    @property
    def at(self) -> int:
        """The place of the amount that is being typed."""
        return self._at

    @property
    def is_empty(self) -> bool:
        return self._values == [0]

    @property
    def clears_all(self) -> bool:
        """Whether C now ends the whole sale: the amount that is typed on is empty already."""
        return not self._values[self._at]

    def spelled(self) -> str:
        """The sum as typed, `12 000 + 9 000`; empty while there is only one amount."""
        return " + ".join(grouped(value) for value in self._values) if len(self._values) > 1 else ""

    def _add(self) -> None:
        self._values = [*filter(None, self._values), 0]
        self._at = len(self._values) - 1

    def _clear(self) -> None:
        if self.clears_all:
            self.clear_all()
        else:
            self._values[self._at] = 0

    def _back(self) -> None:
        """Take one digit away; an amount without digits goes, and the one before is typed on."""
        if self._values[self._at]:
            self._values[self._at] //= 10
        elif len(self._values) > 1:
            del self._values[self._at]
            self._at = max(0, self._at - 1)

    def _drop_empty(self) -> None:
        chosen = self._values[self._at]
        before = [value for value in self._values[: self._at] if value]
        after = [value for value in self._values[self._at + 1 :] if value]
        self._values = [*before, chosen, *after]
        self._at = len(before)

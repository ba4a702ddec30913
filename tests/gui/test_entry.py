"""What is typed: digits from the right, + adds, C clears the value and then the sale."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pos_app.core.money import Sat
from pos_app.ui.entry import LARGEST, Entry
from pos_app.ui.widgets.keys import ADD, BACKSPACE, CLEAR, DIGITS

KEYS = {"+": ADD, "<": BACKSPACE, "C": CLEAR}


def typed(keys: str) -> Entry:
    entry = Entry()
    for key in keys:
        entry.press(KEYS.get(key, key))
    return entry


def test_digits_fill_from_the_right() -> None:
    assert typed("21").total == Sat(21)
    assert typed("007").total == Sat(7)


def test_double_and_triple_zero() -> None:
    entry = typed("21")
    entry.press("000")
    assert entry.total == Sat(21_000)
    entry.press("00")
    assert entry.total == Sat(2_100_000)


def test_plus_adds_and_spells_out_the_sum() -> None:
    entry = typed("12000+4300+2800")
    assert entry.total == Sat(19_100)
    assert entry.spelled() == "12\u202f000 + 4\u202f300 + 2\u202f800"
    assert typed("12000").spelled() == ""


def test_plus_on_nothing_adds_nothing() -> None:
    assert typed("++").is_empty
    assert typed("5++").amounts == (Sat(5), Sat(0))


def test_clear_clears_the_value_and_then_the_sale() -> None:
    entry = typed("12+34C")
    assert entry.amounts == (Sat(12), Sat(0))
    entry.press(CLEAR)
    assert entry.is_empty


def test_backspace_takes_digits_and_then_the_amount_before() -> None:
    assert typed("123<").total == Sat(12)
    entry = typed("12+3<<")
    assert entry.amounts == (Sat(12),)
    entry.press("5")
    assert entry.total == Sat(125)
    assert typed("<").is_empty


def test_an_earlier_amount_can_be_typed_on() -> None:
    entry = typed("12+34+")
    entry.select(0)
    assert list(entry.amounts) == [Sat(12), Sat(34)]
    entry.press("0")
    assert entry.amounts[0] == Sat(120)
    entry.press(ADD)
    entry.press("7")
    assert list(entry.amounts) == [Sat(120), Sat(34), Sat(7)]


def test_a_digit_too_many_changes_nothing() -> None:
    entry = typed("9" * 12)
    entry.press("9")
    assert entry.total == Sat(LARGEST)
    entry.press(ADD)
    entry.press("1")
    assert entry.total == Sat(LARGEST)


def test_a_loaded_amount_is_typed_on() -> None:
    entry = typed("1+2+3")
    entry.load(Sat(500))
    assert entry.amounts == (Sat(500),)
    entry.press("00")
    assert entry.total == Sat(50_000)


@given(st.lists(st.sampled_from([*DIGITS, ADD, BACKSPACE, CLEAR]) | st.integers(0, 5), max_size=60))
def test_whatever_is_pressed_the_total_is_the_sum_of_what_is_shown(presses: list[str | int]) -> None:
    entry = Entry()
    for press in presses:
        if isinstance(press, str):
            entry.press(press)
        else:
            entry.select(press % len(entry.amounts))
        assert entry.total.value == sum(amount.value for amount in entry.amounts)
        assert 0 <= entry.total.value <= LARGEST
        assert 0 <= entry.at < len(entry.amounts)
        others = [amount for at, amount in enumerate(entry.amounts) if at != entry.at]
        assert len([amount for amount in others if not amount]) <= 1

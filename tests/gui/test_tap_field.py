"""The card field: twelve states, each by colour, lamps, icon and words together."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pos_app.ui.theme import Mode, theme
from pos_app.ui.widgets.tap_field import TapField
from pos_app.ui.widgets.tap_state import TapState, tap_look
from tests.gui.stage import SMALL, Time, pixels, set_device, show

SIZE = (520, 268)


def make(qtbot: QtBot, now: Time | None = None) -> TapField:
    made = TapField(now=now or Time())
    show(qtbot, made, SIZE)
    return made


def lamps(made: TapField) -> int:
    """How many lamps are lit, as painted."""
    image = pixels(made)
    y = theme.u(4.5) + theme.u(1)
    ink = theme.now.colour(tap_look(made.state).tone).name()
    width = (made.width() - 2 * theme.u(5)) / 4
    return sum(image.pixelColor(round(theme.u(5) + width * (lamp + 0.4)), y).name() == ink for lamp in range(4))


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK, Mode.CONTRAST_LIGHT])
@pytest.mark.parametrize("state", list(TapState))
def test_each_state_has_its_lamps_border_and_words(qtbot: QtBot, state: TapState, mode: Mode) -> None:
    set_device(mode=mode)
    made = make(qtbot)
    made.show_tap(state)
    look = tap_look(state)
    assert lamps(made) == look.lamps
    assert made.accessibleName().startswith(look.title)
    border = pixels(made).pixelColor(SIZE[0] // 2, 0).name()
    calm = look.tone == "idle" and mode not in (Mode.CONTRAST_LIGHT, Mode.CONTRAST_DARK)
    assert border == (theme.now.line if calm else theme.now.colour(look.tone)).name()


def test_no_two_states_say_the_same() -> None:
    looks = [tap_look(state) for state in TapState]
    assert len({look.title for look in looks}) == len(looks)
    assert "paid" not in " ".join(look.title.lower() for look in looks)


def test_the_seconds_count(qtbot: QtBot) -> None:
    set_device()
    now = Time(50.0)
    made = make(qtbot, now)
    made.show_tap(TapState.ANSWER_LOST, since_s=50.0)
    assert "Checking, 0\u202fs." in made.words()
    now.seconds = 91.0
    made.tick()
    assert made.accessibleName().startswith("Do not charge again. The answer was lost. Checking, 41\u202fs.")


def test_the_issuers_words_are_a_plain_quotation(qtbot: QtBot) -> None:
    set_device()
    made = make(qtbot)
    made.show_tap(TapState.DECLINED, quote="<b>Daily limit</b>\n\u202ereached " + "x" * 200)
    assert "The issuer says: “<b>Daily limit</b> reached x" in made.words()
    assert "\u202e" not in made.words() and len(made.words()) < 200


def test_own_words_replace_the_usual_ones(qtbot: QtBot) -> None:
    set_device()
    made = make(qtbot)
    made.show_tap(TapState.NO_READER, title="Reader lost", text="Scan the code. Reader lost 12:03.")
    assert made.words() == "Reader lost. Scan the code. Reader lost 12:03."


def test_it_moves_only_while_waiting_and_seen(qtbot: QtBot) -> None:
    set_device(still=False)
    made = make(qtbot)
    made.show_tap(TapState.ASKING, since_s=0.0)
    assert made._sweep.state() == made._sweep.State.Running
    made.hide()
    assert made._sweep.state() == made._sweep.State.Stopped
    made.show()
    assert made._sweep.state() == made._sweep.State.Running
    made.show_tap(TapState.READY)
    assert made._sweep.state() == made._sweep.State.Stopped


def test_reduced_motion_stands_still(qtbot: QtBot) -> None:
    set_device(still=True)
    made = make(qtbot)
    made.show_tap(TapState.ASKING, since_s=0.0)
    assert made._sweep.state() == made._sweep.State.Stopped
    before = pixels(made)
    QApplication.processEvents()
    assert pixels(made) == before


def test_large_text_stays_inside(qtbot: QtBot) -> None:
    """The words of the longest state leave the lamps and the bar free also at 150 %."""
    set_device(SMALL, text_scale=1.5)
    made = make(qtbot)
    made.show_tap(TapState.ANSWER_LOST, since_s=0.0)
    assert lamps(made) == 4
    inner = SIZE[1] - 2 * theme.u(4.5) - 2 * theme.u(4)
    flow = made._flow(SIZE[0] - 2 * theme.u(5) - theme.u(12) - theme.u(6), 0.7)
    assert flow.height() <= inner

"""The ways on with a sale of the queue: its buttons, and the questions that take their place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.till.views import Act, QueueItem, Stage
from pos_app.ui.pages.queue_acts import act_look, places
from pos_app.ui.theme import theme
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.guard import Guard
from pos_app.ui.widgets.notice import Notice

MANY = (3, 5, 6)
"""So many buttons stand three in a row, where there is little room."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question in place."""

    words: str
    chosen: Callable[[], object]
    kind: str = "secondary"


class QueueFoot(QWidget):
    """`show_acts` of one sale; `pressed` carries the `Act`. While a question stands nothing else can be pressed."""

    pressed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._item: QueueItem | None = None
        self._busy = False
        self._asks = False
        self._told: Stage | None = None
        """Where the sale stood when it was told that something is done."""
        self._buttons: dict[Act, Button] = {}
        self.notice = Notice()
        self._rows = QVBoxLayout()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.notice)
        self._column.addLayout(self._rows)
        self.guard = Guard(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._column.setSpacing(theme.u(2))
        self._rows.setSpacing(theme.u(3))
        self._fill()

    def button(self, act: Act) -> Button | None:
        """The button of an act that can be pressed now."""
        return self._buttons.get(act)

    def show_acts(self, item: QueueItem | None, *, other: bool) -> None:
        """The buttons of this sale; with `other` it is not the one of before, and what was said of that one goes."""
        moved = self._told is not None and (item is None or item.stage is not self._told)
        before, self._item = self._item, item
        if other or self._asks or moved:
            self._asks, self._told = False, None
            self.notice.hide()
        self._fill()
        changed = before is not None and item is not None and places(before) != places(item)
        if changed and not other and self.isVisible():
            self.guard.shield()  # the sale moved on by itself: another button lies under the finger now

    def focus_first(self) -> None:
        """The keyboard goes on with the first of the ways."""
        for button in self._buttons.values():
            button.setFocus(Qt.FocusReason.TabFocusReason)
            break

    def set_busy(self, busy: bool) -> None:
        """Something that was pressed is being done: nothing else can be."""
        self._busy = busy
        for button in self._buttons.values():
            button.setEnabled(not busy)

    # Questions and complaints.

    def ask(self, title: str, text: str, choices: tuple[Choice, ...]) -> None:
        """A question in the place of the buttons. Back is always there, first, and has the focus."""
        back = Button(self.tr("Back"), height=14)
        back.clicked.connect(self.drop_question)
        buttons = [back]
        for choice in choices:
            button = Button(choice.words, kind=choice.kind, height=14)
            button.clicked.connect(lambda _=False, choice=choice: self._answer(choice))
            buttons.append(button)
        self._asks, self._told = True, None
        self._fill()
        self.notice.say("attn", title, text, buttons=tuple(buttons))
        back.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, self.notice.accessibleName())

    def is_asking(self) -> bool:
        """Whether a question stands in the place of the buttons."""
        return self._asks

    def drop_question(self) -> None:
        """The buttons again."""
        self._asks = False
        self.notice.hide()
        self._fill()

    def complain(self, title: str, text: str) -> None:
        """What was pressed did not work."""
        self._asks, self._told = False, None
        self.notice.say("fail", title, text)
        self._fill()
        announce(self, self.notice.accessibleName())

    def tell(self, title: str) -> None:
        """What was pressed is done. It stands there until the sale moves on."""
        if self._item is None or self._asks:
            return
        self._told = self._item.stage
        self.notice.say("accent", title, icon="check")
        announce(self, title)

    def _answer(self, choice: Choice) -> None:
        self.drop_question()
        choice.chosen()

    # The buttons.

    def _fill(self) -> None:
        focused = next((act for act, button in self._buttons.items() if button.hasFocus()), None)
        self._clear()
        if self._item is None or self._asks:
            return
        where = places(self._item)
        if where.main is not None:
            self._add_row([self._make(where.main, kind="primary", height=16)])
        self._add_rows(where.others, height=14)
        self._add_rows(where.grave, kind="destructive", height=11.5, apart=True)
        if focused in self._buttons:
            self._buttons[focused].setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_rows(self, acts: tuple[Act, ...], *, kind: str = "secondary", height: float, apart: bool = False) -> None:
        """Two in a row, or three where there are so many; what has too little room loses its icon, never its word."""
        per_row = 3 if len(acts) in MANY and not theme.metrics.wide else 2
        for at in range(0, len(acts), per_row):
            some = acts[at : at + per_row]
            icons = len(some) < 3 and not theme.metrics.large_text
            self._add_row([self._make(act, kind=kind, height=height, icon=icons) for act in some], apart=apart)
            apart = False

    def _make(self, act: Act, *, kind: str = "secondary", height: float, icon: bool = True) -> Button:
        look, main = act_look(act), kind == "primary"
        words = look.long_word or look.word if main else look.word
        size = 5.5 if main else 4.5
        button = Button(words, look.icon if icon else "", kind=kind, height=height, text_size=size)
        button.clicked.connect(lambda: self.pressed.emit(act))
        button.setEnabled(not self._busy)
        self._buttons[act] = button
        return button

    def _add_row(self, buttons: list[Button], *, apart: bool = False) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, theme.u(2) if apart else 0, 0, 0)
        row.setSpacing(theme.u(3))
        for button in buttons:
            row.addWidget(button, 1)
        self._rows.addLayout(row)

    def _clear(self) -> None:
        self._buttons.clear()
        while (item := self._rows.takeAt(0)) is not None:
            row = item.layout()
            while row is not None and (part := row.takeAt(0)) is not None:
                if (old := part.widget()) is not None:
                    old.hide()
                    old.deleteLater()

"""Why something was done: a field, and a row of likely answers for a till without a keyboard."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.field import Field

LIMIT = 120


class Reason(QWidget):
    """`offer` the answers; `given` says that there is a text, `entered` that the person has done with it."""

    given = Signal()
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = Field(self.tr("Reason"), hint=self.tr("Reason"), icon="square-pen", limit=LIMIT)
        self.field.changed.connect(lambda _: self._changed())
        self.field.entered.connect(lambda _: self.entered.emit())
        self._offers = QHBoxLayout()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.field)
        self._column.addLayout(self._offers)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._column.setSpacing(theme.u(2))
        self._offers.setSpacing(theme.u(2))

    def text(self) -> str:
        return self.field.text().strip()

    def set_text(self, text: str) -> None:
        self.field.set_text(text)
        self._changed()

    def set_wrong(self, wrong: bool) -> None:
        """Mark that something is missing."""
        self.field.set_wrong(wrong)

    def offer(self, answers: tuple[str, ...]) -> None:
        """Begin anew with these answers, one touch each."""
        self.field.set_text("")
        self.field.set_wrong(False)
        while (item := self._offers.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for words in answers:
            button = Button(words, height=11.5, text_size=4.5)
            button.clicked.connect(lambda _=False, words=words: self._take(words))
            self._offers.addWidget(button, 1)

    def _take(self, words: str) -> None:
        self.set_text(words)
        self.entered.emit()

    def _changed(self) -> None:
        if self.text():
            self.field.set_wrong(False)
            self.given.emit()

"""Before the till is closed or opens other books while sales are open: what is open, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.core.money import Sat
from pos_app.till.views import StatusView
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.label import Label
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.widgets.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Open:
    """What is open: sales that wait for their payment, and those in the queue with what is at risk in them."""

    waiting: int
    queued: int
    at_risk: Sat

    @classmethod
    def of(cls, status: StatusView, waiting: int) -> Open:
        return cls(waiting, status.queue_count, status.store.sum if status.store is not None else Sat(0))

    def __bool__(self) -> bool:
        return bool(self.waiting or self.queued)


class LeavingSheet(Sheet):
    """`ask` opens it. Esc, the scrim and × mean Stay; leaving is never the button that Enter presses."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, self.tr("Sales are open"))
        self._go: Callable[[], None] | None = None
        self._stay: Callable[[], None] | None = None
        self.notice = Notice()
        self.what_happens = Label(wrap=True)
        self.stay_button = Button(self.tr("Stay"))
        self.go_button = Button("", kind="destructive")
        self.stay_button.clicked.connect(lambda: self.close_sheet())
        self.go_button.clicked.connect(self._leave)
        self._foot = QHBoxLayout()
        self._foot.addWidget(self.stay_button, 1)
        self._foot.addWidget(self.go_button, 1)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.what_happens)
        self.body.addStretch(1)
        self.body.addLayout(self._foot)
        self.closed.connect(self._closed)
        theme.follow(self._fit_body)

    def _fit_body(self) -> None:
        self.body.setContentsMargins(theme.u(7), theme.u(3), theme.u(7), theme.u(6))
        self.body.setSpacing(theme.u(5))
        self._foot.setSpacing(theme.u(3))

    def ask_before_quitting(self, found: Open, go: Callable[[], None]) -> None:
        """Before the till is closed; `go` closes it."""
        words = self.tr("All of it stays on disk. The till goes on with it by itself at its next start.")
        self._ask(found, words, self.tr("Quit anyway"), go, None)

    def ask_before_other_books(self, found: Open, go: Callable[[], None], stay: Callable[[], None]) -> None:
        """Before another payments server is taken; `stay` where it is not."""
        words = self.tr(
            "It stays on disk in the books of this server. While the till sells through another one, nothing is sent "
            "or checked for it; it goes on once you come back to this server."
        )
        self._ask(found, words, self.tr("Change anyway"), go, stay)

    def _ask(self, found: Open, words: str, yes: str, go: Callable[[], None], stay: Callable[[], None] | None) -> None:
        self._go, self._stay = go, stay
        self.notice.say("attn", self._what_is_open(found), self._not_paid(found))
        self.what_happens.setText(words)
        self.go_button.set_words(yes)
        self.open_sheet()
        self.stay_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _what_is_open(self, found: Open) -> str:
        parts = []
        if found.waiting:
            one = found.waiting == 1
            words = self.tr("1 sale waits for its payment.") if one else self.tr("{} sales wait for their payment.")
            parts.append(words.format(found.waiting))
        if found.queued:
            one = found.queued == 1
            words = self.tr("1 sale is in the queue.") if one else self.tr("{} sales are in the queue.")
            parts.append(words.format(found.queued))
        return " ".join(parts)

    def _not_paid(self, found: Open) -> str:
        return self.tr("{} are not paid yet.").format(found.at_risk) if found.at_risk else ""

    def _leave(self) -> None:
        go, self._go, self._stay = self._go, None, None
        self.close_sheet(slide=False)
        if go is not None:
            go()

    def _closed(self) -> None:
        stay, self._go, self._stay = self._stay, None, None
        if stay is not None:
            stay()

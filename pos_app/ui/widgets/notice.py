"""Something that must be read here and now, in place: a question, or what went wrong with its cure."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets.label import Label
from pos_app.ui.widgets.panel import Card


class Notice(Card):
    """A tinted card with an icon, a title, a text and a row of buttons. `tone` is attn, fail, accent or practice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("attn_tint", "attn", border_u=0.5, parent=parent)
        self._icon = "triangle-alert"
        self.tone = "attn"
        self.title = Label("", 4.5, weight=fonts.SEMIBOLD, wrap=True)
        self.text = Label("", 4.5, tone="ink2", wrap=True)
        self._row = QHBoxLayout()
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.title)
        self._column.addWidget(self.text)
        self._column.addLayout(self._row)
        self.hide()
        theme.follow(self.fit)

    def fit(self) -> None:
        pad = theme.u(4)
        self._column.setContentsMargins(pad, theme.u(3), theme.u(3), theme.u(3))
        self._column.setSpacing(theme.u(1.5))
        self._row.setSpacing(theme.u(2))
        self.title.setContentsMargins(theme.u(7.5), 0, 0, 0)
        self.text.setContentsMargins(theme.u(7.5), 0, 0, 0)
        self.update()

    def say(self, tone: str, title: str, text: str = "", *, icon: str = "", buttons: tuple[QWidget, ...] = ()) -> None:
        """Show these words; `buttons` take the place of those before."""
        self.tone = tone
        self._icon = icon or {"fail": "circle-alert", "accent": "info"}.get(tone, "triangle-alert")
        self.set_colours(f"{tone}_tint", tone)
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.setAccessibleName(f"{title} {text}".strip())
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None and old not in buttons:
                old.hide()
                old.deleteLater()
        for button in buttons:
            self._row.addWidget(button, 1)
        self.show()
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = theme.u(5.5)
        y = self.title.y() + max(0, (min(self.title.height(), theme.metrics.text(6)) - side) // 2)
        icons.draw(QPainter(self), self._icon, theme.u(4), y, side, theme.now.colour(self.tone))

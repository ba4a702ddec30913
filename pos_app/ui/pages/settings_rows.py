"""The rows of a settings page: a title, what it means, and a control. A wrong value is explained in its row."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import fonts, icons
from pos_app.ui.actions import Actions, Preferences, problem_of
from pos_app.ui.theme import theme
from pos_app.ui.widgets.field import Field
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.switch import SwitchRow

ROW_U = 16.25
WIDEST_U = 190


class SettingsPage(QWidget):
    """A page of the settings: a heading and rows. Hands a changed value to the actions at once."""

    changed = Signal(object)
    """Carries the `Preferences` that are then in force."""

    def __init__(self, actions: Actions, icon: str, title: str) -> None:
        super().__init__()
        self.ask = actions
        self.icon = icon
        self.title = title
        self.words = title.lower()
        """What the search finds the page by."""
        self.preferences = Preferences()
        self._asked: dict[str, object] = {}
        self.column = QVBoxLayout(self)
        self.column.addWidget(Label(title, 7, weight=fonts.SEMIBOLD))
        self.column.addStretch(1)
        self.setAccessibleName(title)
        theme.follow(self._fit_page)

    def _fit_page(self) -> None:
        self.column.setContentsMargins(theme.u(7), theme.u(3.5), theme.u(7), theme.u(3))
        self.setMaximumWidth(theme.u(WIDEST_U))
        self.column.setSpacing(0)

    def add(self, row: QWidget) -> None:
        """Put it below the others."""
        self.column.insertWidget(self.column.count() - 1, row)
        self.words = f"{self.words} {row.accessibleName()} {row.accessibleDescription()}".lower()

    def show_preferences(self, preferences: Preferences) -> None:
        """Mirror what is in force."""
        self.preferences = preferences
        self._asked.clear()

    def change(self, row: Row | SwitchSetting, name: str, value: str | int | float | bool) -> None:
        """Set a value; where that fails the row says why and shows what is in force."""
        row.set_wrong("")
        if self._asked.get(name, getattr(self.preferences, name)) == value:
            return
        self._asked[name] = value
        job = self.ask.change(name, value)
        job.succeeded.connect(self.changed)
        job.on_trouble(lambda error: self._refused(row, error))

    def _refused(self, row: Row | SwitchSetting, error: BaseException) -> None:
        self.show_preferences(self.preferences)
        problem = problem_of(error)
        row.set_wrong(f"{problem.message} {problem.cure}".strip())


class Row(QWidget):
    """Title and detail at the left, `control` at the right, a hairline below."""

    def __init__(self, title: str, detail: str, control: QWidget) -> None:
        super().__init__()
        self._detail = detail
        self._title_label = ElidedLabel(title, 4.5, weight=fonts.MEDIUM)
        self._detail_label = ElidedLabel(detail, 4, tone="ink2")
        self._mark = _Mark()
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        second = QHBoxLayout()
        second.setContentsMargins(0, 0, 0, 0)
        second.addWidget(self._mark)
        second.addWidget(self._detail_label, 1)
        self._second = second
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self._title_label)
        words.addLayout(second)
        words.addStretch(1)
        self._row = QHBoxLayout(self)
        self._row.addLayout(words, 1)
        self._row.addWidget(control)
        self.control = control
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(row_height())
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.u(4))
        self._second.setSpacing(theme.u(1.5))
        if isinstance(self.control, Field):
            self.control.setFixedWidth(theme.u(46))
        self.update()

    def set_detail(self, detail: str) -> None:
        self._detail = detail
        self._detail_label.setText(detail)

    def words(self) -> str:
        """What stands under the title."""
        return self._detail_label.text()

    def set_wrong(self, cure: str) -> None:
        """Say under the title what would be right; an empty text: the value is good."""
        self._mark.setVisible(bool(cure))
        self._detail_label.setText(cure or self._detail)
        self._detail_label.set_tone("fail" if cure else "ink2")
        if isinstance(self.control, Field):
            self.control.set_wrong(bool(cure))

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(0, self.height() - 1, self.width(), 1, theme.now.line)


class SwitchSetting(SwitchRow):
    """A row that is on or off as a whole."""

    def __init__(self, title: str, detail: str) -> None:
        super().__init__(title, detail)
        self.setAccessibleName(title)

    def fit(self) -> None:
        self.setFixedHeight(row_height())
        self.update()

    def set_wrong(self, cure: str) -> None:
        """Say under the title why it cannot be changed."""
        self.set_cure(cure)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        QPainter(self).fillRect(0, self.height() - 1, self.width(), 1, theme.now.line)


def row_height() -> int:
    return max(theme.u(ROW_U), theme.metrics.text(11.5))


class _Mark(QWidget):
    """The icon beside a cure."""

    def __init__(self) -> None:
        super().__init__()
        self.hide()
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedSize(theme.u(4.5), theme.u(4.5))

    def paintEvent(self, event: QPaintEvent) -> None:
        icons.draw(QPainter(self), "circle-alert", 0, 0, theme.u(4.5), theme.now.fail)

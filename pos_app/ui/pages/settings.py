"""The settings: a list with a search at the left, one page at the right. Each value acts at once."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QSizePolicy,
    QSpacerItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pos_app.ui import fonts, icons
from pos_app.ui.actions import Actions, Preferences
from pos_app.ui.pages.settings_api import ApiPage
from pos_app.ui.pages.settings_day import DaySettingsPage
from pos_app.ui.pages.settings_look import LookPage
from pos_app.ui.pages.settings_offline import OfflinePage
from pos_app.ui.pages.settings_rows import SettingsPage
from pos_app.ui.pages.settings_shop import ShopPage
from pos_app.ui.pages.settings_sound import SoundPage
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import Button, PressedButton
from pos_app.ui.widgets.field import Field
from pos_app.ui.widgets.label import Label
from pos_app.ui.widgets.panel import Panel

LIST_U = 82


class Settings(QWidget):
    """Hands each changed value to the actions, and says by `changed` which preferences are then in force."""

    changed = Signal(object)
    """Carries the `Preferences`."""
    sound_tested = Signal()
    quit_pressed = Signal()

    def __init__(self, actions: Actions, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shop = ShopPage(actions)
        self.api = ApiPage(actions)
        self.offline = OfflinePage(actions, self)
        self.day = DaySettingsPage(actions)
        self.look = LookPage(actions)
        self.sound = SoundPage(actions)
        self.sound.tested.connect(self.sound_tested)
        self._pages: list[SettingsPage] = [self.shop, self.api, self.offline, self.day, self.look, self.sound]
        self._list = Panel("surface", "r")
        self.search = Field(self.tr("Find a setting"), hint=self.tr("Find a setting"), icon="search")
        self.search.changed.connect(self._find)
        self.search.entered.connect(lambda _: self._open_first())
        self.search.escaped.connect(self._find_all)
        self._nothing = Label(self.tr("No setting of that name"), tone="ink3", wrap=True)
        self._nothing.hide()
        self._quit = Button(self.tr("Close the till"), "x", height=11.5, text_size=4.5)
        self._quit.clicked.connect(self.quit_pressed)
        self._stack = QStackedWidget()
        self._group = QButtonGroup(self)
        self._column = QVBoxLayout(self._list)
        self._column.addWidget(self.search)
        self._gap = QSpacerItem(0, 0)
        self._column.addItem(self._gap)
        for number, page in enumerate(self._pages):
            page.changed.connect(self._take)
            entry = _Entry(page)
            self._group.addButton(entry, number)
            self._column.addWidget(entry)
            self._stack.addWidget(page)
        self._column.addWidget(self._nothing)
        self._column.addStretch(1)
        self._column.addWidget(self._quit)
        self._group.idClicked.connect(self._stack.setCurrentIndex)
        self._group.button(0).setChecked(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._list)
        row.addWidget(self._stack, 1)
        self.show_preferences(preferences)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._list.setFixedWidth(theme.u(LIST_U))
        self._column.setContentsMargins(theme.u(3), theme.u(3), theme.u(3) + 1, theme.u(3))
        self._column.setSpacing(0)
        self._gap.changeSize(0, theme.u(2))
        self._column.invalidate()
        self._nothing.setContentsMargins(theme.u(4), theme.u(4), 0, 0)

    def show_preferences(self, preferences: Preferences) -> None:
        """Mirror what is in force."""
        for page in self._pages:
            page.show_preferences(preferences)
        self._quit.setVisible(preferences.fullscreen)

    def showEvent(self, event: QShowEvent) -> None:
        """The whole list again: what was searched for the last time is forgotten."""
        super().showEvent(event)
        self._find_all()

    def open(self, page: SettingsPage) -> None:
        """Show that page."""
        self._group.button(self._pages.index(page)).click()

    def entries(self) -> list[QAbstractButton]:
        """The pages in the list."""
        return self._group.buttons()

    def _take(self, preferences: Preferences) -> None:
        self.show_preferences(preferences)
        self.changed.emit(preferences)

    def _find(self, text: str) -> None:
        wanted = text.lower().split()
        found = False
        for number, page in enumerate(self._pages):
            fits = all(word in page.words for word in wanted)
            self._group.button(number).setVisible(fits)
            found = found or fits
        self._nothing.setVisible(not found)

    def _find_all(self) -> None:
        self.search.set_text("")
        self._find("")

    def _open_first(self) -> None:
        for button in self._group.buttons():
            if button.isVisibleTo(self._list):
                button.click()
                return


class _Entry(PressedButton):
    """One page in the list."""

    def __init__(self, page: SettingsPage) -> None:
        super().__init__(page.title)
        self._icon = page.icon
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(12.25))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(40), theme.u(12.25))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        on, pressed = self.isChecked(), self.is_shown_pressed()
        if on or pressed:
            border = now.ink if now.high_contrast else None
            paint.box(painter, self.rect(), theme.u(3), now.press if pressed else now.accent_tint, border, 2)
        ink = now.accent if on else now.ink
        side = theme.u(5.5)
        icons.draw(painter, self._icon, theme.u(4), (self.height() - side) / 2, side, ink)
        font = theme.font(4.5, fonts.SEMIBOLD if on else fonts.REGULAR)
        painter.setFont(font)
        painter.setPen(ink)
        x = theme.u(13)
        text = paint.elided(self.text(), font, self.width() - x - theme.u(2))
        painter.drawText(x, paint.baseline(self.rect(), font), text)

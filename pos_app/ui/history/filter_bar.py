"""The first lines of the history: search, filters in one line, and what is filtered as chips that can be taken out."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.till.history_views import HistoryFilter
from pos_app.ui.history.filters import NOTHING, parts, short, states_words, tenders_words
from pos_app.ui.history.ranges import DateRange, range_words
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button, IconButton
from pos_app.ui.widgets.field import Field
from pos_app.ui.widgets.panel import Panel

SEARCH_U = 50


class _FilterButton(Button):
    """A little narrower than a button that stands alone."""

    def __init__(self, text: str, icon: str = "", *, trailing_icon: str = "") -> None:
        super().__init__(text, icon, height=11.5, text_size=4.5, trailing_icon=trailing_icon)

    def sizeHint(self) -> QSize:
        return super().sizeHint() - QSize(theme.u(3), 0)


class FilterBar(Panel):
    """Says what is pressed and typed; `show_filter` shows what is in force."""

    typed = Signal(str)
    """The search, while it is typed."""
    cleared = Signal()
    """The search was emptied by its ×."""
    down_pressed = Signal()
    """Enter in the search: to the table."""
    export_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg", "", parent=parent)
        hint = self.tr("Amount, note, reference")
        self.search = Field(self.tr("Search"), hint=hint, icon="search", limit=80)
        self.search.changed.connect(self._type)
        self.search.entered.connect(lambda _: self.down_pressed.emit())
        self.clear_button = IconButton("x", self.tr("Clear the search"), height=10)
        self.clear_button.clicked.connect(self.cleared)
        self.clear_button.hide()
        inside = self.search.layout()
        assert inside is not None
        inside.addWidget(self.clear_button)
        self.dates = _FilterButton("", "calendar", trailing_icon="chevron-down")
        self.states = _FilterButton("", trailing_icon="chevron-down")
        self.tenders = _FilterButton("", "credit-card", trailing_icon="chevron-down")
        self.more = Button("", "sliders-horizontal", height=11.5)
        self.more.setAccessibleName(self.tr("More filters"))
        self.export = _FilterButton(self.tr("Export"), "download")
        self.export.clicked.connect(self.export_pressed)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.search, 1)
        for button in (self.dates, self.states, self.tenders, self.more, self.export):
            self._row.addWidget(button)
        self.show_filter(DateRange(), NOTHING)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._row.setContentsMargins(theme.u(4), theme.u(3), theme.u(4), theme.u(3))
        self._row.setSpacing(theme.u(2.5))
        self.search.setMinimumWidth(theme.u(SEARCH_U))

    def show_filter(self, chosen: DateRange, base: HistoryFilter) -> None:
        """The words of the buttons."""
        self.dates.set_words(range_words(chosen))
        self.dates.setAccessibleName(self.tr("Dates: {words}").format(words=range_words(chosen)))
        states, tenders = states_words(base.states), tenders_words(base.tenders)
        self.states.set_words(short(states) if states else self.tr("Any state"))
        self.states.setAccessibleName(self.tr("State: {words}").format(words=states or self.tr("any")))
        self.tenders.set_words(short(tenders) if tenders else self.tr("Any tender"))
        self.tenders.setAccessibleName(self.tr("Paid by: {words}").format(words=tenders or self.tr("any")))

    def search_text(self) -> str:
        return self.search.text().strip()

    def set_search(self, text: str) -> None:
        self.search.set_text(text)
        self.clear_button.setVisible(bool(text))

    def _type(self, text: str) -> None:
        self.clear_button.setVisible(bool(text))
        self.typed.emit(text)


class _Removable(Button):
    """A part of the filter; a press takes it out. It gives way where space ends."""

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(22), super().minimumSizeHint().height())


class ActiveFilters(Panel):
    """One chip for each part of the filter, and Clear. It is not there while nothing is filtered."""

    removed = Signal(object)
    """The HistoryFilter without that part."""
    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg", "", parent=parent)
        self.chips: list[Button] = []
        self.clear = Button(self.tr("Clear"), kind="ghost", height=11.5)
        self.clear.setAccessibleName(self.tr("Clear all filters"))
        self.clear.clicked.connect(self.cleared)
        self._row = QHBoxLayout(self)
        self._row.addStretch(1)
        self._row.addWidget(self.clear)
        self.hide()
        theme.follow(self.fit)

    def fit(self) -> None:
        self._row.setContentsMargins(theme.u(4), 0, theme.u(4), theme.u(2))
        self._row.setSpacing(theme.u(2))

    def show_filter(self, base: HistoryFilter) -> None:
        for old in self.chips:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.chips = []
        for at, part in enumerate(parts(base)):
            chip = _Removable(part.words, height=11.5, text_size=4.25, trailing_icon="x")
            chip.setAccessibleName(self.tr("Remove the filter {words}").format(words=part.words))
            chip.clicked.connect(lambda _=False, without=part.without: self.removed.emit(without))
            self._row.insertWidget(at, chip)
            self.chips.append(chip)
        self.setVisible(bool(self.chips))
        before: QWidget | None = None
        for button in (*self.chips, self.clear):
            if before is not None:
                QWidget.setTabOrder(before, button)
            before = button

"""The popovers of the filter bar: dates, states, tenders, and the rest. Each value acts at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from pos_app.core.money import Sat
from pos_app.core.text import plain
from pos_app.till.history_views import Direction, HistoryFilter, RowState
from pos_app.till.views import Tender
from pos_app.ui.history.calendar import RangeCalendar
from pos_app.ui.history.choices import Choices
from pos_app.ui.history.filters import NOTHING, WrongAmount, direction_word, parse_sat
from pos_app.ui.history.ranges import DateRange, Preset, days, preset_word
from pos_app.ui.history.words import state_look, tender_icon
from pos_app.ui.theme import theme
from pos_app.ui.widgets.field import Field
from pos_app.ui.widgets.label import Label
from pos_app.ui.widgets.popover import Popover
from pos_app.ui.widgets.segment import Segment
from pos_app.ui.words import tender_word

ANY = "any"
TAGS_SHOWN = 8


class RangePopover(Popover):
    """Presets at the left, a month at the right."""

    changed = Signal(object)
    """A DateRange."""

    def __init__(self, over: QWidget, today: date) -> None:
        super().__init__(over, self.tr("Dates"), width_u=142)
        presets = [(preset.value, preset_word(preset), "", "") for preset in Preset if preset is not Preset.OWN]
        self.presets = Choices(self.tr("Dates"), presets, single=True)
        self.presets.changed.connect(self._choose)
        self.calendar = RangeCalendar(today)
        self.calendar.chosen.connect(self._choose_days)
        row = QHBoxLayout()
        row.addWidget(self.presets, 1)
        row.addWidget(self.calendar)
        self.body.addLayout(row)

    def show_range(self, chosen: DateRange, today: date) -> None:
        self.presets.set_values(frozenset({chosen.preset.value}))
        first, last = days(chosen, today) or (today, today)
        self.calendar.show_days(first, last, today)

    def _choose(self, values: frozenset[str]) -> None:
        self.close_popover()
        self.changed.emit(DateRange(Preset(next(iter(values)))))

    def _choose_days(self, first: date, last: date) -> None:
        self.presets.set_values(frozenset())
        if first != last:
            self.close_popover()
        self.changed.emit(DateRange(Preset.OWN, first, last))


class StatePopover(Popover):
    """Any of the states, in two columns."""

    changed = Signal(object)
    """A frozenset of RowState."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, self.tr("State"), width_u=116)
        looks = [(state, state_look(state)) for state in RowState]
        rows = [(state.value, look.word, look.icon, look.tone) for state, look in looks]
        self.states = Choices(self.tr("State"), rows, columns=2)
        self.states.changed.connect(lambda values: self.changed.emit(frozenset(RowState(value) for value in values)))
        self.body.addWidget(self.states)

    def show_filter(self, base: HistoryFilter) -> None:
        self.states.set_values(frozenset(state.value for state in base.states))


class TenderPopover(Popover):
    """Any of the tenders."""

    changed = Signal(object)
    """A frozenset of Tender."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, self.tr("Paid by"), width_u=62)
        rows = [(tender.value, tender_word(tender), tender_icon(tender), "ink2") for tender in Tender]
        self.tenders = Choices(self.tr("Paid by"), rows)
        self.tenders.changed.connect(lambda values: self.changed.emit(frozenset(Tender(value) for value in values)))
        self.body.addWidget(self.tenders)

    def show_filter(self, base: HistoryFilter) -> None:
        self.tenders.set_values(frozenset(tender.value for tender in base.tenders))


class MorePopover(Popover):
    """In or out, the amount, the tag."""

    changed = Signal(object)
    """The HistoryFilter with these parts as they are now."""
    typed = Signal(object)
    """As `changed`, while an amount is being typed."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, self.tr("More filters"), width_u=112)
        self._base = NOTHING
        self._known: tuple[str, ...] = ()
        ways = ((ANY, direction_word(None)), *((way.value, direction_word(way)) for way in Direction))
        self.direction = Segment(self.tr("Direction"), ways)
        self.direction.chosen.connect(self._choose_direction)
        self.least = Field(self.tr("Least amount in sat"), hint=self.tr("from"), unit="sat", right=True, limit=24)
        self.most = Field(self.tr("Greatest amount in sat"), hint=self.tr("up to"), unit="sat", right=True, limit=24)
        self.cure = Label("", 4, tone="fail", wrap=True)
        self.cure.hide()
        for field in (self.least, self.most):
            field.changed.connect(self._type_amount)
            field.entered.connect(lambda _: self.close_popover())
        self._amounts = QHBoxLayout()
        self._amounts.addWidget(self.least)
        self._amounts.addWidget(self.most)
        self._tag_title = Label(self.tr("Tag"), 4, tone="ink2")
        self._tags = QVBoxLayout()
        self._lay_out()
        self.show_tags(())
        theme.follow(self._space)

    def _lay_out(self) -> None:
        for title, part in ((self.tr("In or out"), self.direction), (self.tr("Amount"), self._amounts)):
            self.body.addWidget(Label(title, 4, tone="ink2"))
            if isinstance(part, QLayout):
                self.body.addLayout(part)
            else:
                self.body.addWidget(part)
        self.body.addWidget(self.cure)
        self.body.addWidget(self._tag_title)
        self.body.addLayout(self._tags)

    def _space(self) -> None:
        self._amounts.setSpacing(theme.u(3))

    def show_filter(self, base: HistoryFilter) -> None:
        self._base = base
        self.direction.set_value(ANY if base.direction is None else base.direction.value)
        self.least.set_text("" if base.least is None else str(base.least.value))
        self.most.set_text("" if base.most is None else str(base.most.value))
        self._mark_wrong(None)
        self._mark_tag()

    def show_tags(self, tags: tuple[str, ...]) -> None:
        """The tags that occur; where there are none the choice is not there."""
        self._known = tags[:TAGS_SHOWN]
        while (item := self._tags.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._tag_title.setVisible(bool(self._known))
        if self._known:
            rows = [("", self.tr("Any tag"), "", ""), *((tag, plain(tag, 40), "", "") for tag in self._known)]
            choices = Choices(self.tr("Tag"), rows, columns=2, single=True)
            choices.changed.connect(self._choose_tag)
            self._tags.addWidget(choices)
            choices.show()
            self._mark_tag()
        self._place()

    def _mark_tag(self) -> None:
        item = self._tags.itemAt(0)
        choices = item.widget() if item is not None else None
        if isinstance(choices, Choices):
            choices.set_values(frozenset({self._base.tag}))

    def _set(self, base: HistoryFilter) -> None:
        self._base = base
        self.changed.emit(base)

    def _choose_direction(self, value: str) -> None:
        self._set(replace(self._base, direction=None if value == ANY else Direction(value)))

    def _choose_tag(self, values: frozenset[str]) -> None:
        self._set(replace(self._base, tag=next(iter(values))))

    def _type_amount(self) -> None:
        found: list[Sat | None] = []
        for field in (self.least, self.most):
            try:
                found.append(parse_sat(field.text()))
            except WrongAmount:
                self._mark_wrong(field)
                return
        least, most = found
        if least is not None and most is not None and least > most:
            self._mark_wrong(self.most)
            return
        self._mark_wrong(None)
        self._base = replace(self._base, least=least, most=most)
        self.typed.emit(self._base)

    def _mark_wrong(self, wrong: Field | None) -> None:
        for field in (self.least, self.most):
            field.set_wrong(field is wrong)
        self.cure.setText(self.tr("Whole sats, the smaller amount first.") if wrong is not None else "")
        self.cure.setVisible(wrong is not None)
        self._place()

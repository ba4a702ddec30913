"""One sale of the queue: what it is, what is known, what its card's issuer said, its story, and the ways on."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.core.text import plain, without_addresses
from pos_app.till.states import SaleState
from pos_app.till.views import QueueItem, SaleView, Stage, StoryLine
from pos_app.ui import fonts
from pos_app.ui.pages.queue_foot import QueueFoot
from pos_app.ui.theme import theme
from pos_app.ui.widgets.amount import Amount
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.chip import Chip, ChipLook, stage_chip, state_chip
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.scroll import Scroll
from pos_app.ui.widgets.sweep import Sweep
from pos_app.ui.widgets.timeline import Timeline
from pos_app.ui.words import when

STEPS_U = (16.0, 13.0, 10.0)
QUOTE_LIMIT = 160
STORY_U = 118
CALM = (Stage.STORED, Stage.ASKING)


class QueueItemPane(QWidget):
    """`show_item` one sale, `show_story` its journal; `foot` has the ways on."""

    slip_pressed = Signal()
    escaped = Signal()

    def __init__(self, *, now_s: Callable[[], float] = time.time, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now_s = now_s
        self._item: QueueItem | None = None
        self.number = ElidedLabel(tone="ink2", size=4.75)
        self.amount = Amount(steps_u=STEPS_U, align=Qt.AlignmentFlag.AlignLeft)
        self.chip = Chip(stage_chip(Stage.STORED))
        self.known = Notice()
        self.words = Label(tone="ink2", wrap=True)
        self.note = ElidedLabel(tone="ink2")
        self.story_title = Label(self.tr("What happened"), 4.5, weight=fonts.SEMIBOLD)
        self.story = Timeline()
        self.story_words = Label(tone="ink3", wrap=True)
        self.slip = Button(self.tr("Pending slip"), "printer", kind="ghost", height=11.5, text_size=4.5)
        self.slip.clicked.connect(self.slip_pressed)
        self.sweep = Sweep()
        self.foot = QueueFoot()
        self._lay_out()
        theme.follow(self.fit)

    def _lay_out(self) -> None:
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addWidget(self.number)
        left.addWidget(self.amount)
        left.addStretch(1)
        right.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignRight)
        right.addWidget(self.slip, 0, Qt.AlignmentFlag.AlignRight)
        right.addStretch(1)
        self._head = QHBoxLayout()
        self._head.addLayout(left, 1)
        self._head.addLayout(right)
        self._facts = QWidget()
        self._facts_column = QVBoxLayout(self._facts)
        for widget in (self.known, self.words, self.note, self.story_title, self.story, self.story_words):
            self._facts_column.addWidget(widget)
        self._facts_column.addStretch(1)
        self._scroll = Scroll(self._facts)
        self._side = Panel("surface", "l")
        self._side_column = QVBoxLayout(self._side)
        self._side_column.addStretch(1)
        self._side_scroll = Scroll(self._side)
        self._column = QVBoxLayout()
        self._column.addWidget(self.sweep)
        self._column.addLayout(self._head)
        self._column.addWidget(self._scroll, 1)
        self._column.addWidget(self.foot)
        self._main = QWidget()
        self._main.setLayout(self._column)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._main, 1)
        row.addWidget(self._side_scroll)

    def fit(self) -> None:
        u, wide = theme.u, theme.metrics.wide
        self._column.setContentsMargins(u(6), u(1), u(6), u(4))
        self._column.setSpacing(u(2))
        self._head.setSpacing(u(3))
        self._facts_column.setContentsMargins(0, u(1), u(2), u(2))
        self._facts_column.setSpacing(u(3))
        self._side_column.setContentsMargins(u(7), u(6), u(6), u(5))
        self._side_column.setSpacing(u(4))
        self._side_scroll.setFixedWidth(u(STORY_U))
        self._side_scroll.setVisible(wide)
        story = (self.story_title, self.story, self.story_words)
        column, start = (self._side_column, 0) if wide else (self._facts_column, 3)
        if column.indexOf(self.story) < 0:
            for at, widget in enumerate(story):
                column.insertWidget(start + at, widget)

    # What is shown.

    def item(self) -> QueueItem | None:
        """What can be acted upon."""
        return self._item

    def show_item(self, item: QueueItem) -> None:
        """Show this sale as it is now. Another sale takes away what was asked or said about the one before."""
        before, self._item = self._item, item
        other = before is None or before.sale.sale_id != item.sale.sale_id
        if other:
            self._scroll.verticalScrollBar().setValue(0)
            self.show_story(())
        elif before == item:
            return
        self._show_facts(item.sale, stage_chip(item.stage))
        self._explain(item)
        self.slip.setVisible(item.sale.state is SaleState.OWED)
        self.foot.show_acts(item, other=other)
        if not other and before is not None and before.stage is not item.stage:
            announce(self, f"{self.number.text()}: {stage_chip(item.stage).word}. {item.words}")

    def show_gone(self, sale: SaleView) -> None:
        """The sale that was shown has left the queue: say how, and offer nothing."""
        self._item = None
        look = state_chip(sale.state)
        self._show_facts(sale, look)
        tone = look.tone if look.tone in ("paid", "fail") else "accent"
        self.known.say(tone, self.tr("No longer in the queue: {state}").format(state=look.word), icon=look.icon)
        self.words.hide()
        self.slip.hide()
        self.foot.show_acts(None, other=True)
        announce(self, f"{self.number.text()}: {self.known.accessibleName()}")

    def show_story(self, lines: tuple[StoryLine, ...], trouble: str = "") -> None:
        """Its journal in words, or why it could not be read."""
        self.story.show_lines(lines)
        self.story_title.setVisible(bool(lines or trouble))
        self.story_words.setText(trouble)
        self.story_words.setVisible(bool(trouble))

    def _show_facts(self, sale: SaleView, look: ChipLook) -> None:
        words = self.tr("Sale {number} · {time}")
        self.number.setText(words.format(number=sale.number, time=when(sale.made_at_s, self._now_s())))
        self.amount.set_sat(sale.total)
        self.chip.set_look(look)
        note = plain(sale.note)
        self.note.setText(self.tr("Note: {note}").format(note=note))
        self.note.setVisible(bool(note))

    def _explain(self, item: QueueItem) -> None:
        """The issuer's words as a quotation, and what is known: loud where somebody must look."""
        look = stage_chip(item.stage)
        said = plain(without_addresses(item.reason), QUOTE_LIMIT)
        calm = item.stage in CALM
        if said:
            quote = self.tr("“{words}”").format(words=said)
            self.known.say(look.tone, self.tr("The card's issuer says:"), quote, icon=look.icon)
        elif not calm:
            self.known.say(look.tone, item.words, icon=look.icon)
        self.known.setVisible(bool(said) or not calm)
        self.words.setText(item.words)
        self.words.setVisible(bool(said) or calm)

    def set_busy(self, busy: bool) -> None:
        """Something that was pressed is being done."""
        self.foot.set_busy(busy)
        if busy:
            self.sweep.run()
        else:
            self.sweep.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.foot.is_asking():
                self.foot.drop_question()
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

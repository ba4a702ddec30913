"""One payment with all its facts, its timeline, and what can be done: docked, or in a sheet."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QScroller,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pos_app.core.money import Msat
from pos_app.till.history_views import HistoryDetail, HistoryRow, RowState
from pos_app.till.views import SaleView
from pos_app.ui import fonts
from pos_app.ui.actions import problem_of
from pos_app.ui.history.check import CheckButton
from pos_app.ui.history.explain import IN_QUEUE, explained
from pos_app.ui.history.facts import Facts, facts, identities
from pos_app.ui.history.words import MSAT_PER_SAT, row_look, state_look
from pos_app.ui.job import Job
from pos_app.ui.record_actions import RecordActions
from pos_app.ui.theme import theme
from pos_app.ui.widgets.amount import Amount
from pos_app.ui.widgets.buttons import Button, IconButton
from pos_app.ui.widgets.chip import Chip
from pos_app.ui.widgets.empty import Empty
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.timeline import Timeline

STEPS_U = (16.0, 13.0, 10.0, 8.0)


class DetailPane(Panel):
    """`show_row(row)` shows what is known at once and asks for the rest. It has nothing to show before that."""

    closed = Signal()
    queue_pressed = Signal(str)
    counter_pressed = Signal(object)
    """The SaleView of an open sale."""

    def __init__(self, actions: RecordActions, parent: QWidget | None = None) -> None:
        super().__init__("surface", "l", parent=parent)
        self._actions = actions
        self._row: HistoryRow | None = None
        self._detail: HistoryDetail | None = None
        self._job: Job | None = None
        self.title = ElidedLabel(size=5.5, weight=fonts.SEMIBOLD)
        self.title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.chip = Chip(state_look(RowState.PAID))
        self.close_button = IconButton("x", self.tr("Close"))
        self.close_button.clicked.connect(self.closed)
        self.amount = Amount(steps_u=STEPS_U, align=Qt.AlignmentFlag.AlignLeft)
        self.notice = Notice()
        self.facts = Facts()
        self.story = Timeline()
        self.identities = Facts()
        self._rules = [Panel("line"), Panel("line")]
        self.checked = Label("", 4, tone="ink2", wrap=True)
        self.check_button = CheckButton(actions)
        self.check_button.clicked.connect(self._check_now)
        self.check_button.found.connect(self.show_detail)
        self.check_button.said.connect(self._say_checked)
        self.queue_button = Button(self.tr("To the queue"), "clock")
        self.queue_button.clicked.connect(self._to_queue)
        self.counter_button = Button(self.tr("Show the code"), "qr-code", kind="primary")
        self.counter_button.clicked.connect(self._to_counter)
        self.nothing = Empty("receipt-text")
        self.nothing.say(self.tr("No sale chosen"), self.tr("Touch a row to see its facts and its timeline."))
        self._lay_out()
        theme.follow(self.fit)

    def _lay_out(self) -> None:
        self._head = QHBoxLayout()
        self._head.addWidget(self.title)
        self._head.addWidget(self.chip)
        self._head.addStretch(1)
        self._head.addWidget(self.close_button)
        inside = QWidget()
        self._inside = QVBoxLayout(inside)
        parts = (self.facts, self._rules[0], self.story, self._rules[1], self.identities)
        for widget in (self.amount, self.notice, *parts):
            self._inside.addWidget(widget)
        self._inside.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(inside)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        QScroller.grabGesture(self.area.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        self._foot_panel = Panel("surface", "t")
        foot = QVBoxLayout(self._foot_panel)
        self._foot = QHBoxLayout()
        for button in (self.check_button, self.queue_button, self.counter_button):
            self._foot.addWidget(button, 1)
        foot.addWidget(self.checked)
        foot.addLayout(self._foot)
        shown = QWidget()
        self._column = QVBoxLayout(shown)
        self._column.addLayout(self._head)
        self._column.addWidget(self.area, 1)
        self._column.addWidget(self._foot_panel)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.nothing)
        self._stack.addWidget(shown)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 0, 0, 0)
        outer.addWidget(self._stack)

    def fit(self) -> None:
        side = theme.u(6)
        self._column.setContentsMargins(0, theme.u(3), 0, 0)
        self._column.setSpacing(0)
        self._head.setContentsMargins(side, 0, theme.u(3), 0)
        self._head.setSpacing(theme.u(4))
        self._inside.setContentsMargins(side, theme.u(2), side, theme.u(3))
        self._inside.setSpacing(theme.u(3))
        for rule in self._rules:
            rule.setFixedHeight(1)
        self.area.verticalScrollBar().setStyleSheet(theme.scroll_bar_style())
        foot = self._foot_panel.layout()
        assert foot is not None
        foot.setContentsMargins(side, theme.u(4), side, theme.u(4))
        foot.setSpacing(theme.u(2))
        self._foot.setSpacing(theme.u(3))

    # What is shown.

    def key(self) -> str | None:
        """The key of the row that is shown."""
        return self._row.key if self._row is not None else None

    def shown_row(self) -> HistoryRow | None:
        return self._row

    def clear(self) -> None:
        """Nothing is chosen."""
        self._drop_jobs()
        self._row = self._detail = None
        self._stack.setCurrentWidget(self.nothing)

    def show_row(self, row: HistoryRow) -> None:
        """Show this row; what is known only to the till follows."""
        if row.key != self.key():
            self._drop_jobs()
            self._detail = None
            self.checked.hide()
            self.area.verticalScrollBar().setValue(0)
        self._row = row
        known = self._detail
        self._show(known if known is not None and known.row == row else HistoryDetail(row, None, ()))
        self._stack.setCurrentIndex(1)
        self.reload()

    def reload(self) -> None:
        """Ask anew for what is shown."""
        if self._row is None:
            return
        if self._job is not None:
            self._job.abandon()
        self._job = self._actions.history_detail(self._row.key)
        self._job.succeeded.connect(self.show_detail)
        self._job.on_trouble(self._failed)

    def show_detail(self, detail: HistoryDetail) -> None:
        """Show all that is known."""
        self._job = None
        self._row, self._detail = detail.row, detail
        self._show(detail)

    def _failed(self, error: BaseException) -> None:
        self._job = None
        problem = problem_of(error)
        again = Button(self.tr("Try again"), height=11.5)
        again.clicked.connect(self.reload)
        self.notice.say("fail", problem.message, problem.cure, buttons=(again,))

    def _show(self, detail: HistoryDetail) -> None:
        row = detail.row
        self.title.setText(self._title(row))
        self.chip.set_look(row_look(row))
        self.amount.set_sat(Msat(row.amount_msat - row.amount_msat % MSAT_PER_SAT).to_sat())
        said = explained(detail)
        if said is not None:
            self.notice.say(said.tone, said.title, said.text)
        self.notice.setVisible(said is not None)
        self.facts.show_facts(facts(detail))
        self.identities.show_facts(identities(detail))
        self._rules[0].setVisible(bool(detail.story))
        self._rules[1].setVisible(bool(self.identities.rows))
        self.story.setVisible(bool(detail.story))
        self.story.show_lines(detail.story)
        self.check_button.setVisible(row.payment_hash is not None)
        self.queue_button.setVisible(row.sale_id is not None and row.state in IN_QUEUE)
        self.counter_button.setVisible(detail.sale is not None and row.state is RowState.OPEN)
        self._foot_panel.setVisible(row.payment_hash is not None or row.sale_id is not None)

    def _title(self, row: HistoryRow) -> str:
        if row.number is not None:
            return self.tr("Sale {number}").format(number=row.number)
        return self.tr("Sent payment") if row.amount_msat < 0 else self.tr("Payment of another till")

    # What can be done.

    def _check_now(self) -> None:
        if self._row is not None:
            self.check_button.begin(self._row)

    def _say_checked(self, words: str, tone: str) -> None:
        self.checked.setText(words)
        self.checked.set_tone(tone)
        self.checked.show()

    def _drop_jobs(self) -> None:
        if self._job is not None:
            self._job.abandon()
            self._job = None
        self.check_button.drop()

    def _to_queue(self) -> None:
        if self._row is not None and self._row.sale_id is not None:
            self.queue_pressed.emit(self._row.sale_id)

    def _to_counter(self) -> None:
        sale: SaleView | None = self._detail.sale if self._detail is not None else None
        if sale is not None:
            self.counter_pressed.emit(sale)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

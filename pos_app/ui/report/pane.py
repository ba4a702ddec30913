"""A report on the screen: its paper at the left, its sum, checks and buttons at the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.till.report_paper import WIDTH_MM, lines
from pos_app.till.report_views import ReportView
from pos_app.ui import fonts
from pos_app.ui.day.figures import sales_words
from pos_app.ui.report.checks import Checks
from pos_app.ui.report.older import made_words
from pos_app.ui.theme import theme
from pos_app.ui.widgets.amount import Amount
from pos_app.ui.widgets.buttons import Button, IconButton
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.widgets.paper import Paper
from pos_app.ui.widgets.scroll import Scroll
from pos_app.ui.widgets.segment import Segment
from pos_app.ui.widgets.sweep import Sweep

PAPER_U = 86
STEPS_U = (16.0, 13.0, 10.0)
TWO_ROWS_FROM = 1.25
WIDEST_U = 180
X, Z = "x", "z"


class ReportPane(QWidget):
    """`show_now` shows the report of this moment, `show_kept` a Z report; what is pressed, the page hears."""

    def __init__(self) -> None:
        super().__init__()
        self.paper = Paper(WIDTH_MM, width_u=PAPER_U)
        self.back = IconButton("chevron-left", self.tr("Back to the day"))
        self.heading = ElidedLabel("", 7, weight=fonts.SEMIBOLD)
        self.when = ElidedLabel("", 4.5, tone="ink2", tabular=True)
        self.mode = Segment(self.tr("Report"), ((X, self.tr("X now")), (Z, self.tr("Z close"))), Z)
        self.amount = Amount(steps_u=STEPS_U, align=Qt.AlignmentFlag.AlignLeft)
        self.count = Label("", 4.5, tone="ink2")
        self.notice = Notice()
        self.checks = Checks()
        self.sweep = Sweep()
        self.close_button = Button(self.tr("Close the day"), "lock", kind="primary", height=19, text_size=6)
        self.pdf = Button(self.tr("Save PDF"), "file-text")
        self.list = Button(self.tr("Z reports"), "history")
        self._lay_out()
        self._show(None, 0)
        theme.follow(self.fit)

    def _lay_out(self) -> None:
        desk = QWidget()
        self._desk = QVBoxLayout(desk)
        self._desk.addWidget(self.paper)
        self._desk.addStretch(1)
        self._left = Scroll(desk)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.heading)
        words.addWidget(self.when)
        self._title = QHBoxLayout()
        self._title.addWidget(self.back)
        self._title.addLayout(words, 1)
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.addLayout(self._title, 1)
        self._head.addWidget(self.mode)
        self._sum = QHBoxLayout()
        self._sum.addWidget(self.amount, 1)
        self._sum.addWidget(self.count, 0, Qt.AlignmentFlag.AlignBottom)
        content = QWidget()
        self._middle = QVBoxLayout(content)
        self._middle.addWidget(self.notice)
        self._middle.addWidget(self.checks)
        self._middle.addStretch(1)
        self._foot = QHBoxLayout()
        self._foot.addWidget(self.list, 1)
        self._foot.addWidget(self.pdf, 1)
        self._side = QWidget()
        self._right = QVBoxLayout(self._side)
        self._right.setContentsMargins(0, 0, 0, 0)
        self._right.addLayout(self._head)
        self._right.addLayout(self._sum)
        self._right.addWidget(Scroll(content), 1)
        self._right.addWidget(self.sweep)
        self._right.addWidget(self.close_button)
        self._right.addLayout(self._foot)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._left)
        self._row.addWidget(self._side, 1)
        self._row.addStretch(0)

    def fit(self) -> None:
        u = theme.u
        self._row.setContentsMargins(u(6), u(5), u(6), u(5))
        self._row.setSpacing(u(8))
        self._desk.setContentsMargins(0, 0, u(2), 0)
        self._left.setFixedWidth(u(PAPER_U) + u(2))
        self._right.setSpacing(u(3))
        self.list.setVisible(not theme.metrics.wide)
        large = theme.metrics.text_scale >= TWO_ROWS_FROM
        self._head.setDirection(QBoxLayout.Direction.TopToBottom if large else QBoxLayout.Direction.LeftToRight)
        self._title.setSpacing(u(2))
        self._side.setMaximumWidth(u(WIDEST_U))
        self._sum.setSpacing(u(3))
        self._middle.setContentsMargins(0, 0, u(2), 0)
        self._middle.setSpacing(u(1))
        self._foot.setSpacing(u(3))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(200), theme.u(100))

    def closes(self) -> bool:
        """Whether the person is about to close the day, and not only looks."""
        return self.mode.value() == Z

    def show_now(self, report: ReportView | None, newest: int) -> None:
        """The report of this moment, or none yet. `newest` is the number of the newest Z report, 0 without any."""
        self.mode.show()
        self.close_button.setVisible(self.closes())
        self.heading.setText(self.tr("Close the day") if self.closes() else self.tr("X report"))
        self.back.setAccessibleName(self.tr("Back to the day"))
        self._show(report, newest)

    def show_kept(self, report: ReportView) -> None:
        """A Z report: there is nothing to close."""
        self.mode.hide()
        self.close_button.hide()
        self.heading.setText(self.tr("Z report {number}").format(number=report.number))
        self.back.setAccessibleName(self.tr("Back to the report of now"))
        self._show(report, 0)

    def _show(self, report: ReportView | None, newest: int) -> None:
        for widget in (self.amount, self.count, self.checks, self.paper):
            widget.setVisible(report is not None)
        self.when.setText(made_words(report) if report is not None else "")
        if report is not None:
            self.amount.set_sat(report.sum)
            self.count.setText(self.tr("paid, {sales}").format(sales=sales_words(report.count)))
            self.checks.show_report(report, newest)
            self.paper.show_lines(lines(report))

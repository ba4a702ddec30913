"""The PENDING slip of a stored sale, as it is printed, and its PDF."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.till.slip import WIDTH_MM, slip_lines
from pos_app.till.views import SaleView
from pos_app.ui.actions import Actions, problem_of
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.paper import Paper
from pos_app.ui.widgets.scroll import Scroll
from pos_app.ui.widgets.sheet import Sheet
from pos_app.ui.widgets.sweep import Sweep

PAPER_U = 96
"""On the small screen one pixel is one of the printer's 384 dots and its margins."""


class SlipSheet(Sheet):
    """Covers `over`. The PDF is written when its button is pressed, and the sheet says where it is."""

    def __init__(self, over: QWidget, actions: Actions) -> None:
        super().__init__(over, QCoreApplication.translate("SlipSheet", "Pending slip"), width_u=124)
        self._actions = actions
        self._sale_id = ""
        self.paper = Paper(WIDTH_MM, width_u=PAPER_U)
        self.notice = Notice()
        self.sweep = Sweep()
        self.save = Button(self.tr("Save PDF"), "file-text")
        self.save.clicked.connect(self._save)
        self._desk = Panel("bg", "t")
        self._desk_column = QVBoxLayout(self._desk)
        self._desk_column.addWidget(self.paper, 0, Qt.AlignmentFlag.AlignHCenter)
        self._desk_column.addStretch(1)
        self._scroll = Scroll(self._desk)
        self._foot = QVBoxLayout()
        row = QHBoxLayout()
        row.addWidget(self.save, 1)
        self._foot.addWidget(self.notice)
        self._foot.addWidget(self.sweep)
        self._foot.addLayout(row)
        self.body.addWidget(self._scroll, 1)
        self.body.addLayout(self._foot)
        theme.follow(self._fit_body)

    def _fit_body(self) -> None:
        u = theme.u
        self._desk_column.setContentsMargins(u(4), u(5), u(4), u(5))
        self._foot.setContentsMargins(u(7), u(2), u(7), u(5))
        self._foot.setSpacing(u(2))

    def open_slip(self, sale: SaleView, shop_name: str) -> None:
        """Show this sale's slip."""
        self._sale_id = sale.sale_id
        self.notice.hide()
        self._set_busy(False)
        self.paper.show_lines(slip_lines(sale, shop_name))
        self._scroll.verticalScrollBar().setValue(0)
        self.open_sheet()

    def _set_busy(self, busy: bool) -> None:
        self.save.setEnabled(not busy)
        if busy:
            self.sweep.run()
        else:
            self.sweep.stop()

    def _save(self) -> None:
        sale_id = self._sale_id
        self._set_busy(True)
        self.notice.hide()
        job = self._actions.pending_slip(sale_id)
        job.succeeded.connect(lambda path: self._saved(path) if sale_id == self._sale_id else None)
        job.on_trouble(lambda error: self._failed(error) if sale_id == self._sale_id else None)

    def _saved(self, path: Path) -> None:
        self._set_busy(False)
        self.notice.say("accent", self.tr("Saved as {name}").format(name=path.name), str(path.parent), icon="check")

    def _failed(self, error: BaseException) -> None:
        self._set_busy(False)
        problem = problem_of(error)
        self.notice.say("fail", problem.message, problem.cure)

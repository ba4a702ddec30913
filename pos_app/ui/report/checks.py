"""What a merchant looks at before closing: do the books agree, what is open, and what the report is chained to."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from pos_app.core.money import Sat, grouped
from pos_app.till.report_views import Agreement, ReportView
from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets.flow import Flow

_tr = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Check:
    """`tone` names a colour of the theme, `icon` one of Lucide's icons."""

    icon: str
    tone: str
    title: str
    words: str


def checks_of(report: ReportView, newest: int) -> tuple[Check, ...]:
    """The three of a report. `newest` is the number of the newest Z report, 0 where there is none."""
    return _agreement(report), _open_sales(report), _chain(report, newest)


def _agreement(report: ReportView) -> Check:
    words = report.agreement_words
    match report.agreement:
        case Agreement.YES:
            return Check("circle-check", "paid", _tr("Report", "Books agree"), words)
        case Agreement.NO:
            return Check("circle-x", "fail", _tr("Report", "Books do not agree"), words)
        case Agreement.NOT_KNOWN:
            return Check("circle-question-mark", "attn", _tr("Report", "Not known whether the books agree"), words)


def _open_sales(report: ReportView) -> Check:
    """Nothing that is open can be hidden, and closing the day leaves it open."""
    not_paid = sum(not each.is_due_back for each in report.unresolved)
    due = sum(each.sum.value for each in report.unresolved if each.is_due_back)
    stay = _tr("Report", "They stay open and are printed on the report.")
    back = _tr("Report", "{sum} are to be given back.").format(sum=Sat(due)) if due else ""
    if not_paid:
        title = _tr("Report", "{count} not paid or unclear, {sum}").format(
            count=grouped(not_paid), sum=report.unresolved_sum
        )
        return Check("clock", "attn", title, f"{stay} {back}".strip())
    if back:
        return Check("undo-2", "fail", _tr("Report", "Refunds are due"), f"{back} {stay}")
    return Check("circle-check", "ink2", _tr("Report", "Nothing is open"), _tr("Report", "Every sale has its end."))


def _chain(report: ReportView, newest: int) -> Check:
    kept = _tr("Report", "Kept for ever, cannot be changed.")
    before = newest if report.number is None else report.number - 1
    if report.number is None:
        kept = _tr("Report", "Closing writes Z report {number}, which is kept for ever.").format(number=newest + 1)
    if not before:
        return Check("link", "ink2", _tr("Report", "First of its chain"), kept)
    words = _tr("Report", "Chained to Z {number}") if report.number else _tr("Report", "Follows Z {number}")
    return Check("link", "ink2", words.format(number=before), kept)


class CheckRow(QWidget):
    """One check: its icon, what is so, and what that means. Grows with its words."""

    def __init__(self) -> None:
        super().__init__()
        self._check: Check | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.follow(self.updateGeometry)

    def say(self, check: Check) -> None:
        self._check = check
        self.setAccessibleName(f"{check.title}. {check.words}")
        self.updateGeometry()
        self.update()

    def _flow(self, width: int) -> Flow:
        flow = Flow(max(1, width - theme.u(11)))
        if self._check is not None:
            flow.text(self._check.title, theme.font(5, fonts.SEMIBOLD), theme.now.ink)
            flow.text(self._check.words, theme.font(4.5), theme.now.ink2)
        return flow

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._flow(width).height() + theme.u(3.5)

    def sizeHint(self) -> QSize:
        return QSize(theme.u(110), self.heightForWidth(max(self.width(), theme.u(100))))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(60), theme.u(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._check is None:
            return
        painter, side = QPainter(self), theme.u(7)
        flow = self._flow(self.width())
        top = (self.height() - flow.height()) // 2
        icons.draw(painter, self._check.icon, 0, top + theme.u(0.5), side, theme.now.colour(self._check.tone))
        flow.paint(painter, QRect(theme.u(11), top, self.width() - theme.u(11), flow.height()))


class Checks(QWidget):
    """The three checks of a report, one under the other."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = tuple(CheckRow() for _ in range(3))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for row in self.rows:
            column.addWidget(row)

    def show_report(self, report: ReportView, newest: int) -> None:
        """Show these of a report."""
        for row, check in zip(self.rows, checks_of(report, newest), strict=True):
            row.say(check)

"""The Z reports of before, newest first."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QScroller,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from pos_app.till.history_views import DaySettings
from pos_app.till.report_views import ReportView
from pos_app.ui import fonts, icons
from pos_app.ui.day import dates
from pos_app.ui.day.figures import sales_words
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.empty import Empty
from pos_app.ui.widgets.label import Label
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.sheet import Sheet

ROW_U = 14
DOCK_U = 104
_Index = QModelIndex | QPersistentModelIndex


def made_words(report: ReportView) -> str:
    """When it was made, on its own clock: Sun 22 Nov 2026, 20:31."""
    at = dates.wall(report.made_at_s, DaySettings(time_zone=report.time_zone))
    day = f"{dates.weekday(at.weekday(), short=True)} {at.day} {dates.month(at.month, short=True)} {at.year}"
    return f"{day}, {at:%H:%M}"


def made_day(report: ReportView) -> str:
    """The day that it was made on, for a file's name: 2026-11-22."""
    return dates.wall(report.made_at_s, DaySettings(time_zone=report.time_zone)).date().isoformat()


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.reports: tuple[ReportView, ...] = ()

    def set_reports(self, reports: tuple[ReportView, ...]) -> None:
        self.beginResetModel()
        self.reports = reports
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.reports)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        report = self.reports[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return report
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"Z {report.number}, {made_words(report)}, {sales_words(report.count)}, {report.sum}"
        return None


class _Row(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(theme.u(60), max(theme.u(ROW_U), theme.metrics.text(12)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        report: ReportView = index.data(Qt.ItemDataRole.UserRole)
        rect, now, pad = QRect(option.rect), theme.now, theme.u(2)
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            paint.box(painter, rect, theme.u(3), now.accent_tint, now.ink if now.high_contrast else None, 2)
        else:
            painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, now.line)
        side = theme.u(5)
        icons.draw(painter, "chevron-right", rect.right() - side, rect.y() + (rect.height() - side) / 2, side, now.ink2)
        strong, small = theme.font(4.75, fonts.SEMIBOLD, tabular=True), theme.font(4, tabular=True)
        upper = QRect(rect.x() + pad, rect.y(), rect.width() - 2 * pad - side, rect.height() * 5 // 9)
        lower = QRect(upper.x(), upper.bottom(), upper.width(), rect.height() * 4 // 9)
        right = str(report.sum)
        painter.setFont(strong)
        painter.setPen(now.ink)
        painter.drawText(upper.x(), paint.baseline(upper, strong), f"Z {report.number}")
        painter.drawText(upper.right() - paint.width_of(right, strong), paint.baseline(upper, strong), right)
        painter.setFont(small)
        painter.setPen(now.ink2)
        painter.drawText(lower.x(), paint.baseline(lower, small), made_words(report))
        sales = sales_words(report.count)
        painter.drawText(lower.right() - paint.width_of(sales, small), paint.baseline(lower, small), sales)
        painter.restore()


class _List(QListView):
    entered_row = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(_Row(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Z reports"))
        self.viewport().setAutoFillBackground(False)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.verticalScrollBar().setStyleSheet(theme.scroll_bar_style())
        self.doItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_row.emit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)


class ReportList(QWidget):
    """`chosen` carries the `ReportView` that was touched."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model()
        self.rows = _List()
        self.rows.setModel(self._model)
        self.rows.clicked.connect(self._choose)
        self.rows.entered_row.connect(self._choose)
        self.none_yet = Empty("file-text")
        self.none_yet.say(self.tr("No Z reports yet"), self.tr("Each close of the day is kept here."))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.rows)
        self._stack.addWidget(self.none_yet)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)

    def show_reports(self, reports: tuple[ReportView, ...]) -> None:
        """List these, newest first."""
        self._model.set_reports(reports)
        self._stack.setCurrentWidget(self.rows if reports else self.none_yet)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.data(Qt.ItemDataRole.UserRole))


class OlderReports(QObject):
    """The list, docked beside the report on wide windows and in a sheet over the page on others."""

    chosen = Signal(object)

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        title = QCoreApplication.translate("Report", "Z reports")
        self.listed, self.docked_list = ReportList(), ReportList()
        self.sheet: Sheet = Sheet(over, title)
        self.sheet.body.addWidget(self.listed, 1)
        self.dock = Panel("bg", "l", parent=over)
        self._column = QVBoxLayout(self.dock)
        self._column.addWidget(Label(title, 5.5, weight=fonts.SEMIBOLD))
        self._column.addWidget(self.docked_list, 1)
        for each in (self.listed, self.docked_list):
            each.chosen.connect(self._choose)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.dock.setVisible(theme.metrics.wide)
        self.dock.setFixedWidth(theme.pane(DOCK_U))
        self._column.setContentsMargins(theme.u(7), theme.u(6), theme.u(5), 0)
        self._column.setSpacing(theme.u(3))
        self.sheet.body.setContentsMargins(theme.u(5), 0, theme.u(5), 0)

    def show_reports(self, reports: tuple[ReportView, ...]) -> None:
        """List these, newest first."""
        for each in (self.listed, self.docked_list):
            each.show_reports(reports)

    def _choose(self, report: ReportView) -> None:
        self.sheet.close_sheet()
        self.chosen.emit(report)

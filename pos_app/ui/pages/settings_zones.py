"""A search over time zones, in a panel beside the button that opened it."""

from __future__ import annotations

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    QStringListModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QScroller,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.field import Field
from pos_app.ui.widgets.label import Label
from pos_app.ui.widgets.popover import Popover

ROW_U = 12.25
ROWS = 5
_Index = QModelIndex | QPersistentModelIndex


class ZonePicker(Popover):
    """A search over names; `chosen` carries one, or nothing for `own`, this computer's."""

    chosen = Signal(str)

    def __init__(self, over: QWidget, own: str, names: tuple[str, ...]) -> None:
        super().__init__(over, QCoreApplication.translate("ZonePicker", "Choose a time zone"), width_u=96)
        self._own, self._names = own, names
        self.search = Field(self.tr("Find a city"), hint=self.tr("City or region"), icon="search", limit=60)
        self.search.changed.connect(self._find)
        self.search.entered.connect(lambda _: self._choose(self.rows.model().index(0, 0)))
        self.search.escaped.connect(self.close_popover)
        self.rows: _Names = _Names()
        self.rows.entered.connect(self._choose)
        self.rows.clicked.connect(self._choose)
        self.nothing = Label(self.tr("No time zone of that name"), tone="ink3")
        for widget in (self.search, self.nothing, self.rows):
            self.body.addWidget(widget)

    def open_with(self, name: str, anchor: QWidget) -> None:
        """Open with this one in sight."""
        self.search.set_text("")
        self._find("")
        self.open_at(anchor)
        row = self._names.index(name) + 1 if name in self._names else 0
        index = self.rows.model().index(row, 0)
        self.rows.setCurrentIndex(index)
        self.rows.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _find(self, text: str) -> None:
        wanted = text.lower().replace("_", " ").split()
        names = [name.replace("_", " ") for name in self._names]
        found = [name for name in names if all(word in name.lower() for word in wanted)]
        self.rows.names.setStringList(found if wanted else [self._own, *found])
        self.nothing.setVisible(not found)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            words = str(index.data())
            self.close_popover()
            self.chosen.emit("" if words == self._own else words.replace(" ", "_"))


class _Names(QListView):
    """Names in rows for a finger; Enter says `entered`."""

    entered = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__()
        self.names = QStringListModel(self)
        self.setModel(self.names)
        self.setItemDelegate(_NameRow(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Time zones"))
        self.viewport().setAutoFillBackground(False)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(ROWS * theme.u(ROW_U))
        self.verticalScrollBar().setStyleSheet(theme.scroll_bar_style())
        self.doItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)


class _NameRow(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(theme.u(60), theme.u(ROW_U))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        now, rect = theme.now, QRect(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            paint.box(painter, rect, theme.u(3), now.accent_tint, now.ink if now.high_contrast else None, 2)
        font = theme.font(4.5)
        painter.setFont(font)
        painter.setPen(now.ink)
        words = paint.elided(str(index.data()), font, rect.width() - 2 * theme.u(2))
        painter.drawText(rect.x() + theme.u(2), paint.baseline(rect, font), words)
        painter.restore()

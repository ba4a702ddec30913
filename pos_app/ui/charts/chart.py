"""What all charts do: move from old figures to new ones, and tell what lies under a finger or the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QEvent, QPoint, QRect, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui.charts.read_out import ReadOut
from pos_app.ui.theme import theme
from pos_app.ui.widgets.announce import announce

GROW_MS = 240
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def mixed(colour: QColor, paper: QColor, strength: float) -> QColor:
    """So much of `colour` on `paper`."""
    parts = zip(colour.getRgb()[:3], paper.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(over * strength + under * (1 - strength)) for over, under in parts))


class Chart(QWidget):
    """A painted chart of marks with numbers from 0. The subclass knows their places and draws them.

    `chosen` carries the number of a mark that was touched, or entered with Enter.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selected: int | None = None
        self._told: ReadOut | None = None
        self._over: QWidget | None = None
        self._pressed: int | None = None
        self._wandered = False
        self._growth = QVariantAnimation(self)
        self._growth.setStartValue(0.0)
        self._growth.setEndValue(1.0)
        self._growth.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._growth.valueChanged.connect(lambda _: self.update())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.follow(self.update)

    # What each kind of chart says of itself. Qt's metaclass takes no abstract methods.

    def wait(self) -> None:
        """Nothing is known yet: forget the figures."""
        raise NotImplementedError

    def count(self) -> int:
        """How many marks there are."""
        raise NotImplementedError

    def place(self, at: int, area: QRect, ratio: float) -> QRect:
        """Where that mark can be touched."""
        raise NotImplementedError

    def anchor(self, at: int, area: QRect, ratio: float) -> QRect:
        """What its read-out stands above."""
        return self.place(at, area, ratio)

    def read_out(self, at: int) -> tuple[str, ...]:
        """What is told of the mark, a line each."""
        raise NotImplementedError

    def can_choose(self, at: int) -> bool:
        """Whether there is something behind it."""
        return False

    def moved(self, at: int, across: int, down: int) -> int:
        """The mark that an arrow key leads to."""
        return max(0, min(self.count() - 1, at + across))

    def first(self) -> int:
        """The mark that the first arrow key selects."""
        return 0

    def draw(self, painter: QPainter, area: QRect, ratio: float, progress: float, selected: int | None) -> None:
        """Paint the chart. `progress` 0 shows the old figures, 1 the new ones; `ratio` is device pixels per pixel."""
        raise NotImplementedError

    # What all have.

    @property
    def progress(self) -> float:
        """How far the new figures have come up."""
        running = self._growth.state() == QVariantAnimation.State.Running
        return float(self._growth.currentValue()) if running else 1.0

    def grow(self) -> None:
        """Begin the movement from the old figures to the new ones."""
        self._growth.stop()
        if duration_ms := theme.ms(GROW_MS):
            self._growth.setDuration(duration_ms)
            self._growth.start()
        if self.selected is not None and self.selected >= self.count():
            self.selected = None
        self._tell()
        self.update()

    def select(self, at: int | None) -> None:
        """Show the read-out of that mark; None takes it away."""
        if at != self.selected:
            self.selected = at
            self.update()
            self._tell()
            if at is not None:
                announce(self, ", ".join(self.read_out(at)))

    def lie_under(self, over: QWidget) -> None:
        """Read-outs float on this page."""
        self._told = ReadOut(over)
        self._over = over

    def _tell(self) -> None:
        if self._told is None or self._over is None:
            return
        if self.selected is None:
            self._told.hide()
            return
        mark = self.anchor(self.selected, self.rect(), self.devicePixelRatioF())
        corner = self.mapTo(self._over, mark.topLeft())
        self._told.tell(self.read_out(self.selected), QRect(corner, mark.size()))

    def mark_at(self, point: QPoint) -> int | None:
        """The mark at this place of the widget."""
        area, ratio = self.rect(), self.devicePixelRatioF()
        return next((at for at in range(self.count()) if self.place(at, area, ratio).contains(point)), None)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        self.draw(painter, self.rect(), ratio, self.progress, self.selected)

    # Finger, mouse and keys.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._wandered = self.mark_at(event.position().toPoint()), False
            self.select(self._pressed)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self.mark_at(event.position().toPoint())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._wandered = self._wandered or at != self._pressed
        self.select(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A finger that went over several marks only read them."""
        pressed, self._pressed = self._pressed, None
        if pressed is not None and not self._wandered and pressed < self.count() and self.can_choose(pressed):
            self.chosen.emit(pressed)

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self.select(None)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.select(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.select(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.select(None)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        last = self.count() - 1
        if key in _STEPS and last >= 0:
            at = self.selected
            self.select(self.first() if at is None else self.moved(at, *_STEPS[key]))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and last >= 0:
            self.select(0 if key == Qt.Key.Key_Home else last)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            if self.selected is not None and self.can_choose(self.selected):
                self.chosen.emit(self.selected)
        elif key == Qt.Key.Key_Escape and self.selected is not None:
            self.select(None)
        else:
            super().keyPressEvent(event)

"""The QR card: an invoice as a code that any camera reads, or in the same place the reason why there is none."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.flow import Flow

log = logging.getLogger(__name__)

QUIET_ZONE_MODULES = 4
SMALLEST_U = 60
PAPER, BLACK = QColor(255, 255, 255), 0


def code_text(bolt11: str, *, prefix: bool = True) -> str:
    """What the code says: wholly in upper case, so that it fits QR's alphanumeric mode and gets larger modules.

    Without `prefix` it says the invoice alone, for wallets that cannot read `LIGHTNING:` before it.
    """
    return f"{'lightning:' if prefix else ''}{bolt11}".upper()


def code_image(text: str) -> QImage:
    """The code without its quiet zone, one pixel for each module. Takes some 25 ms: not for the GUI thread."""
    from qrcode import QRCode
    from qrcode.constants import ERROR_CORRECT_L

    code = QRCode(error_correction=ERROR_CORRECT_L, border=0)
    code.add_data(text, optimize=0)
    rows = code.get_matrix()
    side = len(rows)
    pixels = b"".join(bytes(BLACK if dark else 255 for dark in row) for row in rows)
    return QImage(pixels, side, side, side, QImage.Format.Format_Grayscale8).copy()


class _Maker(QObject):
    """Makes codes in the thread pool and hands each to the GUI thread as (text, image or None)."""

    made = Signal(str, object)

    def make(self, text: str) -> None:
        QThreadPool.globalInstance().start(lambda: self._make(text))

    def _make(self, text: str) -> None:
        try:
            image = code_image(text)
        except Exception:
            log.exception("%d characters do not become a QR code", len(text))
            self.made.emit(text, None)
        else:
            self.made.emit(text, image)


def warm_up() -> None:
    """Load the QR library in the background, so that the first sale does not wait for it."""
    QThreadPool.globalInstance().start(lambda: bool(code_image("LNBC")))


class QrCard(QWidget):
    """A square card with a code, or with an icon, a heading and a sentence.

    The code is black on white in every theme, its modules are whole device pixels.
    `pressed` when a code is touched (or Space, Enter): the page shows it larger. `shown` once a code is painted.
    """

    pressed = Signal()
    shown = Signal()
    failed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._code_says = ""
        self._code: QImage | None = None
        self._scaled = QImage()
        self._painted = False
        self._icon = self._tone = self._heading = self._text = ""
        self._maker = _Maker()
        self._maker.made.connect(self._made)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.show_making()
        theme.follow(self.update)

    def show_code(self, text: str) -> None:
        """Show the code that says `text`; a moment passes until it is made."""
        if text == self._code_says:
            return
        self.show_making()
        self._code_says = text
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._maker.make(text)

    def show_making(self) -> None:
        """Show that there will be a code."""
        self.show_message("qr-code", "line_strong", self.tr("Making the code"))

    def show_message(self, icon: str, tone: str, heading: str, text: str = "") -> None:
        """Show words in place of a code; `tone` names the icon's colour."""
        self._forget_code()
        self._code_says = ""
        self._icon, self._tone, self._heading, self._text = icon, tone, heading, text
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(f"{heading}. {text}" if text else heading)
        self.update()

    def has_code(self) -> bool:
        """Whether a code is on the screen."""
        return self._code is not None

    def sizeHint(self) -> QSize:
        return QSize(theme.u(107), theme.u(107))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(SMALLEST_U), theme.u(SMALLEST_U))

    def _forget_code(self) -> None:
        self._code = None
        self._scaled = QImage()
        self._painted = False
        self.update()

    def _made(self, text: str, image: QImage | None) -> None:
        if text != self._code_says:
            return
        if image is None:
            self.failed.emit()
        else:
            self._code = image
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        now = theme.now
        border_px = 2 if now.high_contrast else 1
        if self._code is None:
            paint.box(painter, self.rect(), theme.u(4), now.surface, now.line, border_px)
            self._paint_message(painter)
            return
        paint.box(painter, self.rect(), theme.u(4), PAPER, None if now.dark else now.line, border_px)
        self._paint_code(painter, self._code)
        if not self._painted:
            self._painted = True
            self.shown.emit()

    def _paint_code(self, painter: QPainter, code: QImage) -> None:
        """On the grid of the device: the painter's own scale and any offset of this widget are undone first.

        The margin is white throughout; a border that is almost white may stand on its outermost pixel.
        """
        on_device = painter.deviceTransform()
        inset = 2 if theme.now.high_contrast else 0
        area = on_device.mapRect(self.rect().adjusted(inset, inset, -inset, -inset))
        modules = code.width()
        side = min(area.width(), area.height()) // (modules + 2 * QUIET_ZONE_MODULES) * modules
        if self._scaled.width() != side:
            self._scaled = code.scaled(side, side)
        inverse, _ = on_device.inverted()
        painter.setTransform(inverse, True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        corner = QPoint(area.x() + (area.width() - side) // 2, area.y() + (area.height() - side) // 2)
        painter.drawImage(QRect(corner, QSize(side, side)), self._scaled)

    def _paint_message(self, painter: QPainter) -> None:
        area = self.rect().adjusted(theme.u(6), theme.u(4), -theme.u(6), -theme.u(4))
        Flow.largest(lambda share: self._message(area.width(), share), area.height()).paint(painter, area)

    def _message(self, width: int, share: float) -> Flow:
        now = theme.now
        flow = Flow(width, Qt.AlignmentFlag.AlignHCenter)
        flow.icon(self._icon, theme.u(20 * share), now.colour(self._tone), after=theme.u(6 * share))
        if self._text:
            flow.text(
                self._heading, theme.font(7 * share, fonts.SEMIBOLD, spacing=-0.01), now.ink, after=theme.u(4 * share)
            )
            flow.text(self._text, theme.font(4.75 * share), now.ink2)
        else:
            flow.text(self._heading, theme.font(5 * share), now.ink2)
        return flow

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.has_code() and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if self.has_code() and event.key() in keys and not event.isAutoRepeat():
            self.pressed.emit()
        else:
            super().keyPressEvent(event)

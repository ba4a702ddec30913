"""The card field: where the tap stands, by four lamps, an icon, a title and one or two sentences."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QRect, QSize, QVariantAnimation
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.core.text import plain
from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.flow import Flow
from pos_app.ui.widgets.tap_state import TapLook, TapState, tap_look

LAMPS = 4
LAMP_MS = 40
COLOUR_MS = 120
SWEEP_MS = 1000
SWEEP_SHARE = 0.34
UNLIT = 0.15
QUOTE_LIMIT = 80


class TapField(QWidget):
    """Shows one state; its place never changes. Call `tick` once a second while something is waited for."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._state = TapState.NO_READER
        self._look = tap_look(self._state)
        self._before = self._look.tone
        self._text = self._look.text
        self._quote = ""
        self._since_s: float | None = None
        self._shown = ""
        self._change = QVariantAnimation(self, startValue=0.0, endValue=1.0)
        self._change.valueChanged.connect(self.update)
        self._sweep = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=SWEEP_MS)
        self._sweep.setLoopCount(-1)
        self._sweep.setEasingCurve(QEasingCurve.Type.InOutSine)
        self._sweep.valueChanged.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.follow(self.fit)

    def fit(self) -> None:
        self._run_sweep()
        self.updateGeometry()
        self.update()

    @property
    def state(self) -> TapState:
        return self._state

    def show_tap(
        self,
        state: TapState,
        *,
        title: str = "",
        text: str = "",
        quote: str = "",
        since_s: float | None = None,
    ) -> None:
        """Show `state`.

        `title` and `text` replace the state's own words. `quote` is what the card's issuer said, shown as a quotation.
        `since_s` (monotonic seconds) is when the waiting began.
        """
        look = tap_look(state)
        moved = state is not self._state
        self._before = self._look.tone if moved else look.tone
        self._state = state
        self._look = TapLook(look.tone, look.icon, look.lamps, title or look.title, text or look.text, look.waiting)
        said = plain(quote, QUOTE_LIMIT)
        self._quote = self.tr("The issuer says: “{words}”").format(words=said) if said else ""
        self._since_s = since_s
        if moved:
            self._change.stop()
            self._change.setDuration(theme.ms(LAMPS * LAMP_MS if state is TapState.READ else COLOUR_MS))
            self._change.start()
        self._run_sweep()
        self.tick()
        self.update()

    def words(self) -> str:
        """All that it says, as a screen reader reads it."""
        return ". ".join(part for part in (self._look.title, self._quote, self._sentence()) if part)

    def tick(self) -> None:
        """Let the seconds count."""
        words = self.words()
        if words != self._shown:
            self._shown = words
            self.setAccessibleName(words)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.u(130), theme.u(67))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(90), theme.u(36))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run_sweep()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._sweep.stop()

    def _sentence(self) -> str:
        seconds = 0 if self._since_s is None else max(0, int(self._now() - self._since_s))
        return self._look.text.replace("{seconds}", str(seconds))

    def _run_sweep(self) -> None:
        moving = self._look.waiting and self.isVisible() and not theme.still
        if moving and self._sweep.state() != QVariantAnimation.State.Running:
            self._sweep.start()
        elif not moving:
            self._sweep.stop()

    def _progress(self) -> float:
        running = self._change.state() == QVariantAnimation.State.Running
        return float(self._change.currentValue()) if running else 1.0

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        progress = self._progress()
        share = 1.0 if self._state is TapState.READ else progress
        ink = _mixed(theme.now.colour(self._before), theme.now.colour(self._look.tone), share)
        tint = _mixed(_tint(self._before), _tint(self._look.tone), share)
        quiet = self._look.tone == "idle" and not theme.now.high_contrast
        paint.box(
            painter, self.rect(), theme.u(4), tint, theme.now.line if quiet else ink, 1 if quiet else theme.u(0.5)
        )
        self._paint_lamps(painter, ink, progress)
        self._paint_words(painter, ink)
        if self._look.waiting:
            self._paint_bar(painter, ink)

    def _inner(self) -> QRect:
        return self.rect().adjusted(theme.u(5), theme.u(4.5), -theme.u(5), -theme.u(4.5))

    def _paint_lamps(self, painter: QPainter, ink: QColor, progress: float) -> None:
        inner, gap, height = self._inner(), theme.u(2), theme.u(2)
        unlit = QColor(theme.now.ink)
        unlit.setAlphaF(UNLIT)
        lit = self._look.lamps
        if self._state is TapState.READ:
            lit = round(lit * progress)
        width = (inner.width() - (LAMPS - 1) * gap) / LAMPS
        for lamp in range(LAMPS):
            x = round(inner.x() + lamp * (width + gap))
            paint.box(painter, QRect(x, inner.y(), round(width), height), height / 2, ink if lamp < lit else unlit)

    def _paint_words(self, painter: QPainter, ink: QColor) -> None:
        inner = self._inner()
        middle = inner.adjusted(0, theme.u(4), 0, -theme.u(4))
        icon_px = theme.u(19 if theme.metrics.text_scale < 1.25 else 12)
        icon_y = self.rect().center().y() - icon_px / 2
        icons.draw(painter, self._look.icon, inner.x(), icon_y, icon_px, ink)
        left = icon_px + theme.u(6)
        area = middle.adjusted(left, 0, 0, 0)
        Flow.largest(lambda share: self._flow(area.width(), share), area.height()).paint(painter, area)

    def _flow(self, width: int, share: float) -> Flow:
        now = theme.now
        flow = Flow(width)
        flow.text(self._look.title, theme.font(8.5 * share, fonts.SEMIBOLD, spacing=-0.01), now.ink, after=theme.u(1))
        if self._quote:
            flow.text(self._quote, theme.font(4.75 * share, fonts.SEMIBOLD), now.ink)
        flow.text(self._sentence(), theme.font(4.75 * share), now.ink2)
        return flow

    def _paint_bar(self, painter: QPainter, ink: QColor) -> None:
        inner, height = self._inner(), theme.u(2)
        track = QRect(inner.x(), inner.bottom() + 1 - height, inner.width(), height)
        paint.box(painter, track, height / 2, theme.now.surface)
        width = round(track.width() * SWEEP_SHARE)
        place = 0.5 if theme.still else float(self._sweep.currentValue() or 0.0)
        track.moveLeft(track.x() + round((track.width() - width) * place))
        track.setWidth(width)
        paint.box(painter, track, height / 2, ink)


def _tint(tone: str) -> QColor:
    return theme.now.surface if tone == "idle" else theme.now.colour(f"{tone}_tint")


def _mixed(start: QColor, end: QColor, share: float) -> QColor:
    """The colour at `share` of the way."""
    if share >= 1.0:
        return end
    return QColor.fromRgbF(
        start.redF() + (end.redF() - start.redF()) * share,
        start.greenF() + (end.greenF() - start.greenF()) * share,
        start.blueF() + (end.blueF() - start.blueF()) * share,
    )

"""What all widgets ask for colours, sizes and fonts: one object, `theme`, changed in one place.

A widget that has sizes sets them in a method and hands it over once: `theme.follow(self.fit)` calls it now and after
every change of colours, screen, window size or text size.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from pos_app.ui import fonts
from pos_app.ui.metrics import UNKNOWN_PX_PER_MM, Metrics
from pos_app.ui.tokens import CONTRAST_DARK, CONTRAST_LIGHT, DARK, LIGHT, Tokens

STYLE = "fusion"
"""Qt's own, and the only one that looks alike everywhere. Named to the QApplication it need not be made twice."""

_SCROLL_BAR = Template("""
QScrollBar:vertical { background: transparent; width: ${bar}px; margin: 0; }
QScrollBar::handle:vertical { background: $line_strong; border-radius: ${bar_radius}px; min-height: ${bar_min}px; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; width: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


class Mode(StrEnum):
    """The owner's choice of colours."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST_LIGHT = "contrast_light"
    CONTRAST_DARK = "contrast_dark"


_OF_MODE = {
    Mode.LIGHT: LIGHT,
    Mode.DARK: DARK,
    Mode.CONTRAST_LIGHT: CONTRAST_LIGHT,
    Mode.CONTRAST_DARK: CONTRAST_DARK,
}


class Theme(QObject):
    """Colours (`now`), sizes (`u`, `metrics`), fonts (`font`) and whether things may move (`still`)."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.now: Tokens = LIGHT
        self.metrics = Metrics(UNKNOWN_PX_PER_MM, 1024, 600)
        self.still = False
        self._dressed = False

    def follow(self, fit: Callable[[], object]) -> None:
        """Call `fit` now and after each change, for as long as its widget lives."""
        self.changed.connect(fit)
        fit()

    def u(self, size: float) -> int:
        """A size in u as pixels."""
        return self.metrics.u(size)

    def font(
        self, size: float, weight: QFont.Weight = fonts.REGULAR, *, tabular: bool = False, spacing: float = 0.0
    ) -> QFont:
        """Inter of so many u, scaled by the owner's text size. Spacing in em."""
        return fonts.inter(self.metrics.text(size), weight, tabular=tabular, spacing=spacing)

    def pane(self, width_u: float) -> int:
        """The width of a pane of text: it grows with the text, by a quarter at most."""
        return self.u(width_u * min(1.25, self.metrics.text_scale))

    def ms(self, duration_ms: int) -> int:
        """The duration of a movement: none where the owner wants things to stand still."""
        return 0 if self.still else duration_ms

    def set_metrics(self, metrics: Metrics) -> None:
        if metrics != self.metrics:
            self.metrics = metrics
            self._announce()

    def set_mode(self, mode: Mode, *, still: bool = False) -> None:
        """Take the owner's choice of colours, or the system's."""
        tokens = _OF_MODE.get(mode) or _system_tokens()
        if (tokens, still) != (self.now, self.still) or not self._dressed:
            self._dressed = True
            self.now, self.still = tokens, still
            self._announce()

    def _announce(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setPalette(_palette(self.now))
            app.setFont(self.font(4.5))
        self.changed.emit()

    def scroll_bar_style(self) -> str:
        """The style sheet of a list's scroll bar. There is none for the application: it would cost every widget."""
        bar = self.u(1.5)
        return _SCROLL_BAR.substitute(
            bar=bar, bar_radius=bar // 2, bar_min=self.u(8), line_strong=self.now.line_strong.name()
        )


def _system_tokens() -> Tokens:
    """The desktop's wish, for dark and for high contrast."""
    hints = QGuiApplication.styleHints()
    dark = hints.colorScheme() == Qt.ColorScheme.Dark
    if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
        return CONTRAST_DARK if dark else CONTRAST_LIGHT
    return DARK if dark else LIGHT


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    roles: dict[QPalette.ColorRole, QColor] = {
        QPalette.ColorRole.Window: tokens.bg,
        QPalette.ColorRole.WindowText: tokens.ink,
        QPalette.ColorRole.Base: tokens.raised,
        QPalette.ColorRole.Text: tokens.ink,
        QPalette.ColorRole.PlaceholderText: tokens.ink3,
        QPalette.ColorRole.Button: tokens.raised,
        QPalette.ColorRole.ButtonText: tokens.ink,
        QPalette.ColorRole.Highlight: tokens.accent,
        QPalette.ColorRole.HighlightedText: tokens.on_accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, colour)
    return palette


theme = Theme()


def apply(app: QApplication, mode: Mode = Mode.SYSTEM, *, still: bool = False) -> None:
    """Load the fonts and give the application its colours. Call once, before the first widget."""
    if app.style().name() != STYLE:
        app.setStyle(STYLE)
    fonts.load()
    theme.set_mode(mode, still=still)

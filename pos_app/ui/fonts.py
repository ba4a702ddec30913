"""Inter, bundled: three files that join one family. Sizes are set in pixels from u, never in points."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

from pos_app.bundled import resource

FAMILY = "Inter"
REGULAR = QFont.Weight.Normal
MEDIUM = QFont.Weight.Medium
SEMIBOLD = QFont.Weight.DemiBold
BOLD = QFont.Weight.Bold
CAP_HEIGHT = 0.727
_FILES = ("Inter_400Regular.ttf", "Inter_500Medium.ttf", "Inter_600SemiBold.ttf", "Inter_700Bold.ttf")
_loaded = False


def load() -> None:
    """Hand the font files to Qt, once."""
    global _loaded
    if _loaded:
        return
    for name in _FILES:
        if QFontDatabase.addApplicationFont(str(resource("fonts", name))) < 0:
            raise FileNotFoundError(resource("fonts", name))
    _loaded = True


def inter(size_px: int, weight: QFont.Weight = REGULAR, *, tabular: bool = False, spacing: float = 0.0) -> QFont:
    """Inter at that size. `tabular` gives all digits one width; `spacing` is in em."""
    font = QFont(FAMILY)
    font.setPixelSize(size_px)
    font.setWeight(weight)
    if tabular:
        font.setFeature(QFont.Tag("tnum"), 1)
    if spacing:
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, spacing * size_px)
    return font

"""Sizes in u: one unit from the screen's true millimetres, bounded by the page."""

from __future__ import annotations

from dataclasses import dataclass

MM_PER_U = 0.865
PAGE_U = (256, 150)
WIDE_U = 366
LARGE_TEXT = 1.25
LEAST_KEY_MM = 15
MM_PER_INCH = 25.4
UNKNOWN_PX_PER_MM = 4 / MM_PER_U


@dataclass(frozen=True, slots=True)
class Metrics:
    """The device that is drawn on. `px_per_mm`, `width` and `height` are in logical pixels.

    `text_scale` (1.0 to 1.5) multiplies text only.
    """

    px_per_mm: float
    width: int
    height: int
    text_scale: float = 1.0

    @property
    def unit_px(self) -> float:
        """One u in logical pixels."""
        return min(MM_PER_U * self.px_per_mm, self.width / PAGE_U[0], self.height / PAGE_U[1])

    def u(self, size: float) -> int:
        """A size in u as whole pixels; anything above zero is at least one."""
        return max(1, round(size * self.unit_px)) if size > 0 else 0

    def text(self, size: float) -> int:
        """The pixel size of a font of so many u."""
        return max(1, round(size * self.unit_px * self.text_scale))

    @property
    def width_u(self) -> float:
        return self.width / self.unit_px

    @property
    def tight(self) -> bool:
        """Whether the page is so small that the amount must give height to the keys."""
        return 23 * self.unit_px < LEAST_KEY_MM * self.px_per_mm

    @property
    def large_text(self) -> bool:
        """Whether the text is so large that icons and second lines give way to words."""
        return self.text_scale >= LARGE_TEXT

    @property
    def wide(self) -> bool:
        """Whether a third pane is docked beside the page."""
        return self.width_u >= WIDE_U


def px_per_mm(dots_per_inch: float) -> float:
    """The screen's density; a value that no counter's screen has is not believed."""
    return dots_per_inch / MM_PER_INCH if 80 <= dots_per_inch <= 300 else UNKNOWN_PX_PER_MM

"""The colours. Window, keys and text are grey; colour means state and is never alone."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from PySide6.QtGui import QColor


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme, by the names of the design. With `high_contrast` every control wears a border of 2 px in its ink."""

    bg: QColor
    surface: QColor
    raised: QColor
    sunken: QColor
    press: QColor
    line: QColor
    line_strong: QColor
    ink: QColor
    ink2: QColor
    ink3: QColor
    accent: QColor
    accent_press: QColor
    on_accent: QColor
    accent_tint: QColor
    paid: QColor
    paid_tint: QColor
    paid_fill: QColor
    on_paid: QColor
    attn: QColor
    attn_tint: QColor
    attn_fill: QColor
    attn_press: QColor
    on_attn: QColor
    on_attn_press: QColor
    fail: QColor
    fail_tint: QColor
    idle: QColor
    idle_tint: QColor
    practice: QColor
    practice_tint: QColor
    focus: QColor
    chart2: QColor
    scrim: QColor
    dark: bool = False
    high_contrast: bool = False

    def colour(self, name: str) -> QColor:
        """The colour of that name."""
        found = getattr(self, name)
        assert isinstance(found, QColor), name
        return found


def _tokens(table: str, scrim: QColor, *, dark: bool) -> Tokens:
    colours: dict[str, Any] = {
        name: QColor(value) for name, value in (line.split() for line in table.strip().splitlines())
    }
    return Tokens(**colours, scrim=scrim, dark=dark)


def _contrast(base: Tokens, paper: str, ink: str) -> Tokens:
    """Black and white; only state colours stay, and every control gets a border."""
    tints = [field.name for field in fields(Tokens) if field.name.endswith("_tint")]
    papers = ["bg", "surface", "raised", "sunken", *tints]
    inks = ["ink", "ink2", "ink3", "line", "line_strong", "focus", "chart2"]
    colours: dict[str, Any] = dict.fromkeys(papers, QColor(paper)) | dict.fromkeys(inks, QColor(ink))
    return replace(base, **colours, high_contrast=True)


LIGHT = _tokens(
    """
    bg #F1F3F5
    surface #FFFFFF
    raised #FFFFFF
    sunken #E6E9ED
    press #DFE4E9
    line #DBE0E5
    line_strong #76818C
    ink #12161A
    ink2 #48525C
    ink3 #5E6872
    accent #1450B8
    accent_press #0D3A8A
    on_accent #FFFFFF
    accent_tint #E6EEFC
    paid #177335
    paid_tint #E4F4E9
    paid_fill #0E642C
    on_paid #FFFFFF
    attn #8A5A00
    attn_tint #FFF3D9
    attn_fill #FFC14D
    attn_press #E5A634
    on_attn #1C1200
    on_attn_press #4A360C
    fail #B3261E
    fail_tint #FCE9E7
    idle #5A636B
    idle_tint #E9ECEF
    practice #6434A8
    practice_tint #EEE6FA
    focus #12161A
    chart2 #808B97
    """,
    QColor(18, 22, 26, 115),
    dark=False,
)
DARK = _tokens(
    """
    bg #0F1215
    surface #171B1F
    raised #22282E
    sunken #0A0C0E
    press #303840
    line #2C333A
    line_strong #7A858F
    ink #F2F4F6
    ink2 #B9C1C9
    ink3 #98A2AC
    accent #8AB4F8
    accent_press #B8D2FB
    on_accent #0A1930
    accent_tint #16263F
    paid #5BD68A
    paid_tint #11301E
    paid_fill #0E5A29
    on_paid #FFFFFF
    attn #FFC14D
    attn_tint #33270C
    attn_fill #FFC14D
    attn_press #E5A634
    on_attn #1C1200
    on_attn_press #4A360C
    fail #FF8A80
    fail_tint #3B1A18
    idle #B0B5BA
    idle_tint #262C32
    practice #CDB0FF
    practice_tint #2A2140
    focus #F2F4F6
    chart2 #6B7681
    """,
    QColor(0, 0, 0, 153),
    dark=True,
)
CONTRAST_LIGHT = _contrast(LIGHT, "#FFFFFF", "#000000")
CONTRAST_DARK = _contrast(DARK, "#000000", "#FFFFFF")

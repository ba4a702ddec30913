"""What is printed on a strip of paper: lines as data, drawn alike on the screen and in a PDF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pos_app.bundled import resource

if TYPE_CHECKING:
    from fpdf import FPDF


class Kind(StrEnum):
    """How a line looks. Where there is a `right`, it stands at the right edge."""

    NAME = "name"
    """The shop: large, centred."""
    CENTRE = "centre"
    ROW = "row"
    STRONG = "strong"
    """A bold row."""
    TOTAL = "total"
    """A large, bold row."""
    SHOUT = "shout"
    """PENDING: the largest word, centred."""
    WORD = "word"
    """Under it: bold, centred."""
    NOTE = "note"
    """A sentence that is broken over lines."""
    RULE = "rule"
    """A dashed line."""
    HATCH = "hatch"
    """A hatched bar: what is between two of them is not paid."""
    FRAME = "frame"
    """A framed word with a sentence under it: `left` and `right`."""


@dataclass(frozen=True, slots=True)
class Line:
    kind: Kind
    left: str = ""
    right: str = ""


RULE = Line(Kind.RULE)
HATCH = Line(Kind.HATCH)

SIZES_MM = {
    Kind.NAME: 4.4,
    Kind.CENTRE: 2.6,
    Kind.ROW: 2.6,
    Kind.STRONG: 2.6,
    Kind.TOTAL: 3.4,
    Kind.SHOUT: 6.2,
    Kind.WORD: 3.4,
    Kind.NOTE: 2.6,
    Kind.FRAME: 4.4,
}
"""The size of the type of each kind, in millimetres of the em."""
BOLD = frozenset({Kind.NAME, Kind.STRONG, Kind.TOTAL, Kind.SHOUT, Kind.WORD, Kind.FRAME})
LEADING = 1.4
MARGIN_MM = 3.0
RULE_MM = 4.0
HATCH_MM = 3.6
_LONGEST_MM = 3000.0
_MM_PER_POINT = 25.4 / 72
_FAMILY = "Inter"


def pdf(lines: Sequence[Line], width_mm: float, title: str) -> bytes:
    """The strip as a PDF of one page, as long as its lines need, with the font embedded."""
    with _sheet(width_mm, _LONGEST_MM) as sheet:
        height_mm = _draw(sheet, lines) + MARGIN_MM
    with _sheet(width_mm, height_mm) as sheet:
        sheet.set_title(title)
        _draw(sheet, lines)
        return bytes(sheet.output())


@contextmanager
def _sheet(width_mm: float, height_mm: float) -> Iterator[FPDF]:
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

    sheet = FPDF(unit="mm", format=(width_mm, height_mm))
    sheet.add_font(_FAMILY, "", resource("fonts", "Inter_400Regular.ttf"))
    sheet.add_font(_FAMILY, "B", resource("fonts", "Inter_700Bold.ttf"))
    sheet.set_auto_page_break(False)
    sheet.set_margins(MARGIN_MM, MARGIN_MM)
    sheet.c_margin = 0
    sheet.add_page()
    try:
        yield sheet
    finally:
        for font in sheet.fonts.values():  # fpdf2 leaves their files open
            if isinstance(font, TTFFont):
                font.ttfont.close()


def _draw(sheet: FPDF, lines: Sequence[Line]) -> float:
    """Draw the lines one under the other; where the last one ends, in mm."""
    for line in lines:
        match line.kind:
            case Kind.RULE:
                _rule(sheet)
            case Kind.HATCH:
                _hatch(sheet)
            case Kind.FRAME:
                _frame(sheet, line)
            case Kind.NOTE:
                _font(sheet, line.kind)
                sheet.multi_cell(0, SIZES_MM[line.kind] * LEADING, line.left, align="L", new_x="LMARGIN", new_y="NEXT")
            case Kind.NAME | Kind.CENTRE | Kind.SHOUT | Kind.WORD:
                _font(sheet, line.kind)
                sheet.multi_cell(0, SIZES_MM[line.kind] * LEADING, line.left, align="C", new_x="LMARGIN", new_y="NEXT")
            case _:
                _row(sheet, line)
    return float(sheet.get_y())


def _row(sheet: FPDF, line: Line) -> None:
    """The right side on one line; a left side that is too long for the rest is broken."""
    _font(sheet, line.kind)
    height = SIZES_MM[line.kind] * LEADING
    top = sheet.get_y()
    right = sheet.get_string_width(line.right)
    sheet.set_x(sheet.w - sheet.r_margin - right)
    sheet.cell(right, height, line.right)
    sheet.set_xy(sheet.l_margin, top)
    sheet.multi_cell(sheet.epw - right - 1.0, height, line.left, align="L", new_x="LMARGIN", new_y="NEXT")
    sheet.set_y(max(sheet.get_y(), top + height))


def _rule(sheet: FPDF) -> None:
    y = sheet.get_y() + RULE_MM / 2
    sheet.set_line_width(0.25)
    sheet.set_dash_pattern(dash=1.2, gap=0.8)
    sheet.line(sheet.l_margin, y, sheet.w - sheet.r_margin, y)
    sheet.set_dash_pattern()
    sheet.set_y(sheet.get_y() + RULE_MM)


def _hatch(sheet: FPDF) -> None:
    top, height, left, right = sheet.get_y() + 0.5, HATCH_MM - 1.0, sheet.l_margin, sheet.w - sheet.r_margin
    sheet.set_fill_color(0)
    with sheet.rect_clip(left, top, right - left, height):
        x = left - height
        while x < right:
            corners = [(x, top + height), (x + height, top), (x + height + 2.2, top), (x + 2.2, top + height)]
            sheet.polygon(corners, style="F")
            x += 4.4
    sheet.set_y(sheet.get_y() + HATCH_MM + 0.8)


def _frame(sheet: FPDF, line: Line) -> None:
    top = sheet.get_y() + 1.0
    sheet.set_y(top + 1.2)
    _font(sheet, Kind.FRAME)
    sheet.cell(0, SIZES_MM[Kind.FRAME] * LEADING, line.left, align="C", new_x="LMARGIN", new_y="NEXT")
    _font(sheet, Kind.STRONG)
    sheet.cell(0, SIZES_MM[Kind.STRONG] * LEADING, line.right, align="C", new_x="LMARGIN", new_y="NEXT")
    sheet.set_line_width(0.5)
    sheet.rect(sheet.l_margin, top, sheet.epw, sheet.get_y() + 1.2 - top)
    sheet.set_y(sheet.get_y() + 2.6)


def _font(sheet: FPDF, kind: Kind) -> None:
    sheet.set_font(_FAMILY, "B" if kind in BOLD else "", SIZES_MM[kind] / _MM_PER_POINT)

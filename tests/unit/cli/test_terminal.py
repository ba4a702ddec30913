from __future__ import annotations

import re

import zxingcpp
from PIL import Image

from pos_app.cli.terminal import terminal_code

INVOICE = "lnbcrt210n1p4syl56dq2vd" + "q5h7" * 60
MODULE_PX = 4


def picture(text: str) -> Image.Image:
    """What a terminal draws: two square modules a character."""
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in text.splitlines()]
    assert len({len(line) for line in lines}) == 1
    image = Image.new("L", (len(lines[0]), 2 * len(lines)), 255)
    for y, line in enumerate(lines):
        for x, half in enumerate(line):
            if half in "▀█":
                image.putpixel((x, 2 * y), 0)
            if half in "▄█":
                image.putpixel((x, 2 * y + 1), 0)
    return image.resize((image.width * MODULE_PX, image.height * MODULE_PX), Image.Resampling.NEAREST)


def test_the_code_of_the_terminal_reads_back_as_the_invoice() -> None:
    found = zxingcpp.read_barcodes(picture(terminal_code(INVOICE)))
    assert [each.text for each in found] == [INVOICE.upper()]


def test_the_code_is_black_on_white_whatever_the_terminals_colours() -> None:
    for line in terminal_code(INVOICE).splitlines():
        assert line.startswith("\x1b[30;107m")
        assert line.endswith("\x1b[0m")

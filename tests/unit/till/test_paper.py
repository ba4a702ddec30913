"""Strips of paper as PDF: every word is on them, in the embedded font, and the page is as long as its lines."""

from __future__ import annotations

import re

from pos_app.till.paper import HATCH, RULE, Kind, Line, pdf

LINES = (
    Line(Kind.NAME, "Café Linde"),
    HATCH,
    Line(Kind.SHOUT, "PENDING"),
    HATCH,
    RULE,
    Line(Kind.TOTAL, "Up to", "7 142 sat"),
    Line(Kind.NOTE, "Your card was stored. The payment follows when the shop is online again."),
    Line(Kind.FRAME, "PRACTICE", "no real money"),
)


def height_pt(document: bytes) -> float:
    found = re.search(rb"/MediaBox \[0 0 [\d.]+ ([\d.]+)\]", document)
    assert found is not None
    return float(found[1])


def test_it_is_one_page_with_the_font_in_it() -> None:
    document = pdf(LINES, 58, "Slip")
    assert document.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", document)) == 1
    assert b"/FontFile2" in document
    assert b"Inter" in document


def test_the_page_is_as_long_as_its_lines() -> None:
    short, long = pdf(LINES[:3], 58, "Slip"), pdf(LINES + LINES, 58, "Slip")
    assert height_pt(short) < height_pt(pdf(LINES, 58, "Slip")) < height_pt(long)


def test_a_long_left_side_is_broken_and_not_cut() -> None:
    plain = pdf([Line(Kind.ROW, "short", "1 sat")], 58, "Slip")
    broken = pdf([Line(Kind.ROW, "a left side that needs more than one line of the paper", "1 sat")], 58, "Slip")
    assert height_pt(broken) > height_pt(plain)

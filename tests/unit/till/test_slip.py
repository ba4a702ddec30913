"""The PENDING slip, and its PDF read back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pos_app.core.money import Sat
from pos_app.till.paper import Kind
from pos_app.till.slip import WIDTH_MM, slip_lines, slip_pdf
from pos_app.till.states import SaleState
from tests.conftest import LogWatch
from tests.support.pdf import pdf_size_mm, pdf_text
from tests.support.sales import sale_view


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


SALE = sale_view(SaleState.OWED, number=152, amount=Sat(7_142), made_at_s=1_795_345_560.0, note="Table 4")


def test_its_lines() -> None:
    lines = slip_lines(SALE, "Café Linde")
    words = [(line.left, line.right) for line in lines if line.left]
    assert words == [
        ("Café Linde", ""),
        ("PENDING", ""),
        ("not paid yet", ""),
        ("Sale 152", "22 Nov 2026 12:06"),
        ("Reference", SALE.reference),
        ("Table 4", ""),
        ("Up to", str(Sat(7_142))),
        ("Your card was stored. The payment follows when the shop is online again. You will not be charged twice.", ""),
    ]


def test_practice_wears_its_frame() -> None:
    framed = [line for line in slip_lines(sale_view(SaleState.OWED, practice=True), "") if line.kind is Kind.FRAME]
    assert [line.left for line in framed] == ["PRACTICE"]
    assert not any(line.kind is Kind.FRAME for line in slip_lines(SALE, ""))


def test_its_pdf_says_the_same() -> None:
    data = slip_pdf(SALE, "Café Linde")
    read = pdf_text(data).splitlines()
    for line in slip_lines(SALE, "Café Linde"):
        for words in (line.left, line.right):
            assert words in (" ".join(read) if line.kind is Kind.NOTE else [*read, ""])
    width_mm, height_mm = pdf_size_mm(data)
    assert width_mm == pytest.approx(WIDTH_MM, abs=0.1)
    assert 60 < height_mm < 120
    assert data.count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("shop", ["", "Кафе \u202eevil", "A" * 200])
def test_any_name_of_a_shop(shop: str) -> None:
    assert "PENDING" in pdf_text(slip_pdf(SALE, shop))


def test_a_script_that_the_font_lacks_is_logged(expect_log: LogWatch) -> None:
    expect_log.expect("fpdf", "missing the following glyphs")
    assert "PENDING" in pdf_text(slip_pdf(SALE, "日本"))


def test_it_never_says_paid() -> None:
    texts = pdf_text(slip_pdf(SALE, "Café Linde")).lower()
    assert texts.count("paid") == texts.count("not paid") == 1

"""The page of a stored sale: amber and hatched in every theme, nothing cut on the smallest window."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import SaleView
from pos_app.ui.metrics import Metrics
from pos_app.ui.pages.stored import HATCH_U, StoredPage
from pos_app.ui.theme import Mode, theme
from tests.gui.stage import SMALL, WIDE, Time, click, pixels, press, set_device, show
from tests.support.sales import sale_view
from tests.support.window import a_store

STORED = sale_view(SaleState.OWED, note="Table 4")
USED = a_store(count=3, sum=Sat(41_200))


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK, Mode.CONTRAST_DARK])
@pytest.mark.parametrize("metrics", [SMALL, WIDE])
def test_the_window_is_amber_with_a_hatch_on_its_upper_edge(qtbot: QtBot, metrics: Metrics, mode: Mode) -> None:
    set_device(metrics, mode)
    page = StoredPage(now=Time())
    page.show_sale(STORED, USED)
    show(qtbot, page, (metrics.width, metrics.height))
    image = pixels(page)
    points = [(x, y) for x in range(4, image.width(), 16) for y in range(4, image.height(), 16)]
    amber = theme.now.attn_fill.name()
    assert sum(image.pixelColor(x, y).name() == amber for x, y in points) / len(points) > 0.6
    middle = [image.pixelColor(x, theme.u(HATCH_U) // 2).name() for x in range(image.width())]
    for colour in (amber, theme.now.on_attn.name()):
        assert 0.35 < middle.count(colour) / len(middle) < 0.6
    below = [image.pixelColor(x, theme.u(HATCH_U) + 2).name() for x in range(image.width())]
    assert set(below) == {amber}


def test_the_fill_comes_up_and_stands_still_where_that_is_wanted(qtbot: QtBot) -> None:
    set_device(still=False)
    page = StoredPage(now=Time())
    page.show_sale(STORED, USED)
    show(qtbot, page, (SMALL.width, SMALL.height))
    assert page._fill.duration() > 0
    set_device(still=True)
    page.show_sale(replace(STORED, sale_id="sale-148"), USED)
    assert page._fill.duration() == 0


@pytest.mark.parametrize("text_scale", [1.0, 1.25, 1.5])
@pytest.mark.parametrize("sale", [STORED, replace(STORED, note="", total=Sat(1_001_500))])
@pytest.mark.parametrize("store", [USED, None])
def test_it_fits_the_smallest_window_below_the_banner(
    qtbot: QtBot, sale: SaleView, store: object, text_scale: float
) -> None:
    set_device(text_scale=text_scale)
    page = StoredPage(now=Time())
    page.show_sale(sale, USED if store is not None else None)
    width, height = SMALL.width, SMALL.height - SMALL.u(12)
    show(qtbot, page, (width, height))
    assert page.minimumSizeHint().height() <= height and page.minimumSizeHint().width() <= width
    lines = [page._icon, page.word, page.amount, page.facts, page.customer]
    lines += [page.meter] if store is not None else []
    top = page.rect().top() + SMALL.u(HATCH_U)
    for line in lines:
        assert line.geometry().top() >= top, line
        if line is not page._icon:
            needed = line.heightForWidth(line.width()) if line.hasHeightForWidth() else line.sizeHint().height()
            assert line.height() >= needed, line
        top = line.geometry().bottom()
    assert page._icon.height() >= SMALL.u(10)
    assert top < page.new_sale.geometry().top()
    assert page.rect().contains(page.slip.geometry()) and page.rect().contains(page.new_sale.geometry())


def test_new_sale_comes_before_the_slip(qtbot: QtBot) -> None:
    set_device()
    page = StoredPage(now=Time())
    page.show_sale(STORED, USED)
    show(qtbot, page, (SMALL.width, SMALL.height))
    slips: list[object] = []
    asked: list[bool] = []
    page.slip_pressed.connect(slips.append)
    page.new_sale_pressed.connect(lambda: asked.append(True))
    click(page.slip)
    assert slips == [STORED] and asked == []
    press(page, Qt.Key.Key_Escape)
    click(page.new_sale)
    assert asked == [True, True]
    assert page.new_sale.nextInFocusChain() is page.slip
    assert page.slip.width() * 1.8 < page.new_sale.width()


def test_another_owner_limit_fills_the_meter(qtbot: QtBot) -> None:
    """The bar shows the limit that comes first: here the count, not the sum."""
    set_device()
    page = StoredPage(now=Time())
    page.show_sale(STORED, a_store(count=19, sum=Sat(1_000)))
    show(qtbot, page, (SMALL.width, SMALL.height))
    assert page.meter.accessibleName() == "1\u202f000 of 100\u202f000 sat, 19 of 20 sales"
    bar = pixels(page.meter)
    dark = [bar.pixelColor(x, bar.height() - 4).name() == theme.now.on_attn.name() for x in range(bar.width())]
    assert 0.9 < dark.count(True) / len(dark) < 0.97

"""The painted charts: bars from zero, crisp at any scale, read with fingers and keys, saved as files."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QAbstractAnimation, QEvent, QPoint, QPointF, QRect, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos_app.till.history_views import Unit
from pos_app.ui.charts.bars import BarChart
from pos_app.ui.charts.card import ChartCard
from pos_app.ui.charts.chart import GROW_MS, Chart
from pos_app.ui.charts.heat import HeatMap, shade_colour
from pos_app.ui.charts.mix import MixBar
from pos_app.ui.charts.save import as_png
from pos_app.ui.day.figures import bars_of
from pos_app.ui.day.measure import Measure
from pos_app.ui.day.shares import heat_of, mix_of
from pos_app.ui.theme import Mode, theme
from tests.gui.stage import SMALL, WIDE, click, press, set_device, show
from tests.support.days import NOW_S, SETTINGS, a_period, empty, one_sale

SAT = Measure()
SIZE = (512, 300)
FIGURE = bars_of(a_period(), SAT, SETTINGS, NOW_S)
HEAT = heat_of(a_period(), SETTINGS, NOW_S)
MIX = mix_of(a_period(), SAT, SETTINGS, NOW_S)


def paint(chart: Chart, ratio: float, progress: float = 1.0) -> QImage:
    """The chart as a device with that many pixels a pixel shows it."""
    image = QImage(round(SIZE[0] * ratio), round(SIZE[1] * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(theme.now.surface)
    painter = QPainter(image)
    chart.draw(painter, QRect(0, 0, *SIZE), ratio, progress, None)
    painter.end()
    return image


def column(image: QImage, x: float, colour: QColor) -> list[int]:
    """The device rows in which that colour stands above this place."""
    ratio = image.devicePixelRatio()
    at = int(x * ratio)
    return [y for y in range(image.height()) if image.pixelColor(at, y) == colour]


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK, Mode.CONTRAST_DARK])
def test_bars_start_at_zero_and_are_as_high_as_their_figures(qtbot: QtBot, ratio: float, mode: Mode) -> None:
    set_device(mode=mode)
    chart = BarChart()
    qtbot.addWidget(chart)
    alone = bars_of(a_period(bars_before=()), SAT, SETTINGS, NOW_S)
    chart.show_figure(alone)
    image, area = paint(chart, ratio), QRect(0, 0, *SIZE)
    feet, heights = set(), {}
    for at, bar in enumerate(alone.bars):
        rect = chart.bar_rect(at, area, ratio)
        rows = column(image, rect.center().x(), theme.now.accent)
        if bar.value:
            feet.add(rows[-1])
            heights[bar.value] = len(rows)
            assert rows == list(range(rows[0], rows[-1] + 1))
        else:
            assert not rows
    assert len(feet) == 1, "all stand on one line"
    per_sat = max(heights.values()) / max(heights)
    for value, high in heights.items():
        assert abs(high - value * per_sat) <= 2, value


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 1.75, 2.0, 3.0])
def test_bars_have_sharp_sides_at_any_scale(qtbot: QtBot, ratio: float) -> None:
    set_device()
    chart = BarChart()
    qtbot.addWidget(chart)
    chart.show_figure(bars_of(a_period(bars_before=()), SAT, SETTINGS, NOW_S))
    image, rect = paint(chart, ratio), chart.bar_rect(8, QRect(0, 0, *SIZE), ratio)
    y = int((rect.bottom() - rect.height() / 3) * ratio)
    left, right = round(rect.left() * ratio), round(rect.right() * ratio)
    across = [image.pixelColor(x, y) == theme.now.accent for x in range(left - 1, right + 1)]
    assert across == [False, *[True] * (right - left), False]


def test_last_weeks_line_lies_over_the_bars_with_a_casing(qtbot: QtBot) -> None:
    set_device()
    chart = BarChart()
    qtbot.addWidget(chart)
    chart.show_figure(FIGURE)
    image, area = paint(chart, 2.0), QRect(0, 0, *SIZE)
    rect = chart.bar_rect(6, area, 2.0)
    rows = [image.pixelColor(int((rect.left() + 2) * 2), y) for y in range(image.height())]
    line = [y for y, colour in enumerate(rows) if colour == theme.now.chart2]
    assert line, "it crosses the bar from 10:00"
    casing = [y for y, colour in enumerate(rows) if colour == theme.now.surface and abs(y - line[0]) <= 12]
    assert casing
    without = bars_of(a_period(bars_before=()), SAT, SETTINGS, NOW_S)
    chart.show_figure(without)
    assert paint(chart, 2.0) != image


def test_what_has_not_come_is_shaded(qtbot: QtBot) -> None:
    set_device()
    chart = BarChart()
    qtbot.addWidget(chart)
    chart.show_figure(FIGURE)
    image = paint(chart, 1.0)
    empty_hour, future = (chart.place(at, QRect(0, 0, *SIZE), 1.0).center().x() for at in (0, 20))
    assert image.pixelColor(empty_hour, 40) == theme.now.surface
    assert image.pixelColor(future, 40) != theme.now.surface


def test_the_bars_grow_from_the_old_figures_within_the_time(qtbot: QtBot) -> None:
    set_device(still=False)
    chart = BarChart()
    show(qtbot, chart, SIZE)
    chart.show_figure(FIGURE)
    growth = chart.findChild(QVariantAnimation)
    assert growth is not None and growth.duration() == GROW_MS <= 300
    growth.setCurrentTime(GROW_MS)
    growth.stop()
    more = bars_of(a_period(sales=lambda moment: 8), SAT, SETTINGS, NOW_S)
    old = chart.bar_rect(8, chart.rect(), 1.0, 1.0).height()
    chart.show_figure(more)
    assert chart.bar_rect(8, chart.rect(), 1.0, 0.0).height() == pytest.approx(old, abs=1)
    growth.stop()


def test_nothing_moves_for_somebody_who_wants_it_so_or_for_the_same_figures(qtbot: QtBot) -> None:
    set_device(still=True)
    chart = BarChart()
    show(qtbot, chart, SIZE)
    chart.show_figure(FIGURE)
    growth = chart.findChild(QVariantAnimation)
    assert growth is not None and growth.state() == QAbstractAnimation.State.Stopped
    assert chart.progress == 1.0
    set_device(still=False)
    chart.show_figure(bars_of(a_period(), SAT, SETTINGS, NOW_S))
    assert growth.state() == QAbstractAnimation.State.Stopped


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("metrics", [SMALL, WIDE])
def test_every_period_can_be_painted_in_little_room(qtbot: QtBot, unit: Unit, metrics: object) -> None:
    set_device(metrics if metrics is WIDE else SMALL, text_scale=1.5)
    chart = BarChart()
    show(qtbot, chart, (300, 120))
    chart.show_figure(bars_of(a_period(unit), SAT, SETTINGS, NOW_S))
    assert not chart.grab().isNull()


class Deck:
    """One chart in its card on a page."""

    def __init__(self, qtbot: QtBot, chart: Chart, tmp_path: Path) -> None:
        set_device()
        self.page = QWidget()
        self.card = ChartCard(chart, self.page)
        self.card.setParent(self.page)
        self.card.folder = lambda: tmp_path / "out"
        self.chart = chart
        self.chosen: list[int] = []
        chart.chosen.connect(self.chosen.append)
        show(qtbot, self.page, (700, 500))
        self.card.setGeometry(20, 60, 600, 380)
        self.card.show()
        QApplication.processEvents()

    def middle(self, at: int) -> QPoint:
        return self.chart.place(at, self.chart.rect(), 1.0).center()

    def touch(self, *marks: int) -> None:
        """A finger that goes down on the first and up on the last."""
        button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mousePress(self.chart, button, pos=self.middle(marks[0]))
        for at in marks[1:]:
            place = QPointF(self.middle(at))
            moved = QMouseEvent(
                QEvent.Type.MouseMove, place, self.chart.mapToGlobal(place), Qt.MouseButton.NoButton, button, none
            )
            QApplication.sendEvent(self.chart, moved)
        QTest.mouseRelease(self.chart, button, pos=self.middle(marks[-1]))


@pytest.fixture
def bars(qtbot: QtBot, tmp_path: Path) -> Deck:
    chart = BarChart()
    deck = Deck(qtbot, chart, tmp_path)
    chart.show_figure(FIGURE)
    deck.card.show_figure(FIGURE)
    return deck


def read_out(deck: Deck) -> str:
    """The words that float over the page."""
    from pos_app.ui.charts.read_out import ReadOut

    told = deck.page.findChild(ReadOut)
    assert told is not None
    return told.accessibleName() if told.isVisible() else ""


def test_a_touch_reads_a_bar_and_opens_its_sales(bars: Deck) -> None:
    bars.touch(8)
    assert bars.chosen == [8]
    assert read_out(bars).startswith("12:00 to 13:00, 109")


def test_a_finger_that_goes_over_bars_only_reads(bars: Deck) -> None:
    bars.touch(6, 7, 8)
    assert bars.chosen == []
    assert read_out(bars).startswith("12:00")


def test_an_hour_without_sales_has_nothing_behind_it(bars: Deck) -> None:
    bars.touch(1)
    assert bars.chosen == [] and read_out(bars).startswith("05:00")


def test_the_arrow_keys_walk_from_the_running_hour(bars: Deck) -> None:
    bars.chart.setFocus()
    press(bars.chart, Qt.Key.Key_Right)
    assert bars.chart.selected == 9
    press(bars.chart, Qt.Key.Key_Left)
    press(bars.chart, Qt.Key.Key_Return)
    assert bars.chosen == [8]
    press(bars.chart, Qt.Key.Key_Home)
    press(bars.chart, Qt.Key.Key_Left)
    assert bars.chart.selected == 0
    press(bars.chart, Qt.Key.Key_Return)
    press(bars.chart, Qt.Key.Key_End)
    assert (bars.chart.selected, bars.chosen) == (23, [8])
    assert "not yet" in read_out(bars)
    press(bars.chart, Qt.Key.Key_Escape)
    assert bars.chart.selected is None and not read_out(bars)


def test_the_read_out_stays_on_the_page_and_beside_its_bar(bars: Deck) -> None:
    from pos_app.ui.charts.read_out import ReadOut

    told = bars.page.findChild(ReadOut)
    assert told is not None
    for at in range(24):
        bars.chart.select(at)
        corner = bars.chart.mapTo(bars.page, bars.chart.place(at, bars.chart.rect(), 1.0).topLeft())
        assert bars.page.rect().contains(told.geometry())
        assert told.geometry().bottom() < corner.y()
    bars.chart.hide()
    assert not told.isVisible()


def test_the_heat_map_is_walked_in_two_directions(qtbot: QtBot, tmp_path: Path) -> None:
    chart = HeatMap()
    deck = Deck(qtbot, chart, tmp_path)
    chart.show_figure(HEAT)
    chart.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down):
        press(chart, key)
    assert chart.selected == len(HEAT.columns) + 1
    assert read_out(deck) == ", ".join(HEAT.words[1][1])
    deck.touch(5)
    assert deck.chosen == []


def test_each_cell_has_the_shade_of_its_quarter(qtbot: QtBot) -> None:
    set_device()
    chart = HeatMap()
    qtbot.addWidget(chart)
    figure = heat_of(a_period(sales=one_sale), SETTINGS, NOW_S)
    chart.show_figure(figure)
    image = paint(chart, 1.0)
    for at, value in enumerate(value for row in figure.values for value in row):
        middle = chart.place(at, QRect(0, 0, *SIZE), 1.0).center()
        assert image.pixelColor(middle) == shade_colour(4 if value else 0)


def test_in_high_contrast_cells_carry_their_figures(qtbot: QtBot) -> None:
    set_device(mode=Mode.CONTRAST_LIGHT)
    chart = HeatMap()
    qtbot.addWidget(chart)
    chart.show_figure(heat_of(a_period(sales=empty), SETTINGS, NOW_S))
    image, cell = paint(chart, 1.0), chart.place(0, QRect(0, 0, *SIZE), 1.0).adjusted(3, 3, -5, -5)
    colours = {
        image.pixelColor(x, y).name() for x in range(cell.x(), cell.right()) for y in range(cell.y(), cell.bottom())
    }
    assert len(colours) > 1


def test_a_tender_is_read_and_opened_from_the_bar_and_from_its_name(qtbot: QtBot, tmp_path: Path) -> None:
    chart = MixBar()
    deck = Deck(qtbot, chart, tmp_path)
    chart.show_figure(MIX)
    deck.touch(1)
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    deck.touch(4)
    assert deck.chosen == [1, 0], "another till's payments have no tender to look for"
    assert read_out(deck).startswith("Other till")


def test_parts_of_a_bar_are_as_wide_as_their_shares(qtbot: QtBot) -> None:
    set_device()
    chart = MixBar()
    qtbot.addWidget(chart)
    chart.show_figure(MIX)
    image = paint(chart, 1.0)
    wide = sum(image.pixelColor(x, 10) == theme.now.accent for x in range(SIZE[0]))
    assert wide / SIZE[0] == pytest.approx(33 / 64, abs=0.02)


def test_behind_each_chart_is_a_table_for_the_keyboard(bars: Deck) -> None:
    press(bars.card.table_button, Qt.Key.Key_Return)
    assert bars.card.shows_table() and bars.card.table.isVisible()
    model = bars.card.table.model()
    assert model.rowCount() == 24
    header = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(4)]
    assert header == ["Hour", "Sales, sat", "Count", "Last Sunday, sat"]
    assert [model.data(model.index(8, at)) for at in range(4)] == [
        "12:00 to 13:00",
        "109\u202f200",
        "13",
        "117\u202f600",
    ]
    bars.card.table.setFocus()
    press(bars.card.table, Qt.Key.Key_Down)
    assert bars.card.table.currentIndex().row() >= 0
    marked = bars.card.table.grab().toImage()
    bars.card.setFocus()
    assert bars.card.table.grab().toImage() == marked, "the cell with the focus looks as its row"
    press(bars.card.table, Qt.Key.Key_Escape)
    assert not bars.card.shows_table()


def test_names_tell_the_figures(bars: Deck) -> None:
    assert bars.chart.accessibleName() == "Sales by hour, sat"
    assert bars.chart.accessibleDescription() == FIGURE.sentence
    assert bars.card.table.accessibleDescription() == FIGURE.sentence


def test_saved_files_are_named_after_the_period_and_say_where_they_are(bars: Deck, tmp_path: Path) -> None:
    click(bars.card.save_button)
    assert bars.card.save_choice.is_open()
    assert bars.card.said() == f"Into {tmp_path / 'out'}"
    for kind in ("png", "svg", "csv", "csv"):
        click(bars.card.save_buttons[kind])
    folder = tmp_path / "out"
    assert sorted(file.name for file in folder.iterdir()) == [
        "sales-by-hour-2026-11-22 (2).csv",
        "sales-by-hour-2026-11-22.csv",
        "sales-by-hour-2026-11-22.png",
        "sales-by-hour-2026-11-22.svg",
    ]
    assert bars.card.said() == f"Saved: {folder / 'sales-by-hour-2026-11-22 (2).csv'}"


def test_a_saved_table_reads_as_numbers(bars: Deck, tmp_path: Path) -> None:
    bars.card.save("csv")
    data = (tmp_path / "out" / "sales-by-hour-2026-11-22.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows[0] == ["Hour", "Sales, sat", "Count", "Last Sunday, sat"]
    assert rows[9] == ["12:00 to 13:00", "109200", "13", "117600"]
    assert rows[11][1:3] == ["", ""], "what has not come is not zero"


def test_saved_pictures_have_title_period_and_owner(bars: Deck, tmp_path: Path) -> None:
    bars.card.owner = "Practice, not real money"
    bars.card.save("svg")
    bars.card.save("png")
    root = ElementTree.parse(tmp_path / "out" / "sales-by-hour-2026-11-22.svg").getroot()
    texts = "|".join("".join(node.itertext()) for node in root.iter() if node.tag.endswith("text"))
    for words in ("Sales by hour, sat", "Sunday 22 November · Practice, not real money", "last Sunday", "today"):
        assert words in texts
    image = QImage(str(tmp_path / "out" / "sales-by-hour-2026-11-22.png"))
    assert (image.width(), image.height()) == (2 * theme.u(200), 2 * theme.u(112))
    assert as_png(bars.chart, FIGURE, "") != as_png(bars.chart, FIGURE, "Café Linde")


def test_a_file_that_cannot_be_written_is_explained_in_place(bars: Deck, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    bars.card.save("png")
    assert bars.card.said() == f"Not saved in {tmp_path / 'out'}: File exists."
    bars.card.wait("Sales by hour")
    assert not bars.card.save_button.isEnabled(), "there is nothing to save yet"
    bars.card.save("csv")

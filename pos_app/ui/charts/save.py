"""A chart as a file: PNG and SVG with its title, CSV with its figures."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from pos_app.ui import fonts
from pos_app.ui.charts.chart import Chart
from pos_app.ui.charts.legend import paint_legend, wordings
from pos_app.ui.charts.model import BarsFigure, Figure, Table
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

SIZE_U = (200, 112)
PNG_RATIO = 2.0
KINDS = ("png", "svg", "csv")


def picture_size() -> QSize:
    """A saved chart in logical pixels, whatever the window's size."""
    return QSize(theme.u(SIZE_U[0]), theme.u(SIZE_U[1]))


def draw_picture(painter: QPainter, chart: Chart, figure: Figure, ratio: float, owner: str) -> None:
    """The chart as it is saved: on its own paper, with its title and period."""
    size, now, pad = picture_size(), theme.now, theme.u(5)
    painter.fillRect(QRect(0, 0, size.width(), size.height()), now.surface)
    heading, small = theme.font(5.5, fonts.SEMIBOLD), theme.font(4.5)
    head = QRect(pad, pad, size.width() - 2 * pad, theme.metrics.text(7))
    painter.setFont(small)
    painter.setPen(now.ink2)
    period = f"{figure.period} · {owner}" if owner else figure.period
    wide = paint.width_of(period, small)
    painter.drawText(head.right() + 1 - wide, paint.baseline(head, heading), period)
    painter.setFont(heading)
    painter.setPen(now.ink)
    title = paint.elided(figure.title, heading, head.width() - wide - pad)
    painter.drawText(head.x(), paint.baseline(head, heading), title)
    top = head.bottom() + 1 + theme.u(3)
    if isinstance(figure, BarsFigure):
        row = QRect(pad, top, head.width(), theme.metrics.text(6))
        paint_legend(painter, row, wordings(figure)[0])
        top = row.bottom() + 1 + theme.u(2)
    chart.draw(painter, QRect(pad, top, head.width(), size.height() - top - pad), ratio, 1.0, None)


def as_png(chart: Chart, figure: Figure, owner: str) -> bytes:
    """At two device pixels for each pixel."""
    image = QImage(picture_size() * PNG_RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(PNG_RATIO)
    painter = QPainter(image)
    draw_picture(painter, chart, figure, PNG_RATIO, owner)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def as_svg(chart: Chart, figure: Figure, owner: str) -> bytes:
    """Shapes and texts, to be scaled at will."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(picture_size())
    generator.setViewBox(QRectF(0, 0, picture_size().width(), picture_size().height()))
    generator.setTitle(figure.title)
    generator.setDescription(figure.sentence)
    painter = QPainter(generator)
    draw_picture(painter, chart, figure, 1.0, owner)
    painter.end()
    return bytes(data.data())


def as_csv(table: Table) -> bytes:
    """Plain numbers under the table's words. With a mark of its encoding, so that spreadsheets read it rightly."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows([cell.raw or cell.words for cell in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig")


def save(kind: str, chart: Chart, figure: Figure, folder: Path, *, owner: str = "") -> Path:
    """Write a new file of that kind into the folder and say which; none that is there is touched. Raises OSError."""
    match kind:
        case "png":
            data = as_png(chart, figure, owner)
        case "svg":
            data = as_svg(chart, figure, owner)
        case _:
            data = as_csv(figure.table)
    folder.mkdir(parents=True, exist_ok=True)
    return write_new(folder, figure.file_name, kind, data)


def write_new(folder: Path, name: str, ending: str, data: bytes) -> Path:
    """Write `name.ending`, or `name (2).ending` where that exists. Half a file is not left behind. Raises OSError."""
    number = 1
    while True:
        path = folder / (f"{name}.{ending}" if number == 1 else f"{name} ({number}).{ending}")
        try:
            with path.open("xb") as file:
                try:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    path.unlink(missing_ok=True)
                    raise
            return path
        except FileExistsError:
            number += 1

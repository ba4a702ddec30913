"""The card around a chart: title, what the colours mean, the table behind it, and saving it as a file."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.ui import fonts
from pos_app.ui.charts.chart import Chart
from pos_app.ui.charts.legend import Legend
from pos_app.ui.charts.model import Figure, Table
from pos_app.ui.charts.table import TableView
from pos_app.ui.history.export import documents
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button, IconButton
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.panel import Card
from pos_app.ui.widgets.popover import Popover


class ChartCard(Card):
    """One chart with all that belongs to it. `over` is the page that the choice of files lies on."""

    def __init__(self, chart: Chart, over: QWidget, legend: Legend | None = None) -> None:
        super().__init__()
        self.chart = chart
        chart.lie_under(over)
        self._figure: Figure | None = None
        self.owner = ""
        """Whose figures they are, for saved pictures."""
        self.folder = documents
        self.title = ElidedLabel("", 5.5, weight=fonts.SEMIBOLD)
        self.legend = legend
        self.table_button = IconButton("table", self.tr("Table"))
        self.table_button.setCheckable(True)
        self.table_button.toggled.connect(self._show_table)
        self.save_button = IconButton("download", self.tr("Save as a file"))
        self.save_button.clicked.connect(lambda: self._open_save())
        self.table = TableView()
        self._stack = QStackedWidget()
        self._stack.addWidget(chart)
        self._stack.addWidget(self.table)
        self._head = QHBoxLayout()
        self._head.addWidget(self.title, 0 if legend else 1)
        if legend is not None:
            self._head.addWidget(legend, 1)
        self._head.addWidget(self.table_button)
        self._head.addWidget(self.save_button)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._head)
        self._column.addWidget(self._stack, 1)
        self._make_save(over)
        theme.follow(self.fit)

    def _make_save(self, over: QWidget) -> None:
        self.save_choice = Popover(over, self.tr("Save as a file"), width_u=96)
        self._said = Label("", 4, tone="ink2", wrap=True)
        row = QHBoxLayout()
        self.save_buttons: dict[str, Button] = {}
        for kind in ("png", "svg", "csv"):
            button = Button(kind.upper(), height=11.5)
            button.clicked.connect(lambda _=False, kind=kind: self.save(kind))
            self.save_buttons[kind] = button
            row.addWidget(button, 1)
        self.save_choice.body.addWidget(Label(self.tr("Save as a file"), 4.5, weight=fonts.SEMIBOLD))
        self.save_choice.body.addLayout(row)
        self.save_choice.body.addWidget(self._said)

    def fit(self) -> None:
        self._column.setContentsMargins(theme.u(4), 0, theme.u(4), theme.u(2.5))
        self._column.setSpacing(0)
        self._head.setContentsMargins(0, 0, -theme.u(3), 0)
        self._head.setSpacing(0)

    def show_figure(self, figure: Figure) -> None:
        """Show the figure's words and its table; its chart is shown by the chart itself."""
        self._figure = figure
        self.save_button.setEnabled(True)
        self.title.setText(figure.title)
        self.setAccessibleName(figure.title)
        self.setAccessibleDescription(figure.sentence)
        self.table.show_table(figure.table)
        self.table.setAccessibleName(figure.title)
        self.table.setAccessibleDescription(figure.sentence)

    def wait(self, title: str) -> None:
        """Nothing is known yet but the title: there is nothing to save."""
        self._figure = None
        self.title.setText(title)
        self.save_button.setEnabled(False)
        self.table.show_table(Table((), ()))

    def shows_table(self) -> bool:
        return self._stack.currentWidget() is self.table

    def said(self) -> str:
        """What became of saving."""
        return self._said.text()

    def save(self, kind: str) -> None:
        """Write the file, and say in place where it is or why it is not."""
        from pos_app.ui.charts import save

        if self._figure is None:
            return
        folder = self.folder()
        try:
            path = save.save(kind, self.chart, self._figure, folder, owner=self.owner)
        except OSError as error:
            why = error.strerror or str(error)
            self._say(self.tr("Not saved in {folder}: {why}.").format(folder=folder, why=why), "fail")
        else:
            self._say(self.tr("Saved: {path}").format(path=path), "ink2")

    def _say(self, words: str, tone: str) -> None:
        self._said.set_tone(tone)
        self._said.setText(words)
        self.save_choice.fit()

    def _open_save(self) -> None:
        self._say(self.tr("Into {folder}").format(folder=self.folder()), "ink2")
        self.save_choice.open_at(self.save_button)

    def _show_table(self, on: bool) -> None:
        self._stack.setCurrentWidget(self.table if on else self.chart)
        self.table_button.set_icon("chart-column" if on else "table")
        self.table_button.setAccessibleName(self.tr("Chart") if on else self.tr("Table"))
        if self.legend is not None:
            self.legend.setVisible(not on)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.shows_table():
            self.table_button.setChecked(False)
            self.table_button.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

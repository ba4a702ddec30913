"""The charge page: type an amount, charge it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.core.money import Sat
from pos_app.till.views import Problem, SaleView, Stage, StoreView
from pos_app.ui.entry import Entry
from pos_app.ui.pages.sale_pane import SalePane
from pos_app.ui.theme import theme
from pos_app.ui.widgets.amount import STEPS_U, Amount
from pos_app.ui.widgets.keys import ADD, BACKSPACE, CLEAR, Keypad
from pos_app.ui.widgets.label import ElidedLabel
from pos_app.ui.widgets.panel import Panel

KEYS_U, PANE_U, DOCK_U = 142, 93, 112
SHORT_U = 108
"""Below this height, as with three bars above the page, the amount leaves more to the keys."""
UNBOUNDED_PX = (1 << 24) - 1
WIDE_STEPS_U = (34.0, *STEPS_U)
TIGHT_STEPS_U = STEPS_U[2:]
_KEYBOARD = {"+": ADD} | {digit: digit for digit in "0123456789"}


class ChargePage(QWidget):
    """Says `charge(Sat, note)` once; then waits until `reset`, `show_problem` or `set_busy(False)`.

    While no code can be paid and the owner has accepted the risk, it says `store(Sat, note)` instead.
    """

    charge = Signal(object, str)
    store = Signal(object, str)
    settings_pressed = Signal()
    """Where storing cards is switched on."""
    look_pressed = Signal(object)
    """Carries the `SaleView` for which the till did not take this one."""
    recent_pressed = Signal()
    last_pressed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = Entry()
        self._ceiling = Sat(1_000_000)
        self._busy = False
        self._dock: QWidget | None = None
        self.amount = Amount()
        self._sum = ElidedLabel("", tone="ink3", tabular=True, keep_end=True)
        self.keypad = Keypad()
        self.pane = SalePane()
        self._left = Panel("bg", "r")
        self._column = QVBoxLayout(self._left)
        self._column.addStretch(1)
        self._column.addWidget(self.amount)
        self._column.addWidget(self._sum)
        self._column.addStretch(1)
        self._column.addWidget(self.keypad, 1000)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self._left)
        self._row.addWidget(self.pane)
        self.keypad.typed.connect(self.press)
        self.keypad.held.connect(self._clear_sale)
        self.pane.charge_pressed.connect(self._charge_pressed)
        self.pane.confirmed.connect(self._charge)
        self.pane.recent_pressed.connect(self.recent_pressed)
        self.pane.last_pressed.connect(self.last_pressed)
        self.pane.settings_pressed.connect(self.settings_pressed)
        self.pane.look_pressed.connect(self.look_pressed)
        self.pane.line_chosen.connect(self._choose)
        self.pane.note_closed.connect(self._take_focus)
        # A touch anywhere on the page, also on a key, takes the keyboard back from a search or a note.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        theme.follow(self.fit)
        self._mirror()

    def fit(self) -> None:
        metrics = theme.metrics
        side, end, above = (theme.u(6), theme.u(5), theme.u(4)) if metrics.wide else (theme.u(4), theme.u(3), 0)
        self._column.setContentsMargins(side, theme.u(3), side, end)
        self._column.setSpacing(0)
        self._sum.setContentsMargins(0, above, 0, theme.u(3))
        line = theme.u(8) if metrics.tight else max(theme.u(8), metrics.text(6))
        self._sum.setFixedHeight(above + line + theme.u(3))
        is_tight = metrics.tight or self.height() < theme.u(SHORT_U)
        self.amount.set_steps(WIDE_STEPS_U if metrics.wide else TIGHT_STEPS_U if is_tight else STEPS_U)
        if metrics.wide:
            self._row.setStretch(0, KEYS_U)
            self._row.setStretch(1, PANE_U)
            self._left.setMinimumWidth(0)
            self._left.setMaximumWidth(UNBOUNDED_PX)
        else:
            self._row.setStretch(0, 0)
            self._row.setStretch(1, 1)
            self._left.setFixedWidth(theme.u(KEYS_U))
        if self._dock is not None:
            self._dock.setVisible(metrics.wide)
            self._dock.setFixedWidth(theme.pane(DOCK_U))

    def set_dock(self, dock: QWidget) -> None:
        """A third pane for wide screens."""
        if dock is self._dock:
            return
        self._dock = dock
        self._row.addWidget(dock)
        self.fit()

    def set_ceiling(self, ceiling: Sat) -> None:
        """The owner's: above it Charge asks once more."""
        self._ceiling = ceiling

    def show_last(self, sale: SaleView | None, stage: Stage | None = None) -> None:
        self.pane.show_last(sale, stage)

    def show_store(self, store: StoreView | None) -> None:
        """No code can be made or paid: what the till says about stored cards. None while codes work."""
        self.pane.show_store(store)

    def set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.pane.set_busy(busy)

    def show_problem(self, problem: Problem, earlier: SaleView | None = None) -> None:
        """The sale was not taken, because of an `earlier` one or otherwise; all that was typed is still there."""
        self.set_busy(False)
        self.pane.show_problem(problem, earlier)

    def reset(self) -> None:
        """Ready for the next sale."""
        self.entry.clear_all()
        self.pane.set_note("")
        self.pane.drop_notice()
        self.set_busy(False)
        self._mirror()

    def load(self, amount: Sat, note: str) -> None:
        """Type this amount and note, as if by hand: a sale that ended is charged once more."""
        self.reset()
        self.entry.load(amount)
        self.pane.set_note(note)
        self._mirror()

    def press(self, key: str) -> None:
        """One key of the keypad or the keyboard."""
        if self._busy:
            return
        self.pane.drop_notice()
        if key == CLEAR and self.entry.clears_all:
            self.pane.set_note("")
        self.entry.press(key)
        self._mirror()

    def _clear_sale(self) -> None:
        self.entry.clear_all()
        self.pane.set_note("")
        self._mirror()

    def _choose(self, at: int) -> None:
        self.entry.select(at)
        self._mirror()

    def _mirror(self) -> None:
        self.amount.set_sat(self.entry.total)
        self.amount.set_tones("ink" if self.entry.total else "ink3", "ink2" if self.entry.total else "ink3")
        self._sum.setText(self.entry.spelled())
        self.pane.show_entry(self.entry)

    def _charge_pressed(self) -> None:
        if self._busy or not self.pane.is_ready():
            return
        if self.entry.total > self._ceiling:
            self.pane.ask_again(self.entry.total, self._ceiling)
        else:
            self._charge()

    def _charge(self) -> None:
        if self._busy or not self.entry.total:
            return
        self.pane.keep_note_if_editing()
        self.pane.drop_notice()
        self.set_busy(True)
        (self.store if self.pane.stores else self.charge).emit(self.entry.total, self.pane.note())

    def _take_focus(self) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        u = theme.u(SHORT_U)
        if (event.size().height() < u) is not (event.oldSize().height() < u):
            self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._take_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        once = not event.isAutoRepeat()
        if event.text() in _KEYBOARD and once:
            self._type(_KEYBOARD[event.text()])
        elif key == Qt.Key.Key_Backspace:
            self._type(BACKSPACE)
        elif key in (Qt.Key.Key_Escape, Qt.Key.Key_Delete) and once:
            self._type(CLEAR)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and once and not self.pane.is_asking():
            self._charge_pressed()
        else:
            super().keyPressEvent(event)

    def _type(self, key: str) -> None:
        self.keypad.flash(key)
        self.press(key)

"""The right half of the charge page: what is typed so far, a note, the last sale, and Charge."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from pos_app.core.money import Sat
from pos_app.till.views import Problem, SaleView, Stage, StoreView
from pos_app.ui import fonts, icons
from pos_app.ui.entry import Entry
from pos_app.ui.lines import Lines
from pos_app.ui.storing import store_refusal
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import Button, IconButton, PressedButton
from pos_app.ui.widgets.chip import chip_width, paint_chip, sale_chip
from pos_app.ui.widgets.field import Field
from pos_app.ui.widgets.guard import Guard
from pos_app.ui.widgets.label import ElidedLabel
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.risk_line import RiskLine
from pos_app.ui.words import clock

NOTE_LIMIT = 60


class SalePane(Panel):
    """Says what was pressed; holds the note and nothing else of the sale."""

    charge_pressed = Signal()
    confirmed = Signal()
    """The question about a large amount was answered with yes."""
    recent_pressed = Signal()
    last_pressed = Signal(object)
    """Carries the last sale's `SaleView`."""
    look_pressed = Signal(object)
    """Carries the `SaleView` for which the till did not take this one."""
    settings_pressed = Signal()
    """Where storing cards is switched on."""
    line_chosen = Signal(int)
    note_closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", parent=parent)
        self._busy = False
        self._empty = True
        self._total = Sat(0)
        self._store: StoreView | None = None
        self._head = QStackedWidget()
        self._head.addWidget(self._make_head())
        self._head.addWidget(self._make_note_editor())
        self._note = ElidedLabel("", tone="ink2")
        self._note.hide()
        self.lines = Lines()
        self.lines.chosen.connect(self.line_chosen)
        self._middle = QStackedWidget()
        self._middle.addWidget(_Empty())
        self._middle.addWidget(self.lines)
        self.notice = Notice()
        self.last = _LastSale()
        self.last.clicked.connect(lambda: self.last_pressed.emit(self.last.sale))
        self.risk = RiskLine()
        self.risk.clicked.connect(self.settings_pressed)
        self.charge = Button(self.tr("Charge"), kind="primary", height=25, text_size=7)
        self.charge.clicked.connect(self.charge_pressed)
        self.guard = Guard(self.charge)
        self._column = QVBoxLayout(self)
        for widget, stretch in (
            (self._head, 0), (self._note, 0), (self._middle, 1), (self.last, 0), (self.notice, 0), (self.risk, 0),
            (self.charge, 0),
        ):  # fmt: skip
            self._column.addWidget(widget, stretch)
        theme.follow(self.fit)

    def _make_head(self) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._title = ElidedLabel(self.tr("New sale"), 5.5, weight=fonts.SEMIBOLD)
        self.note_button = Button(self.tr("Note"), "sticky-note", kind="ghost", height=11.5, text_size=4.5)
        self.note_button.clicked.connect(self.edit_note)
        self.recent_button = IconButton("history", self.tr("Recent sales"))
        self.recent_button.clicked.connect(self.recent_pressed)
        row.addWidget(self._title, 1)
        row.addWidget(self.note_button)
        row.addWidget(self.recent_button)
        return head

    def _make_note_editor(self) -> QWidget:
        editor = QWidget()
        row = QHBoxLayout(editor)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.note_field = Field(
            self.tr("Note"), hint=self.tr("Note, such as Table 4"), limit=NOTE_LIMIT, keeps_escape=True
        )
        self.note_field.entered.connect(self.keep_note)
        self.note_field.escaped.connect(self._drop_note)
        done = IconButton("check", self.tr("Keep the note"))
        done.clicked.connect(self.keep_note)
        row.addWidget(self.note_field, 1)
        row.addWidget(done)
        return editor

    def fit(self) -> None:
        wide = theme.metrics.wide
        side, inner = theme.u(5 if wide else 3), theme.u(4)
        self._column.setContentsMargins(side, theme.u(5 if wide else 3.25), side, theme.u(5 if wide else 3))
        self._column.setSpacing(theme.u(1.5))
        self._title.setContentsMargins(inner, 0, 0, 0)
        self._note.setContentsMargins(inner, 0, inner, 0)
        self._head.setFixedHeight(theme.u(11.5))
        self.recent_button.setVisible(not theme.metrics.wide)

    def note(self) -> str:
        """The note as it was kept."""
        return self._note.text()

    def show_entry(self, entry: Entry) -> None:
        """Mirror what is typed."""
        self._empty = entry.is_empty
        self._middle.setCurrentIndex(0 if entry.is_empty else 1)
        self.lines.show_amounts(entry.amounts, entry.at)
        self._total = entry.total
        self._update()

    def show_last(self, sale: SaleView | None, stage: Stage | None = None) -> None:
        """The newest sale, one tap away, and where it stands in the queue; None: there is none yet."""
        self.last.show_sale(sale, stage)
        self._update()

    @property
    def stores(self) -> bool:
        """Whether Charge has become "Store a card": no code can be paid, and the owner accepted the risk."""
        return self._store is not None and self._store.accepted

    def charge_word(self) -> str:
        """What the large button does."""
        return self.tr("Store a card") if self.stores else self.tr("Charge")

    def show_store(self, store: StoreView | None) -> None:
        """What the till says about stored cards, None while codes work.

        A finger that is on its way to Charge presses nothing else.
        """
        before, self._store = self.stores, store
        if self.stores is not before:
            if self.is_asking():
                self.drop_notice()
            if self.charge.isVisible():
                self.guard.shield()
        self._update()

    def is_ready(self) -> bool:
        """Whether Charge can be pressed."""
        return bool(self._total) and not self._busy and not self.is_asking() and not self._refusal()

    def set_busy(self, busy: bool) -> None:
        """While the till takes the sale, Charge does nothing more."""
        self._busy = busy
        self._update()

    def ask_again(self, amount: Sat, ceiling: Sat) -> None:
        """The amount is larger than the owner allows without a second look."""
        change = Button(self.tr("Change"), height=14)
        change.clicked.connect(self.drop_notice)
        if self.stores:
            question, charge = self.tr("Store a card for {}?"), Button(self.tr("Store it"), kind="attn", height=14)
        else:
            question, charge = self.tr("Charge {}?"), Button(self.tr("Charge it"), kind="primary", height=14)
        charge.clicked.connect(self.confirmed)
        title = self.tr("More than {}").format(ceiling)
        self.notice.say("attn", title, question.format(amount), buttons=(change, charge))
        change.setFocus(Qt.FocusReason.OtherFocusReason)
        self._update()

    def show_problem(self, problem: Problem, earlier: SaleView | None = None) -> None:
        """The till could not take the sale, because of an `earlier` one or otherwise; the amount stays typed."""
        buttons: tuple[Button, ...] = ()
        if earlier is not None:
            look = Button(self.tr("Look at sale {}").format(earlier.number), "receipt-text", height=14)
            look.clicked.connect(lambda: self.look_pressed.emit(earlier))
            buttons = (look,)
        self.notice.say("fail", problem.message, problem.cure, buttons=buttons)
        self._update()

    def drop_notice(self) -> None:
        if self.notice.isVisibleTo(self):
            self.notice.hide()
            self._update()
            self.note_closed.emit()

    def is_asking(self) -> bool:
        return self.notice.isVisibleTo(self) and self.notice.tone == "attn"

    def edit_note(self) -> None:
        self.note_field.set_text(self._note.text())
        self._head.setCurrentIndex(1)
        self.note_field.setFocus(Qt.FocusReason.OtherFocusReason)

    def keep_note(self) -> None:
        self.set_note(self.note_field.text())
        self._drop_note()

    def keep_note_if_editing(self) -> None:
        if self._head.currentIndex() == 1:
            self.keep_note()

    def set_note(self, note: str) -> None:
        self._note.setText(note.strip())
        self._note.setVisible(bool(note.strip()))

    def _drop_note(self) -> None:
        self._head.setCurrentIndex(0)
        self.note_closed.emit()

    def _refusal(self) -> str:
        """Why no card can be stored for this amount; empty where one can, or where cards are not to be stored."""
        return store_refusal(self._store, self._total) if self._store is not None and self.stores else ""

    def _update(self) -> None:
        self._show_charge()
        asks = self.notice.isVisibleTo(self)
        self._show_risk(asks)
        self.last.setVisible(self._empty and self.last.sale is not None and not asks)

    def _show_charge(self) -> None:
        ready = self.is_ready()
        self.charge.setEnabled(ready)
        if self.stores:
            self.charge.set_kind("attn")
            self.charge.set_icon("clock")
            sub = self.tr("{}, not paid yet").format(self._total) if self._total else ""
            self.charge.set_words(self.charge_word(), sub)
        else:
            self.charge.set_kind("primary")
            self.charge.set_icon("")
            self.charge.set_words(self.tr("Charge {}").format(self._total) if ready else self.charge_word())

    def _show_risk(self, asks: bool) -> None:
        """Beside the amber button what it means, or why it cannot be pressed; and where it could be had at all."""
        store, refusal = self._store, self._refusal()
        if self.stores:
            words = refusal or self.tr("Not paid until online. You carry the risk.")
            self.risk.show_words("circle-alert" if refusal else "triangle-alert", words, leads=False)
        elif store is not None:
            words = self.tr("No codes now. Cards can be stored: switch it on.")
            self.risk.show_words("clock", words, leads=True)
        self.risk.setVisible(store is not None and not asks)


class _Empty(QWidget):
    """Nothing typed yet."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Type an amount. Plus adds the next one."))
        theme.follow(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        side, line = theme.u(10), theme.metrics.text(6)
        height = side + theme.u(4) + 2 * line
        top = max(0, (self.height() - height) // 2)
        icons.draw(painter, "calculator", (self.width() - side) / 2, top, side, now.line_strong)
        font = theme.font(4.5)
        painter.setFont(font)
        painter.setPen(now.ink2)
        for number, text in enumerate((self.tr("Type an amount."), self.tr("+ adds the next one."))):
            row = QRect(0, top + side + theme.u(4) + number * line, self.width(), line)
            painter.drawText((self.width() - paint.width_of(text, font)) // 2, paint.baseline(row, font), text)


class _LastSale(PressedButton):
    """A row with the time, the amount and the state of the newest sale."""

    def __init__(self) -> None:
        super().__init__("")
        self.sale: SaleView | None = None
        self._stage: Stage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(14))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(60), theme.u(14))

    def show_sale(self, sale: SaleView | None, stage: Stage | None) -> None:
        self.sale, self._stage = sale, stage
        if sale is not None:
            self.setAccessibleName(self.tr("Last sale, {}, {}").format(sale.total, sale_chip(sale, stage).word))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.sale is None:
            return
        now, margin = theme.now, theme.u(4)
        painter = QPainter(self)
        if self.is_shown_pressed():
            paint.box(painter, self.rect(), theme.u(3), now.press)
        chip = sale_chip(self.sale, self._stage)
        x = self.width() - margin - chip_width(chip)
        paint_chip(painter, QRect(x, 0, chip_width(chip), self.height()), chip)
        figure = theme.font(4.5, fonts.SEMIBOLD, tabular=True)
        amount = str(self.sale.total)
        x -= theme.u(3) + paint.width_of(amount, figure)
        painter.setFont(figure)
        painter.setPen(now.ink)
        painter.drawText(x, paint.baseline(self.rect(), figure), amount)
        plain = theme.font(4.5)
        time = clock(self.sale.made_at_s)
        for words in (self.tr("Last sale {}").format(time), self.tr("Last {}").format(time), time):
            if paint.width_of(words, plain) <= x - margin - theme.u(2):
                painter.setFont(plain)
                painter.setPen(now.ink2)
                painter.drawText(margin, paint.baseline(self.rect(), plain), words)
                break

"""The invoice page: one sale from Charge to its end, but for its being paid, which is the result page's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.core.text import plain
from pos_app.till.states import SaleState
from pos_app.till.views import (
    Fact,
    FactState,
    Phase,
    QueueView,
    SaleView,
    Stage,
    StatusView,
    StoreView,
    TapPhase,
    TapView,
)
from pos_app.ui import icons
from pos_app.ui.offline_bar import outage
from pos_app.ui.pages.action_bar import ActionBar
from pos_app.ui.pages.paid_otherwise import PaidOtherwise
from pos_app.ui.pages.scenes import Action, Scene, scene_of
from pos_app.ui.pages.taps import Tap, TapSounds, tap_of
from pos_app.ui.theme import theme
from pos_app.ui.widgets.amount import STEPS_U, Amount
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.chip import Chip, ChipLook, sale_chip, state_chip
from pos_app.ui.widgets.countdown import CountDown, clock_text
from pos_app.ui.widgets.guard import Guard
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.popover import Popover
from pos_app.ui.widgets.qr import QrCard, code_text
from pos_app.ui.widgets.tap_field import TapField

TICK_MS = 200
WIDE_STEPS_U = (34.0, *STEPS_U)
QR_SHARE = 0.418
WIDE_MARGIN = 0.035
TAP_U = 67
BUTTON_U = 14


class InvoicePage(QWidget):
    """`show_sale(view)` shows any sale that is not paid; what is pressed comes out as a signal with the sale's id.

    A press locks the buttons until the next `show_sale`, or for two seconds, and buttons that have just come under the
    finger take no touch: a second click does nothing.
    """

    cancel_pressed = Signal(str)
    stop_waiting_pressed = Signal(str)
    retry_pressed = Signal(str)
    store_pressed = Signal(str)
    """Store the card in hand, or the next one."""
    paid_otherwise_pressed = Signal(str)
    put_back_pressed = Signal(str)
    """Of a sale that was taken back from the queue: there it goes again."""
    new_code_pressed = Signal(str)
    """Of an EXPIRED sale: the same goods again, with a new sale that replaces this one."""
    check_now_pressed = Signal(str)
    back_pressed = Signal(object)
    """Carries the SaleView of an ended sale, whose amount is to stand on the charge page again."""
    new_sale_pressed = Signal()
    sounded = Signal(object)
    """The `Sound` of what the card field has just come to show."""
    said = Signal(str)
    """A word for the toast: what the cashier did is done."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._sale: SaleView | None = None
        self._stages: dict[str, Stage] = {}
        self._scene = Scene()
        self._phase_since_s = 0.0
        self._prefix = True
        self._large = False
        self._idle = TapView(TapPhase.NO_READER)
        self._store: StoreView | None = None
        self._codes_work = False
        self._away = ""
        self._shown_tap: Tap | None = None
        self._tap_sounds = TapSounds()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._make_widgets()
        self._lay_out()
        self._ticking = QTimer(self)
        self._ticking.setInterval(TICK_MS)
        self._ticking.timeout.connect(self._tick)
        theme.follow(self.fit)

    # What the window calls.

    def show_sale(self, sale: SaleView) -> None:
        """Show this sale as it is now."""
        before = self._sale
        if before is None or (before.sale_id, before.phase, before.state) != (sale.sale_id, sale.phase, sale.state):
            self._phase_since_s = self._now()
        self._sale = sale
        if before is None or before.tap == sale.tap or replace(before, tap=sale.tap) != sale:
            self.bar.unlock()  # a card that comes or goes is no answer to what was pressed
        self._show_scene(sale, self._scene_of(sale))

    def show_status(self, status: StatusView) -> None:
        """Mirror the till's facts: the reader's, and whether cards can be stored."""
        self.show_reader(next((fact for fact in status.facts if fact.key == "reader"), None))
        fact = outage(status)
        self._store, self._codes_work, self._away = status.store, fact is None, "" if fact is None else fact.key
        if self._sale is not None and self._scene_of(self._sale) != self._scene:
            self._show_scene(self._sale, self._scene_of(self._sale))

    def show_queue(self, queue: QueueView) -> None:
        """Mirror where the sales of the queue stand: one that was taken back wears it as its chip."""
        self._stages = {item.sale.sale_id: item.stage for item in queue.items}
        if self._sale is not None:
            self.chip.set_look(self._chip_of(self._sale))

    def show_reader(self, reader: Fact | None) -> None:
        """The strip's fact: what the card field shows before the till has taken the sale."""
        if reader is not None and reader.state is FactState.WELL:
            self._idle = TapView(TapPhase.READY)
        else:
            self._idle = TapView(TapPhase.NO_READER, reader.detail if reader is not None else "")
        self._tick()

    def set_qr_prefix(self, prefix: bool) -> None:
        """Whether codes begin with `LIGHTNING:`."""
        self._prefix = prefix

    def _scene_of(self, sale: SaleView) -> Scene:
        return scene_of(sale, self._store, codes_work=self._codes_work, away=self._away)

    # Building.

    def _make_widgets(self) -> None:
        self.card = QrCard()
        self.card.pressed.connect(self._toggle_large)
        self.card.failed.connect(self._show_no_picture)
        self.count = CountDown(now=self._now)
        self.number = Label(tone="ink2")
        self.amount = Amount(align=Qt.AlignmentFlag.AlignLeft)
        self.note = ElidedLabel(tone="ink2")
        self.chip = Chip(state_chip(SaleState.EXPIRED))
        self.tap = TapField(now=self._now)
        self.advice = _Advice(tone="ink2", wrap=True)
        self.bar = ActionBar()
        self.bar.pressed.connect(self._act)
        self.primary, self.buttons = self.bar.primary, self.bar.buttons
        self.guard = Guard(self)
        self._make_more()

    def _make_more(self) -> None:
        self.more = Popover(self, self.tr("More"), width_u=82)
        self.more_copy = Button(self.tr("Copy the invoice"), "copy")
        self.more_size = Button(self.tr("Show the code larger"), "maximize-2")
        for button, act in ((self.more_copy, self._copy), (self.more_size, self._toggle_large)):
            button.clicked.connect(self.more.close_popover)
            button.clicked.connect(act)
            self.more.body.addWidget(button)
        self.more_paid = PaidOtherwise()
        self.more_paid.confirmed.connect(self._paid_otherwise)
        self.more.closed.connect(self.more_paid.forget)
        self.more.body.addWidget(self.more_paid)

    def _lay_out(self) -> None:
        """The right column is laid out by Qt, the left one by `fit`: it is a square and what is left of the height."""
        self.card.setParent(self)
        self.count.setParent(self)
        self._second = QWidget()
        second = QHBoxLayout(self._second)
        second.setContentsMargins(0, 0, 0, 0)
        second.addWidget(self.note, 1)
        second.addWidget(self.chip)
        self._space = QWidget()
        self._column = QVBoxLayout(self)
        for widget in (self.number, self.amount, self._second):
            self._column.addWidget(widget)
        self._column.addWidget(self.tap, 100)
        self._column.addWidget(self._space, 50)
        self._column.addWidget(self.advice)
        self._column.addWidget(self.bar)

    def fit(self) -> None:
        """Take the sizes of the theme and of this page."""
        u, wide = theme.u, theme.metrics.wide
        self.amount.set_steps(WIDE_STEPS_U if wide else STEPS_U)
        self._second.setFixedHeight(max(u(8), theme.metrics.text(6)))
        self.tap.setMaximumHeight(u(TAP_U))
        self.advice.setContentsMargins(u(8.5), 0, 0, 0)
        self._column.setSpacing(u(4))
        self._place()

    def _place(self) -> None:
        """Put the card and its caption on the left; the card keeps its size through all states of the sale."""
        u, wide = theme.u, theme.metrics.wide
        margin = gap = round(self.width() * WIDE_MARGIN)
        if not wide:
            margin, gap = u(6), u(7)
        if self._large:
            side = self.height() - 2 * u(3)
            self.card.setGeometry(u(3), u(3), side, side)
            self._column.setContentsMargins(u(3) + side + gap, u(3), margin, u(3))
            return
        below = u(5) + self.count.sizeHint().height()
        side = min(self.height() - 2 * u(5) - below, round(self.width() * QR_SHARE))
        texts = self.number.sizeHint().height() + self.amount.sizeHint().height() + self._second.maximumHeight()
        column = texts + u(TAP_U + BUTTON_U) + 4 * self._column.spacing()
        top = max(u(5), (self.height() - column) // 2)
        y = min(top, (self.height() - side - below) // 2)
        tall = not self._scene.caption
        self.card.setGeometry(margin, y, side, self.height() - 2 * y if tall else side)
        self.count.setGeometry(margin, y + side + u(5), side, below - u(5))
        self._column.setContentsMargins(margin + side + gap, top, margin, top)

    def minimumSizeHint(self) -> QSize:
        margins = self._column.contentsMargins()
        right = self._column.totalMinimumSize()
        card = self.card.minimumSizeHint()
        below = theme.u(5) + self.count.sizeHint().height()
        width = right.width() - margins.left() + theme.u(6 + 7) + card.width()
        height = max(right.height() - margins.top() - margins.bottom(), card.height() + below)
        return QSize(width, height + 2 * theme.u(5))

    # Showing.

    def _show_scene(self, sale: SaleView, scene: Scene) -> None:
        before, self._scene = self._scene, scene
        number = self.tr("Sale {number}").format(number=sale.number) if sale.number else self.tr("New sale")
        self.number.setText(f"{number} · {scene.origin}" if scene.origin else number)
        self.number.set_tone("attn" if scene.origin else "ink2")
        self.amount.set_sat(sale.total)
        self.amount.set_tones("ink2" if sale.state.is_closed else "ink", "ink2")
        self.note.setText(plain(sale.note))
        self.chip.set_look(self._chip_of(sale))
        self.chip.setVisible(scene.chip)
        self._show_card(sale, scene)
        tap_moved = self._show_tap(sale)
        self.tap.setVisible(scene.primary is None)
        self._space.setVisible(scene.primary is not None)
        self.advice.setText(scene.note)
        self.advice.setVisible(bool(scene.note))
        self._show_actions(sale, scene)
        self.more_paid.setVisible(sale.can_cancel or sale.state is not SaleState.OPEN)  # no cash while a card may pay
        self.fit()
        self._tick()
        if scene != before:
            self.more.close_popover()
            announce(self, f"{number}, {self.amount.accessibleName()}. {self.spoken()}")
        elif tap_moved:
            announce(self.tap, self.tap.words())
        if self.isVisible() and (scene.primary, scene.actions) != (before.primary, before.actions):
            self.guard.shield()

    def _chip_of(self, sale: SaleView) -> ChipLook:
        """A sale with a stored card wears its place in the queue: the card may have been declined meanwhile."""
        return sale_chip(sale, self._stages.get(sale.sale_id) if sale.state is SaleState.OWED else None)

    def _show_actions(self, sale: SaleView, scene: Scene) -> None:
        actions = [action for action in scene.actions if action is not Action.COPY or theme.metrics.wide]
        self.bar.show_actions(scene.primary, actions, busy=scene.busy, has_code=self._has_code())
        QWidget.setTabOrder(self.buttons[actions[-1]], self.card)

    def _has_code(self) -> bool:
        return self._sale is not None and self._sale.invoice is not None and self._scene.message is None

    def spoken(self) -> str:
        """The state in words, loudest first, as a screen reader hears it."""
        scene = self._scene
        parts = [self.tap.words()] if scene.primary is None else []
        parts += [scene.message.heading, scene.message.text] if scene.message else []
        parts += [part for part in (scene.caption, scene.note) if part]
        return ". ".join(part.rstrip(".") for part in parts)

    def _show_card(self, sale: SaleView, scene: Scene) -> None:
        self.count.setVisible(bool(scene.caption))
        self.count.show_words(scene.caption_icon, scene.caption, quiet=scene.calm, worry=scene.worry)
        if scene.message is not None:
            self.count.show_time(sale.retry_at_monotonic_s, 0)
        else:
            self.count.show_time(sale.deadline_monotonic_s if sale.invoice else None, sale.expiry_s or 1)
        if scene.message is not None:
            message = scene.message
            self._set_large(False)
            self.card.show_message(message.icon, message.tone, message.heading, message.text)
        elif sale.invoice is None:
            self._set_large(False)
            self.card.show_making()
        else:
            self.card.show_code(code_text(sale.invoice.bolt11, prefix=self._prefix))
            self.card.setAccessibleName(
                self.tr("QR code to pay {amount}. Press to see it larger.").format(amount=self.amount.accessibleName())
            )

    def _show_no_picture(self) -> None:
        self.card.show_message(
            "qr-code",
            "attn",
            self.tr("No picture of this code"),
            self.tr("The invoice is too long for one. Copy it instead."),
        )

    def _show_tap(self, sale: SaleView) -> bool:
        """Bring the card field up to this moment; whether it shows something new."""
        view = sale.tap or self._idle
        of_scene = self._scene.tap
        if of_scene is not None:
            tap = replace(of_scene, since_s=self._phase_since_s)
        else:
            has_code = sale.phase is not Phase.NO_CODE
            tap = tap_of(view, self._now(), storing=self._scene.storing, has_code=has_code)
        if tap == self._shown_tap:
            return False
        self._shown_tap = tap
        self.tap.show_tap(tap.state, title=tap.title, text=tap.text, quote=tap.quote, since_s=tap.since_s)
        if of_scene is None:
            sound = self._tap_sounds.of(tap, view.read_at_monotonic_s)
            if sound is not None:
                self.sounded.emit(sound)
        return True

    def _waits_for(self, sale: SaleView) -> str:
        """Why a new code cannot be shown yet."""
        left_s = 0.0 if sale.safe_at_monotonic_s is None else sale.safe_at_monotonic_s - self._now()
        if left_s > 0:
            return self.tr("possible in {time}").format(time=clock_text(left_s))
        return self.tr("as soon as the server says it is unpaid")

    def _tick(self) -> None:
        self.count.tick()
        self.tap.tick()
        if self._sale is not None:
            if self._show_tap(self._sale):
                announce(self.tap, self.tap.words())
            if self._sale.phase is Phase.ENDING:
                self.bar.set_waiting(self._waits_for(self._sale))

    # Acting.

    def _act(self, action: Action) -> None:
        sale = self._sale
        if sale is None:
            return
        match action:
            case Action.COPY:
                self._copy()
            case Action.MORE:
                self.more.open_at(self.buttons[Action.MORE])
            case Action.CANCEL:
                self.cancel_pressed.emit(sale.sale_id)
            case Action.STOP_WAITING:
                self.stop_waiting_pressed.emit(sale.sale_id)
            case Action.TRY_AGAIN | Action.CODE:
                self.retry_pressed.emit(sale.sale_id)
            case Action.NEW_CODE:
                self.new_code_pressed.emit(sale.sale_id)
            case Action.CHECK_NOW:
                self.check_now_pressed.emit(sale.sale_id)
            case Action.STORE | Action.STORE_TAP:
                self.store_pressed.emit(sale.sale_id)
            case Action.PUT_BACK:
                self.put_back_pressed.emit(sale.sale_id)
            case Action.BACK:
                self.back_pressed.emit(sale)
            case _:
                self.new_sale_pressed.emit()

    def _paid_otherwise(self) -> None:
        self.more.close_popover()
        if self._sale is not None:
            self.paid_otherwise_pressed.emit(self._sale.sale_id)

    def _copy(self) -> None:
        if self._sale is not None and self._sale.invoice is not None and self._has_code():
            QGuiApplication.clipboard().setText(self._sale.invoice.bolt11)
            self.said.emit(self.tr("Invoice copied"))

    def _toggle_large(self) -> None:
        self._set_large(not self._large)

    def _set_large(self, large: bool) -> None:
        """The code as high as the page, or back; its caption moves over the card field."""
        if large == self._large:
            return
        self._large = large
        self.more_size.setText(self.tr("Show the code smaller") if large else self.tr("Show the code larger"))
        if large:
            self._column.insertWidget(self._column.indexOf(self.tap), self.count)
        else:
            self._column.removeWidget(self.count)
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Escape:
            if self._large:
                self._set_large(False)
            else:
                self.bar.press(self._scene.escape)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.bar.press(self._scene.enter)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ticking.start()
        self._tick()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._ticking.stop()
        self.more.close_popover()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


class _Advice(Label):
    """A sentence that explains, with its icon in the margin."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = theme.u(5.5)
        icons.draw(QPainter(self), "info", 0, (theme.metrics.text(5.5) - side) / 2, side, theme.now.ink2)

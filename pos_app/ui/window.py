"""The main window: strip, banners, rail and pages. It shows what the till tells and asks for what was pressed."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.core.money import Sat
from pos_app.till.history_views import HistoryChanged, SyncChanged
from pos_app.till.states import SaleState
from pos_app.till.views import (
    CardIgnored,
    Event,
    Fact,
    FactState,
    Phase,
    Problem,
    QueueChanged,
    QueueView,
    SaleChanged,
    SaleView,
    Stage,
    StatusChanged,
    StatusView,
    TapPhase,
)
from pos_app.ui.actions import Actions, Preferences, problem_of
from pos_app.ui.banner import PracticeBanner
from pos_app.ui.leaving import Open
from pos_app.ui.metrics import MM_PER_INCH, Metrics, px_per_mm
from pos_app.ui.news import NewsBar
from pos_app.ui.offline_bar import OfflineBar, outage
from pos_app.ui.pages.charge import ChargePage
from pos_app.ui.practice_desk import PracticeDesk
from pos_app.ui.queue_news import QueueNews
from pos_app.ui.rail import Rail
from pos_app.ui.recent_desk import RecentDesk
from pos_app.ui.sale_flow import SaleFlow
from pos_app.ui.same_goods import SameGoodsDesk
from pos_app.ui.side_pages import ENTRY, QUEUE, SidePages
from pos_app.ui.strip import Strip
from pos_app.ui.theme import theme
from pos_app.ui.widgets.focus import FocusRing
from pos_app.ui.widgets.guard import Guard
from pos_app.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from collections.abc import Callable

    from pos_app.ui.leaving import LeavingSheet
    from pos_app.ui.pages.invoice import InvoicePage
    from pos_app.ui.pages.pin import PinPage
    from pos_app.ui.pages.result import ResultPage
    from pos_app.ui.pages.settings import Settings
    from pos_app.ui.pages.stored import StoredPage
    from pos_app.ui.slip_sheet import SlipSheet
    from pos_app.ui.sounds import Sounds
    from pos_app.ui.strip_sheet import StatusSheet

SMALLEST_PX = (640, 400)
PRACTICE = "practice"
RESULTS = (SaleState.PAID, SaleState.PAID_LATE)


class MainWindow(QWidget):
    """Connect `Bridge.told` to `take`. `painted` is said once, after the first paint: load what is heavy then."""

    painted = Signal()
    preferences_changed = Signal(object)
    closed = Signal()

    def __init__(self, actions: Actions, preferences: Preferences) -> None:
        super().__init__()
        self._actions = actions
        self._on_screen = False
        self._was_painted = False
        self._leaves = False
        self.preferences = preferences
        self.setWindowTitle(self.tr("Till"))
        self.setMinimumSize(*SMALLEST_PX)
        self.strip = Strip()
        self.banner = PracticeBanner()
        self.banner.hide()
        self.offline = OfflineBar()
        self.news = NewsBar()
        self.rail = Rail()
        self.charge = ChargePage()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.charge)
        self.body = QWidget()
        self._lay_out()
        self.toast = Toast(self.body)
        self.guard = Guard(self.body)
        self.ring = FocusRing(self)
        self.flow = SaleFlow(actions, self)
        self.same_goods = SameGoodsDesk(self.charge, self.flow, self.body)
        self.recent = RecentDesk(actions, self.body)
        self.practice = PracticeDesk(actions, self.banner, self.flow, self)
        self.side = SidePages(actions, self.pages)
        self._queue_news = QueueNews()
        self._connect()
        self._status = StatusView(preferences.shop_name, "", "mainnet", False, (), ())
        self.set_preferences(preferences)
        self.show_status(self._status)
        self.rail.set_current("sell")
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._restyle)
        hints.accessibility().contrastPreferenceChanged.connect(self._restyle)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # The sizes follow the window, so the window must be free to become smaller than they are now.
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        for bar in (self.strip, self.banner, self.offline, self.news):
            column.addWidget(bar)
        column.addWidget(self.body, 1)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.pages, 1)

    def _connect(self) -> None:
        self.strip.clicked.connect(self._toggle_sheet)
        self.rail.chosen.connect(self._choose)
        self.offline.clicked.connect(lambda: self._choose(QUEUE))
        self.news.sale_pressed.connect(self.flow.open)
        self.news.item_pressed.connect(self._open_in_queue)
        self.practice.failed.connect(self.news.show_problem)
        self.charge.charge.connect(self.same_goods.charge)
        self.charge.store.connect(lambda amount, note: self.same_goods.charge(amount, note, store=True))
        self.charge.look_pressed.connect(self.flow.open)
        self.same_goods.look_pressed.connect(self.flow.open)
        self.charge.settings_pressed.connect(self._show_limits)
        self.charge.recent_pressed.connect(self.recent.open)
        self.charge.last_pressed.connect(self.recent.open_sale)
        self.recent.check_pressed.connect(self.flow.check_now)
        self.recent.resume_pressed.connect(self.flow.open)
        self.recent.nothing_given_pressed.connect(self.flow.nothing_handed_over)
        self.recent.queue_pressed.connect(self._open_in_queue)
        self.recent.newest.connect(self.charge.show_last)
        self.recent.failed.connect(self.news.show_problem)
        self.flow.shown.connect(self._show_sale)
        self.flow.moved.connect(self._sale_moved)
        self.flow.taken.connect(self.charge.reset)
        self.flow.refused.connect(self._charge_refused)
        self.flow.failed.connect(self.news.show_problem)
        self.flow.news.connect(self._money_elsewhere)
        self.side.wanted.connect(self._choose)
        self.side.sale_pressed.connect(self.flow.open)
        self.side.limits_pressed.connect(self._show_limits)
        self.side.failed.connect(self.news.show_problem)

    # Pages and sheets, each loaded and made when it is first needed: the keypad is painted before.

    @cached_property
    def invoice(self) -> InvoicePage:
        from pos_app.ui.pages.invoice import InvoicePage

        page = InvoicePage()
        page.cancel_pressed.connect(self.flow.cancel)
        page.stop_waiting_pressed.connect(self.flow.stop_waiting)
        page.retry_pressed.connect(self.flow.retry)
        page.new_code_pressed.connect(self.flow.new_code)
        page.check_now_pressed.connect(self.flow.check_now)
        page.store_pressed.connect(self.flow.store_card)
        page.paid_otherwise_pressed.connect(self.flow.paid_otherwise)
        page.put_back_pressed.connect(self._put_back)
        page.back_pressed.connect(self._back_to_charge)
        page.new_sale_pressed.connect(self._new_sale)
        page.sounded.connect(self._play)
        page.said.connect(self.toast.say)
        page.show_status(self._status)
        if self.recent.queue is not None:
            page.show_queue(self.recent.queue)
        page.set_qr_prefix(self.preferences.qr_prefix)
        self.pages.addWidget(page)
        return page

    @cached_property
    def pin(self) -> PinPage:
        from pos_app.ui.pages.pin import PinPage

        page = PinPage()
        page.entered.connect(self.flow.enter_pin)
        page.dismissed.connect(self.flow.dismiss_pin)
        self.flow.failed.connect(page.unlock)
        self.pages.addWidget(page)
        return page

    @cached_property
    def result(self) -> ResultPage:
        from pos_app.ui.pages.result import ResultPage

        page = ResultPage()
        page.new_sale_pressed.connect(self._new_sale)
        self.pages.addWidget(page)
        return page

    @cached_property
    def stored(self) -> StoredPage:
        from pos_app.ui.pages.stored import StoredPage

        page = StoredPage()
        page.new_sale_pressed.connect(self._new_sale)
        page.slip_pressed.connect(self._show_slip)
        page.queue_pressed.connect(self._open_in_queue)
        self.pages.addWidget(page)
        return page

    @cached_property
    def slip(self) -> SlipSheet:
        from pos_app.ui.slip_sheet import SlipSheet

        return SlipSheet(self.body, self._actions)

    @cached_property
    def leaving(self) -> LeavingSheet:
        from pos_app.ui.leaving import LeavingSheet

        return LeavingSheet(self.body)

    @cached_property
    def settings(self) -> Settings:
        from pos_app.ui.pages.settings import Settings

        page = Settings(self._actions, self.preferences)
        page.changed.connect(self.set_preferences)
        page.sound_tested.connect(lambda: self._play("paid"))
        page.quit_pressed.connect(self.close)
        page.api.before_change = self._before_other_books
        self.pages.addWidget(page)
        return page

    @cached_property
    def sheet(self) -> StatusSheet:
        from pos_app.ui.strip_sheet import StatusSheet

        sheet = StatusSheet(self.body)
        sheet.opened.connect(lambda: self.strip.set_open(True))
        sheet.closed.connect(lambda: self.strip.set_open(False))
        sheet.check_pressed.connect(self._check_now)
        sheet.settings_pressed.connect(lambda: self._choose("settings"))
        sheet.sale_pressed.connect(self._open_from_sheet)
        sheet.queue_pressed.connect(lambda: self._choose(QUEUE))
        return sheet

    @cached_property
    def sounds(self) -> Sounds:
        from pos_app.ui.sounds import Sounds

        return Sounds(volume=self._volume(), parent=self)

    def _is_made(self, name: str) -> bool:
        return name in self.__dict__

    def _is_shown(self, name: str) -> bool:
        return self._is_made(name) and self.pages.currentWidget() is getattr(self, name)

    # What the till tells.

    def take(self, event: Event | SyncChanged | HistoryChanged) -> None:
        """One event of the till, or of its copy of the wallet."""
        match event:
            case SaleChanged(sale):
                self.recent.take(sale)
                self.flow.take(sale)
                self.same_goods.refresh()
            case StatusChanged(status):
                self.show_status(status)
            case QueueChanged(queue):
                self._take_queue(queue)
            case CardIgnored(words):
                self._card_ignored(words)
        self.side.take(event)

    def show_status(self, status: StatusView) -> None:
        """Mirror the till's facts."""
        before, self._status = self._status, status
        if _reader_fails(status) and not _reader_fails(before):
            self._play("attention")
        if self._is_made("invoice"):
            self.invoice.show_status(status)
        for bar in (self.strip, self.banner, self.offline):
            bar.show_status(status)
        self.rail.set_queue(status.queue_count, status.attention)
        self.charge.show_store(None if outage(status) is None else status.store)
        if self._is_made("stored"):
            self.stored.show_store(status.store)
        self.side.show_status(status)
        self.setWindowTitle(status.shop_name or self.tr("Till"))
        if self._is_made("sheet"):
            self.sheet.show_status(status)

    # The sale on the screen.

    def _show_sale(self, sale: SaleView) -> None:
        if sale.state in RESULTS:
            self.result.show_sale(sale)
            self._show_page(self.result)
        elif _is_stored(sale):
            self.stored.show_sale(sale, self._status.store)
            self._show_page(self.stored)
        else:
            self.invoice.show_sale(sale)
            asks_pin = _asks_pin(sale)
            if asks_pin:
                self.pin.show_sale(sale, self._status.shop_name)
            self._show_page(self.pin if asks_pin else self.invoice)
        self.banner.set_can_pay(sale.invoice is not None)

    def _sale_moved(self, sale: SaleView) -> None:
        self._show_sale(sale)
        if sale.state in RESULTS:
            self._play("paid")
        elif sale.phase is Phase.CHECKING or _is_stored(sale):
            self._play("attention")

    def _take_queue(self, queue: QueueView) -> None:
        """Say which sales have come to need a person, but for the one that is before the cashier's eyes."""
        self.recent.take_queue(queue)
        if self._is_made("invoice"):
            self.invoice.show_queue(queue)
        self.news.keep_items(queue)
        if (came := self._queue_news.without_sale(queue)).value:
            words = self.tr("{} came for sales that were lost with the restore.").format(came)
            self.news.show_problem(Problem(words, self.tr("They are listed under the queue.")))
        shown = self.flow.current.sale_id if self.flow.current is not None and self.flow.is_open else ""
        for item in self._queue_news.of(queue):
            if item.sale.sale_id != shown:
                self.news.show_item(item)
                if self._is_shown("stored"):
                    self.stored.show_failed(item)
                self._play("declined" if item.stage is Stage.DECLINED else "attention")

    def _card_ignored(self, words: str) -> None:
        """A card came before its time. Over a sale that has ended nobody needs to know."""
        if self._is_shown("result") or self._is_shown("stored"):
            return
        if self.flow.is_open:
            words = self.tr("Tap the card again.")
        elif not self.charge.entry.is_empty:
            button = self.charge.pane.charge_word()
            words = self.tr("Press {button}, then tap the card.").format(button=button)
        self.toast.say(words, icon="nfc")
        self._play("attention")

    def _charge_refused(self, problem: Problem) -> None:
        self._show_page(self.charge)
        self.same_goods.show_refusal(problem)

    def _money_elsewhere(self, sale: SaleView) -> None:
        self.news.show_sale(sale)
        self._play("attention" if sale.state is SaleState.REFUND_DUE else "paid")
        now = self.flow.current
        if self.flow.is_open and now is not None and now.replaces == sale.sale_id and sale.state in RESULTS:
            words = self.tr("Sale {} was paid meanwhile.").format(sale.number)
            cure = self.tr("Sale {} is for the same goods: cancel it, or give one payment back.").format(now.number)
            self.news.show_problem(Problem(words, cure))

    def _play(self, name: str) -> None:
        from pos_app.ui.sounds import Sound

        self.sounds.play(Sound(name))

    def _new_sale(self) -> None:
        self.flow.leave()
        self._show_page(self.charge)

    def _back_to_charge(self, sale: SaleView) -> None:
        self._new_sale()
        self.charge.load(sale.amount, sale.note)

    def _put_back(self, sale_id: str) -> None:
        """Back to the queue, where it came from."""
        self.flow.put_back(sale_id)
        self._open_in_queue(sale_id)

    def _show_slip(self, sale: SaleView) -> None:
        self.slip.open_slip(sale, self._status.shop_name)

    # Moving about.

    def _show_page(self, page: QWidget) -> None:
        side = self.side.name_of(page)
        if side:
            self.side.activate(side)
        if page is self.pages.currentWidget():
            return
        self.pages.setCurrentWidget(page)
        self.toast.hide()
        in_settings = self._is_shown("settings")
        in_sale = page is not self.charge and not in_settings and not side
        if self._is_made("sheet"):
            self.sheet.close_sheet(slide=False)
        self.practice.close()
        self.recent.close()
        self.same_goods.close()
        self.rail.setVisible(not in_sale)
        self.rail.set_current("settings" if in_settings else ENTRY.get(side, "sell"))
        self.strip.setVisible(not any(self._is_shown(name) for name in ("result", "pin", "stored")))
        self.news.set_allowed(not in_sale)
        self.offline.set_allowed(not in_sale)
        if in_sale:
            self.guard.shield()
        else:
            self.banner.set_can_pay(False)
            self.recent.refresh()

    def _choose(self, name: str) -> None:
        if not self.flow.is_open:
            self.flow.leave()
            if name in ENTRY:
                self._show_page(self.side.page(name))
            else:
                self._show_page(self.settings if name == "settings" else self.charge)

    def _open_in_queue(self, sale_id: str) -> None:
        if not self.flow.is_open:
            self.side.show_in_queue(sale_id)

    def _show_limits(self) -> None:
        self._choose("settings")
        self.settings.open(self.settings.offline)

    def _toggle_sheet(self) -> None:
        if self.sheet.is_open():
            self.sheet.close_sheet()
        else:
            self.sheet.show_status(self._status)
            self.sheet.set_in_sale(self.flow.is_open)
            self.sheet.open_sheet()

    def _open_from_sheet(self, sale: SaleView) -> None:
        self.sheet.close_sheet()
        self.flow.open(sale)

    def _check_now(self) -> None:
        job = self._actions.check_now()
        job.succeeded.connect(lambda _: self.sheet.set_checking(False))
        job.on_trouble(self._check_failed)

    def _check_failed(self, error: BaseException) -> None:
        self.sheet.set_checking(False)
        self.news.show_problem(problem_of(error))

    # Other books, and the end.

    def load(self) -> None:
        """Ask for what is shown of the books: the till has just opened, or opened other ones."""
        self.flow.forget()
        self._queue_news.forget()
        self.recent.load()
        self.side.reload()
        if self.preferences.api == PRACTICE:
            self.practice.load()
        self._actions.queue().succeeded.connect(self._take_queue)

    def _before_other_books(self, go: Callable[[], None], stay: Callable[[], None]) -> None:
        found = Open.of(self._status, self.flow.open_count)
        if found:
            self.leaving.ask_before_other_books(found, go, stay)
        else:
            go()

    def close_now(self) -> None:
        """Close without a question: the computer shuts down, or the program ends."""
        self._leaves = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        found = Open.of(self._status, self.flow.open_count)
        if found and not self._leaves:
            self.leaving.ask_before_quitting(found, self.close_now)
            event.ignore()
            return
        if self._is_made("sounds"):
            self.sounds.close()
        self.closed.emit()
        super().closeEvent(event)

    # The owner's choices, and the screen.

    def set_preferences(self, preferences: Preferences) -> None:
        """Obey them at once."""
        before, self.preferences = self.preferences, preferences
        self.charge.set_ceiling(Sat(preferences.ceiling_sat))
        self.banner.set_customer(preferences.api == PRACTICE)
        self.banner.set_card(preferences.simulated_card)
        self.banner.show_status(self._status)
        if self._is_made("invoice"):
            self.invoice.set_qr_prefix(preferences.qr_prefix)
        if self._is_made("sounds"):
            self.sounds.set_volume(self._volume())
        self._restyle()
        if self.isVisible():
            self._measure()
        if before.fullscreen != preferences.fullscreen:
            (self.showFullScreen if preferences.fullscreen else self.showMaximized)()
        self.preferences_changed.emit(preferences)

    def _volume(self) -> float:
        return self.preferences.volume / 100 if self.preferences.sound else 0.0

    def _restyle(self) -> None:
        theme.set_mode(self.preferences.theme, still=self.preferences.still)

    def px_per_mm(self) -> float:
        """The screen's density, by the owner's word or by its own."""
        screen, inches = self.screen(), self.preferences.screen_inches
        if not inches:
            return px_per_mm(screen.physicalDotsPerInch())
        return math.hypot(screen.size().width(), screen.size().height()) / (inches * MM_PER_INCH)

    def _measure(self) -> None:
        """Take u from the screen's millimetres and the window's size."""
        text_scale = self.preferences.text_scale / 100
        theme.set_metrics(Metrics(self.px_per_mm(), self.width(), self.height(), text_scale))
        if theme.metrics.wide:
            self.charge.set_dock(self.recent.docked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._on_screen:
            self._on_screen = True
            self.windowHandle().screenChanged.connect(self._measure)
            self.ring.watch(self.windowHandle())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self._after_first_paint)

    def _after_first_paint(self) -> None:
        self.painted.emit()
        for page in (self.invoice, self.result):  # made now, so that the first Charge need not wait for them
            page.ensurePolished()


def _reader(status: StatusView) -> Fact | None:
    return next((fact for fact in status.facts if fact.key == "reader"), None)


def _reader_fails(status: StatusView) -> bool:
    """Whether there is a reader that ought to work; none at all is no fault."""
    reader = _reader(status)
    return reader is not None and reader.state in (FactState.WARN, FactState.DOWN)


def _is_stored(sale: SaleView) -> bool:
    """Whether its card is stored, and it is not at the counter any more."""
    return sale.state is SaleState.OWED and sale.phase is Phase.CLOSED


def _asks_pin(sale: SaleView) -> bool:
    """Whether the customer is to enter a PIN now, for a code that can still be paid."""
    return sale.tap is not None and sale.tap.phase is TapPhase.PIN and sale.phase is Phase.READY

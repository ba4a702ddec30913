"""The scenes of the queue for `tools.pictures`: its page, the manager's PIN, the slip, consent and limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from pos_app.core.money import Sat
from pos_app.core.pin_errors import PinLocked, PinNeeded, PinWrong
from pos_app.till.recovery import NotCompared, facts_meanwhile
from pos_app.till.states import SaleState
from pos_app.till.views import Act, FactState, Problem, QueueItem, SaleView, Stage, StoryLine, Tone
from pos_app.ui.pages.queue import QueuePage
from pos_app.ui.theme import Mode
from pos_app.ui.window import MainWindow
from tests.support.queue import STORY, a_terms, queue_item, queue_view, some_items, some_unassigned
from tests.support.sales import NOON_S, sale_view
from tests.support.window import FACTS, FakeActions, a_fact, a_status, a_store


class Seat(Protocol):
    """What a scene needs of the stage of `tools.pictures`."""

    window: MainWindow
    actions: FakeActions

    def answer(self, name: str, value: object) -> None: ...

    def recent(self, *sales: SaleView) -> None: ...


Scene = Callable[[Seat], None]
ITEMS = (
    *some_items(),
    queue_item(Stage.PAID_LATE, number=154, amount=6_200, ago_s=45),
    queue_item(Stage.REFUND_DUE, number=155, amount=2_100, ago_s=30),
    queue_item(Stage.HELD, number=156, amount=3_300, ago_s=20),
)
LATE = (
    StoryLine(NOON_S - 45, "Code shown", Tone.WAITING),
    StoryLine(NOON_S - 30, "The code ended", Tone.PLAIN),
    StoryLine(NOON_S - 10, "Paid late", Tone.PAID),
)
FULL = Problem("20 sales are stored already.", "Take cash until the till is online again.")


def _page(seat: Seat, *items: QueueItem, **store: Any) -> QueuePage:
    """The queue page with these items; the first is selected."""
    window = seat.window
    window.show_status(replace(_status(items), store=a_store(**store)))
    page = window.side.queue
    page.now_s = lambda: NOON_S
    window.rail.chosen.emit("queue")
    seat.answer("queue", queue_view(*items, **store))
    return page


def _status(items: tuple[QueueItem, ...], **changes: Any) -> Any:
    waiting = (Stage.STORED, Stage.ASKING, Stage.CHECKING)
    attention = sum(item.stage not in waiting for item in items)
    return a_status(**{"queue_count": len(items), "attention": attention, **changes})


def _shown(number: int, *, story: tuple[StoryLine, ...] = STORY, act: Act | None = None) -> Scene:
    """The whole queue with one sale selected, and an act of it pressed."""

    def show(seat: Seat) -> None:
        page = _page(seat, *ITEMS)
        page.open_sale(f"sale-{number}")
        seat.answer("story", story)
        if act is not None:
            page.item.foot.pressed.emit(act)

    return show


def _offline(seat: Seat) -> None:
    """Every bar there can be above it."""
    _shown(150)(seat)
    gone = a_fact("payments", "Offline since 11:52", FactState.DOWN, "No new codes.")
    store = a_store(offered=True, offline_since_s=NOON_S - 750, count=6, sum=Sat(41_142))
    status = _status(ITEMS, practice=True, api="Practice", network="regtest", store=store)
    seat.window.show_status(replace(status, facts=(gone, *FACTS[1:])))


def _left(seat: Seat) -> None:
    """The selected sale has left the queue."""
    page = _page(seat, *some_items())
    seat.answer("story", STORY)
    page.item.foot.pressed.emit(Act.PAID_OTHERWISE)
    page.item.foot.notice.findChildren(type(page.item.slip))[-1].click()
    seat.answer("paid_otherwise", sale_view(SaleState.PAID_OTHERWISE, number=149, amount=Sat(7_142)))
    page.show_queue(queue_view(*some_items()[1:]))
    paid = StoryLine(NOON_S, "Paid otherwise", Tone.PLAIN)
    seat.answer("story", (*STORY, paid))


def _pin(error: Exception | None = None, *, there: bool = True, act: Act = Act.VOID) -> Scene:
    """The manager's sheet over the queue."""

    def show(seat: Seat) -> None:
        _shown(149, act=act)(seat)
        seat.answer("has_manager_pin", there)
        sheet = seat.window.side.queue.manager
        sheet.reason.set_text("Goods back" if error else "")
        for digit in "1234" if error else "12":
            sheet.press(digit)
        if error is not None:
            sheet.pad.entered.emit()
            seat.actions.last(act.value).job.fail(error)

    return show


def _slip(seat: Seat) -> None:
    _shown(149)(seat)
    seat.window.side.queue.item.slip_pressed.emit()


def _slip_practice(seat: Seat) -> None:
    sale = sale_view(SaleState.OWED, number=152, amount=Sat(7_142), practice=True, note="Table 4")
    _shown(149)(seat)
    seat.window.side.queue.slip_sheet.open_slip(sale, "Café Linde")


def _empty(*, accepted: bool) -> Scene:
    def show(seat: Seat) -> None:
        _page(seat, accepted=accepted)

    return show


def _full(seat: Seat) -> None:
    _page(seat, *some_items(), refusal=FULL, count=20)
    seat.answer("story", STORY)


def _unassigned(*items: QueueItem) -> Scene:
    """After a restore: money without a sale."""

    def show(seat: Seat) -> None:
        page = _page(seat, *items)
        page.show_queue(queue_view(*items, unassigned=some_unassigned()))
        if items:
            seat.answer("story", STORY)

    return show


def _restored(*, opened: bool) -> Scene:
    """The till came back from a backup and asks first: a sale is refused, or the strip is opened."""

    def show(seat: Seat) -> None:
        backup_at_s = NOON_S - 8_000
        seat.recent()
        seat.window.show_status(a_status(*facts_meanwhile(FACTS, backup_at_s)))
        if opened:
            seat.window.strip.click()
            return
        for key in "2100":
            seat.window.charge.press(key)
        error = NotCompared(backup_at_s)
        seat.window.charge.show_problem(Problem(error.message, error.cure))

    return show


def _settings(*, accepted: bool = True, pin: bool = True) -> Scene:
    """The settings of offline cards."""

    def show(seat: Seat) -> None:
        seat.window.rail.chosen.emit("settings")
        seat.window.settings.open(seat.window.settings.offline)
        seat.answer("terms", a_terms() if accepted else a_terms(accepted_at_s=None))
        seat.answer("queue", queue_view(*some_items()))
        seat.answer("has_manager_pin", pin)

    return show


def _settings_wrong(seat: Seat) -> None:
    _settings()(seat)
    field = seat.window.settings.offline.limits[1].field
    field.set_text("10\u202f000")
    field.entered.emit(field.text())


def _settings_raise(seat: Seat) -> None:
    _settings()(seat)
    field = seat.window.settings.offline.limits[0].field
    field.set_text("50\u202f000")
    field.entered.emit(field.text())
    seat.actions.last("change_terms").job.fail(PinNeeded("This needs the manager PIN.", ""))
    seat.answer("has_manager_pin", True)


def _recent(seat: Seat) -> None:
    """What is not paid stands apart."""
    states = (SaleState.PAID, SaleState.PAID, SaleState.EXPIRED, SaleState.PAID_LATE, SaleState.WRITTEN_OFF)
    amounts = (21_000, 7_142, 27_416, 4_378, 10_828)
    ended = tuple(
        sale_view(states[at], number=148 - at, amount=Sat(amount), made_at_s=NOON_S - 420 - 300 * at)
        for at, amount in enumerate(amounts)
    )
    seat.window.recent.open()
    seat.recent(*(item.sale for item in reversed(some_items())), *ended)
    seat.window.recent.take_queue(queue_view(*some_items()))


def _recent_owed(seat: Seat) -> None:
    _recent(seat)
    seat.window.recent.open_sale(some_items()[3].sale)


_LARGE: dict[str, object] = {"text_scale": 150}
SCENES: dict[str, tuple[dict[str, object], Scene]] = {
    "restored": ({}, _restored(opened=False)),
    "restored-strip": ({}, _restored(opened=True)),
    "queue-unassigned": ({}, _unassigned(*some_items())),
    "queue-unassigned-alone": ({}, _unassigned()),
    "queue": ({}, _shown(149)),
    "queue-checking": ({}, _shown(150)),
    "queue-late": ({}, _shown(154, story=LATE)),
    "queue-refund": ({}, _shown(155)),
    "queue-refund-how": ({}, _shown(155, act=Act.REFUNDED)),
    "queue-held-text-150": (_LARGE, _shown(156)),
    "queue-high-contrast": ({"theme": Mode.CONTRAST_LIGHT}, _shown(149)),
    "queue-offline-practice": ({"api": "practice"}, _offline),
    "queue-paid-otherwise": ({}, _shown(149, act=Act.PAID_OTHERWISE)),
    "queue-left": ({}, _left),
    "queue-full": ({}, _full),
    "queue-empty": ({}, _empty(accepted=True)),
    "queue-empty-not-accepted": ({}, _empty(accepted=False)),
    "queue-void": ({}, _pin()),
    "queue-pin-wrong": ({}, _pin(PinWrong("This is not the manager PIN.", "3 more, then a wait.", tries_left=3))),
    "queue-pin-locked": ({}, _pin(PinLocked("Too many wrong PINs.", "Wait, then try again.", wait_s=47))),
    "queue-pin-first": ({}, _pin(there=False)),
    "queue-pin-text-150": (
        _LARGE,
        _pin(PinWrong("This is not the manager PIN.", "3 more, then a wait.", tries_left=3)),
    ),
    "queue-slip": ({}, _slip),
    "queue-slip-practice": ({}, _slip_practice),
    "settings-offline": ({}, _settings()),
    "settings-offline-consent": ({}, _settings(accepted=False, pin=False)),
    "settings-offline-wrong": ({}, _settings_wrong),
    "settings-offline-raise": ({}, _settings_raise),
    "settings-offline-text-150": (_LARGE, _settings()),
    "recent-pending": ({}, _recent),
    "recent-owed": ({}, _recent_owed),
}

"""What the invoice page shows for each state of a sale: one table of words, without widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from PySide6.QtCore import QCoreApplication

from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView, StoreView, TapPhase
from pos_app.ui.pages.taps import Tap
from pos_app.ui.storing import store_refusal
from pos_app.ui.widgets.chip import state_chip
from pos_app.ui.widgets.tap_state import TapState
from pos_app.ui.words import clock


class Action(Enum):
    """What can be pressed."""

    CANCEL = auto()
    STOP_WAITING = auto()
    COPY = auto()
    MORE = auto()
    TRY_AGAIN = auto()
    NEW_CODE = auto()
    BACK = auto()
    NEW_SALE = auto()
    CHECK_NOW = auto()
    CODE = auto()
    """Of a sale whose card was to be stored: its code after all."""
    STORE = auto()
    STORE_TAP = auto()
    """The card in hand, whose request never left."""
    PUT_BACK = auto()


@dataclass(frozen=True, slots=True)
class Message:
    """What stands in the place of the code; `tone` names the icon's colour."""

    icon: str
    tone: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One state of the page.

    `message` None shows the code (or its skeleton while there is no invoice yet). `caption` stands under the code;
    without one the message takes its place too. `tap` None leaves the card field to the sale's card; with a `primary`
    action there is no card field but the `note`. `calm` takes the colour from the caption, `worry` makes it amber.
    `busy` disables all that can be pressed. `storing`: the next card is stored, not sent. `origin` says where a sale
    that was taken back comes from.
    """

    message: Message | None = None
    caption_icon: str = ""
    caption: str = ""
    calm: bool = False
    worry: bool = False
    tap: Tap | None = None
    note: str = ""
    primary: Action | None = None
    actions: tuple[Action, ...] = ()
    chip: bool = False
    busy: bool = False
    escape: Action | None = None
    enter: Action | None = None
    storing: bool = False
    origin: str = ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Invoice", text)


def scene_of(sale: SaleView, store: StoreView | None = None, *, codes_work: bool = False, away: str = "") -> Scene:
    """The scene of a sale; `store` is what the till says about stored cards. A paid sale has a page of its own.

    With `codes_work` a code can be made and paid, so it is offered instead of storing a card. `away` is the key of the
    fact for which none can.
    """
    if sale.state in (SaleState.OWED, SaleState.UNCERTAIN) and sale.phase is not Phase.CLOSED:
        return _taken_back(sale, store, codes_work, away)
    match sale.state:
        case SaleState.OPEN:
            return _with_store(_open(sale, codes_work, away), sale, store)
        case SaleState.UNCERTAIN:
            return _uncertain(sale)
        case SaleState.EXPIRED:
            return _expired(sale)
        case SaleState.CANCELLED:
            return _cancelled()
        case _:
            return _ended(sale)


def _open(sale: SaleView, codes_work: bool, away: str) -> Scene:
    match sale.phase:
        case Phase.READY if sale.tap is not None and sale.tap.phase is TapPhase.UNKNOWN:
            return _only_wait()
        case Phase.READY:
            worry = sale.problem
            stop = Action.CANCEL if sale.can_cancel else Action.STOP_WAITING
            return Scene(
                caption_icon="triangle-alert" if worry else "qr-code",
                caption=worry.message if worry else _tr("Scan with a Lightning wallet"),
                worry=worry is not None,
                actions=(stop, Action.COPY, Action.MORE),
                escape=stop,
            )
        case Phase.CHECKING:
            return _checking(sale)
        case Phase.NO_CODE:
            return _no_code(sale, away)
        case Phase.ENDING:
            return _ending(sale)
        case Phase.CANCELLING:
            return _cancelling()
        case Phase.STORING:
            return _storing(sale, codes_work)
        case _:
            return Scene(
                caption_icon="qr-code",
                caption=_tr("One moment"),
                calm=True,
                actions=(Action.CANCEL, Action.COPY, Action.MORE),
                escape=Action.CANCEL,
            )


def _cancelling() -> Scene:
    return Scene(
        message=Message("ban", "idle", _tr("Cancelling"), _tr("The code is no longer shown.")),
        caption_icon="ban",
        caption=_tr("One moment"),
        calm=True,
        tap=Tap(TapState.NO_READER, _tr("No card now"), _tr("The sale is being cancelled.")),
        busy=True,
        actions=(Action.CANCEL, Action.COPY, Action.MORE),
    )


def _storing(sale: SaleView, codes_work: bool) -> Scene:
    text = _tr("You carry the risk: nobody can say now whether the card pays {amount}.").format(amount=sale.total)
    return Scene(
        message=Message("clock", "attn", _tr("Not paid until online"), text),
        caption_icon="info",
        caption=_tr("Nothing is sent now"),
        calm=True,
        actions=(Action.CANCEL, Action.CODE) if codes_work else (Action.CANCEL,),
        escape=Action.CANCEL,
        storing=True,
    )


def _with_store(scene: Scene, sale: SaleView, store: StoreView | None) -> Scene:
    """Offer to store the card: the one in hand whose request never left, or, where no code can be had, the next."""
    in_hand = sale.tap is not None and sale.tap.can_store
    offered = sale.phase is Phase.NO_CODE and Action.TRY_AGAIN in scene.actions and store is not None and store.offered
    if sale.phase not in (Phase.READY, Phase.NO_CODE) or store is None or not (in_hand or offered):
        return scene
    if not store.accepted:
        note = _tr("A card can be stored for later once that is switched on in Settings.")
        return replace(scene, note=note) if offered else scene
    refusal = store_refusal(store, sale.total)
    if refusal:
        return replace(scene, note=refusal)
    if in_hand:
        return replace(scene, actions=(*scene.actions, Action.STORE_TAP))
    waits = sale.tap is None or sale.tap.phase is TapPhase.READY
    text = _tr("Not paid until online. You carry the risk, up to {}.").format(store.tap_max)
    return replace(
        scene,
        tap=Tap(TapState.STORE_OFFER, text=text) if waits else scene.tap,
        actions=(*scene.actions, Action.STORE),
    )


_ONLY_NEW = (Action.CANCEL, Action.STOP_WAITING, Action.BACK, Action.NEW_SALE, Action.CHECK_NOW)
"""What a sale that was taken back from the queue does not offer: it is neither cancelled nor begun anew here."""


def _taken_back(sale: SaleView, store: StoreView | None, codes_work: bool, away: str) -> Scene:
    """The same sale at the counter once more, for its code or another card. It can only be put back."""
    scene = _with_store(_open(replace(sale, can_cancel=True), codes_work, away), sale, store)
    if sale.phase is Phase.ENDING and scene.message is not None:
        text = _tr("A new one for the same sale comes by itself, as soon as this one is certainly dead.")
        scene = _only_wait(replace(scene.message, text=text))
    actions = tuple(action for action in scene.actions if action not in _ONLY_NEW)
    card = _tr("Stored card of {time}, same sale") if sale.state is SaleState.OWED else _tr("Of {time}, same sale")
    return replace(
        scene,
        actions=(Action.PUT_BACK, *actions),
        escape=Action.PUT_BACK,
        chip=True,
        origin=card.format(time=clock(sale.made_at_s)),
    )


def _only_wait(message: Message | None = None, tap: Tap | None = None) -> Scene:
    """It may be paid, by a card or by an invoice that is not known: nothing can be done but wait."""
    return Scene(
        message=message,
        caption_icon="shield-check",
        caption=_tr("This sale can be paid only once"),
        calm=True,
        tap=tap,
        actions=(Action.STOP_WAITING,),
        escape=Action.STOP_WAITING,
    )


def _checking(sale: SaleView) -> Scene:
    problem = sale.problem
    text = f"{problem.message} {problem.cure}" if problem else _tr("The server's answer was lost.")
    message = Message("circle-question-mark", "attn", _tr("Not certain yet"), text) if sale.invoice is None else None
    return _only_wait(message, Tap(TapState.ANSWER_LOST))


_AWAY_ICONS = {"payments": "cloud-off", "lightning": "zap-off"}


def _no_code(sale: SaleView, away: str) -> Scene:
    problem = sale.problem
    text = f"{problem.message} {problem.cure}" if problem else _tr("The payments server cannot make a code now.")
    by_itself = sale.retry_at_monotonic_s is not None
    message = Message(_AWAY_ICONS.get(away, "circle-alert"), "attn", _tr("No code now"), text)
    if not sale.can_cancel:
        return _only_wait(message)
    return Scene(
        message=message,
        caption_icon="refresh-cw" if by_itself else "info",
        caption=_tr("Trying again by itself") if by_itself else _tr("Nothing was charged"),
        calm=True,
        actions=(Action.CANCEL, Action.TRY_AGAIN),
        escape=Action.CANCEL,
        enter=Action.TRY_AGAIN,
    )


def _late_money() -> str:
    return _tr("If money still arrives, it is booked and shown under Recent sales as “Paid late”.")


def _minutes(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if rest or not minutes:
        return _tr("{count} seconds").format(count=seconds)
    return _tr("1 minute") if minutes == 1 else _tr("{count} minutes").format(count=minutes)


def _ending(sale: SaleView) -> Scene:
    text = _tr("Nobody has paid it so far. The till still watches it.")
    if sale.problem is not None:
        text = f"{sale.problem.message} {sale.problem.cure}"
    message = Message("timer-off", "idle", _tr("The code has ended"), text)
    if not sale.can_cancel:
        return _only_wait(message)
    return Scene(
        message=message,
        note=_late_money(),
        primary=Action.NEW_CODE,
        actions=(Action.CANCEL, Action.NEW_SALE),
        escape=Action.CANCEL,
    )


def _expired(sale: SaleView) -> Scene:
    text = _tr("Nobody paid it within {time}.").format(time=_minutes(sale.expiry_s))
    return Scene(
        message=Message("timer-off", "idle", _tr("The code has expired"), text),
        note=_late_money(),
        primary=Action.NEW_CODE,
        actions=(Action.BACK, Action.NEW_SALE),
        chip=True,
        escape=Action.NEW_SALE,
        enter=Action.NEW_CODE,
    )


def _cancelled() -> Scene:
    return Scene(
        message=Message("ban", "idle", _tr("Sale cancelled"), _tr("The code is no longer shown.")),
        note=_late_money(),
        primary=Action.NEW_SALE,
        actions=(Action.BACK,),
        chip=True,
        escape=Action.NEW_SALE,
        enter=Action.NEW_SALE,
    )


def _ended(sale: SaleView) -> Scene:
    """The ends that a cashier meets only when looking back."""
    look = state_chip(sale.state)
    text = ""
    if sale.received:
        text = _tr("{amount} arrived in all.").format(amount=sale.received)
    if sale.state is SaleState.PAID_OTHERWISE:
        text = _tr("{amount} was paid in another way, such as cash.").format(amount=sale.total)
    if sale.state is SaleState.REFUND_DUE:
        more = _tr("More was paid than is due. {amount} arrived in all.")
        back = _tr("{amount} arrived and are to be given back.")
        text = (more if sale.received > sale.total else back).format(amount=sale.received)
    return Scene(
        message=Message(look.icon, look.tone, look.word, text),
        primary=Action.NEW_SALE,
        actions=(Action.BACK,),
        chip=True,
        escape=Action.NEW_SALE,
        enter=Action.NEW_SALE,
    )


def _uncertain(sale: SaleView) -> Scene:
    text = _tr("{amount} may still be paid.").format(amount=sale.total)
    if sale.uncertain_until_s is not None:
        until = clock(sale.uncertain_until_s)
        text = _tr("{amount} may still be paid until {time}.").format(amount=sale.total, time=until)
    return Scene(
        message=Message("circle-question-mark", "attn", _tr("Not certain yet"), text),
        caption_icon="shield-check",
        caption=_tr("This sale can be paid only once"),
        calm=True,
        tap=Tap(
            TapState.ANSWER_LOST,
            text=_tr("The till goes on checking and shows the sale in amber until it is sure."),
        ),
        actions=(Action.CHECK_NOW, Action.NEW_SALE),
        chip=True,
        escape=Action.NEW_SALE,
    )

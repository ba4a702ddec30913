"""What the card field shows for each phase of a tap, and what is heard with it: one table, without widgets."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from pos_app.till.views import TapPhase, TapView
from pos_app.ui.sounds import Sound
from pos_app.ui.widgets.tap_state import TapState, tap_look

ASKING_AFTER_S, SLOW_AFTER_S, LOST_AFTER_S = 3.0, 10.0, 30.0
"""The words of waiting change so long after the card was read, and after its issuer was asked."""

_STATES = {
    TapPhase.NO_READER: TapState.NO_READER,
    TapPhase.READY: TapState.READY,
    TapPhase.CARD_LEFT: TapState.CARD_LEFT,
    TapPhase.SEEN: TapState.SEEN,
    TapPhase.READ: TapState.READ,
    TapPhase.PIN: TapState.PIN,
    TapPhase.DECLINED: TapState.DECLINED,
    TapPhase.LIMIT: TapState.OVER_LIMIT,
    TapPhase.TAP_LOST: TapState.TAP_LOST,
    TapPhase.UNREADABLE: TapState.UNREADABLE,
    TapPhase.RECEIVE_ADDRESS: TapState.RECEIVE_ONLY,
    TapPhase.UNUSABLE: TapState.UNUSABLE,
    TapPhase.UNKNOWN: TapState.ANSWER_LOST,
}
_SAYS_ALL = (TapState.NO_READER, TapState.NOT_SENT)
"""Here the till's words leave nothing to add."""
_GOES_ON = (TapState.READ, TapState.ASKING, TapState.SLOW)
_NO = (TapState.DECLINED, TapState.OVER_LIMIT, TapState.TAP_LOST, TapState.RECEIVE_ONLY, TapState.UNUSABLE)
_LOOK_HERE = (TapState.PIN, TapState.TRYING, TapState.NOT_SENT, TapState.UNREADABLE, TapState.ANSWER_LOST)


@dataclass(frozen=True, slots=True)
class Tap:
    """One state of the card field. `title` and `text` replace its usual words; `quote` is the issuer's own text.

    `since_s` is when the waiting began (monotonic seconds).
    """

    state: TapState
    title: str = ""
    text: str = ""
    quote: str = ""
    since_s: float | None = None


def _tr(text: str) -> str:
    return QCoreApplication.translate("Tap", text)


def tap_of(view: TapView, now_s: float, *, storing: bool = False, has_code: bool = True) -> Tap:
    """The card field of a sale at this moment (monotonic seconds); with `storing` the next card is stored."""
    if view.phase is TapPhase.READY and not has_code and not storing:
        return Tap(TapState.READY, text=_tr("It is charged once there is a code."))
    if storing:
        return _storing(view)
    if view.phase is TapPhase.ASKING:
        return _asking(view, now_s)
    if view.phase is TapPhase.NOT_REACHED:
        state = TapState.NOT_SENT if view.since_monotonic_s is None else TapState.TRYING
    else:
        state = _STATES[view.phase]
    title = _tr("Not for this amount") if view.phase is TapPhase.LIMIT and view.limit is None else ""
    text = view.words
    if text and state not in _SAYS_ALL:
        text = f"{text} {tap_look(state).text}"
    return Tap(state, title, text, view.reason, view.since_monotonic_s)


def _storing(view: TapView) -> Tap:
    """There is no code to scan instead."""
    state = _STATES.get(view.phase, TapState.STORE)
    if state is TapState.READY:
        return Tap(TapState.STORE)
    if state is TapState.NO_READER:
        return Tap(state, text=view.words or _tr("A card can be stored once a reader is connected."))
    if state in (TapState.RECEIVE_ONLY, TapState.UNUSABLE):
        return Tap(state, text=" ".join(words for words in (view.words, _tr("Use another card.")) if words))
    return Tap(state, text=f"{view.words} {tap_look(state).text}" if view.words else "")


def _asking(view: TapView, now_s: float) -> Tap:
    """First the card is taken away, then the words follow the clock."""
    since_s = now_s if view.since_monotonic_s is None else view.since_monotonic_s
    read_at_s = since_s if view.read_at_monotonic_s is None else view.read_at_monotonic_s
    if now_s - read_at_s < ASKING_AFTER_S:
        return Tap(TapState.READ)
    if now_s - since_s < SLOW_AFTER_S:
        return Tap(TapState.ASKING, since_s=since_s)
    if now_s - since_s < LOST_AFTER_S:
        text = f"{{seconds}}\u202fs. {view.words}" if view.words else ""
        return Tap(TapState.SLOW, text=text, since_s=since_s)
    words = view.words or _tr("No answer so far.")
    return Tap(TapState.ANSWER_LOST, text=f"{words} {_tr('Checking, {seconds} s.')}", since_s=since_s)


class TapSounds:
    """Which sound a state of the card field is heard with: each once for one tap."""

    def __init__(self) -> None:
        self._read_at_s: float | None = None
        self._heard: set[TapState] = set()

    def of(self, tap: Tap, read_at_s: float | None) -> Sound | None:
        """The sound of `tap`, which has just come. `read_at_s` tells one tap from the next."""
        step = TapState.READ if tap.state in _GOES_ON else tap.state
        if read_at_s is not None:
            if read_at_s != self._read_at_s:
                self._read_at_s = read_at_s
                self._heard.clear()
            if step in self._heard:
                return None
            self._heard.add(step)
        if step is TapState.READ:
            return Sound.TAP_READ
        if step in _NO:
            return Sound.DECLINED
        return Sound.ATTENTION if step in _LOOK_HERE else None

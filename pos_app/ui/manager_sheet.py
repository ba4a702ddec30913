"""Asks for the manager PIN, and for a reason where one is kept. No digit stays in it once it is closed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.core.pin_errors import PinLocked, PinNotSet, PinWrong
from pos_app.ui import fonts
from pos_app.ui.actions import Actions, problem_of
from pos_app.ui.job import Job
from pos_app.ui.theme import theme
from pos_app.ui.widgets.announce import announce
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.countdown import clock_text
from pos_app.ui.widgets.keys import BACKSPACE
from pos_app.ui.widgets.label import Label
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.widgets.pin_pad import PinPad
from pos_app.ui.widgets.pin_parts import PinDots
from pos_app.ui.widgets.reason import Reason
from pos_app.ui.widgets.scroll import Scroll
from pos_app.ui.widgets.sheet import Sheet
from pos_app.ui.widgets.sweep import Sweep

LEAST_DIGITS, MOST_DIGITS = 4, 12
WIDTH_U, PAD_U, TALLEST_KEY_U = 214, 92, 21
TICK_MS = 200

Send = Callable[[str, str], Job]
"""Hands over the PIN and the reason."""


class _Step(Enum):
    LOADING = auto()
    PIN = auto()
    """The PIN in force."""
    NEW = auto()
    AGAIN = auto()
    SENDING = auto()
    DONE = auto()
    LOCKED = auto()


@dataclass(frozen=True)
class _Errand:
    """What the PIN is wanted for; without `send` it is to be set or changed."""

    words: str
    done: Callable[[object], None]
    send: Send | None = None
    reason: bool = False
    reasons: tuple[str, ...] = ()


class ManagerSheet(Sheet):
    """Covers `over`. Where there is no PIN yet it asks to set one, twice, before it asks for anything else.

    A wrong PIN is said in place, with the tries that are left; while none is taken the seconds count down.
    """

    _errand: _Errand | None = None

    def __init__(
        self, over: QWidget, actions: Actions, *, now: Callable[[], float] = time.monotonic, width_u: float = WIDTH_U
    ) -> None:
        super().__init__(over, " ", width_u=width_u)
        self._actions = actions
        self._now = now
        self._job: Job | None = None
        self._step = _Step.LOADING
        self._digits = self._new = self._old = ""
        self._open_at_s = 0.0
        self.words = Label(tone="ink2", wrap=True)
        self.reason = Reason()
        self.reason.given.connect(self._reason_given)
        self.reason.entered.connect(self._focus_pad)
        self.prompt = Label(size=4.75, weight=fonts.SEMIBOLD, wrap=True)
        self.dots = PinDots()
        self.dots.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.sweep = Sweep()
        self.notice = Notice()
        self.pad = PinPad()
        self.pad.typed.connect(self.press)
        self.pad.entered.connect(self._enter)
        self._lay_out()
        self._ticking = QTimer(self)
        self._ticking.setInterval(TICK_MS)
        self._ticking.timeout.connect(self.tick)
        theme.follow(self._fit_body)

    def _lay_out(self) -> None:
        left = QWidget()
        self._text = QVBoxLayout(left)
        self._text.addWidget(self.words)
        self._text.addWidget(self.reason)
        self._text.addWidget(self.prompt)
        self._text.addWidget(self.dots)
        self._text.addWidget(self.sweep)
        self._text.addWidget(self.notice)
        self._text.addStretch(1)
        side = QVBoxLayout()
        side.addWidget(self.pad)
        side.addStretch(1)
        self._columns = QHBoxLayout()
        self._columns.addWidget(Scroll(left), 1)
        self._columns.addLayout(side)
        self.body.addLayout(self._columns, 1)

    def _fit_body(self) -> None:
        u = theme.u
        self._columns.setContentsMargins(u(7), u(1), u(7), u(3))
        self._columns.setSpacing(u(6))
        self._text.setContentsMargins(0, 0, u(2), 0)
        self._text.setSpacing(u(2))
        self.pad.setFixedWidth(u(PAD_U))
        self.pad.setMaximumHeight(4 * u(TALLEST_KEY_U) + 3 * u(3))

    # What pages call.

    def ask(
        self,
        title: str,
        words: str,
        *,
        reason: bool,
        send: Send,
        done: Callable[[object], None],
        reasons: tuple[str, ...] = (),
    ) -> None:
        """Ask for the PIN, and for a reason where `reason`: `reasons` are offered, anything can be typed.

        Both go to `send`. What its job brings goes to `done`, once the sheet is closed.
        """
        self._begin(title, _Errand(words, done, send, reason, reasons))

    def change_pin(self, done: Callable[[object], None]) -> None:
        """Set the manager PIN, or change it: then the one in force is asked for first."""
        words = self.tr("It protects limits, voids, write-offs and refunds. Keep it apart from the till.")
        self._begin(self.tr("Manager PIN"), _Errand(words, done))

    # The steps.

    def _begin(self, title: str, errand: _Errand) -> None:
        self._errand = errand
        self.set_title(title)
        self.words.setText(errand.words)
        self.reason.offer(errand.reasons)
        self.reason.setVisible(errand.reason)
        self.notice.hide()
        self._to(_Step.LOADING)
        self.open_sheet()
        self._focus_pad()
        job = self._actions.has_manager_pin()
        self._wait_for(job, lambda there: self._to(_Step.PIN if there else _Step.NEW), self._unreadable)

    def _unreadable(self, error: BaseException) -> None:
        problem = problem_of(error)
        again = Button(self.tr("Try again"), height=11.5, text_size=4.5)
        errand = self._errand
        assert errand is not None
        again.clicked.connect(lambda: self._begin(self.panel.accessibleName(), errand))
        self.sweep.stop()
        self.notice.say("fail", problem.message, problem.cure, buttons=(again,))

    def _wait_for(
        self, job: Job, heard: Callable[[object], object], trouble: Callable[[BaseException], object]
    ) -> None:
        """Hear of this job alone: the answer to an older one is dropped."""
        self._job = job
        job.succeeded.connect(lambda value: heard(value) if job is self._job else None)
        job.on_trouble(lambda error: trouble(error) if job is self._job else None)

    def _to(self, step: _Step) -> None:
        self._step = step
        self._set_digits("")
        if step in (_Step.LOADING, _Step.SENDING):
            self.sweep.run()
        else:
            self.sweep.stop()
        if step is _Step.LOCKED:
            self._ticking.start()
        else:
            self._ticking.stop()
        self._say_prompt()

    def _say_prompt(self) -> None:
        setting = self._errand is not None and self._errand.send is None
        words = {
            _Step.LOADING: "",
            _Step.PIN: self.tr("The PIN in force") if setting else self.tr("Manager PIN"),
            _Step.NEW: (
                self.tr("The new PIN: {least} to {most} digits")
                if self._old
                else self.tr("There is no manager PIN yet. Choose one: {least} to {most} digits")
            ).format(least=LEAST_DIGITS, most=MOST_DIGITS),
            _Step.AGAIN: self.tr("The same PIN once more"),
            _Step.SENDING: self.tr("One moment"),
            _Step.DONE: self.tr("One moment"),
            _Step.LOCKED: self.tr("Wait {time}").format(time=clock_text(self._open_at_s - self._now())),
        }[self._step]
        if words != self.prompt.text():
            self.prompt.setText(words)
            if self._step is not _Step.LOCKED:
                announce(self, words)

    def tick(self) -> None:
        """Let the seconds of the wait count."""
        if self._step is not _Step.LOCKED:
            return
        if self._now() >= self._open_at_s:
            self.notice.hide()
            self._to(_Step.PIN)
        else:
            self._say_prompt()

    # Typing.

    def press(self, key: str) -> None:
        """One key of the pad or the keyboard."""
        if self._step in (_Step.PIN, _Step.NEW, _Step.AGAIN):
            digits = self._digits[:-1] if key == BACKSPACE else self._digits + key
            self._set_digits(digits[:MOST_DIGITS])

    def _set_digits(self, digits: str) -> None:
        self._digits = digits
        self.dots.show_count(len(digits))
        taken = self._step in (_Step.PIN, _Step.NEW, _Step.AGAIN)
        self.pad.set_open(taken, len(digits) >= LEAST_DIGITS)

    def _enter(self) -> None:
        if len(self._digits) < LEAST_DIGITS or self._errand is None:
            return
        digits = self._digits
        match self._step:
            case _Step.PIN if self._errand.send is None:
                self._old = digits
                self._to(_Step.NEW)
            case _Step.PIN if self._has_reason():
                self._hand_over(digits)
            case _Step.NEW:
                self._new = digits
                self.notice.hide()
                self._to(_Step.AGAIN)
            case _Step.AGAIN:
                self._compare(digits)
            case _:
                pass

    def _compare(self, digits: str) -> None:
        new, self._new = self._new, ""
        if digits != new:
            self._to(_Step.NEW)
            self._complain(self.tr("The two were not the same."), self.tr("Choose a PIN again."))
            return
        self._to(_Step.SENDING)
        job = self._actions.set_manager_pin(new, self._old)
        self._wait_for(job, lambda _: self._was_set(new), self._refused)

    def _was_set(self, pin: str) -> None:
        assert self._errand is not None
        self._old = ""
        if self._errand.send is None:
            self._finish(None)
        elif self._has_reason():
            self._hand_over(pin)
        else:
            self._to(_Step.PIN)

    def _hand_over(self, pin: str) -> None:
        assert self._errand is not None and self._errand.send is not None
        self.notice.hide()
        self._to(_Step.SENDING)
        self._wait_for(self._errand.send(pin, self.reason.text()), self._finish, self._refused)

    def _finish(self, value: object) -> None:
        errand = self._errand
        self._to(_Step.DONE)
        self.close_sheet()
        if errand is not None:
            errand.done(value)

    def _refused(self, error: BaseException) -> None:
        problem = problem_of(error)
        self._old = ""
        if isinstance(error, PinLocked | PinWrong) and error.wait_s > 0:
            self._open_at_s = self._now() + error.wait_s
            self._to(_Step.LOCKED)
        else:
            self._to(_Step.NEW if isinstance(error, PinNotSet) else _Step.PIN)
        self._complain(problem.message, problem.cure)

    def _complain(self, title: str, text: str) -> None:
        self.notice.say("fail", title, text)
        announce(self, self.notice.accessibleName())

    # The reason.

    def _has_reason(self) -> bool:
        """Whether there is a reason, or none is needed; else the field says so."""
        assert self._errand is not None
        missing = self._errand.reason and not self.reason.text()
        self.reason.set_wrong(missing)
        if missing:
            self._complain(self.tr("A reason is needed."), self.tr("It stays with the sale."))
        return not missing

    def _reason_given(self) -> None:
        if self._step is not _Step.LOCKED:
            self.notice.hide()

    # Keys and focus.

    def _focus_pad(self) -> None:
        self.dots.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_sheet(self, *, slide: bool = True) -> None:
        """Close it, but not while what was asked for is being done."""
        if self._step is not _Step.SENDING:
            super().close_sheet(slide=slide)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, once = event.key(), not event.isAutoRepeat()
        if event.text() and event.text() in "0123456789":
            if once:
                self.press(event.text())
        elif key == Qt.Key.Key_Backspace:
            self.press(BACKSPACE)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if once:
                self._enter()
        else:
            super().keyPressEvent(event)
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._errand is None:
            return
        self._ticking.stop()
        self.sweep.stop()
        self._new = self._old = ""
        self._set_digits("")

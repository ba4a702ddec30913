"""What the window can ask for. Each method returns at once with a `Job`; what it brings is in its docstring.

The window is handed one object of this kind, so that every screen can be shown with a fake. A job fails with an
exception; `problem_of` has the words for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QCoreApplication

from pos_app.core.errors import RetryableError, UserError
from pos_app.core.money import Sat
from pos_app.till.views import Problem
from pos_app.ui.job import Job
from pos_app.ui.queue_actions import QueueActions
from pos_app.ui.record_actions import RecordActions
from pos_app.ui.theme import Mode

_translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class ApiChoice:
    """One payments API that the till knows: `api` is "practice", "embedded" or an address."""

    api: str
    words: str
    detail: str
    """Its network, and where its key is kept."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """The settings that the window shows, and those that it obeys."""

    shop_name: str = ""
    ceiling_sat: int = 1_000_000
    """Above this amount Charge asks once more."""
    invoice_expiry_s: int = 600
    theme: Mode = Mode.SYSTEM
    text_scale: int = 100
    """Percent."""
    screen_inches: float = 0.0
    """The screen's diagonal; 0 believes the screen."""
    still: bool = False
    fullscreen: bool = False
    sound: bool = True
    volume: int = 100
    """Percent."""
    qr_prefix: bool = False
    """Put `LIGHTNING:` before the invoice in the code."""
    api: str = "practice"
    apis: tuple[ApiChoice, ...] = ()
    simulated_card: bool = False
    """There is a simulated card that can be tapped."""
    sound_player: str = ""
    """The program that plays the sounds; empty: the screen's beep."""


@dataclass(frozen=True, slots=True)
class Question:
    """What `connect` must know before it goes on: show the words, then ask again with `answer`.

    `fingerprint` is the SHA-256 of a certificate that no authority vouches for, or empty.
    """

    message: str
    detail: str
    yes: str
    answer: str
    fingerprint: str = ""


def problem_of(error: BaseException) -> Problem:
    """The words for a job that failed."""
    if isinstance(error, UserError):
        return Problem(error.message, error.cure)
    if isinstance(error, RetryableError):
        return Problem(_translate("Problem", "That did not work."), _translate("Problem", "Try again."))
    return Problem(_translate("Problem", "That did not work."), _translate("Problem", "The log says why."))


class Actions(QueueActions, RecordActions, Protocol):
    """The counter's commands, practice's, and the settings'."""

    def charge(self, amount: Sat, note: str, replaces: str | None = None, *, store: bool = False) -> Job:
        """Begin a sale: a `SaleView`. The rest comes as events. With `store` the next card is stored, not sent."""

    def cancel(self, sale_id: str) -> Job:
        """A `SaleView`."""

    def retry(self, sale_id: str) -> Job:
        """A `SaleView`."""

    def stop_waiting(self, sale_id: str) -> Job:
        """A `SaleView`."""

    def nothing_handed_over(self, sale_id: str) -> Job:
        """Of an uncertain sale: a `SaleView`."""

    def check_now(self, sale_id: str | None = None) -> Job:
        """Nothing; what was found comes as events."""

    def recent(self, limit: int, search: str) -> Job:
        """A tuple of `SaleView`, newest first."""

    def enter_pin(self, sale_id: str, pin: str) -> Job:
        """The customer's PIN for the card that waits for it: a `SaleView`."""

    def dismiss_pin(self, sale_id: str) -> Job:
        """There will be no PIN: a `SaleView`."""

    def tap_card(self) -> Job:
        """Hold the simulated card to its reader: nothing. The rest comes as events."""

    def customer_pays(self, sale_id: str, how: str) -> Job:
        """The practice customer pays the sale's invoice: `how` is now, late, never or fail. Nothing."""

    def change(self, name: str, value: str | int | float | bool) -> Job:
        """Set one of the `Preferences` by its name: the `Preferences` then in force."""

    def use_api(self, api: str) -> Job:
        """Sell through another known API: the `Preferences` then in force."""

    def connect(self, url: str, invoice_key: str, answer: str = "") -> Job:
        """Check a server and its invoice key and keep them: the `Preferences` then in force, or a `Question`."""

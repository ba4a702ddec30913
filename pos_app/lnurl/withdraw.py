"""LUD-03 (withdrawRequest) with `pinLimit`, one step at a time, so that a caller can make each durable.

    offer = await look_up(fetcher, link)         # uses the tap up, moves no money
    offer.check_amount(amount)                   # is the amount within what the card offers?
    offer.needs_pin(amount)                      # ask the customer?
    told = await submit(fetcher, offer, bolt11)  # now the service may pay

Nothing here ever means "paid": only the invoice's own state does. No step is repeated by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from pos_app.core.errors import UserError
from pos_app.core.money import Msat, Sat
from pos_app.core.text import plain
from pos_app.lnurl import answers
from pos_app.net.allow import AllowList
from pos_app.net.errors import AnswerLost, Forbidden, NotSent
from pos_app.net.fetch import Fetcher
from pos_app.net.url import Url

LOOK_UP_TIMEOUT_S = 8.0
SUBMIT_TIMEOUT_S = 30.0
_AGAIN = "Tap again, or pay by QR."
_OTHER_CARD = "Use another card, or pay by QR."


class Outcome(StrEnum):
    """What is known about the money after a withdraw was tried."""

    NOT_SENT = "not_sent"
    """The invoice never reached the card's service."""
    LIKELY_FAILED = "likely_failed"
    """The service refused. Watch the invoice until it is dead all the same."""
    UNKNOWN = "unknown"
    """The invoice was handed over and the answer is lost: it may be paid."""
    PENDING = "pending"
    """The service took the invoice: it may be paid."""


class Step(StrEnum):
    """Where a withdraw ended."""

    CONNECT = "connect"
    LINK = "link"
    AMOUNT = "amount"
    PIN = "pin"
    CALLBACK = "callback"


class WithdrawError(UserError):
    """A withdraw that ended before the service saw the invoice: its outcome is `not_sent`.

    `reason` holds the service's own words, safe to show as plain text, or nothing.
    """

    step: Step
    outcome = Outcome.NOT_SENT

    def __init__(self, message: str, cure: str = _AGAIN, *, reason: str = "") -> None:
        super().__init__(message, cure)
        self.reason = reason


class NotReached(WithdrawError):
    """No byte left us: the tap is not used up."""

    step = Step.CONNECT


class LinkLost(WithdrawError):
    """The link was asked for and no usable answer came: the tap is probably used up."""

    step = Step.LINK


class LinkRefused(WithdrawError):
    """The service answered with a refusal, or with something that is no usable offer."""

    step = Step.LINK

    @property
    def used(self) -> bool:
        """Whether the service says that this tap was presented before."""
        return _USED.search(self.reason) is not None


class OutOfRange(WithdrawError):
    """The card does not offer this amount; `limit` is the most that it pays, where that is what is exceeded."""

    step = Step.AMOUNT

    def __init__(self, message: str, limit: Msat | None = None) -> None:
        super().__init__(message, _OTHER_CARD)
        self.limit = limit


@dataclass(frozen=True, slots=True)
class WithdrawOffer:
    """What the service offers for one tap. `k1` and `callback` are as secret as the card's URL.

    `pin_limit` is the least amount for which a PIN is due, None for a card without one.
    """

    k1: str = field(repr=False)
    callback: Url
    min: Msat
    max: Msat
    pin_limit: Msat | None
    description: str

    def check_amount(self, amount: Msat) -> None:
        """Raises OutOfRange with the limit in words. Being within it does not promise payment."""
        if amount > self.max:
            raise OutOfRange(f"The card's limit is {_sat(self.max)}.", self.max)
        if amount < self.min:
            raise OutOfRange(f"The card pays no less than {_sat(self.min)}.")

    def needs_pin(self, amount: Msat) -> bool:
        return self.pin_limit is not None and amount >= self.pin_limit

    def fields(self) -> dict[str, object]:
        """The offer as LUD-03 writes it; `read_offer` takes it back."""
        fields: dict[str, object] = {
            "tag": "withdrawRequest",
            "callback": self.callback.text,
            "k1": self.k1,
            "minWithdrawable": self.min.value,
            "maxWithdrawable": self.max.value,
            "defaultDescription": self.description,
        }
        return fields if self.pin_limit is None else {**fields, "pinLimit": self.pin_limit.value}


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of handing an invoice over.

    `reason` is the service's refusal where `likely_failed`, what went wrong on the way where `not_sent` or `unknown`.
    """

    outcome: Outcome
    reason: str = ""


async def look_up(fetcher: Fetcher, link: Url) -> WithdrawOffer:
    """Step 1: ask the card's link what it offers. Takes 8 s at most.

    Raises NotReached, LinkLost or LinkRefused.
    """
    try:
        answer = await fetcher.get(link, timeout_s=LOOK_UP_TIMEOUT_S)
    except Forbidden as error:
        raise NotReached(error.message, _OTHER_CARD) from error
    except NotSent as error:
        raise NotReached(f"The card's issuer was not reached: {error.message}") from error
    except AnswerLost as error:
        raise LinkLost(f"The card's issuer gave no answer: {error.message}") from error
    try:
        fields = answers.read_object(answer.body)
    except answers.BadAnswer as error:
        raise LinkLost(f"{link.host} gave no usable answer.") from error
    if answers.status(fields) == "ERROR":
        reason = answers.reason(fields, _tokens(link))
        raise LinkRefused(f"The card's issuer refused: “{reason}”", reason=reason)
    return read_offer(fields, fetcher.allow)


def read_offer(fields: answers.Fields, allow: AllowList) -> WithdrawOffer:
    """A withdrawRequest's fields, checked. Raises LinkRefused."""
    tag = fields.get("tag")
    if tag == "payRequest":
        raise LinkRefused("This is a receive address: it can take money, not pay.", _OTHER_CARD)
    if tag != "withdrawRequest":
        raise LinkRefused("This card's link is not one that pays.", _OTHER_CARD)
    description = fields.get("defaultDescription")
    try:
        callback = Url.parse(answers.text(fields, "callback", 4096))
        allow.check(callback)
        offer = WithdrawOffer(
            k1=answers.text(fields, "k1", 1024),
            callback=callback,
            min=answers.msat(fields, "minWithdrawable"),
            max=answers.msat(fields, "maxWithdrawable"),
            pin_limit=None if fields.get("pinLimit") is None else answers.msat(fields, "pinLimit"),
            description=plain(description) if isinstance(description, str) else "",
        )
    except answers.BadAnswer as error:
        raise LinkRefused("The card's issuer sent an offer that is not valid.", _OTHER_CARD) from error
    except Forbidden as error:
        raise LinkRefused(f"The card's issuer is not allowed: {error.message}", _OTHER_CARD) from error
    if offer.min > offer.max:
        raise LinkRefused("The card's issuer sent an offer that is not valid.", _OTHER_CARD)
    return offer


async def submit(fetcher: Fetcher, offer: WithdrawOffer, bolt11: str, pin: str | None = None) -> Submitted:
    """Step 2: hand the invoice over. Takes 30 s at most and raises nothing of its own: every end is an outcome."""
    pairs = {"k1": offer.k1, "pr": bolt11}
    if pin is not None:
        pairs["pin"] = pin
    try:
        answer = await fetcher.get(offer.callback.with_query(pairs), timeout_s=SUBMIT_TIMEOUT_S)
    except NotSent as error:
        return Submitted(Outcome.NOT_SENT, error.message)
    except AnswerLost as error:
        return Submitted(Outcome.UNKNOWN, error.message)
    try:
        fields = answers.read_object(answer.body)
    except answers.BadAnswer:
        return Submitted(Outcome.UNKNOWN, f"{offer.callback.host} gave no usable answer.")
    match answers.status(fields):
        case "OK":
            return Submitted(Outcome.PENDING)
        case "ERROR":
            secrets = [
                *_tokens(offer.callback),
                *(each for each in (offer.k1, pin) if each and len(each) >= _PIN_LEAST),
            ]
            return Submitted(Outcome.LIKELY_FAILED, answers.reason(fields, secrets))
        case _:
            return Submitted(Outcome.UNKNOWN, f"{offer.callback.host} gave no usable answer.")


def _tokens(url: Url) -> list[str]:
    """What of an address may be a token: its long words."""
    return _LONG_WORD.findall(url.target)


_LONG_WORD = re.compile(r"[\w-]{12,}")
_PIN_LEAST = 4
_USED = re.compile(r"already (been )?used|is spent|already spent", re.IGNORECASE)


def _sat(amount: Msat) -> str:
    return str(Sat(amount.value // 1000))

"""The states of the card field: how each looks, and what it says by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication


class TapState(StrEnum):
    """What the field can say."""

    READY = "ready"
    CARD_LEFT = "card_left"
    SEEN = "seen"
    READ = "read"
    ASKING = "asking"
    SLOW = "slow"
    TRYING = "trying"
    NOT_SENT = "not_sent"
    UNREADABLE = "unreadable"
    DECLINED = "declined"
    TAP_LOST = "tap_lost"
    RECEIVE_ONLY = "receive_only"
    UNUSABLE = "unusable"
    OVER_LIMIT = "over_limit"
    PIN = "pin"
    ANSWER_LOST = "answer_lost"
    NO_READER = "no_reader"
    STORE_OFFER = "store_offer"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class TapLook:
    """`tone` is accent, attn, fail or idle. `{seconds}` in the text counts up."""

    tone: str
    icon: str
    lamps: int
    title: str
    text: str
    waiting: bool = False


def tap_look(state: TapState) -> TapLook:
    """How a state looks and what it says by itself."""
    tr = QCoreApplication.translate
    match state:
        case TapState.READY:
            return TapLook(
                "accent", "nfc", 1, tr("Tap", "Tap card"), tr("Tap", "Hold it on the reader, or scan the code.")
            )
        case TapState.CARD_LEFT:
            text = tr("Tap", "It lay here before. Take it away, then tap it.")
            return TapLook("attn", "credit-card", 1, tr("Tap", "Lift the card"), text)
        case TapState.SEEN:
            return TapLook("accent", "nfc", 2, tr("Tap", "Hold still"), tr("Tap", "Card seen, reading."))
        case TapState.READ:
            return TapLook(
                "accent", "credit-card", 4, tr("Tap", "Card read"), tr("Tap", "Take the card away. Not paid yet.")
            )
        case TapState.ASKING:
            text = tr("Tap", "{seconds} s. The card is read, keep it away.")
            return TapLook("accent", "loader", 4, tr("Tap", "Asking the issuer"), text, waiting=True)
        case TapState.SLOW:
            text = tr("Tap", "{seconds} s. You can also scan the same code.")
            return TapLook("accent", "hourglass", 4, tr("Tap", "Slow issuer"), text, waiting=True)
        case TapState.TRYING:
            text = tr("Tap", "Nothing was sent so far, {seconds} s.")
            return TapLook("accent", "refresh-cw", 4, tr("Tap", "Trying again"), text, waiting=True)
        case TapState.NOT_SENT:
            text = tr("Tap", "Tap again, or scan the code.")
            return TapLook("attn", "rotate-ccw", 1, tr("Tap", "Nothing was sent"), text)
        case TapState.UNREADABLE:
            text = tr("Tap", "Hold the card flat and still. Tap again.")
            return TapLook("attn", "rotate-ccw", 1, tr("Tap", "Could not read"), text)
        case TapState.DECLINED:
            text = tr("Tap", "Scan the code, or tap another card.")
            return TapLook("fail", "circle-x", 0, tr("Tap", "Card declined"), text)
        case TapState.TAP_LOST:
            text = tr("Tap", "Nothing was paid. Tap again, or scan the code.")
            return TapLook("fail", "circle-x", 0, tr("Tap", "This tap failed"), text)
        case TapState.RECEIVE_ONLY:
            text = tr("Tap", "Use another card, or scan the code.")
            return TapLook("attn", "circle-alert", 1, tr("Tap", "Receive-only card"), text)
        case TapState.UNUSABLE:
            text = tr("Tap", "Use another card, or scan the code.")
            return TapLook("attn", "circle-alert", 1, tr("Tap", "Not a payment card"), text)
        case TapState.OVER_LIMIT:
            text = tr("Tap", "Scan the code, or tap another card.")
            return TapLook("attn", "circle-alert", 1, tr("Tap", "Over the card's limit"), text)
        case TapState.PIN:
            return TapLook("accent", "lock", 4, tr("Tap", "PIN needed"), tr("Tap", "Hand the screen to the customer."))
        case TapState.ANSWER_LOST:
            text = tr(
                "Tap",
                "The answer was lost. Checking, {seconds} s.\nCustomer: please wait, you are not charged twice.",
            )
            return TapLook("attn", "circle-question-mark", 4, tr("Tap", "Do not charge again"), text, waiting=True)
        case TapState.NO_READER:
            text = tr("Tap", "Scan the code. Cards work once a reader is connected.")
            return TapLook("idle", "plug", 0, tr("Tap", "No card reader"), text)
        case TapState.STORE_OFFER:
            text = tr("Tap", "Not paid until online. You carry the risk.")
            return TapLook("attn", "clock", 0, tr("Tap", "Store a card"), text)
        case TapState.STORE:
            text = tr("Tap", "It is stored and pays later. Nothing is paid now.")
            return TapLook("attn", "nfc", 1, tr("Tap", "Hold the card to the reader"), text)

"""Frozen pictures of the till's state: the only values that cross to the user interface.

Wall times (`…_at_s`) are seconds since 1970 UTC. Monotonic times are values of the till's clock
(`time.monotonic` in the running program) and good for count-downs only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pos_app.core.money import Fiat, Sat
from pos_app.till.states import SaleState


class Phase(StrEnum):
    """What the screen of a sale at the counter shows: an OPEN one, or an OWED or UNCERTAIN one that was taken back."""

    MAKING = "making"
    """The invoice is being asked for: a skeleton."""
    READY = "ready"
    """A checked, living invoice can be paid."""
    CHECKING = "checking"
    """An answer was lost and is being looked up. Do not charge again."""
    NO_CODE = "no_code"
    """No invoice can be made now; `problem` says why, and it may be tried again."""
    ENDING = "ending"
    """The invoice's time is over but it is not yet provably dead: hidden and watched."""
    CANCELLING = "cancelling"
    """The cashier cancelled; the API has not answered yet."""
    STORING = "storing"
    """The cashier pressed "Store a card": the next card is stored for later, and nothing is sent."""
    CLOSED = "closed"
    """The sale is not at the counter; its state says the rest."""


class Tender(StrEnum):
    """How a sale was paid."""

    QR = "qr"
    CARD = "card"
    STORED_CARD = "stored_card"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence that says what is wrong and one that says what to do."""

    message: str
    cure: str


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice that may be shown: checked, and not declared dead."""

    payment_hash: str
    bolt11: str
    made_at_s: float
    expires_at_s: float


class TapPhase(StrEnum):
    """What the card field of an OPEN sale shows."""

    NO_READER = "no_reader"
    """No reader is there; `words` says why, where something is known."""
    READY = "ready"
    """A card may be tapped."""
    CARD_LEFT = "card_left"
    """A card of before lies on the reader: it is not charged until it is taken away and tapped again."""
    SEEN = "seen"
    """A card is in the field and being read."""
    READ = "read"
    """Read, nothing sent yet: take the card away. Also a tap that waits for the sale's invoice."""
    ASKING = "asking"
    """The card's issuer is being asked, or has taken the invoice: not paid yet."""
    PIN = "pin"
    """The customer is to enter the PIN: one try, until `pin_deadline_monotonic_s`."""
    NOT_REACHED = "not_reached"
    """Nothing was sent: what had to be asked cannot be reached. It is tried again by itself while the tap is fresh."""
    DECLINED = "declined"
    """Refused; `reason` quotes the issuer where it gave one."""
    LIMIT = "limit"
    """The card does not offer this amount."""
    TAP_LOST = "tap_lost"
    """The issuer gave no offer, and this tap is used up. No money moved: tap again."""
    UNREADABLE = "unreadable"
    """The card could not be read: hold it still, one card alone."""
    RECEIVE_ADDRESS = "receive_address"
    """A receive address: it can take money, not pay."""
    UNUSABLE = "unusable"
    """The card was read and is none that can pay; `words` says why."""
    UNKNOWN = "unknown"
    """The answer is lost: it may be paid. Do not charge again."""


@dataclass(frozen=True, slots=True)
class TapView:
    """The card of an OPEN sale. `words` is a finished sentence of the till, where the phase alone does not say it.

    `reason` is what the card's issuer said: plain text of somebody else, to be shown as a quotation.
    """

    phase: TapPhase
    words: str = ""
    reason: str = ""
    limit: Sat | None = None
    """Of LIMIT: the most that the card pays, where that was told."""
    since_monotonic_s: float | None = None
    """When the waiting of ASKING, PIN, NOT_REACHED or UNKNOWN began; None of a NOT_REACHED that was given up."""
    read_at_monotonic_s: float | None = None
    """When this card was read: another value means another tap, and the moment for the beep."""
    pin_deadline_monotonic_s: float | None = None
    can_store: bool = False
    """Nothing of this tap has left us, and it may be stored for later: "Store, not paid"."""


@dataclass(frozen=True, slots=True)
class SaleView:
    """One sale as the cashier may see it."""

    sale_id: str
    number: int
    reference: str
    state: SaleState
    phase: Phase
    amount: Sat
    tip: Sat
    total: Sat
    fiat: Fiat | None
    note: str
    tender: Tender | None
    made_at_s: float
    closed_at_s: float | None
    """When the sale left OPEN, OWED or UNCERTAIN."""
    paid_at_s: float | None
    """When the till first learnt of a payment."""
    received: Sat
    """What the sale's invoices have brought, whatever its state."""
    invoice: InvoiceView | None
    """Only what may be shown: None once its time is over or the sale is closed."""
    expiry_s: int
    deadline_monotonic_s: float | None
    """When the code ends."""
    safe_at_monotonic_s: float | None
    """The earliest moment at which the last invoice can be declared dead."""
    problem: Problem | None
    can_cancel: bool
    replaces: str | None
    uncertain_until_s: float | None
    """Of an UNCERTAIN sale: until when it may still be paid in time."""
    practice: bool
    retry_at_monotonic_s: float | None = None
    """In NO_CODE: when the till tries again by itself."""
    tap: TapView | None = None
    """Of an OPEN sale: its card. While a card may have paid, `can_cancel` is false: Cancel reads Stop waiting."""
    may_be_paid: bool = False
    """One of its invoices is neither paid nor provably dead, whatever the sale's state: money may still come."""


class Stage(StrEnum):
    """Where a sale of the queue stands, in one word for its chip."""

    STORED = "stored"
    """A stored card waits for the line, for its invoice, or for an earlier card of the same issuer."""
    HELD = "held"
    """Nothing is sent for it until a person says so: the keys are locked, the clocks differ, or it was restored."""
    ASKING = "asking"
    """The card's issuer is being asked, or has taken the invoice."""
    CHECKING = "checking"
    """It may have been paid: do not charge again."""
    DECLINED = "declined"
    TAP_LOST = "tap_lost"
    NOT_PAID = "not_paid"
    EXPIRED = "expired"
    """The stored card is too old."""
    VOIDED = "voided"
    """The stored card was given up; the sale is still owed."""
    PAID_LATE = "paid_late"
    """Were the goods given?"""
    REFUND_DUE = "refund_due"


class Act(StrEnum):
    """What a person may do with a sale of the queue."""

    SHOW_CODE = "show_code"
    """Back to the counter: the same sale, its one code."""
    NEW_TAP = "new_tap"
    """Back to the counter: another card for the same sale."""
    CHECK = "check"
    PAID_OTHERWISE = "paid_otherwise"
    NOTHING_HANDED_OVER = "nothing_handed_over"
    VOID = "void"
    """Goods back or never given. Manager PIN and a reason."""
    WRITE_OFF = "write_off"
    """The money is given up. Manager PIN and a reason."""
    RELEASE = "release"
    """A held card may be sent after all. Manager PIN."""
    UNLOCK = "unlock"
    """Try again to read the key of the stored cards."""
    GOODS_GIVEN = "goods_given"
    GOODS_NOT_GIVEN = "goods_not_given"
    REFUNDED = "refunded"
    """Manager PIN, how, and a note."""


@dataclass(frozen=True, slots=True)
class StoreView:
    """Whether cards may be stored for later now, and what of the limits is used."""

    accepted: bool
    """The owner accepted that he carries the loss."""
    offered: bool
    """The facts call for it: no code can be made, or nobody could pay it."""
    refusal: Problem | None
    """Why no card can be stored now, although it is accepted."""
    count: int
    count_max: int
    sum: Sat
    """The exposure: what OWED and UNCERTAIN sales come to, each once."""
    sum_max: Sat
    tap_max: Sat
    offline_since_s: float | None = None


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One sale that is OWED, UNCERTAIN, or waits for a person's word about late money."""

    sale: SaleView
    stage: Stage
    words: str
    """What is known and what happens next: a finished sentence."""
    reason: str
    """What the card's issuer said: plain text of somebody else, or nothing."""
    acts: frozenset[Act]
    host: str
    """The issuer of its last card, or nothing."""
    stored_at_s: float | None
    refund: Sat
    """Of a REFUND_DUE sale: what is to be given back."""


@dataclass(frozen=True, slots=True)
class UnassignedView:
    """Money that came for a sale that was lost with a restore: its sale is not in these books."""

    reference: str
    number: int | None
    """What the lost sale was called."""
    amount: Sat
    memo: str
    made_at_s: float


@dataclass(frozen=True, slots=True)
class QueueView:
    """The queue page. Oldest first."""

    items: tuple[QueueItem, ...]
    store: StoreView
    unassigned: tuple[UnassignedView, ...] = ()


class Tone(StrEnum):
    """The colour of a line of a story."""

    PLAIN = "plain"
    WAITING = "waiting"
    ATTENTION = "attention"
    FAILED = "failed"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One row of a sale's journal in words."""

    at_s: float
    words: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class TermsView:
    """The owner's limits for stored cards, and his word."""

    accepted_at_s: float | None
    """When he accepted that he carries the loss; None: cards are not stored."""
    tap_max: Sat
    sum_max: Sat
    count_max: int
    session_max_s: int
    """So long after the line was lost no more cards are stored."""
    tap_age_max_s: int
    """A stored card that is older is not sent any more."""


class FactState(StrEnum):
    """What is known about one part of the world."""

    WELL = "well"
    UNKNOWN = "unknown"
    WARN = "warn"
    DOWN = "down"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the status strip: `words` for the strip, `detail` for what still works."""

    key: str
    """payments · lightning · issuer · rate · reader · printer"""
    state: FactState
    words: str
    detail: str
    since_s: float | None


@dataclass(frozen=True, slots=True)
class StatusView:
    """The status strip."""

    shop_name: str
    api: str
    """Practice · This computer · the server's address"""
    network: str
    practice: bool
    """Practice money, or any book that is not mainnet: wear the banner."""
    facts: tuple[Fact, ...]
    uncertain: tuple[SaleView, ...]
    """Sales that may still be paid: do not charge them again."""
    store: StoreView | None = None
    """None: this till cannot store cards at all."""
    queue_count: int = 0
    """Sales in the queue."""
    attention: int = 0
    """Of these, the ones that wait for a person."""


@dataclass(frozen=True, slots=True)
class SaleChanged:
    """A sale is not as it was."""

    sale: SaleView


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The strip is not as it was."""

    status: StatusView


@dataclass(frozen=True, slots=True)
class CardIgnored:
    """A card was tapped while no sale waits for one; it was dropped."""

    words: str


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """The queue is not as it was."""

    queue: QueueView


Event = SaleChanged | StatusChanged | CardIgnored | QueueChanged

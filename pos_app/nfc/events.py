"""What the reader thread tells. Frozen values, safe to hand to any thread."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.nfc.ndef import Record


@dataclass(frozen=True, slots=True)
class ReaderReady:
    """A reader is open and looks for cards."""

    name: str


@dataclass(frozen=True, slots=True)
class ReaderLost:
    """No reader works; `cure` says what to do. Told once for each cause; the thread keeps trying.

    `missing` where nothing is plugged in, which is no fault.
    """

    message: str
    cure: str
    missing: bool


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A card came into the field. Where not `armed`, it is not read, and must be taken away before it can be."""

    armed: bool


@dataclass(frozen=True, slots=True)
class CardRead:
    """The card was read, once for each touch. `kind` is the sort of chip."""

    kind: str
    records: tuple[Record, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """What its URI and text records say, in order: for `lnurl.card.card_link`."""
        return tuple(record.text for record in self.records if record.text is not None)


@dataclass(frozen=True, slots=True)
class CardUnreadable:
    """The read broke off: the card moved, or two cards lie there. It is tried again while the card stays."""


@dataclass(frozen=True, slots=True)
class CardUnusable:
    """The card answered, and there is nothing on it that we could use. `reason` is one plain sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """The field is empty again."""


Event = ReaderReady | ReaderLost | CardSeen | CardRead | CardUnreadable | CardUnusable | CardRemoved

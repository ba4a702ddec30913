"""What a person can do with a sale of the queue: each act's word and icon, and where its button stands."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from pos_app.till.views import Act, QueueItem, Stage

GRAVE = (Act.NOTHING_HANDED_OVER, Act.VOID, Act.WRITE_OFF)
"""Last, and far from the first: they give up money."""
_MAIN = (Act.UNLOCK, Act.GOODS_GIVEN, Act.REFUNDED, Act.SHOW_CODE, Act.CHECK, Act.RELEASE)
_MAIN_WHILE_CHECKING = (Act.CHECK, *_MAIN)
_ORDER = (
    Act.SHOW_CODE,
    Act.NEW_TAP,
    Act.PAID_OTHERWISE,
    Act.GOODS_NOT_GIVEN,
    Act.RELEASE,
    Act.CHECK,
    Act.GOODS_GIVEN,
    Act.REFUNDED,
    Act.UNLOCK,
)


@dataclass(frozen=True, slots=True)
class ActLook:
    """`word` ends in "…" where something is asked first; `long_word` is for the large button."""

    icon: str
    word: str
    long_word: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """The buttons of one sale: at most one primary, the others in their order, the grave ones apart."""

    main: Act | None
    others: tuple[Act, ...]
    grave: tuple[Act, ...]


def places(item: QueueItem) -> Places:
    """First the way that brings the money; what might already be paid is first looked at."""
    order = _MAIN_WHILE_CHECKING if item.stage in (Stage.CHECKING, Stage.ASKING) else _MAIN
    main = next((act for act in order if act in item.acts), None)
    others = tuple(act for act in _ORDER if act in item.acts and act is not main)
    return Places(main, others, tuple(act for act in GRAVE if act in item.acts))


def act_look(act: Act) -> ActLook:
    """How an act's button looks."""
    tr = QCoreApplication.translate
    match act:
        case Act.SHOW_CODE:
            return ActLook("qr-code", tr("Act", "Show code"), tr("Act", "Show code, same sale"))
        case Act.NEW_TAP:
            return ActLook("nfc", tr("Act", "New tap"))
        case Act.CHECK:
            return ActLook("refresh-cw", tr("Act", "Check now"))
        case Act.PAID_OTHERWISE:
            return ActLook("hand-coins", tr("Act", "Paid otherwise…"))
        case Act.NOTHING_HANDED_OVER:
            return ActLook("ban", tr("Act", "Nothing given…"))
        case Act.VOID:
            return ActLook("ban", tr("Act", "Void…"))
        case Act.WRITE_OFF:
            return ActLook("archive", tr("Act", "Write off…"))
        case Act.RELEASE:
            return ActLook("lock", tr("Act", "Release…"))
        case Act.UNLOCK:
            return ActLook("key-round", tr("Act", "Unlock"))
        case Act.GOODS_GIVEN:
            return ActLook("check", tr("Act", "Goods were given"))
        case Act.GOODS_NOT_GIVEN:
            return ActLook("undo-2", tr("Act", "Not given…"))
        case Act.REFUNDED:
            return ActLook("undo-2", tr("Act", "Refunded…"))

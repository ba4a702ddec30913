"""Whether a card can be stored for an amount now, in the words of the counter."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from pos_app.core.money import Sat
from pos_app.till.views import StoreView


def store_refusal(store: StoreView, total: Sat) -> str:
    """Why no card can be stored for this amount; empty where one can."""
    tr = QCoreApplication.translate
    if store.refusal is not None:
        return f"{store.refusal.message} {store.refusal.cure}".strip()
    if total > store.tap_max:
        return tr("Storing", "A stored card is good for up to {}.").format(store.tap_max)
    left = Sat(max(0, store.sum_max.value - store.sum.value))
    if total > left:
        return tr("Storing", "Only {} of {} are left for stored cards.").format(left, store.sum_max)
    return ""

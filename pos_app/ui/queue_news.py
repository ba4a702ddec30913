"""Which sales of the queue have just come to need a person."""

from __future__ import annotations

from pos_app.core.money import Sat
from pos_app.till.views import QueueItem, QueueView, Stage, UnassignedView

NEEDS_A_PERSON = (Stage.HELD, Stage.DECLINED, Stage.TAP_LOST, Stage.NOT_PAID, Stage.EXPIRED)
"""Here nothing goes on by itself. Money is told of by the sale's own event."""


class QueueNews:
    """Compares each queue with the one before. The first one is what the cashier knows already."""

    def __init__(self) -> None:
        self._stages: dict[str, Stage] | None = None
        self._unassigned: frozenset[UnassignedView] | None = None

    def without_sale(self, queue: QueueView) -> Sat:
        """What has just come to be listed as money without a sale here."""
        before, self._unassigned = self._unassigned, frozenset(queue.unassigned)
        came = self._unassigned - before if before is not None else ()
        return Sat(sum(payment.amount.value for payment in came))

    def of(self, queue: QueueView) -> tuple[QueueItem, ...]:
        """The items that have just come to wait for a person, oldest first."""
        before = self._stages
        self._stages = {item.sale.sale_id: item.stage for item in queue.items}
        if before is None:
            return ()
        return tuple(
            item
            for item in queue.items
            if item.stage in NEEDS_A_PERSON and before.get(item.sale.sale_id) is not item.stage
        )

    def forget(self) -> None:
        """The till opened other books."""
        self._stages = self._unassigned = None

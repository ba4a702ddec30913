"""What the window can ask for around cards that are stored for later: see `pos_app.ui.actions`."""

from __future__ import annotations

from typing import Protocol

from pos_app.till.views import TermsView
from pos_app.ui.job import Job


class QueueActions(Protocol):
    """The commands of the queue page, of the sale that is stored, and of the manager."""

    def store_card(self, sale_id: str) -> Job:
        """The cashier wants this OPEN sale's card stored: the one in hand, else the next one. A `SaleView`."""

    def queue(self) -> Job:
        """The `QueueView`; what follows comes as `QueueChanged`."""

    def story(self, sale_id: str) -> Job:
        """The journal of one sale in words: a tuple of `StoryLine`, oldest first."""

    def take_back(self, sale_id: str) -> Job:
        """A sale that is not closed comes back to the counter, for its code or a new card: a `SaleView`."""

    def put_back(self, sale_id: str) -> Job:
        """Off the counter again; it stays in the queue: a `SaleView`."""

    def paid_otherwise(self, sale_id: str) -> Job:
        """A `SaleView`."""

    def void(self, sale_id: str, pin: str, reason: str) -> Job:
        """A `SaleView`. A wrong PIN comes as a `UserError` that says how many tries are left."""

    def write_off(self, sale_id: str, pin: str, reason: str) -> Job:
        """A `SaleView`."""

    def refunded(self, sale_id: str, pin: str, how: str, note: str) -> Job:
        """A `SaleView`."""

    def goods_given(self, sale_id: str) -> Job:
        """Of late money: nothing is due back. A `SaleView`."""

    def goods_not_given(self, sale_id: str) -> Job:
        """Of late money: it is due back. A `SaleView`."""

    def release(self, sale_id: str, pin: str) -> Job:
        """Its held cards may be sent after all: a `SaleView`."""

    def unlock(self) -> Job:
        """Try again to read the key of the stored cards: the `QueueView`."""

    def pending_slip(self, sale_id: str) -> Job:
        """The PENDING slip of a stored sale as a PDF: the `Path` of the file."""

    def terms(self) -> Job:
        """The `TermsView`."""

    def accept_risk(self, pin: str) -> Job:
        """The owner accepts that he carries the loss: the `TermsView`."""

    def withdraw_consent(self) -> Job:
        """No more cards are stored; those that are stay: the `TermsView`."""

    def change_terms(self, terms: TermsView, pin: str = "") -> Job:
        """New limits: the `TermsView`. Raising one needs the PIN: without it a `UserError` of kind `PinNeeded`."""

    def has_manager_pin(self) -> Job:
        """A bool."""

    def set_manager_pin(self, new: str, old: str = "") -> Job:
        """Nothing. `old` is needed where there is one."""

    def faults(self) -> Job:
        """The practice faults that are on: a frozenset of their names."""

    def set_fault(self, name: str, on: bool) -> Job:
        """Switch a practice fault: a frozenset of the names that are on."""

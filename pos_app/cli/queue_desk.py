"""The window's commands around cards that are stored for later, and the manager's: the `QueueActions` of a house."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pos_app.cli.house_desk import HouseDesk
from pos_app.config.files import write_whole
from pos_app.core.errors import UserError
from pos_app.till.views import QueueView, TermsView
from pos_app.ui.job import Job

if TYPE_CHECKING:
    from pos_app.app import House


class NoFaults(UserError):
    """A real payments API has no switches for what goes wrong."""


class QueueDesk(HouseDesk):
    """The queue, the limits, the manager PIN, and the practice faults."""

    def store_card(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.store_card(sale_id))

    def take_back(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.take_back(sale_id))

    def put_back(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.put_back(sale_id))

    def queue(self) -> Job:
        return self._ask_house(_queue)

    def story(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.queue.story(sale_id))

    def paid_otherwise(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.queue.paid_otherwise(sale_id))

    def void(self, sale_id: str, pin: str, reason: str) -> Job:
        return self._ask(lambda counter: counter.queue.void(sale_id, pin, reason))

    def write_off(self, sale_id: str, pin: str, reason: str) -> Job:
        return self._ask(lambda counter: counter.queue.write_off(sale_id, pin, reason))

    def refunded(self, sale_id: str, pin: str, how: str, note: str) -> Job:
        return self._ask(lambda counter: counter.queue.refunded(sale_id, pin, how, note))

    def goods_given(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.queue.goods_given(sale_id))

    def goods_not_given(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.queue.goods_not_given(sale_id))

    def release(self, sale_id: str, pin: str) -> Job:
        return self._ask(lambda counter: counter.queue.release(sale_id, pin))

    def unlock(self) -> Job:
        return self._ask(lambda counter: counter.queue.unlock())

    def terms(self) -> Job:
        return self._ask(lambda counter: counter.queue.terms())

    def accept_risk(self, pin: str) -> Job:
        return self._ask(lambda counter: counter.queue.accept_risk(pin))

    def withdraw_consent(self) -> Job:
        return self._ask(lambda counter: counter.queue.withdraw_consent())

    def change_terms(self, terms: TermsView, pin: str = "") -> Job:
        return self._ask(lambda counter: counter.queue.change_terms(terms, pin))

    def pending_slip(self, sale_id: str) -> Job:
        return self._ask_house(lambda house: self._write_slip(house, sale_id))

    def has_manager_pin(self) -> Job:
        return self._ask_house(lambda house: house.manager.is_set())

    def set_manager_pin(self, new: str, old: str = "") -> Job:
        return self._ask_house(lambda house: house.manager.set(new, old))

    def faults(self) -> Job:
        return self._ask_house(_faults)

    def set_fault(self, name: str, on: bool) -> Job:
        return self._ask_house(lambda house: self._set_fault(house, name, on))

    async def _write_slip(self, house: House, sale_id: str) -> Path:
        import asyncio

        from pos_app.till.slip import slip_pdf

        sale = await house.counter.sale(sale_id)
        file = self._folders.slips / f"pending-{sale.reference}.pdf"
        shop_name = house.settings.shop_name
        await asyncio.to_thread(lambda: write_whole(file, slip_pdf(sale, shop_name)))
        return file

    async def _set_fault(self, house: House, name: str, on: bool) -> frozenset[str]:
        if house.faults is None:
            cure = "Choose Practice in Settings, Payments server."
            raise NoFaults("Faults can be switched on in practice only.", cure)
        house.faults.set(name, on)
        self._faults_on = house.faults.on
        return self._faults_on


async def _queue(house: House) -> QueueView:
    return house.counter.queue.view()


async def _faults(house: House) -> frozenset[str]:
    return frozenset() if house.faults is None else house.faults.on

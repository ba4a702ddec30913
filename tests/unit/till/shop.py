"""A till that stores cards, their issuer, and a line that comes and goes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

from pos_app.config.manager import ManagerPin
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView
from tests.unit.till.fake_api import FakeApi
from tests.unit.till.fake_issuer import HOST, FakeIssuer, tap_link
from tests.unit.till.harness import REMOTE, Till


class AnyPin:
    """A manager who allows everything."""

    async def check(self, pin: str) -> None:
        pass


class Shop(Till):
    """As Till, with a FakeIssuer, a keystore, and a manager."""

    def __init__(self, folder: Path, api: FakeApi, *, name: str = REMOTE) -> None:
        super().__init__(
            folder, api, name=name, service=FakeIssuer(api), stores=True, manager=cast("ManagerPin", AnyPin())
        )

    async def go_offline(self) -> None:
        """The line is lost, and that is shown."""
        self.api.down = True
        await self.pass_time(6)

    async def go_online(self, wait_s: float = 15) -> None:
        self.api.down = False
        await self.pass_time(wait_s)

    async def store(self, counter: int = 1, *, card: int = 7, host: str = HOST, sat: int = 2100) -> SaleView:
        """A sale whose card is stored."""
        view = await self.charge(sat, store=True)
        assert view.phase is Phase.STORING
        return await self.store_for(view, counter, card=card, host=host)

    async def store_for(self, view: SaleView, counter: int = 1, *, card: int = 7, host: str = HOST) -> SaleView:
        """The next card of this sale at the counter, which is to be stored."""
        self.touch(tap_link(card, counter, host))
        view = await self.sale(view)
        assert view.state is not SaleState.OPEN and view.phase is Phase.CLOSED
        return view

    def tap_moves(self) -> list[str]:
        """Where the taps went, in the order of the journal."""
        query = "SELECT data ->> 'to' FROM journal WHERE kind = 'tap' ORDER BY seq"
        return [row[0] for row in self.rows(query)]

    def invoices(self) -> list[tuple[str, bool]]:
        """The hashes of all invoices that the till has, in order, and whether they were declared dead."""
        return [(row[0], row[1] is not None) for row in self.rows("SELECT payment_hash, dead_at_ms FROM sale_invoice")]

    def hold_up_issuer(self) -> asyncio.Event:
        """The issuer takes requests and answers them only when this is set."""
        self.issuer.held_up = asyncio.Event()
        return self.issuer.held_up

    def hold_up_api_taps(self) -> asyncio.Event:
        """The API takes taps and answers them only when this is set."""
        self.api.taps_held_up = asyncio.Event()
        return self.api.taps_held_up

"""A house that lives on the bridge's loop, and how the window's commands reach it.

asyncio takes long to load: only what runs after the first paint imports it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pos_app.config.folders import Folders
from pos_app.till.history_views import SyncChanged
from pos_app.till.views import StatusChanged
from pos_app.ui.bridge import Bridge
from pos_app.ui.job import Job

if TYPE_CHECKING:
    import asyncio

    from pos_app.app import House
    from pos_app.till.counter import Counter

T = TypeVar("T")


class HouseDesk:
    """Holds one house open at a time, and tells the bridge what the till tells. Until it is open, commands wait.

    `_ask` and `_ask_house` belong to the GUI thread, the coroutines to the engine thread.
    """

    def __init__(
        self,
        bridge: Bridge,
        folders: Folders,
        api: str | None,
        *,
        simulated_card: str | bytes | None = None,
        lnurl_allow: tuple[str, ...] = (),
        faults: frozenset[str] = frozenset(),
    ) -> None:
        self._bridge = bridge
        self._folders = folders
        self._api = api
        self._simulated_card = simulated_card
        self._lnurl_allow = lnurl_allow
        self._life: asyncio.Task[None] | None = None
        self._is_closed = False
        self._faults_on = faults
        """Practice faults: they outlast a house."""

    def _ask(self, command: Callable[[Counter], Awaitable[T]]) -> Job:
        """Have the counter do it."""
        return self._ask_house(lambda house: command(house.counter))

    def _ask_house(self, command: Callable[[House], Awaitable[T]]) -> Job:
        """Have the open house do it."""

        async def work() -> T:
            return await command(await self._house())

        return self._bridge.submit(work)

    # From here on: the engine thread.

    @cached_property
    def _opened(self) -> asyncio.Future[House]:
        return self._bridge.loop.create_future()

    @cached_property
    def _moving(self) -> asyncio.Lock:
        import asyncio

        return asyncio.Lock()

    async def _house(self) -> House:
        """The open house; raises what kept it from opening."""
        import asyncio

        return await asyncio.shield(self._opened)

    async def _open_house(self) -> House:
        """Open the house; an open one is closed first, so that it takes new settings or another API."""
        import asyncio

        async with self._moving:
            await self._leave()
            if self._is_closed:
                raise asyncio.CancelledError
            self._life = asyncio.create_task(self._live(self._opened), name="house")
        return await self._house()

    async def close(self) -> None:
        """Close the house for good, in order."""
        self._is_closed = True
        await self._leave()
        self._opened.cancel()

    async def _leave(self) -> None:
        """Close the house. It is told so once: a second cancelling would break off its closing."""
        import asyncio

        if self._life is None:
            return
        if self._opened.done():  # whoever asks from now on waits for the next house
            self._opened = self._bridge.loop.create_future()
        if not self._life.cancelling():
            self._life.cancel()
        await asyncio.wait([self._life])

    async def _live(self, opened: asyncio.Future[House]) -> None:
        """Hold the house open until this task is cancelled."""
        import asyncio

        from pos_app.app import House

        try:
            house = House(
                self._folders,
                self._api,
                takes_cards=True,
                simulated_card=self._simulated_card,
                lnurl_allow=self._lnurl_allow,
                faults=self._faults_on,
            )
            async with house:
                house.counter.subscribe(self._bridge.post)
                house.records.subscribe(self._bridge.post)
                self._bridge.post(StatusChanged(house.counter.status()))
                self._bridge.post(SyncChanged(house.records.sync_view()))
                opened.set_result(house)
                await asyncio.Event().wait()
        except Exception as error:
            if opened.done():
                raise
            opened.set_exception(error)

"""What the engine asks of hosts that are not its own: card services, pay services, webhooks."""

from __future__ import annotations

from collections.abc import Iterable

from pos_app.core.clock import Clock
from pos_app.engine.errors import BadRequest
from pos_app.engine.ledger.ledger import Ledger
from pos_app.engine.taps import Taps
from pos_app.engine.webhooks import Webhooks
from pos_app.net.allow import AllowList
from pos_app.net.errors import Forbidden
from pos_app.net.fetch import Fetcher
from pos_app.net.url import Url


class Outside:
    """One checked way out for everything. Hosts on internal addresses are refused unless `allow` names them."""

    def __init__(self, ledger: Ledger, clock: Clock, allow: Iterable[str] = ()) -> None:
        self.fetcher = Fetcher(AllowList(allow))
        self.taps = Taps(ledger, self.fetcher, clock)
        self.webhooks = Webhooks(ledger, self.fetcher, clock)
        self._stop_listening = ledger.listen(self.webhooks.on_settled)

    async def start(self) -> None:
        await self.webhooks.start()

    async def close(self) -> None:
        self._stop_listening()
        await self.taps.close()
        await self.webhooks.close()

    def checked(self, text: str) -> Url:
        """The URL, where its text does not forbid it; what its host's name leads to is checked on use.

        Raises BadRequest.
        """
        try:
            url = Url.parse(text)
            self.fetcher.allow.check(url)
        except Forbidden as error:
            raise BadRequest(error.message) from error
        return url

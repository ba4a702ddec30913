"""The API's word that something happened to an invoice. A push only triggers a look; it proves nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class Push(Protocol):
    """Where pushes come from: a websocket for each name, or the engine's own feed in the same process."""

    def watch(self, name: str) -> AsyncIterator[None]:
        """Yields whenever something may have happened to `name` (a payment hash); ends only by being closed.

        Messages repeat, and some are lost: a lost connection is made again, and yields once when it stands.
        """

    def is_up(self, name: str) -> bool:
        """True while pushes for `name` would arrive."""

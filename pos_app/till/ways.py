"""What the taps of a till are carried out with."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.core.clock import Clock
from pos_app.net.fetch import Fetcher
from pos_app.payments.client import Client
from pos_app.till.health import Health
from pos_app.till.store import Store
from pos_app.till.turns import Turns
from pos_app.till.watcher import Watcher


@dataclass(frozen=True, slots=True)
class Ways:
    """The API, the network, the disk, the clock, and what is known of the world."""

    client: Client
    fetcher: Fetcher
    store: Store
    watcher: Watcher
    clock: Clock
    health: Health
    turns: Turns

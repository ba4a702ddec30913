"""Sells in child processes and ends each of them with SIGKILL around its n-th durable step.

    python -m tests.e2e.sale_killer FOLDER END POINT...

END is `pay`, `card` or `cancel`: how the sale ends if it gets that far. POINT is `3-` for *just before the third commit
of any database since Charge*, `3+` for just after it; mirror.db, a cache that is written when there is time, does not
count. Each child has the data folder FOLDER/POINT and writes what the cashier was told to FOLDER/POINT/told, one line
each: `making SALE`, `ready HASH`, `code BOLT11`, `paid`, `cancelled`, `commits N`.
The program is loaded once; every child is a fork made before any thread exists.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path

from pos_app.app import House
from pos_app.config.database import Database
from pos_app.config.folders import Folders
from pos_app.core.money import Sat
from pos_app.till.mirror.schema import FILE_NAME as MIRROR
from pos_app.till.states import SaleState
from pos_app.till.views import Event, Phase, SaleChanged

SAT = 2100


class Trap:
    """Kills this process around a commit; counts from `arm` on."""

    def __init__(self, point: str) -> None:
        self._number, self._side = int(point[:-1]), point[-1]
        self._lock = threading.Lock()
        self.commits = 0

    def arm(self) -> None:
        commit = Database._commit

        def watched(database: Database, connection: sqlite3.Connection) -> None:
            if database.path.name == MIRROR:
                commit(database, connection)
                return
            with self._lock:
                self.commits += 1
                if self.commits == self._number and self._side == "-":
                    os.kill(os.getpid(), signal.SIGKILL)
                commit(database, connection)
                if self.commits == self._number:
                    os.kill(os.getpid(), signal.SIGKILL)

        setattr(Database, "_commit", watched)  # noqa: B010  a method may not be assigned to otherwise


async def sell(folder: Path, end: str, trap: Trap) -> None:
    told = (folder / "told").open("a", buffering=1)
    card = "practice" if end == "card" else None
    async with House(Folders.of(folder), "practice", takes_cards=end == "card", simulated_card=card) as house:
        events: asyncio.Queue[Event] = asyncio.Queue()
        house.counter.subscribe(events.put_nowait)
        trap.arm()
        view = await house.counter.charge(Sat(SAT))
        print("making", view.sale_id, file=told)
        if end == "card":
            house.tap_card()
        while True:
            event = await events.get()
            if not isinstance(event, SaleChanged):
                continue
            if event.sale.phase is Phase.READY and event.sale.invoice is not None:
                print("ready", event.sale.invoice.payment_hash, file=told)
                print("code", event.sale.invoice.bolt11, file=told)
                if end == "cancel":
                    await house.counter.cancel(view.sale_id)
                elif end == "pay":
                    house.let_customer_pay(event.sale.invoice.bolt11, "now")
            if event.sale.state is not SaleState.OPEN:
                print(event.sale.state, file=told)
                break
        print("commits", trap.commits, file=told)


def main() -> None:
    folder, end, *points = sys.argv[1:]
    for point in points:
        if (child := os.fork()) == 0:
            data = Path(folder) / point
            data.mkdir(parents=True)
            asyncio.run(sell(data, end, Trap(point)))
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()

"""Our payments engine beside a real LNbits, over HTTP, with 1 000 and with 100 000 payments in both.

Each kind has a server with few payments and one with many, which are asked in turn; the other kind stands idle then.
Medians; the note has the 95th percentiles. The payments lie in the same 30 days whatever their number, as history and
daily statistics have a row for each day. The lines called growth ask whether a call of ours grows with the number of
payments: their floor is the same call with 1 000, their note how LNbits grows. Without the peer environment
(`python tools/peer_setup.py`) only those are there.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.measure import Figure, median, p95, timed_ms
from benchmarks.rigs.http import Caller
from benchmarks.rigs.records import COMMON_WORD, payment_hash, records, reference
from benchmarks.rigs.servers import Lnbits, Ours, Server
from tools.peer_setup import is_ready

SIZES = (1_000, 100_000)
LNBITS = "1.6.2"
LEAST_ROUNDS = 3
MOST_ROUNDS = 40
BUDGET_S = 1.0
TOGETHER = 16
TOGETHER_ROUNDS = 6
GROWTH_GOAL = 1.5
FAR = 90_000
INVOICE = {"out": False, "amount": 21, "memo": "one of the benchmark"}

Work = Callable[[], object]


def _number(size: int) -> str:
    return f"{size:,}".replace(",", " ")


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of request. `prepare` gives the work of one round and is not timed itself."""

    name: str
    prepare: Callable[[Customer, int], Work]
    only_above: int = 0


class Customer:
    """Asks one server."""

    def __init__(self, server: Server, size: int) -> None:
        self.server = server
        self.size = size
        self._caller = Caller(server.keys.url)
        self.open_hash = str(self.create()["payment_hash"])

    def create(self) -> dict[str, object]:
        return self._caller.post("/payments", INVOICE, self.server.keys.shop)

    def pay(self, bolt11: object) -> dict[str, object]:
        return self._caller.post("/payments", {"out": True, "bolt11": bolt11}, self.server.keys.customer)

    def shop(self, path: str) -> bytes:
        return self._caller.get(path, self.server.keys.shop)

    def user(self, path: str) -> bytes:
        return self._caller.get(path, self.server.keys.user)

    def close(self) -> None:
        self._caller.close()


def _pay(customer: Customer, _round: int) -> Work:
    bolt11 = customer.create()["bolt11"]
    return lambda: customer.pay(bolt11)


def _look(customer: Customer, turn: int) -> Work:
    number = turn * 9973 % customer.size
    return lambda: customer.shop(f"/payments/{payment_hash(number)}")


def _search_one(customer: Customer, turn: int) -> Work:
    number = turn * 9973 % customer.size
    return lambda: customer.shop(f"/payments?limit=50&search={reference(number)}")


def _shop(path: str) -> Callable[[Customer, int], Work]:
    return lambda customer, _round: lambda: customer.shop(path)


def _user(path: str) -> Callable[[Customer, int], Work]:
    return lambda customer, _round: lambda: customer.user(path)


NEWEST = "sortby=time&direction=desc&limit=50"
CALLS = (
    Call("create an invoice", lambda customer, _round: customer.create),
    Call("pay inside", _pay),
    Call("look at a paid one", _look),
    Call("poll an open one", lambda customer, _round: lambda: customer.shop(f"/payments/{customer.open_hash}")),
    Call("wallet and balance", _shop("/wallet")),
    Call("list, first 50", _shop("/payments?limit=50")),
    Call("list, 50 from 900", _shop("/payments?limit=50&offset=900")),
    Call(f"list, 50 from {_number(FAR)}", _shop(f"/payments?limit=50&offset={FAR}"), FAR),
    Call("page and total, first 50", _shop(f"/payments/paginated?{NEWEST}")),
    Call("page by amount", _shop("/payments/paginated?sortby=amount&direction=desc&limit=50")),
    Call("page of one tag", _shop(f"/payments/paginated?{NEWEST}&tag=tpos")),
    Call("search, one hit", _search_one),
    Call("search, two letters, no hit", _shop("/payments?limit=50&search=zq")),
    Call("search, every fourth hits", _shop(f"/payments?limit=50&search={COMMON_WORD}")),
    Call("the same and total", _shop(f"/payments/paginated?{NEWEST}&search={COMMON_WORD}")),
    Call("filter memo[like], no hit", _shop("/payments?limit=50&memo[like]=zqzq")),
    Call("history by day", _shop("/payments/history?group=day")),
    Call("history by hour", _shop("/payments/history?group=hour")),
    Call("stats/daily", _user("/payments/stats/daily")),
    Call("stats/count by status", _user("/payments/stats/count?count_by=status")),
    Call("stats/wallets", _user("/payments/stats/wallets")),
    Call("all/paginated, first 50", _user(f"/payments/all/paginated?{NEWEST}")),
)


@dataclass(frozen=True, slots=True)
class Times:
    """Of one call, in ms."""

    each: Sequence[float]

    @property
    def middle(self) -> float:
        return median(self.each)

    @property
    def worst(self) -> float:
        return p95(self.each)


Measured = dict[str, dict[int, Times]]
"""For each call the times by number of payments."""


def run() -> list[Figure]:
    kinds: list[Callable[[Path], Server]] = [Ours]
    if is_ready(LNBITS):
        kinds.append(lambda folder: Lnbits(folder, LNBITS))
    until_s = int(time.time())
    with ExitStack() as stack:
        sides = [list(_filled(stack, kind, until_s)) for kind in kinds]
        measured = [_measure(servers) for servers in sides]
    return [*_beside_lnbits(*measured), *_growth(*measured)]


def _filled(stack: ExitStack, kind: Callable[[Path], Server], until_s: int) -> Iterator[Server]:
    """One server of this kind for each size."""
    for size in SIZES:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pos-app-benchmark-")))
        server = kind(folder)
        stack.callback(server.close)
        with closing(Caller(server.keys.url)) as caller:
            made = caller.post("/payments", INVOICE, server.keys.customer)
        server.fill(records(0, size, until_s), str(made["bolt11"]))
        yield server


def _measure(servers: Sequence[Server]) -> Measured:
    with ExitStack() as stack:
        customers = [
            stack.enter_context(closing(Customer(server, size))) for server, size in zip(servers, SIZES, strict=True)
        ]
        found = {
            call.name: _in_turn(call, [customer for customer in customers if customer.size > call.only_above])
            for call in CALLS
        }
        return found | {f"create, {TOGETHER} at once": _together(servers)}


def _in_turn(call: Call, customers: Sequence[Customer]) -> dict[int, Times]:
    taken: dict[int, list[float]] = {customer.size: [] for customer in customers}
    for customer in customers:
        call.prepare(customer, 0)()
    end_s = time.monotonic() + BUDGET_S
    for turn in range(1, MOST_ROUNDS + 1):
        for customer in customers:
            taken[customer.size].append(timed_ms(call.prepare(customer, turn)))
        if turn >= LEAST_ROUNDS and time.monotonic() > end_s:
            break
    return {size: Times(times) for size, times in taken.items()}


def _together(servers: Sequence[Server]) -> dict[int, Times]:
    """Many create at the same moment, each on a connection of its own: for each round the time by invoice."""
    taken: dict[int, list[float]] = {size: [] for size in SIZES}
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(TOGETHER))
        crowds = [[stack.enter_context(closing(Customer(server, 0))) for _ in range(TOGETHER)] for server in servers]
        for _ in range(TOGETHER_ROUNDS):
            for crowd, times in zip(crowds, taken.values(), strict=True):
                times.append(timed_ms(partial(_create_all, pool, crowd)) / TOGETHER)
    return {size: Times(times) for size, times in taken.items()}


def _create_all(pool: ThreadPoolExecutor, crowd: Sequence[Customer]) -> None:
    for _ in pool.map(Customer.create, crowd):
        pass


def _beside_lnbits(ours: Measured, theirs: Measured | None = None) -> Iterator[Figure]:
    for size in SIZES:
        for name, times in (theirs or {}).items():
            if size in times:
                mine, other = ours[name][size], times[size]
                note = f"p95 {mine.worst:.1f}, LNbits {other.worst:.1f}"
                yield Figure(f"{_number(size)}: {name}", mine.middle, f"LNbits {LNBITS}", other.middle, "ms", 1, note)


def _growth(ours: Measured, theirs: Measured | None = None) -> Iterator[Figure]:
    few, many = SIZES
    for name, times in ours.items():
        if few in times:
            note = f"LNbits {theirs[name][many].middle / theirs[name][few].middle:.1f}" if theirs else ""
            floor_name = f"with {_number(few)}"
            yield Figure(f"growth: {name}", times[many].middle, floor_name, times[few].middle, "ms", GROWTH_GOAL, note)

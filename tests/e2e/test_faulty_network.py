"""Sales over lines that lose, delay, double, cut and reset: in the end the till's books say what truly happened.

Till, engine, card service and sockets are the real ones; time passes faster. What the engine's ledger and the issuer's
books say is compared with what the till says of each sale. `POS_DRILL_ROUNDS` sets how many sales are made.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pos_app.engine.store.queries import Query
from pos_app.engine.store.rows import PaymentRow, PaymentStatus
from pos_app.till.sale import Sale
from pos_app.till.states import SaleState
from tests.conftest import LogWatch
from tests.e2e.faulty_day import Day
from tests.e2e.faulty_sales import Cashier, Sold
from tests.support.drills import rounds
from tests.support.fast_time import FastLoop

pytestmark = pytest.mark.drill

SALES = rounds(20, 1000)
SALES_A_DAY = rounds(10, 40)
DAYS_AT_ONCE = 2
BY_CARD = ("live card", "live card", "stored card")
"""Sold more often: they meet both lines."""
PAID_FOR = (SaleState.PAID, SaleState.PAID_LATE, SaleState.REFUND_DUE)


@dataclass
class Outcomes:
    """What became of all sales, by kind; what the lines did; and what is wrong."""

    ends: dict[str, Tally[str]] = field(default_factory=dict)
    to_api: Tally[str] = field(default_factory=Tally)
    to_issuer: Tally[str] = field(default_factory=Tally)
    declined_and_paid: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def sales(self) -> int:
        return sum(tally.total() for tally in self.ends.values())

    def note(self, sold: Sold, state: SaleState) -> None:
        self.ends.setdefault(sold.kind, Tally())[state.value] += 1

    def table(self) -> str:
        """Two tables: how the sales ended, and what the lines did."""
        states = [state.value for state in SaleState if any(tally[state.value] for tally in self.ends.values())]
        lines = [
            f"{self.sales} sales, {len(self.wrong)} wrong.",
            "",
            f"| sale | {' | '.join(state.replace('_', ' ') for state in states)} | all |",
            f"|---|{'---:|' * (len(states) + 1)}",
        ]
        for kind, tally in sorted(self.ends.items()):
            cells = " | ".join(str(tally[state]) for state in states)
            lines.append(f"| {kind} | {cells} | {tally.total()} |")
        names = sorted((self.to_api | self.to_issuer).keys() - {"none"})
        lines += ["", "| on the way | to the API | to the issuer |", "|---|---:|---:|"]
        lines += [f"| {name} | {self.to_api[name]} | {self.to_issuer[name]} |" for name in ["none", *names]]
        lines += ["", f"Shown as refused while the issuer had paid, and then as paid: {self.declined_and_paid}."]
        return "\n".join(lines)


async def one_day(folder: Path, seed: int, sales: int, outcomes: Outcomes) -> None:
    dice = random.Random(seed)
    async with Day(folder, dice) as day:
        cashier = Cashier(day)
        kinds = [*cashier.kinds, *BY_CARD]
        for kind in dice.sample(kinds * sales, sales):
            await cashier.sell(kind)
        await cashier.settle()
        wrong = await compare(day, cashier, outcomes)
        outcomes.wrong += [f"day {seed}: {words}" for words in wrong]
        outcomes.to_api += day.api_weather.met
        outcomes.to_issuer += day.issuer_weather.met


async def compare(day: Day, cashier: Cashier, outcomes: Outcomes) -> list[str]:
    """What the till says that is not so, and what it does not say."""
    rows = await day.engine.ledger.list(Query(None, limit=10_000))
    wrong = [f"the ledger: {words}" for words in (await day.engine.ledger.audit()).differences]
    wrong += [f"sale {reference} was shown as paid before it was" for reference in day.paid_too_early]
    outcomes.declined_and_paid += len(day.declined_too_early)
    paid_by = day.by_card + day.by_wallet
    wrong += [f"{payment_hash} was paid {count} times" for payment_hash, count in paid_by.items() if count > 1]
    booked = {row.payment_hash for row in rows if row.status is PaymentStatus.SUCCESS}
    wrong += [f"{payment_hash} was paid and is not booked" for payment_hash in paid_by.keys() - booked]
    wrong += [f"{payment_hash} is booked and nobody paid it" for payment_hash in booked - paid_by.keys()]
    stored = await asyncio.to_thread(_stored, day.folder)
    for sold in cashier.sold:
        sale = await day.counter.store.sale(sold.sale_id)
        if sale is None:
            wrong.append(f"sale {sold.sale_id} vanished")
            continue
        outcomes.note(sold, sale.state)
        made = [row for row in rows if row.extra.get("reference") == sale.reference]
        wrong += [f"{sold.kind} {sale.number} ({sale.state}): {words}" for words in _of_sale(sale, made)]
    wrong += _of_pairs([(sold, await day.counter.store.sale(sold.sale_id)) for sold in cashier.sold])
    wrong += [f"tap {tap} is {state} and keeps a secret" for tap, state in stored]
    await day.counter.verify_journal()
    view = day.counter.queue.view()
    if view.store.sum.value or view.store.count:
        wrong.append(f"{view.store.sum} are still at risk")
    return wrong


def _of_sale(sale: Sale, made: list[PaymentRow]) -> list[str]:
    settled = [row for row in made if row.status is PaymentStatus.SUCCESS]
    known = {invoice.payment_hash: invoice for invoice in sale.invoices}
    wrong = []
    if not sale.state.is_closed:
        wrong.append("it has no end")
    if len(settled) > 1:
        wrong.append(f"{len(settled)} of its invoices were paid")
    for row in settled:
        if row.amount.value != sale.total.to_msat().value:
            wrong.append(f"{row.amount} were paid, {sale.total} are due")
        if row.payment_hash not in known or known[row.payment_hash].settled is None:
            wrong.append("money came that it does not show")
    if sale.received.value != sum(row.amount.value for row in settled) // 1000:
        wrong.append(f"it shows {sale.received}")
    if bool(settled) != (sale.state in PAID_FOR):
        wrong.append(f"{len(settled)} of its invoices were paid")
    for older, newer in zip(sale.invoices, sale.invoices[1:], strict=False):
        if older.dead_at_s is None or newer.received_at_s < older.dead_at_s:
            wrong.append("it had two living invoices")
    if any(not tap.state.is_final for tap in sale.taps):
        wrong.append(f"its taps are {', '.join(tap.state for tap in sale.taps)}")
    if sale.live_invoices:
        wrong.append("one of its invoices is still alive")
    return wrong


def _of_pairs(sales: list[tuple[Sold, Sale | None]]) -> list[str]:
    """Goods that were sold again and paid twice are to be given back."""
    by_id = {sold.sale_id: sale for sold, sale in sales if sale is not None}
    wrong = []
    for sold, sale in sales:
        older = by_id.get(sold.replaces or "")
        if sale is None or older is None:
            continue
        both_paid = sale.state in PAID_FOR and older.received.value > 0
        if both_paid and older.state is not SaleState.REFUND_DUE:
            wrong.append(f"sale {older.number} was sold again, both were paid, and it is {older.state}")
    return wrong


def _stored(folder: Path) -> list[tuple[str, str]]:
    """Ended taps that keep something secret."""
    (file,) = folder.glob("books/*/till.db")
    connection = sqlite3.connect(file)
    try:
        query = "SELECT id, state FROM tap WHERE url_sealed IS NOT NULL OR offer_sealed IS NOT NULL"
        return [(row[0], row[1]) for row in connection.execute(query)]
    finally:
        connection.close()


async def all_days(folder: Path, outcomes: Outcomes) -> None:
    at_once = asyncio.Semaphore(DAYS_AT_ONCE)

    async def day(number: int, sales: int) -> None:
        async with at_once:
            place = folder / str(number)
            place.mkdir()
            await one_day(place, number, sales, outcomes)

    full, rest = divmod(SALES, SALES_A_DAY)
    async with asyncio.TaskGroup() as days:
        for number, sales in enumerate([SALES_A_DAY] * full + [rest] * bool(rest)):
            days.create_task(day(number, sales))


def test_no_wrong_outcome(tmp_path: Path, expect_log: LogWatch, record_property: Callable[[str, object], None]) -> None:
    outcomes = Outcomes()
    with asyncio.Runner(loop_factory=FastLoop) as runner:
        runner.run(all_days(tmp_path, outcomes))
    print(outcomes.table())
    record_property("report", outcomes.table())
    assert not outcomes.wrong, "\n".join(outcomes.wrong)
    assert outcomes.sales >= SALES

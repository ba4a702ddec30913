"""`pos-app queue`: sales whose money is not there yet, and the ways to end them."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pos_app.cli.common import (
    Commands,
    Exit,
    Options,
    Usage,
    add_api,
    add_command,
    add_json,
    compared,
    folders_of,
    say,
    show,
    tell,
)
from pos_app.config.lock import OwnerLock
from pos_app.core.clock import utc
from pos_app.core.errors import RetryableError, UserError
from pos_app.core.money import Sat
from pos_app.till.states import SaleState

if TYPE_CHECKING:
    from pos_app.app import House
    from pos_app.till.books import Books
    from pos_app.till.queue import Queue
    from pos_app.till.sale import Sale, Unassigned
    from pos_app.till.store import Store
    from pos_app.till.views import QueueItem, SaleView, StoryLine

AT_RISK = (SaleState.OWED, SaleState.UNCERTAIN)
KINDS = (".json", ".csv")
COLUMNS = (
    *("number", "reference", "state", "stage", "words", "issuer_said", "amount_sat", "received_sat", "refund_sat"),
    *("note", "issuer", "made_at", "stored_at", "practice"),
)
"""Of a CSV file."""
_FORMULA = ("=", "+", "-", "@")


class NotInQueue(UserError):
    """These books have no such sale in the queue."""


class NotOpen(UserError):
    """The money of this sale came, or is to be given back."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One sale of the queue, with its journal where that was asked for."""

    item: QueueItem
    story: tuple[StoryLine, ...] = ()


def add(commands: Commands) -> None:
    parser = add_command(
        commands,
        "queue",
        lambda _: parser.error("one of list, show, export or resolve is missing"),
        "sales whose money is not there yet",
        description="Sales whose card was stored, or whose answer is lost, and the ways to end them.",
    )
    words = parser.add_subparsers(title="commands", dest="queue_command", metavar="COMMAND", required=True)
    one = add_command(words, "list", run_list, "list them")
    two = add_command(words, "show", run_show, "tell one of them with its journal")
    three = add_command(words, "export", run_export, "write all of them into a file")
    four = add_command(words, "resolve", run_resolve, "end one of them")
    for each in (two, four):
        each.add_argument("id", metavar="ID", help="the sale's number, or its reference")
    three.add_argument("file", type=export_file, metavar="FILE", help="a name that ends with .json or .csv")
    how = four.add_mutually_exclusive_group(required=True)
    for name, words_of_it in (
        ("void", "goods back or never given (manager PIN)"),
        ("write-off", "the money is given up (manager PIN)"),
        ("paid-otherwise", "the customer paid with something else"),
    ):
        how.add_argument(f"--{name}", dest="how", action="store_const", const=name, help=words_of_it)
    four.add_argument("--reason", default="", metavar="WORDS", help="why; needed with --void and --write-off")
    words_of_it = "read the manager PIN from this file, or from standard input"
    four.add_argument("--pin-file", metavar="FILE|-", help=words_of_it)
    for each in (one, two, four):
        add_json(each)
    for each in (one, two, three, four):
        add_api(each)


def export_file(text: str) -> Path:
    """A file whose name says its kind."""
    if Path(text).suffix.lower() not in KINDS:
        raise argparse.ArgumentTypeError(f"{text!r} ends neither with .json nor with .csv")
    return Path(text)


def run_list(options: Options) -> int:
    async def work() -> int:
        async with _reading(options) as desk:
            entries, terms = await desk.entries(), await desk.store.terms()
            unassigned = await desk.store.unassigned()
            at_risk = [entry.item.sale for entry in entries if entry.item.sale.state in AT_RISK]
            total = Sat(sum(sale.total.value for sale in at_risk))
            result = {
                "items": [_facts(entry) for entry in entries],
                "at_risk": {"count": len(at_risk), "sum_sat": total.value},
                "limits": {"count": terms.count_max, "sum_sat": terms.sum_max.value, "tap_sat": terms.tap_max.value},
                "unassigned": [_unassigned_facts(each) for each in unassigned],
                "accepted": terms.accepted_at_s is not None,
                "practice": desk.books.wears_banner,
            }
            lines = [*_list_words(entries, total, len(at_risk)), *_unassigned_words(unassigned)]
            show(result, "\n".join(lines), as_json=options.json)
            return Exit.DONE

    return asyncio.run(work())


def run_show(options: Options) -> int:
    async def work() -> int:
        async with _reading(options) as desk:
            entry = await desk.told(await desk.find(options.id))
            show(_facts(entry), "\n".join(_words(entry)), as_json=options.json)
            return Exit.DONE

    return asyncio.run(work())


def run_export(options: Options) -> int:
    async def work() -> int:
        from pos_app.config.files import write_whole

        async with _reading(options) as desk:
            entries = [await desk.told(entry.item) for entry in await desk.entries()]
            facts = [_facts(entry) for entry in entries]
            as_csv = options.file.suffix.lower() == ".csv"
            write_whole(options.file, _csv(facts) if as_csv else json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
            say(f"{_count(len(entries))} in {options.file}.")
            return Exit.DONE

    return asyncio.run(work())


def run_resolve(options: Options) -> int:
    if options.how != "paid-otherwise" and not options.reason.strip():
        raise Usage("The reason is missing.", f"Add --reason with a few words, as it goes with --{options.how}.")

    folders = folders_of(options)
    folders.make()
    with OwnerLock(folders.data, "queue resolve"):
        asyncio.run(_check_open(options))
        pin = "" if options.how == "paid-otherwise" else _pin(options)
        return asyncio.run(_resolve(options, pin))


async def _check_open(options: Options) -> None:
    """Before anybody is asked for a PIN: is there such a sale, and can it be ended so?"""
    async with _reading(options) as desk:
        sale = (await desk.find(options.id)).sale
    if sale.state not in AT_RISK:
        words = f"Sale {sale.number} is {sale.state.value.replace('_', ' ')}: it cannot be ended so."
        raise NotOpen(words, "Open it in the queue of the till's window.")


async def _resolve(options: Options, pin: str) -> int:
    from pos_app.app import House

    async with House(folders_of(options), options.api) as house:
        await compared(house.counter)
        sale = _found(house.counter.queue.view().items, options.id).sale
        await _ask_api(house, sale.sale_id)
        return _resolved(await _end(house.counter.queue, sale, options, pin), options)


async def _ask_api(house: House, sale_id: str) -> None:
    """Look once more before the sale is ended: the money may have come."""
    try:
        await house.counter.check_now(sale_id)
    except (RetryableError, UserError) as error:
        tell(f"pos-app: The payments API could not be asked. {error}")


async def _end(queue: Queue, sale: SaleView, options: Options, pin: str) -> SaleView:
    match options.how:
        case "void":
            return await queue.void(sale.sale_id, pin, options.reason)
        case "write-off":
            return await queue.write_off(sale.sale_id, pin, options.reason)
        case _:
            return await queue.paid_otherwise(sale.sale_id)


_WANTED = {
    "void": SaleState.CANCELLED,
    "write-off": SaleState.WRITTEN_OFF,
    "paid-otherwise": SaleState.PAID_OTHERWISE,
}
_ENDED = {
    SaleState.CANCELLED: "void",
    SaleState.WRITTEN_OFF: "written off",
    SaleState.PAID_OTHERWISE: "paid otherwise",
}


def _resolved(sale: SaleView, options: Options) -> int:
    state = sale.state.value.replace("_", " ")
    done = sale.state is _WANTED[options.how]
    words = _ENDED[sale.state] if done else f"{state} meanwhile. Nothing was changed"
    result = {"number": sale.number, "reference": sale.reference, "state": sale.state.value, "done": done}
    show(result, f"Sale {sale.number} ({sale.reference}), {sale.total}: {words}.", as_json=options.json)
    return Exit.DONE if done else Exit.ERROR


def _pin(options: Options) -> str:
    """The manager PIN: from the file that was named, typed without echo, or as one line of standard input."""
    if options.pin_file not in (None, "-"):
        try:
            text = Path(options.pin_file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{options.pin_file} cannot be read.", "Name a file that holds the PIN alone.") from error
        return (text.splitlines() or [""])[0].strip()
    ask: Callable[[str], str] = getpass.getpass if sys.stdin.isatty() else lambda _: sys.stdin.readline()
    return ask("Manager PIN: ").strip()


class _Desk:
    """Reads the queue beside the process that owns the books."""

    def __init__(self, books: Books, store: Store) -> None:
        self.books = books
        self.store = store

    async def entries(self) -> list[Entry]:
        return [Entry(self._item(sale)) for sale in await self.store.queued()]

    async def find(self, words: str) -> QueueItem:
        return _found(tuple(entry.item for entry in await self.entries()), words)

    async def told(self, item: QueueItem) -> Entry:
        from pos_app.till import story

        return Entry(item, story.lines(await self.store.story(item.sale.sale_id)))

    def _item(self, sale: Sale) -> QueueItem:
        from pos_app.till.picture import picture
        from pos_app.till.queue_items import queue_item
        from pos_app.till.views import TapPhase, TapView

        view = picture(
            sale,
            making=None,
            watched=(),
            at_counter=False,
            cancelling=False,
            storing=False,
            tap=TapView(TapPhase.READY),
            card_may_pay=sale.card_may_pay,
            lightning_away=False,
            expiry_s=0,
            books=self.books,
            now_monotonic_s=0.0,
        )
        return queue_item(sale, view)


@asynccontextmanager
async def _reading(options: Options) -> AsyncIterator[_Desk]:
    from pos_app.app import open_books

    async with open_books(folders_of(options), options.api) as (books, store):
        yield _Desk(books, store)


def _found(items: tuple[QueueItem, ...], words: str) -> QueueItem:
    for item in items:
        if words in (str(item.sale.number), item.sale.sale_id) or words.upper() == item.sale.reference.upper():
            return item
    raise NotInQueue(f"There is no sale {words} in the queue.", "pos-app queue list names them.")


def _facts(entry: Entry) -> dict[str, Any]:
    """What may leave the till: nothing of it can be used to charge a card."""
    item, sale = entry.item, entry.item.sale
    facts: dict[str, Any] = {
        "number": sale.number,
        "reference": sale.reference,
        "state": sale.state.value,
        "stage": item.stage.value,
        "words": item.words,
        "issuer_said": item.reason,
        "amount_sat": sale.total.value,
        "received_sat": sale.received.value,
        "refund_sat": item.refund.value,
        "note": sale.note,
        "issuer": item.host,
        "made_at": utc(sale.made_at_s).isoformat(timespec="seconds"),
        "stored_at": None if item.stored_at_s is None else utc(item.stored_at_s).isoformat(timespec="seconds"),
        "practice": sale.practice,
    }
    if entry.story:
        lines = [{"at": utc(line.at_s).isoformat(timespec="seconds"), "words": line.words} for line in entry.story]
        facts["story"] = lines
    return facts


def _csv(rows: list[dict[str, Any]]) -> str:
    """One row a sale, without its journal. What a spreadsheet would take for a formula is marked as text."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _as_text(value) for name, value in row.items()})
    return out.getvalue()


def _as_text(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _list_words(entries: list[Entry], total: Sat, count: int) -> list[str]:
    if not entries:
        return ["The queue is empty."]
    lines = [f"{_count(len(entries))}, {total} of {count} not paid yet."]
    for entry in entries:
        sale = entry.item.sale
        lines.append(f"{sale.number:>6}  {sale.reference}  {sale.total!s:>14}  {_stage(entry.item)}")
        lines.append(f"        {entry.item.words}")
    return lines


def _unassigned_facts(payment: Unassigned) -> dict[str, Any]:
    return {
        "number": payment.number,
        "reference": payment.reference,
        "payment_hash": payment.payment_hash,
        "amount_sat": payment.amount.value // 1000,
        "paid": payment.is_paid,
        "memo": payment.memo,
        "made_at": utc(payment.made_at_s).isoformat(timespec="seconds"),
    }


def _unassigned_words(payments: tuple[Unassigned, ...]) -> list[str]:
    """Money that came for sales which were lost with a restore."""
    paid = [payment for payment in payments if payment.is_paid]
    if not paid:
        return []
    lines = ["", "Payments without a sale here, made after the backup that was restored:"]
    for payment in paid:
        number = "" if payment.number is None else str(payment.number)
        amount = Sat(payment.amount.value // 1000)
        lines.append(f"{number:>6}  {payment.reference}  {amount!s:>14}  {_local(payment.made_at_s)}  {payment.memo}")
    return lines


def _words(entry: Entry) -> list[str]:
    item, sale = entry.item, entry.item.sale
    money = f"{sale.total} of practice money" if sale.practice else str(sale.total)
    lines = [f"Sale {sale.number} ({sale.reference}), {money}: {_stage(item)}.", item.words]
    if item.reason:
        lines.append(f"The issuer says: “{item.reason}”")
    if item.host:
        lines.append(f"Issuer: {item.host}")
    if sale.note:
        lines.append(f"Note: {sale.note}")
    return [*lines, "", *(f"{_local(line.at_s)}  {line.words}" for line in entry.story)]


def _stage(item: QueueItem) -> str:
    return item.stage.value.replace("_", " ")


def _count(number: int) -> str:
    return "1 sale" if number == 1 else f"{number} sales"


def _local(time_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_s))

"""`pos-app sync`, `history` and `stats`: the wallet's payments and this till's sales, copied, listed and summed."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pos_app.cli.common import (
    Commands,
    Exit,
    Options,
    Usage,
    add_api,
    add_command,
    add_json,
    folders_of,
    say,
    show,
    tell,
)
from pos_app.config.lock import OwnerLock
from pos_app.core.money import Sat, grouped
from pos_app.till.history_views import (
    HistoryFilter,
    HistoryRow,
    HistorySums,
    PeriodView,
    RowState,
    SyncPhase,
    SyncView,
    Totals,
    Unit,
)

if TYPE_CHECKING:
    from pos_app.till.records import Records

BAR = 30


def add(commands: Commands) -> None:
    sync = add_command(commands, "sync", run_sync, "copy the wallet's payments from the payments API, and wait")
    add_json(sync)
    add_api(sync)

    history = add_command(commands, "history", run_history, "list the wallet's payments and this till's sales")
    history.add_argument("--from", dest="first", type=day, metavar="DAY", help="from this business day on (2026-03-14)")
    history.add_argument("--to", dest="last", type=day, metavar="DAY", help="to this business day, with it")
    history.add_argument("--state", action="append", choices=list(RowState), default=[], help="may be repeated")
    history.add_argument("--search", default="", metavar="TEXT", help="a part of memo, sum, reference or hash")
    form = history.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the result as one JSON object")
    form.add_argument("--csv", action="store_true", help="print the rows as CSV")
    add_api(history)

    stats = add_command(commands, "stats", run_stats, "what came in on one business day")
    stats.add_argument("--day", type=day, metavar="DAY", help="the business day (2026-03-14); without it today")
    add_json(stats)
    add_api(stats)


def day(text: str) -> date:
    """A date like 2026-03-14."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 2026-03-14") from None


def run_sync(options: Options) -> int:
    folders = folders_of(options)
    folders.make()
    with OwnerLock(folders.data, "sync"):
        return asyncio.run(_sync(options))


def run_history(options: Options) -> int:
    if options.first and options.last and options.first > options.last:
        raise Usage("--from is after --to.", "Exchange them.")
    return asyncio.run(_history(options))


def run_stats(options: Options) -> int:
    return asyncio.run(_stats(options))


async def _sync(options: Options) -> int:
    from pos_app.app import House

    changed = asyncio.Event()
    async with House(folders_of(options), _api(options)) as house:
        house.records.subscribe(lambda _event: changed.set())
        with _Progress() as show_progress:
            while (view := house.records.sync_view()).phase not in (SyncPhase.FRESH, SyncPhase.AWAY):
                show_progress(view)
                changed.clear()
                await changed.wait()
            show_progress(view)
    is_fresh = view.phase is SyncPhase.FRESH
    words = f"{grouped(view.done)} payments are here." if is_fresh else "The payments API does not answer."
    problem = None if view.problem is None else f"{view.problem.message} {view.problem.cure}"
    result = {"phase": view.phase.value, "payments": view.done, "total": view.total, "problem": problem}
    show(result, words, as_json=options.json)
    if problem:
        tell(problem)
    if not is_fresh:
        return Exit.UNREACHABLE
    return Exit.ERROR if problem else Exit.DONE


class _Progress:
    """A bar for a person who watches; nothing where nobody does."""

    def __enter__(self) -> _Progress:
        self._is_shown = False
        return self

    def __call__(self, view: SyncView) -> None:
        if not sys.stderr.isatty() or not view.total:
            return
        share = min(view.done / view.total, 1.0)
        full = round(share * BAR)
        bar = "█" * full + "░" * (BAR - full)
        print(f"\r{bar} {grouped(view.done)} of {grouped(view.total)} ", end="", file=sys.stderr, flush=True)
        self._is_shown = True

    def __exit__(self, *error: object) -> None:
        if self._is_shown:
            tell()


async def _history(options: Options) -> int:
    from pos_app.till.mirror.export import csv_lines, record

    async with _records(options) as records:
        wanted = _filter(records, options)
        zone = records.zone
        if options.csv:
            sys.stdout.write(csv_lines((), head=True))
            async for rows in records.walk(wanted):
                sys.stdout.write(csv_lines(record(row, zone) for row in rows))
            sys.stdout.flush()
            return Exit.DONE
        sums = await records.sums(wanted)
        if options.json:
            sys.stdout.write('{"rows": [')
            separator = ""
            async for rows in records.walk(wanted):
                for row in rows:
                    sys.stdout.write(separator + json.dumps(record(row, zone), ensure_ascii=False))
                    separator = ", "
            say(f'], "sums": {json.dumps(_sums(sums))}, "copy": {json.dumps(_copy(records.sync_view()))}}}')
            return Exit.DONE
        async for rows in records.walk(wanted):
            for row in rows:
                say(_line(row, str(record(row, zone)["time"])))
        say(_foot(sums))
        _tell_copy(records.sync_view())
    return Exit.DONE


async def _stats(options: Options) -> int:
    async with _records(options) as records:
        view = await records.period(Unit.DAY, options.day)
        zone = records.zone
        result = {
            "day": view.first.isoformat(),
            "from": _utc(view.from_s),
            "until": _utc(view.until_s),
            **_totals(view.now),
            "same_weekday_last_week": _totals(view.before),
            "pending_sat": view.pending.value,
            "pending_count": view.pending_count,
            "other_tills": _totals(view.others),
            "tenders": {
                part.tender.value if part.tender else "other_till": _totals(part.totals) for part in view.tenders
            },
            "hours": [{"from": _utc(bar.from_s), **_totals(bar.totals)} for bar in view.bars],
            "partial": view.is_partial,
            "copy": _copy(records.sync_view()),
        }
        hours = [zone.local(bar.from_s).strftime("%H:%M") for bar in view.bars]
        show(result, "\n".join(_day_lines(view, hours)), as_json=options.json)
        if not options.json:
            _tell_copy(records.sync_view())
    return Exit.DONE


@asynccontextmanager
async def _records(options: Options) -> AsyncIterator[Records]:
    from pos_app.app import open_records

    async with open_records(folders_of(options), _api(options)) as records:
        yield records


def _filter(records: Records, options: Options) -> HistoryFilter:
    first, last = options.first or date(1970, 1, 2), options.last or date(2100, 1, 1)
    from_s, until_s = records.span(first, last)
    return HistoryFilter(
        search=options.search,
        states=frozenset(RowState(state) for state in options.state),
        from_s=from_s if options.first else None,
        until_s=until_s if options.last else None,
    )


def _line(row: HistoryRow, time: str) -> str:
    number = "" if row.number is None else f"#{row.number}"
    gone = " (gone from the server)" if row.is_gone else ""
    return f"{time}  {row.state.value:<14} {_sat(row.amount_msat):>15} sat  {number:<7} {row.memo}{gone}"


def _foot(sums: HistorySums) -> str:
    words = f"{grouped(sums.count)} rows: {sums.received} received, {sums.sent} sent"
    words += "".join(f", {amount}" for amount in sums.fiat)
    return f"{words}, {sums.open} not paid in {_sales(sums.open_count)}." if sums.open_count else f"{words}."


def _day_lines(view: PeriodView, hours: list[str]) -> Iterator[str]:
    yield f"{view.first.isoformat()}: {_sales(view.now.count)}, {view.now.sum}, average {view.now.average}"
    yield f"  tips           {view.now.tips}"
    for amount in view.now.fiat:
        yield f"  in fiat        {amount}"
    yield f"  a week before  {_sales(view.before.count)}, {view.before.sum}"
    if view.pending_count:
        yield f"  not paid       {_sales(view.pending_count)}, {view.pending}"
    for part in view.tenders:
        name = part.tender.value.replace("_", " ") if part.tender else "other till"
        yield f"  {name:<14} {_sales(part.totals.count)}, {part.totals.sum}"
    most = max(bar.totals.sum.value for bar in view.bars)
    for hour, bar in zip(hours, view.bars, strict=True):
        if bar.totals.count:
            length = max(1, round(BAR * bar.totals.sum.value / most)) if most else 1
            yield f"  {hour}  {'█' * length:<{BAR}} {_sales(bar.totals.count)}, {bar.totals.sum}"


def _sales(count: int) -> str:
    return "1 sale" if count == 1 else f"{grouped(count)} sales"


def _totals(totals: Totals) -> dict[str, Any]:
    fiat = {amount.currency: amount.decimal(plain=True) for amount in totals.fiat}
    return {
        "count": totals.count,
        "sum_sat": totals.sum.value,
        "average_sat": totals.average.value,
        "tips_sat": totals.tips.value,
        "fiat": fiat,
    }


def _sums(sums: HistorySums) -> dict[str, Any]:
    return {
        "count": sums.count,
        "received_sat": sums.received.value,
        "sent_sat": sums.sent.value,
        "open_sat": sums.open.value,
        "open_count": sums.open_count,
        "fiat": {amount.currency: amount.decimal(plain=True) for amount in sums.fiat},
    }


def _copy(view: SyncView) -> dict[str, Any]:
    problem = None if view.problem is None else f"{view.problem.message} {view.problem.cure}"
    return {"payments": view.done, "as_of": _utc(view.as_of_s), "problem": problem}


def _tell_copy(view: SyncView) -> None:
    """Of what moment the payments are."""
    if view.as_of_s is None:
        tell("No payments were copied yet: only this till's sales are here. Copy them: pos-app sync")
    else:
        tell(f"Payments as of {_utc(view.as_of_s)}.")
    if view.problem is not None:
        tell(f"{view.problem.message} {view.problem.cure}")


def _utc(at_s: float | None) -> str | None:
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds")


def _sat(msat: int) -> str:
    return str(Sat(abs(msat) // 1000 * (1 if msat >= 0 else -1))).removesuffix(" sat")


def _api(options: Options) -> str | None:
    api: str | None = options.api
    return api

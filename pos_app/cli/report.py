"""`pos-app report`: the X report of this moment, the Z report that closes the day, and their proof."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pos_app.cli.common import Commands, Exit, Options, add_api, add_command, add_json, folders_of, positive, say, show
from pos_app.config.lock import OwnerLock

if TYPE_CHECKING:
    from pos_app.till.paper import Line
    from pos_app.till.report_views import ReportView

COLUMNS = 48


def add(commands: Commands) -> None:
    parser = add_command(
        commands,
        "report",
        lambda _: parser.error("one of x, z, show or verify is missing"),
        "X and Z reports of this till",
    )
    reports = parser.add_subparsers(title="commands", dest="report_command", metavar="COMMAND", required=True)
    x = add_command(reports, "x", run_x, "what came in since the last Z report; closes nothing")
    z = add_command(reports, "z", run_z, "close the day: write the next Z report, for ever")
    again = add_command(reports, "show", run_show, "print a Z report again")
    again.add_argument("number", type=positive, metavar="NUMBER")
    for each in (x, z, again):
        each.add_argument("--pdf", type=Path, metavar="FILE", help="write it as PDF too")
    verify = add_command(
        reports, "verify", run_verify, "check the chain of Z reports and their sums against the journal"
    )
    for each in (x, z, again, verify):
        add_api(each)
        add_json(each)


def run_x(options: Options) -> int:
    return asyncio.run(_x(options))


def run_z(options: Options) -> int:
    folders = folders_of(options)
    folders.make()
    with OwnerLock(folders.data, "report z"):
        return asyncio.run(_z(options))


def run_show(options: Options) -> int:
    return asyncio.run(_show(options))


def run_verify(options: Options) -> int:
    return asyncio.run(_verify(options))


async def _x(options: Options) -> int:
    from pos_app.app import open_reports

    async with open_reports(folders_of(options), _api(options)) as reports:
        return _print(await reports.now(), options)


async def _z(options: Options) -> int:
    from pos_app.app import House

    async with House(folders_of(options), _api(options)) as house:
        return _print(await house.reports.close(), options)


async def _show(options: Options) -> int:
    from pos_app.app import open_reports

    async with open_reports(folders_of(options), _api(options)) as reports:
        return _print(await reports.report(options.number), options)


async def _verify(options: Options) -> int:
    from pos_app.app import open_reports

    async with open_reports(folders_of(options), _api(options)) as reports:
        count = await reports.verify()
    words = f"The journal, the chain of {count} Z reports and their sums are as they were written."
    show({"reports": count}, words, as_json=options.json)
    return Exit.DONE


def _api(options: argparse.Namespace) -> str | None:
    api: str | None = getattr(options, "api", None)
    return api


def _print(report: ReportView, options: Options) -> int:
    from pydantic import TypeAdapter

    from pos_app.till.report_paper import lines
    from pos_app.till.reports import write_pdf

    if options.pdf is not None:
        write_pdf(report, options.pdf)
    if options.json:
        say(json.dumps(TypeAdapter(type(report)).dump_python(report, mode="json"), ensure_ascii=False))
    else:
        say("\n".join(_text(lines(report))))
    return Exit.DONE


def _text(lines: Sequence[Line]) -> list[str]:
    """The strip of paper in the terminal."""
    from pos_app.till.paper import Kind

    text = []
    for line in lines:
        match line.kind:
            case Kind.RULE:
                text.append("-" * COLUMNS)
            case Kind.HATCH:
                text.append("/" * COLUMNS)
            case Kind.FRAME:
                text.append(f"[ {line.left}: {line.right} ]".center(COLUMNS).rstrip())
            case Kind.NAME | Kind.CENTRE | Kind.SHOUT | Kind.WORD:
                text.append(line.left.center(COLUMNS).rstrip())
            case _:
                room = COLUMNS - len(line.right)
                text.append(f"{line.left:<{room}}{line.right}".rstrip())
    return text

"""What all commands share: how they are declared, what they print, how they end."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pos_app.config.files import CannotWrite
from pos_app.config.folders import Folders
from pos_app.core.errors import UserError

if TYPE_CHECKING:
    from pos_app.till.counter import Counter

COMPARED_WITHIN_S = 60.0

Options = argparse.Namespace
Commands = Any
"""What `add_subparsers` returns; argparse gives it no public name."""


class Exit(IntEnum):
    """How a command ends. 0 is "paid" of a sale and "done" of everything else."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    EXPIRED = 3
    CANCELLED = 4
    UNREACHABLE = 5
    UNCERTAIN = 6
    RUNNING = 7


class Usage(UserError):
    """The words of the command do not fit together."""


def add_command(
    commands: Commands, name: str, run: Callable[[Options], int], help: str, *, description: str = ""
) -> argparse.ArgumentParser:
    """Declare a command; `run` gets its options and answers the exit code. `--data-dir` may stand behind it too."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=description or help)
    parser.set_defaults(run=run)
    add_data_dir(parser, default=argparse.SUPPRESS)
    return parser


def add_data_dir(parser: argparse.ArgumentParser, *, default: object = None) -> None:
    parser.add_argument("--data-dir", type=Path, metavar="DIR", default=default, help="keep everything in this folder")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def add_api(parser: argparse.ArgumentParser, *, default: object = argparse.SUPPRESS) -> None:
    """Whose payments API to use; without either, the one that `connect` or the settings name."""
    which = parser.add_mutually_exclusive_group()
    words = "use practice: no real money"
    which.add_argument("--practice", dest="api", action="store_const", const="practice", default=default, help=words)
    words = "use practice, embedded, or the server at a URL"
    which.add_argument("--api", dest="api", type=api_choice, default=default, metavar="API", help=words)


def api_choice(text: str) -> str:
    """`practice`, `embedded`, or what looks like a URL."""
    if text in ("practice", "embedded") or text.startswith(("https://", "http://")):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is neither practice, embedded, nor a URL")


def positive(text: str) -> int:
    """A whole number above zero."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def folders_of(options: Options) -> Folders:
    return Folders.of(options.data_dir)


async def compared(counter: Counter) -> None:
    """Before anything is sold or ended: wait until books that were restored are compared. Raises NotCompared."""
    from pos_app.till.recovery import NotCompared

    try:
        await counter.wait_compared(0)
    except NotCompared as error:
        tell(error.message)
        await counter.wait_compared(COMPARED_WITHIN_S)


def say(text: str = "") -> None:
    """A line of the command's result."""
    print(text, flush=True)


def tell(text: str = "") -> None:
    """A line for a person who watches: never part of the result."""
    print(text, file=sys.stderr, flush=True)


def show(result: dict[str, Any], words: str, *, as_json: bool) -> None:
    """The command's result: as one JSON object, or in words."""
    say(json.dumps(result, ensure_ascii=False) if as_json else words)


@contextmanager
def logged(folders: Folders) -> Iterator[None]:
    """Keep a log while the command runs; without a place for it the command still works."""
    from pos_app.config.logs import close_log, open_log

    try:
        handler = open_log(folders.log_file)
    except CannotWrite as error:
        tell(f"pos-app: No log is kept. {error}")
        yield
        return
    try:
        yield
    finally:
        close_log(handler)

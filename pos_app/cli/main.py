"""`pos-app`: the window, and every command. Errors end here, in words and as an exit code."""

from __future__ import annotations

import argparse
import json
import logging
import platform
import sys
from collections.abc import Sequence
from contextlib import suppress

import pos_app
from pos_app.cli import window
from pos_app.cli.cards import add_cards
from pos_app.cli.common import Exit, Options, Usage, add_api, add_data_dir, folders_of, logged, say, tell
from pos_app.config.lock import TillRunning
from pos_app.core.errors import RetryableError, UserError

log = logging.getLogger(__name__)


def parser() -> argparse.ArgumentParser:
    """All words that the program understands."""
    from pos_app.cli import backup, connect, demo, doctor, engine, history, nfc, queue, report, sell

    top = _of_the_window()
    commands = top.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    for family in (sell, queue, history, report, demo, connect, nfc, doctor, backup, engine):
        family.add(commands)
    return top


def options_of(words: Sequence[str] | None) -> Options:
    """What the words say. Where they name no command, the commands are not even loaded: the window opens sooner."""
    try:
        options, others = _of_the_window(add_help=False, exit_on_error=False).parse_known_args(words)
    except argparse.ArgumentError:
        return parser().parse_args(words)
    return parser().parse_args(words) if others else options


def _of_the_window(*, add_help: bool = True, exit_on_error: bool = True) -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="pos-app",
        add_help=add_help,
        exit_on_error=exit_on_error,
        description="A Lightning counter terminal. Without a command it opens the till's window.",
        epilog="With nothing connected yet it sells for practice money at once.",
    )
    version = f"pos-app {pos_app.__version__} (Python {platform.python_version()})"
    top.add_argument("--version", action="version", version=version)
    add_data_dir(top)
    add_api(top, default=None)
    top.add_argument("--fullscreen", action="store_true", help="fill the screen with the window")
    add_cards(top, of_the_window=True)
    top.set_defaults(run=window.run, command=None, json=False)
    return top


def main(words: Sequence[str] | None = None) -> int:
    """Run the program; the answer is its exit code."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a stream that a caller replaced
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    options = options_of(words)
    if options.command is None:
        return _guarded(options)
    with logged(folders_of(options)):
        return _guarded(options)


def _guarded(options: Options) -> int:
    try:
        return int(options.run(options))
    except UserError as error:
        return _failed(options, _exit_of(error), error.message, error.cure)
    except RetryableError as error:
        return _failed(options, _exit_of(error), str(error), "Try again in a moment.")
    except KeyboardInterrupt:
        return _failed(options, Exit.ERROR, "Stopped.", "")
    except BrokenPipeError:
        sys.stderr.close()  # nobody reads any more; say nothing at the interpreter's end either
        return Exit.ERROR
    except Exception:
        log.exception("a fault of the program")
        where = folders_of(options).log_file
        return _failed(options, Exit.ERROR, "This is a fault of the program.", f"The log says more: {where}")


def _exit_of(error: UserError | RetryableError) -> Exit:
    from pos_app.payments.errors import AnswerLost, NotSent, RateLimited

    if isinstance(error, TillRunning):
        return Exit.RUNNING
    if isinstance(error, Usage):
        return Exit.USAGE
    if isinstance(error, NotSent | AnswerLost | RateLimited):
        return Exit.UNREACHABLE
    return Exit.ERROR


def _failed(options: Options, code: Exit, message: str, cure: str) -> Exit:
    tell(f"pos-app: {message}")
    if cure:
        tell(f"         {cure}")
    if options.json:
        say(json.dumps({"error": message, "cure": cure, "exit": int(code)}, ensure_ascii=False))
    return code


if __name__ == "__main__":
    sys.exit(main())

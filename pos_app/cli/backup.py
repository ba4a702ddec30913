"""`pos-app backup` and `pos-app restore`: the books and the settings in one file, and back."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pos_app.cli.common import Commands, Exit, Options, add_command, add_json, folders_of, show, tell
from pos_app.config.lock import OwnerLock
from pos_app.core.errors import UserError

if TYPE_CHECKING:
    from pos_app.core.money import Sat
    from pos_app.till.backup import Backup


class NotConfirmed(UserError):
    """Nobody said that the books here may be replaced."""


def add(commands: Commands) -> None:
    parser = add_command(
        commands,
        "backup",
        back_up,
        "copy the books and the settings into one file",
        description="Copy all books and the settings into one file and read it back. The till may be running. "
        "There is no key and no card's token in the file.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to write")
    add_json(parser)
    parser = add_command(
        commands,
        "restore",
        restore,
        "put the books and the settings of a backup back",
        description="Check a backup, then replace the books and the settings by it; what was here is kept beside. "
        "Before the till sells again it asks the payments server about every sale.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_json(parser)


def back_up(options: Options) -> int:
    from pos_app.till import backup

    folders = folders_of(options)
    made = backup.back_up(folders.books, folders.settings_file, options.file)
    words = [f"Backed up and read back: {options.file}", *_books(made)]
    words.append("Keys and card tokens are not in it: after a restore, connect again.")
    show({"file": str(options.file), **_facts(made)}, "\n".join(words), as_json=options.json)
    return Exit.DONE


def restore(options: Options) -> int:
    from pos_app.till import backup

    folders = folders_of(options)
    folders.make()
    with OwnerLock(folders.data, "restore"):
        found = backup.look_into(options.file)
        _warn(*backup.open_here(folders.books, found))
        if not options.yes:
            _confirm(found)
        done = backup.restore(options.file, folders.books, folders.settings_file)
    words = [f"Restored from {options.file}.", *_books(done.backup)]
    words += [f"Kept as it was: {path}" for path in done.kept]
    words.append("The till asks the payments server about all sales before it sells again.")
    words.append("Money of sales that the backup does not know is listed then: pos-app queue list.")
    facts = {**_facts(done.backup), "kept": [str(path) for path in done.kept]}
    show(facts, "\n".join(words), as_json=options.json)
    return Exit.DONE


def _warn(count: int, total: Sat) -> None:
    if count:
        sales = "1 sale that is replaced has" if count == 1 else f"{count} sales that are replaced have"
        tell(f"{sales} not ended: {total}. Their stored cards are in the kept copy alone and are not sent any more.")


def _confirm(found: Backup) -> None:
    tell(f"The backup of {_local(found.made_at_s)}:")
    for line in _books(found):
        tell(f"  {line}")
    tell("It replaces the books and the settings that are here; they are kept beside. Go on? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise NotConfirmed("Nothing was replaced.", "Say yes, or add --yes.")


def _books(found: Backup) -> list[str]:
    def last(at_s: float | None) -> str:
        return "no sale" if at_s is None else f"the last one of {_local(at_s)}"

    books = [f"{book.name}: {book.sales} sales, {last(book.last_sale_at_s)}" for book in found.books]
    return [*books, "the settings"] if found.has_settings else books


def _facts(found: Backup) -> dict[str, Any]:
    return {
        "made_at_s": found.made_at_s,
        "settings": found.has_settings,
        "books": [
            {"name": book.name, "sales": book.sales, "journal_rows": book.journal_rows, "journal": book.journal_hash}
            for book in found.books
        ],
    }


def _local(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s):%Y-%m-%d %H:%M}"

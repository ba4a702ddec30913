"""What a person should know of the copy, in words."""

from __future__ import annotations

import sqlite3

from pos_app.core.errors import UserError
from pos_app.core.money import Sat, grouped
from pos_app.till.history_views import SyncView
from pos_app.till.mirror.kinds import UNSAID
from pos_app.till.views import Problem


def lost(db: sqlite3.Connection) -> tuple[int, int]:
    """How many payments had been paid by the server's word and are so no more, and their sum in msat."""
    row = db.execute(
        "SELECT count(*), coalesce(sum(amount_msat), 0) FROM entry INDEXED BY entry_lost"
        " WHERE lost <> 0 AND (status = 'success' OR lost = ?) AND amount_msat > 0",
        (UNSAID,),
    ).fetchone()
    return row[0], row[1]


def problem(
    view: SyncView, lost: tuple[int, int], remade: Problem | None, error: UserError | None, *, broke_off: bool
) -> Problem | None:
    """The one thing that matters most now, if there is one."""
    if error is not None:
        return Problem(error.message, error.cure)
    if lost[0]:
        return _lost(*lost)
    if remade is not None:
        return remade
    if broke_off:
        return Problem(
            f"The server went away while its payments were being copied: {grouped(view.done)} of"
            f" {grouped(max(view.total, view.done))} are here.",
            "The copy goes on by itself when the server answers again.",
        )
    return None


def _lost(count: int, amount_msat: int) -> Problem:
    payments = "1 payment" if count == 1 else f"{grouped(count)} payments"
    return Problem(
        f"The server no longer says that {payments} of {Sat(amount_msat // 1000)} came in, as it once did."
        " It may have been restored from an older backup. They are in the list and in no sum.",
        "Ask whoever runs the server.",
    )

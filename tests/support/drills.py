"""How often a drill goes round."""

from __future__ import annotations

import os


def rounds(short: int, full: int) -> int:
    """`short` in `make test`; `full` in `make drills`, or fewer where POS_DRILL_ROUNDS is a number."""
    wanted = os.environ.get("POS_DRILL_ROUNDS", "")
    if not wanted:
        return short
    return full if wanted == "full" else min(full, int(wanted))

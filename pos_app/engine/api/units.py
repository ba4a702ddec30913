"""Currency units in requests. Without a source of exchange rates every known currency is refused."""

from __future__ import annotations

from typing import NoReturn

from pos_app.core.currencies import MINOR_DIGITS
from pos_app.engine.errors import BadRequest


def check_unit(unit: str) -> None:
    """Raises BadRequest for everything but `sat`."""
    if unit == "sat":
        return
    if unit not in MINOR_DIGITS:
        raise BadRequest("The provided unit is not supported")
    no_rates()


def no_rates() -> NoReturn:
    raise BadRequest("No exchange rate source is configured.")

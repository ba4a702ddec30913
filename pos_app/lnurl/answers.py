"""What an LNURL service answered, read strictly: bounded JSON, checked types, text made safe to show (LUD-01)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from pos_app.core.money import MAX_SAT, MSAT_PER_SAT, Msat
from pos_app.core.text import plain, without_addresses

Fields = Mapping[str, object]


class BadAnswer(ValueError):
    """The body is not what the protocol asks for."""


def read_object(body: bytes) -> Fields:
    """The JSON object in the body, whatever the HTTP status. Raises BadAnswer."""
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise BadAnswer("not JSON") from error
    if not isinstance(found, dict):
        raise BadAnswer("not an object")
    return found


def status(fields: Fields) -> str:
    """`OK`, `ERROR` or whatever else it says, in capitals; empty without one."""
    found = fields.get("status")
    return found.upper() if isinstance(found, str) else ""


def reason(fields: Fields, secrets: Iterable[str] = ()) -> str:
    """Why the service refused, as one safe line of at most 200 characters, without what it may echo of the tap.

    `secrets` are words that were sent and must not come back, whatever they look like.
    """
    found = fields.get("reason")
    if not isinstance(found, str):
        return "no reason given"
    for secret in secrets:
        found = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "…", found, flags=re.IGNORECASE)
    return plain(without_addresses(found)) or "no reason given"


def text(fields: Fields, name: str, limit: int) -> str:
    """A text of 1 to `limit` characters. Raises BadAnswer."""
    found = fields.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= limit:
        raise BadAnswer(f"{name} is not a text")
    return found


def msat(fields: Fields, name: str) -> Msat:
    """A whole number of msat, not negative and not above all bitcoin. Raises BadAnswer."""
    found = fields.get(name)
    if type(found) is not int or not 0 <= found <= MAX_SAT * MSAT_PER_SAT:
        raise BadAnswer(f"{name} is not an amount")
    return Msat(found)

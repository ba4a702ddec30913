"""The words of a list's query (paging, sorting, search, `field[op]` filters) → one typed `Query`.

Unknown words are ignored, as clients of HTTP expect; a known word that makes no sense is a 422.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum, StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import TypeAdapter, ValidationError

from pos_app.engine.api.answers import invalid
from pos_app.engine.store.queries import Direction, Filter, FilterField, Op, Query, SortField
from pos_app.engine.store.rows import US_PER_S
from pos_app.payments.models import UtcTime

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000
MAX_OFFSET = 2**53
"""Beyond any number of payments, and with a limit added still a number that SQLite can hold."""
_MAX_INTEGER = 2**63 - 1

Choice = TypeVar("Choice", bound=StrEnum)


class Kind(Enum):
    """What the values of a filter are."""

    TEXT = "text"
    INTEGER = "integer"
    TIME = "time"


_SCHEMAS: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer", "minimum": -_MAX_INTEGER, "maximum": _MAX_INTEGER},
    Kind.TIME: {
        "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}, {"type": "number"}]
    },
}
KINDS = dict.fromkeys(FilterField, Kind.TEXT) | {
    FilterField.AMOUNT: Kind.INTEGER,
    FilterField.FEE: Kind.INTEGER,
    FilterField.TIME: Kind.TIME,
}
_WORD = re.compile(r"(\w+)(?:\[(\w*)\])?")
_TIME: TypeAdapter[datetime] = TypeAdapter(UtcTime)


async def listing(request: Request) -> Query:
    """Reads the query of a list. `wallet_ids` is left for the route, which knows who asks.

    `limit` defaults to 50; 0 and anything above 1000 mean 1000. Newest first unless asked otherwise.
    """
    return read_listing(request.query_params.multi_items())


def read_listing(items: Iterable[tuple[str, str]]) -> Query:
    words: dict[str, str] = {}
    conditions: dict[tuple[FilterField, Op], list[str]] = {}
    for word, value in items:
        match = _WORD.fullmatch(word)
        if match is None or match[1] not in KINDS:
            words[word] = value
        else:
            field = FilterField(match[1])
            conditions.setdefault((field, _operator(field, word, match[2])), []).append(value)
    limit = _count(words, "limit", DEFAULT_LIMIT)
    return Query(
        wallet_ids=(),
        filters=tuple(_filter(field, operator, texts) for (field, operator), texts in conditions.items()),
        search=words.get("search", ""),
        sort=_choice(words, "sortby", SortField, SortField.TIME),
        direction=_choice(words, "direction", Direction, Direction.DESC),
        limit=min(limit or MAX_LIMIT, MAX_LIMIT),
        offset=min(_count(words, "offset", 0), MAX_OFFSET),
    )


def _operator(field: FilterField, word: str, text: str | None) -> Op:
    if text is None:
        return Op.EQ
    known = [op for op in Op if op is not Op.LIKE or KINDS[field] is Kind.TEXT]
    if text not in known:
        raise invalid("query", word, f"Unknown operator, use one of {', '.join(known)}.", "enum")
    return Op(text)


def _filter(field: FilterField, operator: Op, texts: list[str]) -> Filter:
    if operator in (Op.IN, Op.EX):
        texts = [part for text in texts for part in text.split(",")]
    word = field if operator is Op.EQ else f"{field}[{operator}]"
    return Filter(field, operator, tuple(_value(word, KINDS[field], text) for text in texts))


def _value(word: str, kind: Kind, text: str) -> str | int:
    if kind is Kind.TEXT:
        return text
    if kind is Kind.INTEGER:
        return _integer(word, text)
    try:
        return round(_TIME.validate_python(text).timestamp() * US_PER_S)
    except (ValidationError, OverflowError) as error:
        raise invalid("query", word, "Input should be a valid date and time.", "datetime_parsing") from error


def _integer(word: str, text: str) -> int:
    if re.fullmatch(r"[+-]?[0-9]{1,19}", text) is None or abs(int(text)) > _MAX_INTEGER:
        raise invalid("query", word, "Input should be a valid integer.", "int_parsing")
    return int(text)


def _count(words: Mapping[str, str], word: str, default: int) -> int:
    number = _integer(word, words[word]) if word in words else default
    if number < 0:
        raise invalid("query", word, "Input should be greater than or equal to 0.", "greater_than_equal")
    return number


def _choice(words: Mapping[str, str], word: str, choices: type[Choice], default: Choice) -> Choice:
    """The word as one of an enumeration. Raises the 422 for anything else."""
    if word not in words:
        return default
    try:
        return choices(words[word])
    except ValueError as error:
        raise invalid("query", word, f"Input should be one of {', '.join(choices)}.", "enum") from error


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


_COUNT = {"type": "integer", "minimum": 0, "maximum": _MAX_INTEGER}
LISTING_DOCS: dict[str, Any] = {
    "parameters": [
        _parameter("limit", _COUNT | {"default": DEFAULT_LIMIT}, f"0 and above {MAX_LIMIT} mean {MAX_LIMIT}."),
        _parameter("offset", _COUNT | {"default": 0}, "How many to leave out."),
        _parameter("sortby", {"type": "string", "enum": list(SortField), "default": "time"}, "Sort field."),
        _parameter("direction", {"type": "string", "enum": list(Direction), "default": "desc"}, "Sort direction."),
        _parameter("search", {"type": "string"}, "A part of the text, in either case."),
        *(
            _parameter(name, _SCHEMAS[kind], f"Filter; `{name}[op]` takes {', '.join(list(Op)[1:])}.")
            for name, kind in KINDS.items()
        ),
    ]
}
"""For `openapi_extra` of the routes that read a listing."""

Listing = Annotated[Query, Depends(listing)]

"""From an answer to a model or to the error that it means: the error table of the API, both dialects."""

from __future__ import annotations

import contextlib
import re
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, TypeAdapter, ValidationError

from pos_app.core.errors import PosError
from pos_app.core.text import plain
from pos_app.payments.errors import AnswerLost, NotLnbits, NotSetUp, Refused, WrongKey
from pos_app.payments.models import PaymentStatus
from pos_app.payments.transport import Answer

UNREADABLE = "The server's answer could not be understood."

_ModelT = TypeVar("_ModelT", bound=BaseModel)
_ENDED = (PaymentStatus.FAILED, PaymentStatus.SUCCESS)
_Object = TypeAdapter(dict[str, Any])
_LINK = re.compile(r"\b([a-z][a-z0-9+.-]*://[^/\s?#]+)[/?#]\S*", re.IGNORECASE)
_TOKEN = re.compile(r"\blnurl1[0-9a-z]+|\b[0-9a-f]{16,}\b", re.IGNORECASE)


def read(answer: Answer, model: type[_ModelT]) -> _ModelT:
    """The model that a successful answer holds; raises what `refusal` says, or AnswerLost where it does not fit."""
    if not 200 <= answer.status < 300:
        raise refusal(answer)
    try:
        return model.model_validate_json(answer.body)
    except ValidationError:
        raise AnswerLost(UNREADABLE) from None


def refusal(answer: Answer) -> PosError:
    """What an answer without success means.

    Only the API's own words count as a refusal: an error page of something on the way (or a 520 of a content network,
    or of a payment that is still under way) leaves open what the server did.
    """
    if 300 <= answer.status < 400:
        return _redirect(answer)
    body = json_object(answer)
    if body is None or not body.keys() & {"detail", "message"}:
        return AnswerLost(UNREADABLE)
    if answer.status >= 500 and not (answer.status == 520 and body.get("status") in _ENDED):
        return AnswerLost(f"The server failed: {detail(body)}")
    if answer.status == 401 or (answer.status == 404 and body.get("detail") == "Wallet not found."):
        return WrongKey()
    return Refused(answer.status, detail(body))


def json_object(answer: Answer) -> dict[str, Any] | None:
    try:
        return _Object.validate_json(answer.body)
    except ValidationError:
        return None


def detail(body: dict[str, Any]) -> str:
    """The reason that an answer gives: text, or a list of `{loc, msg, type}`, in `detail` or else `message`.

    One plain line without what may be secret: links keep their host only, tokens of 16 hex digits and more go.
    """
    reason = body.get("detail") or body.get("message") or ""
    if isinstance(reason, list):
        reason = "; ".join(str(item.get("msg", "")) for item in reason if isinstance(item, dict))
    reason = _TOKEN.sub("…", _LINK.sub(r"\1/…", str(reason)[:10_000]))
    return plain(reason)


def date_s(answer: Answer) -> float | None:
    """The server's own clock in seconds since 1970, from the `Date` header."""
    with contextlib.suppress(ValueError, OverflowError):
        return parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
    return None


def _redirect(answer: Answer) -> PosError:
    with contextlib.suppress(ValueError):
        if urlsplit(answer.headers.get("Location", "")).path.rstrip("/").endswith("/first_install"):
            return NotSetUp()
    return NotLnbits("The address sends callers on to another one.")

"""What answers look like: prepared JSON, and refusals, `{"detail": …}` with the status of the payments API's tables."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from pos_app.core.errors import RetryableError, UserError
from pos_app.engine.errors import EngineError, InvalidValue, PaymentRefused

logger = logging.getLogger(__name__)


class Problem(BaseModel):
    """One part of a request that does not validate. `loc` leads to it: the place, then names and indices."""

    loc: list[str | int]
    msg: str
    type: str


class Invalid(BaseModel):
    detail: list[Problem]


class Refusal(BaseModel):
    detail: str


class PaymentRefusal(BaseModel):
    """`status` is that of the payment: `failed`, `pending` or `success`."""

    detail: str
    status: str


Answers = dict[int | str, dict[str, Any]]
"""For `responses` of a route: status → what it looks like."""
UNPROCESSABLE: Answers = {422: {"model": Invalid}}
KEY_REFUSED: Answers = UNPROCESSABLE | {401: {"model": Refusal}, 404: {"model": Refusal}}
NOT_PAID: Answers = {520: {"model": PaymentRefusal}}


def refused(*statuses: int) -> Answers:
    """These statuses, each with a `detail`."""
    return {status: {"model": Refusal} for status in statuses}


def json_response(text: str, status: int = 200) -> Response:
    """An answer that is JSON already."""
    return Response(text.encode(), status, media_type="application/json")


def invalid(place: str, name: str, message: str, kind: str = "value_error") -> RequestValidationError:
    """The 422 for one part of a request; `place` is `query`, `path` or `body`."""
    return RequestValidationError([{"loc": (place, name), "msg": message, "type": kind}])


def add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(400, _on_unreadable)
    app.add_exception_handler(EngineError, _on_refusal)
    app.add_exception_handler(UserError, _on_trouble)
    app.add_exception_handler(RetryableError, _on_trouble)
    app.add_exception_handler(Exception, _on_bug)


async def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return _unprocessable([Problem.model_validate(problem) for problem in error.errors()])


async def _on_unreadable(_: Request, __: Exception) -> JSONResponse:
    """FastAPI's 400 for a body that is no text. Our own refusals are no HTTPExceptions and do not come here."""
    return _unprocessable([Problem(loc=["body"], msg="The body is not valid JSON.", type="json_invalid")])


async def _on_refusal(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, EngineError)
    if isinstance(error, InvalidValue):
        return _unprocessable([Problem(loc=["body", error.field], msg=error.detail, type="value_error")])
    if isinstance(error, PaymentRefused):
        return JSONResponse({"detail": error.detail, "status": error.payment_status}, error.status)
    return JSONResponse({"detail": error.detail}, error.status)


def _unprocessable(problems: list[Problem]) -> JSONResponse:
    return JSONResponse(Invalid(detail=problems).model_dump(), 422)


async def _on_trouble(request: Request, error: Exception) -> JSONResponse:
    """The disk or the database is not well: nothing was changed, and it may work later."""
    logger.error("%s: %s", request.scope["route"].path, error)
    return JSONResponse({"detail": str(error)}, 503)


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    logger.error("%s %s failed", request.method, request.scope["route"].path, exc_info=error)
    return JSONResponse({"detail": "Unexpected error."}, 500)

"""LNURL: an open invoice paid by a customer's card, and a pay link paid by a wallet of ours."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from pos_app.core.money import Msat
from pos_app.engine.api.access import AdminAccess, TheEngine, TheOutside
from pos_app.engine.api.answers import KEY_REFUSED, NOT_PAID, UNPROCESSABLE, json_response, refused
from pos_app.engine.api.schemas import LnurlBody, TapBody, TapFailed, TapTaken
from pos_app.engine.api.units import check_unit
from pos_app.engine.paylinks import PayLink, pay_link
from pos_app.engine.taps import TapRefused
from pos_app.engine.wire import payment_json
from pos_app.payments.models import Payment

router = APIRouter(prefix="/payments", tags=["cards and links"])


@router.post("/{payment_request}/pay-with-nfc", responses=UNPROCESSABLE | {400: {"model": TapFailed}})
async def pay_with_nfc(outside: TheOutside, payment_request: str, body: TapBody) -> TapTaken:
    """Let the service of a customer's card pay an open invoice of this engine. Needs no key.

    Success means that the service took the invoice; whether it is paid must be asked for. A card that wants its PIN is
    answered with step `pin` and a `session`; send that with the `pin` within 90 s. There is one try.
    """
    if body.lnurl_w is not None:
        await outside.taps.pay(payment_request, body.lnurl_w)
    elif body.session is not None and body.pin is not None:
        await outside.taps.pay_with_pin(payment_request, body.session, body.pin)
    return TapTaken(success=True, message="Payment sent with NFC.")


@router.post(
    "/lnurl",
    response_model=Payment,
    responses=KEY_REFUSED | NOT_PAID | refused(400, 403),
)
async def pay_lnurl(engine: TheEngine, outside: TheOutside, access: AdminAccess, body: LnurlBody) -> Response:
    """Ask a pay service for an invoice over `amount` and pay it."""
    check_unit(body.unit or "sat")
    row = await pay_link(
        outside,
        engine.ledger,
        access.wallet,
        PayLink(callback=body.callback, offer=body.res, lnurl=body.lnurl),
        Msat(body.amount),
        comment=body.comment or "",
        memo=body.description or body.internal_memo,
    )
    return json_response(payment_json(row))


async def on_tap_refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TapRefused)
    told: dict[str, object] = {"detail": error.detail, "step": error.step, "outcome": error.outcome}
    if error.session is not None and error.pin_limit is not None:
        told |= {"session": error.session, "pin_limit_msat": error.pin_limit.value}
    if error.limit is not None:
        told["limit_msat"] = error.limit.value
    return JSONResponse(told, error.status)

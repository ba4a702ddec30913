"""What a text says: the fields of an invoice, or where an LNURL leads. Needs no key."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from pos_app.core.bolt11 import InvoiceError, decode
from pos_app.engine.api.answers import UNPROCESSABLE
from pos_app.engine.api.schemas import DecodeBody, Decoded, NotDecoded
from pos_app.lnurl import lud01

router = APIRouter(prefix="/payments", tags=["payments"])


@router.post("/decode", response_model=Decoded, responses=UNPROCESSABLE | {400: {"model": NotDecoded}})
async def decode_text(body: DecodeBody) -> JSONResponse:
    """An invoice in either case, or an LNURL in capitals. `amount_msat` is 0 where the payer chooses."""
    try:
        fields = _fields(body.data)
    except (InvoiceError, ValueError) as error:
        reason = f"Failed to decode: {error}"
        return JSONResponse({"detail": reason, "message": reason}, 400)
    kept = body.filter_fields
    return JSONResponse({name: value for name, value in fields.items() if not kept or name in kept})


def _fields(text: str) -> dict[str, object]:
    if lud01.is_lnurl(text) and text == text.upper():
        return {"domain": lud01.decode(text)}
    return {"amount_msat": 0} | decode(text).fields

"""Make, pay, look at, list and cancel payments."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Response

from pos_app.core.bolt11 import InvoiceError, decode
from pos_app.core.money import Sat
from pos_app.engine.api.access import Access, OptionalAccess, TheEngine, TheOutside, WalletAccess
from pos_app.engine.api.answers import KEY_REFUSED, NOT_PAID, UNPROCESSABLE, json_response, refused
from pos_app.engine.api.parameters import LISTING_DOCS, Listing
from pos_app.engine.api.schemas import FeeReserve, PaymentBody
from pos_app.engine.api.units import check_unit
from pos_app.engine.engine import Engine
from pos_app.engine.errors import BadRequest, NotAllowed, NotFound
from pos_app.engine.handover import handover
from pos_app.engine.ledger.rules import NewInvoice, fee_reserve
from pos_app.engine.outside import Outside
from pos_app.engine.store.queries import Filter, FilterField, Op
from pos_app.engine.store.rows import PaymentStatus
from pos_app.engine.wire import look_json, payment_json, payments_json
from pos_app.payments.models import Payment, PaymentHash, PaymentLook, PaymentPage

router = APIRouter(prefix="/payments", tags=["payments"])
_NOT_FAILED = Filter(FilterField.STATUS, Op.NE, (PaymentStatus.FAILED,))


@router.get("", response_model=list[Payment], responses=KEY_REFUSED, openapi_extra=LISTING_DOCS)
async def list_payments(engine: TheEngine, access: Access, query: Listing) -> Response:
    """The wallet's payments, newest first. Failed ones are left out."""
    query = replace(query, wallet_ids=(access.wallet.id,), filters=(*query.filters, _NOT_FAILED))
    return json_response(payments_json(await engine.ledger.list(query)))


@router.get("/paginated", response_model=PaymentPage, responses=KEY_REFUSED, openapi_extra=LISTING_DOCS)
async def list_page(engine: TheEngine, access: Access, query: Listing) -> Response:
    """The wallet's payments, failed ones too, and how many there are in all."""
    rows, total = await engine.ledger.page(replace(query, wallet_ids=(access.wallet.id,)))
    return json_response(f'{{"data": {payments_json(rows)}, "total": {total}}}')


@router.post(
    "",
    status_code=201,
    response_model=Payment,
    responses=KEY_REFUSED | NOT_PAID | refused(400, 403),
)
async def create_or_pay(engine: TheEngine, outside: TheOutside, access: Access, body: PaymentBody) -> Response:
    """Make an invoice (`out` false, invoice key) or pay one (`out` true, admin key).

    A 201 says that there is a record; only its `status` says how the payment stands.
    """
    if body.out:
        return await _pay(engine, access, body)
    return await _create(engine, outside, access, body)


async def _pay(engine: Engine, access: WalletAccess, body: PaymentBody) -> Response:
    if not access.may_pay:
        raise NotAllowed("Invoice (or Admin) key required.")
    if not body.bolt11:
        raise BadRequest("Missing BOLT11 invoice")
    row = await engine.ledger.pay(access.wallet, body.bolt11, extra=body.extra or {})
    return json_response(payment_json(row), 201)


async def _create(engine: Engine, outside: Outside, access: WalletAccess, body: PaymentBody) -> Response:
    check_unit(body.unit)
    if body.webhook:
        outside.checked(body.webhook)
    hand_over = handover(outside, engine.ledger, body.lnurl_callback, body.lnurl_withdraw)
    assert body.amount is not None  # by the body's own rule
    row = await engine.ledger.create_invoice(
        access.wallet,
        NewInvoice(
            amount=Sat(int(body.amount)).to_msat(),
            memo=body.memo or "",
            description_hash=body.description_hash or None,
            unhashed_description=body.unhashed_description or None,
            expiry_s=body.expiry,
            extra=body.extra or {},
            webhook=body.webhook or None,
            is_internal=body.internal,
        ),
    )
    if hand_over is None:
        return json_response(payment_json(row), 201)
    row, said = await hand_over(access.wallet, row)
    return json_response(payment_json(row, more_extra={"lnurl_response": said}), 201)


@router.post("/cancel", response_model=Payment, responses=KEY_REFUSED | NOT_PAID)
async def cancel(engine: TheEngine, access: Access, body: PaymentHash) -> Response:
    """Make an unpaid invoice of this wallet unpayable, for good. The invoice key is enough."""
    return json_response(payment_json(await engine.ledger.cancel(access.wallet, body.payment_hash)))


@router.get("/fee-reserve", response_model=FeeReserve, responses=UNPROCESSABLE | refused(400))
async def reserve(invoice: str = "invoice") -> FeeReserve:
    """What is held back for routing when this invoice is paid to the outside."""
    try:
        amount = decode(invoice).amount
    except InvoiceError as error:
        raise BadRequest("Bolt11 decoding failed.") from error
    if not amount:
        raise BadRequest("Invoice has no amount.")
    return FeeReserve(fee_reserve=fee_reserve(amount).value)


@router.get(
    "/{payment_hash}",
    response_model=PaymentLook,
    responses=UNPROCESSABLE | refused(404),
    openapi_extra={"security": [{}]},  # the key is optional
)
async def look(engine: TheEngine, access: OptionalAccess, payment_hash: str) -> Response:
    """How a payment stands: for anybody whether it is paid, with a key of its wallet also the record."""
    row = await engine.ledger.payment(access.wallet if access else None, payment_hash)
    if row is None:
        raise NotFound("Payment does not exist.")
    return json_response(look_json(row, with_details=access is not None))

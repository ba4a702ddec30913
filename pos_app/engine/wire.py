"""Ledger records → the bytes of the API. Lists and looks are made of these without a detour through models."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from pos_app.core.money import Msat
from pos_app.engine.store.rows import PaymentRow, PaymentStatus

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(time_us: int) -> str:
    """ISO 8601 with microseconds and `+00:00`, as the API writes `time`."""
    return (_EPOCH + timedelta(microseconds=time_us)).isoformat(timespec="microseconds")


def second(time_s: int) -> str:
    """ISO 8601 in whole seconds with `+00:00`."""
    return (_EPOCH + timedelta(seconds=time_s)).isoformat()


def payment_json(row: PaymentRow, *, more_extra: dict[str, object] | None = None) -> str:
    """The Payment object. `more_extra` is added to `extra` in this answer only."""
    extra_json = json.dumps(row.extra | more_extra) if more_extra else row.extra_json
    made_at = moment(row.time_us)
    payment = {
        "checking_id": row.checking_id,
        "payment_hash": row.payment_hash,
        "wallet_id": row.wallet_id,
        "amount": row.amount.value,
        "fee": row.fee.value,
        "bolt11": row.bolt11,
        "payment_request": row.bolt11,
        "status": row.status,
        "memo": row.memo,
        "expiry": None if row.expires_at_s is None else second(row.expires_at_s),
        "webhook": row.webhook,
        "webhook_status": row.webhook_status,
        "preimage": row.preimage,
        "tag": row.tag,
        "extension": None,
        "fiat_provider": None,
        "labels": [],
        "external_id": None,
        "time": made_at,
        "created_at": made_at,
        "updated_at": moment(row.updated_at_us),
    }
    return f'{json.dumps(payment)[:-1]}, "extra": {extra_json}}}'


def payments_json(rows: Iterable[PaymentRow]) -> str:
    return f"[{', '.join(map(payment_json, rows))}]"


def look_json(row: PaymentRow, *, with_details: bool) -> str:
    """How a payment stands (GET `/payments/{payment_hash}`), with the whole record only for its own wallet."""
    look: dict[str, object] = {"paid": row.status is PaymentStatus.SUCCESS}
    if row.status is PaymentStatus.FAILED or (with_details and row.status is PaymentStatus.PENDING):
        look["status"] = row.status
    if row.status is not PaymentStatus.FAILED:
        look["preimage"] = row.preimage
    text = json.dumps(look)
    return f'{text[:-1]}, "details": {payment_json(row)}}}' if with_details else text


def settled_json(row: PaymentRow, balance: Msat) -> bytes:
    """What dashboards get by websocket: the balance after the payment, in **sat**, and the Payment."""
    return f'{{"wallet_balance": {balance.value // 1000}, "payment": {payment_json(row)}}}'.encode()

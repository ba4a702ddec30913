"""Payments and invoices as servers answer with them, for tests of the client's side."""

from __future__ import annotations

from typing import Any

from pos_app.core.bolt11 import Network, encode
from pos_app.core.money import Sat

HASH = "ab" * 32
NODE_KEY = "11" * 32
MADE_AT_S = 1_795_000_000


def invoice_text(
    amount: Sat,
    *,
    payment_hash: str = HASH,
    network: Network = Network.MAINNET,
    expiry_s: int = 600,
    description: str = "Sale K7Q2M9XA",
) -> str:
    """A true, signed BOLT 11 text."""
    return encode(
        network=network,
        amount=amount.to_msat(),
        payment_hash=payment_hash,
        payment_secret="22" * 32,
        description=description,
        made_at_s=MADE_AT_S,
        expiry_s=expiry_s,
        private_key=NODE_KEY,
    )


def wire_payment(amount_sat: int = 21, **changes: Any) -> dict[str, Any]:
    """The JSON of a Payment in the manner of LNbits 1.1.0; `changes` replace or add fields."""
    return {
        "checking_id": HASH,
        "payment_hash": HASH,
        "wallet_id": "d10a2631c77348aba3e1dde490319637",
        "amount": amount_sat * 1000,
        "fee": 0,
        "bolt11": "lnbc210n1p4s",
        "status": "pending",
        "memo": "Sale K7Q2M9XA",
        "expiry": "2026-11-22T06:33:14",
        "webhook": None,
        "webhook_status": None,
        "preimage": None,
        "tag": None,
        "extension": None,
        "time": "2026-11-22T05:33:14.029476+00:00",
        "created_at": "2026-11-22T05:33:14.029479+00:00",
        "updated_at": "2026-11-22T05:33:14.029480+00:00",
        "extra": {},
    } | changes

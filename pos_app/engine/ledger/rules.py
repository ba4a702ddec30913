"""Limits and prices of the ledger: what may be asked for at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pos_app.core.bolt11 import DESCRIPTION_MAX_BYTES
from pos_app.core.money import MSAT_PER_SAT, Msat, Sat
from pos_app.engine.errors import BadRequest, InvalidValue, PaymentRefused

MIN_AMOUNT = Sat(1).to_msat()
MAX_AMOUNT = Sat(10_000_000).to_msat()
DEFAULT_EXPIRY_S = 3600
MAX_EXPIRY_S = 31_536_000
MIN_FEE_RESERVE = Sat(2).to_msat()
DEFAULT_MEMO = "Payment"


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """What is asked for. `description_hash` and `unhashed_description` are hex; either takes the place of the memo.

    `expiry_s` None or 0 means an hour. `is_internal` asks for an invoice that only wallets of this engine can pay.
    """

    amount: Msat
    memo: str = ""
    description_hash: str | None = None
    unhashed_description: str | None = None
    expiry_s: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    webhook: str | None = None
    is_internal: bool = False


def fee_reserve(amount: Msat) -> Msat:
    """What is held back for routing an outside payment: 1 %, at least 2 sat."""
    return max(MIN_FEE_RESERVE, Msat(abs(amount.value) // 100))


def check_amount(amount: Msat | None) -> Msat:
    """An amount that is asked for or paid: whole satoshis, from 1 to 10 million. Raises PaymentRefused."""
    if amount is None or not amount:
        raise PaymentRefused("Amountless invoices not supported.")
    if amount < MIN_AMOUNT or amount.value % MSAT_PER_SAT:
        raise PaymentRefused(f"The amount must be a whole number of sat, not {amount.value} msat.")
    if amount > MAX_AMOUNT:
        raise PaymentRefused(
            f"Invoice amount {amount.to_sat().value} sats is too high. Max allowed: {MAX_AMOUNT.to_sat().value} sats."
        )
    return amount


def check_expiry(expiry_s: int | None) -> int:
    """Seconds that an invoice lives. Raises InvalidValue."""
    if not expiry_s:
        return DEFAULT_EXPIRY_S
    if not 1 <= expiry_s <= MAX_EXPIRY_S:
        raise InvalidValue("expiry", f"The expiry must be 1 to {MAX_EXPIRY_S} seconds.")
    return expiry_s


def description_of(new: NewInvoice) -> tuple[str, str | None]:
    """The memo and the description hash (hex) of a new invoice; the memo is empty where a hash takes its place.

    Raises InvalidValue for a memo over 639 bytes of UTF-8, BadRequest for a hash that is not hex of 32 bytes.
    """
    if new.description_hash is not None:
        digest = _from_hex("description_hash", new.description_hash)
        if len(digest) != hashlib.sha256().digest_size:
            raise BadRequest("'description_hash' must have 64 hex digits")
        return "", digest.hex()
    if new.unhashed_description is not None:
        return "", hashlib.sha256(_from_hex("unhashed_description", new.unhashed_description)).hexdigest()
    memo = new.memo or DEFAULT_MEMO
    if len(check_text("memo", memo).encode()) > DESCRIPTION_MAX_BYTES:
        raise InvalidValue("memo", f"The memo is longer than {DESCRIPTION_MAX_BYTES} bytes.")
    return memo, None


def tag_of(extra: Mapping[str, Any]) -> str | None:
    """The payment's tag: `extra.tag`, where that is a text that is not empty."""
    tag = extra.get("tag")
    return tag if isinstance(tag, str) and tag else None


def extra_text(extra: Mapping[str, Any]) -> str:
    """The JSON text that is kept. Raises InvalidValue for what JSON and UTF-8 cannot hold."""
    try:
        text = json.dumps(extra, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InvalidValue("extra", "The extra data cannot be written as JSON.") from error
    return check_text("extra", text)


def check_text(field_name: str, text: str) -> str:
    """The text, if it is Unicode that can be stored. Raises InvalidValue for half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(field_name, "The text is not valid Unicode.") from error
    return text


def _from_hex(field_name: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise BadRequest(f"'{field_name}' must be a valid hex string") from error

"""BOLT 11 invoices: decode, encode, verify. The only module that touches the `bolt11` library."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import bolt11
from bolt11.models.tags import TagChar
from bolt11.types import MilliSatoshi

from pos_app.core.errors import UserError
from pos_app.core.money import Msat

DESCRIPTION_MAX_BYTES = 639
"""A tagged field holds 1023 groups of 5 bits (BOLT 11)."""

AMOUNT_LIMIT_MSAT = 10**14
"""From 1 000 bitcoin on, the library writes some amounts a thousand times too small."""


class Network(StrEnum):
    """The chain that an invoice belongs to; the value is what people and settings say."""

    MAINNET = "mainnet"
    TESTNET = "testnet"
    SIGNET = "signet"
    REGTEST = "regtest"

    @property
    def prefix(self) -> str:
        """The currency part of a BOLT 11 text: `bc` in `lnbc…`."""
        return _PREFIXES[self]


_PREFIXES = {Network.MAINNET: "bc", Network.TESTNET: "tb", Network.SIGNET: "tbs", Network.REGTEST: "bcrt"}
_NETWORKS = {prefix: network for network, prefix in _PREFIXES.items()}


class InvoiceError(UserError):
    """The text is no valid invoice."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """A decoded invoice whose checksum and signature were verified.

    `amount` is None where the payer chooses. `made_at_s` is the invoice's own time stamp in
    seconds since 1970 UTC, `expiry_s` its life from then on. `payee` is the node's public key,
    stated or recovered from the signature. `fields` holds every field by its long name, as plain JSON values.
    """

    text: str
    network: Network
    amount: Msat | None
    payment_hash: str
    description: str | None
    description_hash: str | None
    made_at_s: int
    expiry_s: int
    payee: str
    fields: dict[str, Any]

    @property
    def expires_at_s(self) -> int:
        return self.made_at_s + self.expiry_s


def decode(text: str) -> Invoice:
    """Read a BOLT 11 text in either case, without a `lightning:` prefix.

    Raises InvoiceError for anything that is not a complete, correctly signed invoice.
    """
    text = text.strip()
    if len(text) > 7089:  # the most that a QR code holds; keeps hostile input short
        raise InvoiceError("The invoice is too long.")
    if text != text.lower() and text != text.upper():
        raise InvoiceError("The invoice mixes capital and small letters.")
    try:
        decoded = bolt11.decode(text.lower())
        fields = decoded.data
        payee = decoded.payee
    except Exception as error:  # the library leaks errors of bitstring, bech32 and secp256k1
        reason = str(error).rstrip(".") if isinstance(error, bolt11.Bolt11Exception) else "it is damaged"
        raise InvoiceError(f"This is not a Lightning invoice: {reason}.") from error
    if payee is None or (decoded.description is None and decoded.description_hash is None):
        raise InvoiceError("This is not a Lightning invoice: a field is missing.")
    return Invoice(
        text=text.lower(),
        network=_NETWORKS[decoded.currency],
        amount=None if decoded.amount_msat is None else Msat(int(decoded.amount_msat)),
        payment_hash=decoded.payment_hash,
        description=decoded.description,
        description_hash=decoded.description_hash,
        made_at_s=decoded.date,
        expiry_s=decoded.expiry,
        payee=payee,
        fields=fields,
    )


def encode(
    *,
    network: Network,
    amount: Msat,
    payment_hash: str,
    payment_secret: str,
    description: str = "",
    description_hash: str | None = None,
    made_at_s: int,
    expiry_s: int,
    private_key: str,
) -> str:
    """Make and sign an invoice. Hashes, secret and key are lower-case hex of 32 bytes.

    `description_hash`, where given, takes the place of the description.
    Raises InvoiceError if the description has more than 639 bytes of UTF-8, or the amount is 1 000 bitcoin or more.
    """
    if amount.value >= AMOUNT_LIMIT_MSAT:
        raise InvoiceError("The amount is too large for one invoice.", "Split it.")
    if len(description.encode()) > DESCRIPTION_MAX_BYTES:
        raise InvoiceError("The description is longer than 639 bytes.", "Use a shorter text.")
    tags = bolt11.Tags()
    tags.add(TagChar.payment_hash, payment_hash)
    tags.add(TagChar.payment_secret, payment_secret)
    if description_hash is None:
        tags.add(TagChar.description, description)
    else:
        tags.add(TagChar.description_hash, description_hash)
    tags.add(TagChar.expire_time, expiry_s)
    tags.add(TagChar.min_final_cltv_expiry, 18)
    tags.add(TagChar.features, _FEATURES)
    invoice = bolt11.Bolt11(currency=network.prefix, date=made_at_s, tags=tags, amount_msat=MilliSatoshi(amount.value))
    return bolt11.encode(invoice, private_key)


_FEATURES = bolt11.Features.from_feature_list(
    {
        bolt11.Feature.var_onion_optin: bolt11.FeatureState.required,
        bolt11.Feature.payment_secret: bolt11.FeatureState.required,
    }
)

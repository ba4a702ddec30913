"""LUD-01: a URL as a bech32 text, `LNURL1…`."""

from __future__ import annotations

import bech32

MAX_LENGTH = 4096
_PREFIX = "lnurl"
_CHECKSUM_LENGTH = 6


def is_lnurl(text: str) -> bool:
    """Whether the text looks like one, in either case; it may still be damaged."""
    return text[:6].lower() == _PREFIX + "1"


def decode(text: str) -> str:
    """`LNURL1…` → the URL. Raises ValueError if it is damaged or mixes capital and small letters."""
    if not is_lnurl(text) or len(text) > MAX_LENGTH or text not in (text.lower(), text.upper()):
        raise ValueError("not an LNURL")
    groups = [bech32.CHARSET.find(c) for c in text[len(_PREFIX) + 1 :].lower()]
    if min(groups, default=-1) < 0 or not bech32.bech32_verify_checksum(_PREFIX, groups):
        raise ValueError("the LNURL is damaged")
    decoded = bech32.convertbits(groups[:-_CHECKSUM_LENGTH], 5, 8, False)
    if not decoded:
        raise ValueError("the LNURL is damaged")
    return bytes(decoded).decode()


def encode(url: str) -> str:
    """The URL → `LNURL1…`, in capitals as on cards and in QR codes."""
    return str(bech32.bech32_encode(_PREFIX, bech32.convertbits(url.encode(), 8, 5))).upper()

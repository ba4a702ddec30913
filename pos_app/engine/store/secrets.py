"""Keys and tokens: 128 random bits each, kept as a SHA-256 digest, found by its head, compared in constant time.

A slow hash is for passwords that people choose; random bits cannot be guessed from a fast one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

ID_BYTES = 8


def new_secret() -> str:
    """32 hex digits."""
    return secrets.token_hex(16)


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def secret_id(secret: str) -> bytes:
    """The head of the digest: finds the row, tells nothing about the rest."""
    return digest(secret)[:ID_BYTES]


def fits(secret: str, kept: bytes) -> bool:
    """Whether `kept` is the digest of this secret."""
    return hmac.compare_digest(digest(secret), kept)

"""SUN: how a card proves each tap (NXP AN12196). `p` hides UID and counter, `c` is a MAC over them."""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC

UID_BYTES = 7
_TAG = 0xC7
_NO_IV = bytes(16)


class SunError(ValueError):
    """`p` was not made with this key."""


def encrypt(k1: bytes, uid: bytes, counter: int, padding: bytes | None = None) -> str:
    """`p`: 32 upper-case hexadecimal digits. `padding` is 5 random bytes, new at each read."""
    plain = bytes([_TAG]) + uid + counter.to_bytes(3, "little") + (padding or secrets.token_bytes(5))
    encryptor = Cipher(AES(k1), CBC(_NO_IV)).encryptor()
    return (encryptor.update(plain) + encryptor.finalize()).hex().upper()


def decrypt(k1: bytes, p: str) -> tuple[bytes, int]:
    """`p` → UID and counter. Raises SunError."""
    try:
        encrypted = bytes.fromhex(p)
    except ValueError as error:
        raise SunError("p is not hexadecimal") from error
    if len(encrypted) != 16:
        raise SunError("p has the wrong length")
    decryptor = Cipher(AES(k1), CBC(_NO_IV)).decryptor()
    plain = decryptor.update(encrypted) + decryptor.finalize()
    if plain[0] != _TAG:
        raise SunError("p was made with another key")
    return plain[1:8], int.from_bytes(plain[8:11], "little")


def mac(k2: bytes, uid: bytes, counter: int) -> str:
    """`c`: 16 upper-case hexadecimal digits, the same for each read of one counter."""
    session_key = _cmac(k2, bytes.fromhex("3CC300010080") + uid + counter.to_bytes(3, "little"))
    return _cmac(session_key, b"")[1::2].hex().upper()


def _cmac(key: bytes, message: bytes) -> bytes:
    maker = CMAC(AES(key))
    maker.update(message)
    return maker.finalize()

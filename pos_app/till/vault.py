"""What is secret about stored taps: sealed with a key of the book that only the keystore has.

AES-256-GCM (NIST SP 800-38D) with a random nonce of 12 bytes before the sealed text. The associated data is book, tap
and kind, so that no sealed text can stand in another one's place. The same key, derived apart (HKDF-SHA256, RFC 5869),
makes the HMAC-SHA256 by which a tap that was taken before is known again.

A new key is made only while nothing sealed is alive, and is read back before anything is sealed with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pos_app.config.keystore import Keystore
from pos_app.core.errors import BugError, UserError
from pos_app.core.money import Msat
from pos_app.lnurl.withdraw import WithdrawOffer
from pos_app.net.url import Url

KEY_BYTES = 32
NONCE_BYTES = 12
_UNLOCK = "Unlock the system's keyring, then press Unlock."
_BRING_BACK = "Bring the keyring of before back, then press Unlock."


class KeysLocked(UserError):
    """The key of the stored cards cannot be read now. Nothing is lost: the cards are held."""

    def __init__(self, message: str = "The key of the stored cards cannot be read.", cure: str = _UNLOCK) -> None:
        super().__init__(message, cure)


class SameTap(UserError):
    """This very tap was taken before: it is a copy, or an echo of the reader."""

    def __init__(self) -> None:
        super().__init__("This tap was taken before.", "Tap the card again.")


class Kind(StrEnum):
    """What of a tap is sealed."""

    URL = "url"
    OFFER = "offer"


@dataclass(frozen=True, slots=True)
class TapSecret:
    """What is sent for a stored tap. `url` is empty once it is spent: then there is an offer."""

    url: str = field(repr=False)
    offer: WithdrawOffer | None = field(repr=False)


class Vault:
    """The key of one book. The calls of the keystore may block for seconds: they run in threads, one at a time."""

    def __init__(self, keys: Keystore | None, book: str) -> None:
        self._keystore = keys
        self._book = book
        self._keys: _Keys | None = None
        self._problem: KeysLocked | None = None
        self.is_known = False
        """Whether the keystore was asked."""
        self._asking = asyncio.Lock()

    @property
    def exists(self) -> bool:
        """Whether this till can keep secrets at all."""
        return self._keystore is not None

    @property
    def is_open(self) -> bool:
        return self._keys is not None

    @property
    def mark(self) -> str | None:
        """Tells keys apart without telling anything of them; None without a key."""
        return None if self._keys is None else self._keys.mark

    @property
    def problem(self) -> KeysLocked | None:
        """What kept the key from being read at the last try, to be raised or shown."""
        return None if self._problem is None else KeysLocked(self._problem.message, self._problem.cure)

    async def load(self, mark: str | None, *, again: bool = False) -> None:
        """Read the key that is kept, once, or `again`. What hinders is in `problem`.

        `mark` is that of the key that living taps are sealed with, None if there are none.
        """
        async with self._asking:
            if self._keystore is None or self.is_open or (self.is_known and not again):
                return
            if again:
                self._keystore.ask_again()
            try:
                self._keys, self._problem = await self._kept(self._keystore, mark), None
            except KeysLocked as error:
                self._problem = error
            finally:
                self.is_known = True

    async def _kept(self, keystore: Keystore, mark: str | None) -> _Keys | None:
        try:
            kept = await asyncio.to_thread(keystore.get, self._name)
        except UserError as error:
            raise KeysLocked(cure=f"{error.message} {error.cure}".strip()) from error
        found = None if kept is None else _Keys(kept.value, self._book)
        if mark is not None and found is None:
            raise KeysLocked("The key of the stored cards is missing.", _BRING_BACK)
        if mark is not None and found is not None and found.mark != mark:
            raise KeysLocked("The key of the stored cards is another one than before.", _BRING_BACK)
        return found

    async def make(self) -> None:
        """Make the key if there is none, and read it back. Only for a book without a living sealed tap.

        Raises KeysLocked.
        """
        async with self._asking:
            if self._keystore is None:
                raise KeysLocked("This till cannot keep cards.", "Use another way to pay.")
            if (problem := self.problem) is not None:
                raise problem
            if self._keys is not None:
                return
            if not self.is_known:
                raise BugError("a key would be made without a look for the old one")
            try:
                kept = await asyncio.to_thread(_make, self._keystore, self._name)
            except UserError as error:
                raise KeysLocked(
                    "The key of the stored cards cannot be kept.", f"{error.message} {error.cure}".strip()
                ) from error
            self._keys = _Keys(kept, self._book)

    def seal(self, tap_id: str, kind: Kind, text: str) -> bytes:
        """Raises KeysLocked."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._open_keys().seal.encrypt(nonce, text.encode(), self._about(tap_id, kind))

    def unseal(self, tap_id: str, kind: Kind, sealed: bytes) -> str:
        """Raises KeysLocked, also for what was sealed with another key or for another tap."""
        nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._open_keys().seal.decrypt(nonce, text, self._about(tap_id, kind)).decode()
        except InvalidTag as error:
            raise KeysLocked("This stored card cannot be opened with the key of now.", _BRING_BACK) from error

    def mac(self, url: str) -> bytes:
        """By this the same tap is known again. Raises KeysLocked."""
        return hmac.digest(self._open_keys().mac, url.encode(), hashlib.sha256)

    def _open_keys(self) -> _Keys:
        if self._keys is None:
            raise self.problem or KeysLocked()
        return self._keys

    def _about(self, tap_id: str, kind: Kind) -> bytes:
        return f"{self._book}\n{tap_id}\n{kind}".encode()

    @property
    def _name(self) -> str:
        return f"stored cards of book {self._book}"


class _Keys:
    """The key of the book and what is derived from it. Raises KeysLocked for text that is no key."""

    def __init__(self, text: str, book: str) -> None:
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise KeysLocked("The key of the stored cards is damaged.", "Bring the keyring of before back.")
        self.seal = AESGCM(_derived(key, book, "seal"))
        self.mac = _derived(key, book, "mac")
        self.mark = _derived(key, book, "mark")[:8].hex()


def _derived(key: bytes, book: str, use: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=book.encode(), info=f"pos-app {use}".encode()).derive(key)


def _make(keystore: Keystore, name: str) -> str:
    keystore.put(name, secrets.token_hex(KEY_BYTES))
    kept = keystore.get(name)
    if kept is None:
        raise KeysLocked("The key of the stored cards was not kept.", _UNLOCK)
    return kept.value


def offer_text(offer: WithdrawOffer) -> str:
    """An offer as it is sealed."""
    return json.dumps(offer.fields(), separators=(",", ":"))


def offer_of(text: str) -> WithdrawOffer:
    """The offer that `offer_text` wrote."""
    fields = json.loads(text)
    return WithdrawOffer(
        k1=fields["k1"],
        callback=Url.parse(fields["callback"]),
        min=Msat(fields["minWithdrawable"]),
        max=Msat(fields["maxWithdrawable"]),
        pin_limit=Msat(fields["pinLimit"]) if "pinLimit" in fields else None,
        description=fields["defaultDescription"],
    )

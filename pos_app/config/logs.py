"""The log: a rotating file in the state folder that never holds a secret.

What is masked: wallet keys and user ids, preimages (and with them payment hashes, to their first 8 digits),
macaroons, runes and tokens, passwords and PINs, LNURLs in every form, and the query of each URL (a card's
`p` and `c`, `k1`, `api-key`).
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from pos_app.config.files import OWNER_ONLY_FILE, cannot_write, make_private_folder

MASK = "[…]"
FILE_BYTES = 1_000_000
OLD_FILES = 4

_NAMES = (
    r"x-api-key|api[-_]?key|(?:admin|invoice|in)[-_]?key|key|usr|cookie_access_token|access_token|token|session"
    r"|password|secret|preimage|macaroon|grpc-metadata-macaroon|rune|pin"
)
_VALUE = r"(?!\[…\])[^\s\"',;&)}\]]+"


def _hex(match: re.Match[str]) -> str:
    return match[0][:8] + "…" if len(match[0]) == 64 else MASK


_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\b(?:lnurl[wpc]|keyauth)://[^\s\"'<>]+", re.I), MASK),
    (re.compile(r"lnurl1[02-9ac-hj-np-z]{8,}", re.I), MASK),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@\"'<>]+@", re.I), rf"\1{MASK}@"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s?\"'<>]+\?)[^\s\"'<>]+", re.I), rf"\1{MASK}"),
    (re.compile(r"(\bauthorization[\"']?\s*+[:=]\s*+[\"']?+)(?!\[…\])[^\"',;}\r\n]+", re.I), rf"\1{MASK}"),
    (re.compile(r"\bBearer\s+[\w.~+/=-]+", re.I), f"Bearer {MASK}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), MASK),
    (re.compile(r"\bAgE[\w+/=-]{40,}"), MASK),  # how every macaroon of LND begins in base64
    (re.compile(rf"(?<![\w-])((?:{_NAMES})[\"']?\s*+[:=]\s*+[\"']?+){_VALUE}", re.I), rf"\1{MASK}"),
    (re.compile(rf"(?<![\w-])((?:p|c|k1)(?:\s*+=\s*+|[\"']\s*+:\s*+)[\"']?+){_VALUE}", re.I), rf"\1{MASK}"),
    (re.compile(r"\b(PIN)\s+\d{4,}\b", re.I), rf"\1 {MASK}"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I), MASK),
    (re.compile(r"(?<![0-9a-z])[0-9a-f]{32,}(?![0-9a-z])", re.I), _hex),
)


def redact(text: str) -> str:
    """The text with every secret masked. Masking twice changes nothing more."""
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return text


class RedactingFormatter(logging.Formatter):
    """Formats a record, its traceback included, and masks the whole."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def open_log(path: Path) -> logging.Handler:
    """Send the log to the file: all that the program notes, and of libraries the warnings. Raises CannotWrite."""
    make_private_folder(path.parent)
    try:
        handler = _PrivateFile(path, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8")
    except OSError as error:
        raise cannot_write(path, error) from error
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("pos_app").setLevel(logging.INFO)
    return handler


def close_log(handler: logging.Handler) -> None:
    """Take the file away from the log again."""
    logging.getLogger().removeHandler(handler)
    handler.close()


class _PrivateFile(RotatingFileHandler):
    """A rotating file that only its owner may read."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY_FILE)
        return os.fdopen(descriptor, "a", encoding=self.encoding)

"""One checked http(s) URL. Path and query stay as they were written: cards and callbacks are sensitive to each byte."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv6Address
from typing import Self
from urllib.parse import quote, unquote_plus, urlsplit

from pos_app.net.errors import Forbidden

MAX_LENGTH = 4096
DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True, repr=False)
class Url:
    """An absolute URL of a web server, without user name and fragment.

    `host` is lower case, without brackets and without a last dot; `target` is path and query.
    The representation shows the origin only: a card's path and query are a bearer token.
    """

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises Forbidden for everything that is not a plain http or https URL."""
        if len(text) > MAX_LENGTH:
            raise Forbidden("The address is too long.")
        if _UNSAFE.search(text):
            raise Forbidden("The address holds characters that do not belong there.")
        try:
            parts = urlsplit(text)
            host, port = (parts.hostname or "").removesuffix("."), parts.port
        except ValueError as error:
            raise Forbidden("The address is damaged.") from error
        if parts.scheme not in DEFAULT_PORTS:
            raise Forbidden("The address is not one of a web server.")
        if "@" in parts.netloc:
            raise Forbidden("The address holds a user name.")
        if port == 0 or not _is_host(host, bracketed="[" in parts.netloc):
            raise Forbidden("The address has no valid host.")
        query = f"?{parts.query}" if parts.query else ""
        target = quote((parts.path or "/") + query, safe=_ASCII)
        url = cls(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], target)
        if len(url.text) > MAX_LENGTH:
            raise Forbidden("The address is too long.")
        return url

    @property
    def netloc(self) -> str:
        """Host, with the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what may be shown and logged."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def text(self) -> str:
        """The whole URL. Treat it as a secret."""
        return f"{self.origin}{self.target}"

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def with_query(self, pairs: Mapping[str, str]) -> Url:
        """The URL with these pairs added behind its own query. A pair of the same name is replaced."""
        path, _, query = self.target.partition("?")
        kept = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) not in pairs]
        added = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs.items()]
        return replace(self, target=f"{path}?{'&'.join(kept + added)}")

    def __repr__(self) -> str:
        return f"<Url {self.origin}/…>"


_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def _is_host(host: str, *, bracketed: bool) -> bool:
    if not bracketed:
        return len(host) <= 253 and ".." not in host and _NAME.fullmatch(host) is not None
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False

"""Which hosts are fetched from: every public one by https, and those of this house as their entry says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from pos_app.core.errors import UserError
from pos_app.net.addresses import is_public, literal
from pos_app.net.errors import Forbidden
from pos_app.net.url import Url


class BadEntry(UserError):
    """A text that is no entry of the allow-list."""

    def __init__(self, text: str) -> None:
        super().__init__(f"“{text}” is not a host.", "Write host or host:port, for example 127.0.0.1:5000.")


@dataclass(frozen=True, slots=True)
class _Entry:
    host: str
    port: int | None
    """None allows every port."""
    plain: bool
    """Spoken to by plain HTTP where a link leaves it open."""

    @classmethod
    def parse(cls, text: str) -> Self:
        scheme, separator, rest = text.strip().removesuffix("/").rpartition("://")
        scheme = scheme if separator else "http"
        if rest.count(":") > 1 and not rest.startswith("["):  # a bare IPv6 address
            rest = f"[{rest}]"
        try:
            url = Url.parse(f"{scheme}://{rest}")
        except Forbidden as error:
            raise BadEntry(text) from error
        if url.target != "/" or "#" in rest:
            raise BadEntry(text)
        has_port = ":" in rest.rpartition("]")[2]
        return cls(url.host, url.port if has_port else None, plain=url.scheme == "http")

    def covers(self, host: str, port: int) -> bool:
        return self.host == host and self.port in (None, port)


class AllowList:
    """Hosts that may have private addresses and may be spoken to without TLS.

    An entry is `host` (all ports) or `host:port`. `https://` before it keeps that host to TLS.
    Raises BadEntry for anything else.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._entries = tuple(_Entry.parse(text) for text in entries)

    def with_api(self, api_url: str) -> AllowList:
        """The same list with the host of the configured payments API, at every port, by the API's own scheme."""
        api = Url.parse(api_url)
        wider = AllowList()
        wider._entries = (*self._entries, _Entry(api.host, None, plain=api.scheme == "http"))
        return wider

    def covers(self, host: str, port: int) -> bool:
        """Whether this host may be fetched from whatever its address."""
        return any(entry.covers(host, port) for entry in self._entries)

    def is_plain(self, host: str, port: int) -> bool:
        """Whether links that leave the scheme open (`lnurlw://`) go to this host by plain HTTP."""
        return any(entry.plain for entry in self._entries if entry.covers(host, port))

    def check(self, url: Url) -> None:
        """The rules that need no look-up. Raises Forbidden with the reason in words."""
        if url.host.endswith(".onion"):
            raise Forbidden("This address needs Tor, which is not supported.")
        if self.covers(url.host, url.port):
            if url.scheme == "http" and not self.is_plain(url.host, url.port):
                raise Forbidden(f"{url.host} is only spoken to by https.")
            return
        if url.scheme != "https":
            raise Forbidden("The address is not protected by https.")
        address = literal(url.host)
        inside = not is_public(address) if address else url.host == "localhost" or url.host.endswith(".localhost")
        if inside:
            raise Forbidden(f"{url.host} is an address inside a private network.")

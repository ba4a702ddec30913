"""The address of a payments API, as a person types it, made one canonical text."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

import httpx

from pos_app.payments.errors import BadAddress, PlainHttp

DEFAULT_PORTS = {"https": 443, "http": 80}
MAX_PORT = 65_535
_HOST = re.compile(rb"[a-z0-9_:][a-z0-9_:.-]*")


@dataclass(frozen=True, slots=True)
class Address:
    """`text` is `scheme://host[:port][/path]` in lower case (but the path) without a slash at the end."""

    text: str
    host: str
    port: int

    @property
    def encrypted(self) -> bool:
        return self.text.startswith("https:")

    @property
    def websocket(self) -> str:
        """The same place for websockets: `ws…` for `http…`."""
        return f"ws{self.text.removeprefix('http')}"


def parse(text: str, *, plain_http: bool = False) -> Address:
    """Read an address; without a scheme it is https, on this computer http.

    Raises BadAddress, and PlainHttp for plain HTTP to another computer unless `plain_http` allows it.
    """
    text = text.strip()
    try:
        url = httpx.URL(text if "://" in text else f"https://{text}")
        if "://" not in text and is_loopback(url.host):
            url = httpx.URL(f"http://{text}")
    except (httpx.InvalidURL, ValueError):
        raise BadAddress("This is not an address.") from None
    if url.scheme not in DEFAULT_PORTS:
        raise BadAddress("The address must begin with https://.")
    if not _HOST.fullmatch(url.raw_host):
        raise BadAddress("The address names no server.")
    port = url.port or DEFAULT_PORTS[url.scheme]
    if port > MAX_PORT:
        raise BadAddress("The address has no possible port.")
    if url.userinfo or url.query or url.fragment:
        raise BadAddress("The address holds more than the server's place.")
    canonical = f"{url.scheme}://{url.netloc.decode()}{url.path.rstrip('/')}"
    if url.scheme == "http" and not plain_http and not is_loopback(url.host):
        raise PlainHttp(canonical)
    return Address(canonical, url.host, port)


def is_loopback(host: str) -> bool:
    """This very computer."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

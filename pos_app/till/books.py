"""Books: one folder for each payments API, so that practice and real money, or two wallets, never share a number."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pos_app.core.bolt11 import Network

_PRACTICE = "practice"
_EMBEDDED = "embedded"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Books:
    """Where the sales of one API are kept. `name` is what people read: Practice, This computer, or an address."""

    folder: Path
    network: Network
    practice: bool
    name: str

    @property
    def wears_banner(self) -> bool:
        """Not real money: every page says so."""
        return self.practice or self.network is not Network.MAINNET

    @property
    def shares_our_clock(self) -> bool:
        """The API runs on this computer, or may by its name: what it says about time proves nothing about ours."""
        host = urlsplit(self.name).hostname
        return host is None or _is_loopback(host) or _may_be_here(host)

    @property
    def is_plain_http(self) -> bool:
        """Others on the way could read the key and fake payments: the strip says so."""
        return self.name.startswith("http://") and not _is_loopback(urlsplit(self.name).hostname or "")


def practice_books(data: Path) -> Books:
    """The practice network's books. `data` is the data folder."""
    return Books(_folder(data, _PRACTICE), Network.REGTEST, practice=True, name="Practice")


def embedded_books(data: Path, network: Network) -> Books:
    """The books of this computer's own engine; its till wallet's key may be replaced without other books."""
    return Books(_folder(data, _EMBEDDED), network, practice=False, name="This computer")


def remote_books(data: Path, url: str, invoice_key: str, network: Network, *, practice: bool = False) -> Books:
    """The books of one wallet of a server. The wallet is known by a hash of the address keyed with its invoice key."""
    origin = _origin(url)
    name = hmac.new(invoice_key.encode(), origin.encode(), hashlib.sha256).hexdigest()[:32]
    return Books(_folder(data, name), network, practice=practice, name=origin)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _may_be_here(host: str) -> bool:
    """Whether the host has this computer's name in whatever domain, or one of its addresses."""
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        return host.partition(".")[0] == socket.gethostname().lower().partition(".")[0]
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))  # only an address of this computer can be taken; nothing is sent
    except OSError:
        return False
    return True


def _folder(data: Path, name: str) -> Path:
    return data / "books" / name


def _origin(url: str) -> str:
    """The address without case, default port, trailing slash, user, query and fragment."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    ending = "" if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{port}"
    return f"{parts.scheme}://{host}{ending}{parts.path.rstrip('/')}"

"""What a card's records say → one checked URL to ask.

Cards carry `lnurlw://…` (LUD-17), `LNURL1…` (LUD-01, also behind `lightning:` or as `?lightning=` of a web address)
or a bare `https://…`, preferred in this order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from urllib.parse import parse_qsl

from pos_app.core.errors import UserError
from pos_app.lnurl import lud01
from pos_app.net.allow import AllowList
from pos_app.net.errors import Forbidden
from pos_app.net.url import Url

MAX_TEXTS = 32
_HEX_P = re.compile(r"[0-9a-fA-F]{32}")
_HEX_C = re.compile(r"[0-9a-fA-F]{16}")
_OTHER_CARD = "Use another card, or pay by QR."
_REFUSED = {
    "lnurlc": "This card opens a Lightning channel: it cannot pay.",
    "keyauth": "This card is for logging in: it cannot pay.",
}


class UnusableCard(UserError):
    """The card was read, and it is none that can pay here."""

    def __init__(self, message: str, cure: str = _OTHER_CARD) -> None:
        super().__init__(message, cure)


class ReceiveAddress(UnusableCard):
    """It can take money, not pay."""

    def __init__(self) -> None:
        super().__init__("This is a receive address: it can take money, not pay.")


class Form(IntEnum):
    """How a link stood on the card. The lowest is the surest to be a withdraw link."""

    LNURLW = 1
    BECH32 = 2
    HTTPS = 3


@dataclass(frozen=True, slots=True)
class CardLink:
    """The one URL that a card stands for. Path and query are as on the card, and a secret until used."""

    form: Form
    url: Url

    @property
    def lnurlw(self) -> str:
        """The LUD-17 text that a payments API takes: scheme and host in lower case, every other byte as read."""
        return f"lnurlw://{self.url.netloc}{self.url.target}"

    @property
    def is_one_time(self) -> bool:
        """Whether it carries `p` and `c` as NTAG 424 DNA writes them, new at each tap (NXP AN12196)."""
        pairs = dict(parse_qsl(self.url.query))
        return bool(_HEX_P.fullmatch(pairs.get("p", "")) and _HEX_C.fullmatch(pairs.get("c", "")))

    @property
    def survives_lower_case(self) -> bool:
        """Whether a server that lower-cases the whole link still asks for the same: no capitals but in hexadecimal."""
        path, _, query = self.url.target.partition("?")
        rest = [part for part in query.split("&") if not re.fullmatch(r"[pc]=[0-9a-fA-F]*", part)]
        return not any(c.isupper() for text in (path, *rest) for c in text)


def card_link(texts: Iterable[str], allow: AllowList) -> CardLink:
    """The best usable link among the texts of a card.

    Raises UnusableCard with the reason: a receive address, an onion address, no https, a private address, no link.
    """
    found: list[CardLink] = []
    refusals: list[UnusableCard] = []
    for text in islice(texts, MAX_TEXTS):
        try:
            link = _link(text.strip(), allow)
        except UnusableCard as error:
            refusals.append(error)
        except Forbidden as error:
            refusals.append(UnusableCard(error.message))
        else:
            if link is not None:
                found.append(link)
    if found:
        return min(found, key=lambda link: link.form)
    if refusals:
        raise refusals[0]
    raise UnusableCard("There is no Lightning address on this card.")


def _link(text: str, allow: AllowList) -> CardLink | None:
    """The link that a text means, if any. Raises UnusableCard or Forbidden for one that is not usable."""
    if lud01.is_lnurl(text):
        return _bech32(text, allow)
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower() if colon else ""
    rest = rest.removeprefix("//")
    if scheme == "lnurlp":
        raise ReceiveAddress
    if scheme in _REFUSED:
        raise UnusableCard(_REFUSED[scheme])
    if scheme == "lnurlw":
        plain = Url.parse(f"http://{rest}")
        url = plain if allow.is_plain(plain.host, plain.port) else Url.parse(f"https://{rest}")
        return _checked(Form.LNURLW, url, allow)
    if scheme == "lightning":
        if not lud01.is_lnurl(rest):
            raise ReceiveAddress
        return _bech32(rest, allow)
    if scheme in ("http", "https"):
        url = Url.parse(text)
        inner = next((value for name, value in parse_qsl(url.query) if name.lower() == "lightning"), "")
        return _bech32(inner, allow) if lud01.is_lnurl(inner) else _checked(Form.HTTPS, url, allow)
    return None


def _bech32(text: str, allow: AllowList) -> CardLink:
    try:
        url = lud01.decode(text)
    except ValueError as error:
        raise UnusableCard("The LNURL on this card is damaged.") from error
    return _checked(Form.BECH32, Url.parse(url), allow)


def _checked(form: Form, url: Url, allow: AllowList) -> CardLink:
    allow.check(url)
    return CardLink(form, url)

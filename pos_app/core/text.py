"""Text that strangers wrote (cards, card services, servers), made safe to show."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_ADDRESS = re.compile(
    r"\S+://\S*|\S*[?&](?:p|c|k1|pr)=\S*|\bln(?:url|bc|tb|bcrt)[0-9a-z]{20,}|\b[0-9a-f]{16,}\b", re.IGNORECASE
)


def plain(text: str, limit: int = 200) -> str:
    """At most `limit` characters without control, direction and line-break characters.

    The result is one line. It may still look like markup: show it as plain text.
    """
    kept = "".join(" " if c in "\t\n\r" else c for c in text[: limit * 8])
    kept = "".join(c for c in kept if unicodedata.category(c) not in _HIDDEN)
    kept = " ".join(kept.split())
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def without_addresses(text: str) -> str:
    """The text with "…" for what could be a card's address, its token or an invoice: an issuer may echo them."""
    return _ADDRESS.sub("…", text)

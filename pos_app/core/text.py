"""Text that strangers wrote (cards, card services, servers), made safe to show."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain(text: str, limit: int = 200) -> str:
    """At most `limit` characters without control, direction and line-break characters.

    The result is one line. It may still look like markup: show it as plain text.
    """
    kept = "".join(" " if c in "\t\n\r" else c for c in text[: limit * 8])
    kept = "".join(c for c in kept if unicodedata.category(c) not in _HIDDEN)
    kept = " ".join(kept.split())
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"

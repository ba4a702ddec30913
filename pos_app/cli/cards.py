"""What the commands share about cards: simulated ones, and hosts that cards may lead to."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from pos_app.cli.common import Options, Usage
from pos_app.config.early import PRACTICE

MOST_BYTES = 4096
_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[!-~]+|[Ll][Nn][Uu][Rr][Ll]1[0-9A-Za-z]+")


def add_cards(parser: argparse.ArgumentParser, *, of_the_window: bool = False) -> None:
    """`--simulate-card` and `--lnurl-allow`. A command's own leave those before its name alone."""
    parser.add_argument(
        "--simulate-card",
        nargs="?",
        const=PRACTICE,
        default=None if of_the_window else argparse.SUPPRESS,
        metavar="URL|FILE|-",
        help="tap a simulated card: the practice card, or one that holds this URL or the bytes of this file",
    )
    parser.add_argument(
        "--lnurl-allow",
        action="append",
        default=[] if of_the_window else argparse.SUPPRESS,
        metavar="HOST[:PORT]",
        help="a card service on an internal address that cards may lead to; may be repeated",
    )


def simulated_card(options: Options) -> str | bytes | None:
    """What `--simulate-card` names: `practice`, a link, or the bytes of an NDEF message. Raises Usage."""
    word: str | None = options.simulate_card
    if word is None or word == PRACTICE or (word != "-" and _LINK.fullmatch(word)):
        return word
    try:
        if word == "-":
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(word).open("rb") as file:
                content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Usage(
            f"{word} cannot be read: {error.strerror}.", "Name a link or a file with a card's bytes."
        ) from error
    if len(content) > MOST_BYTES:
        raise Usage("No card holds that much.", f"The bytes of a card are {MOST_BYTES} at most.")
    text = content.decode("latin-1").strip()
    return text if _LINK.fullmatch(text) else content


def allowed_hosts(options: Options) -> tuple[str, ...]:
    return tuple(options.lnurl_allow)

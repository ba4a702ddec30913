"""`pos-app nfc`: which readers are here, and what a card says."""

from __future__ import annotations

import queue
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from pos_app.cli.cards import add_cards, allowed_hosts, simulated_card
from pos_app.cli.common import Commands, Exit, Options, Usage, add_command, add_json, show, tell
from pos_app.core.errors import UserError

if TYPE_CHECKING:
    from pos_app.nfc.events import CardRead
    from pos_app.nfc.reader import Opener

WAKE_S = 0.5
"""How long Ctrl-C may take to be seen."""


class NotRead(UserError):
    """The card gave nothing."""


def add(commands: Commands) -> None:
    parser = add_command(commands, "nfc", lambda _: _usage(), "card readers, and what a card says")
    kinds = parser.add_subparsers(title="commands", dest="kind", metavar="COMMAND")

    one = add_command(kinds, "list", _list, "the readers that are plugged in, and what to do about those that fail")
    add_json(one)

    one = add_command(kinds, "read", _read, "read one card; what is secret on it is not shown")
    one.add_argument("--reader", default="", metavar="ID", help="the reader to use, as `nfc list` names it")
    add_cards(one)
    add_json(one)


def _usage() -> int:
    raise Usage("nfc needs to know what to do.", "Try: pos-app nfc list")


def _list(options: Options) -> int:
    from pos_app.nfc.diagnose import diagnose

    found = diagnose()
    lines = []
    for reader in found.readers:
        lines.append(f"{reader.id:<24} {reader.name} ({reader.driver}): {reader.state}")
        if reader.message:
            lines.append(f"    {reader.message} {reader.cure}")
    lines += [f"{problem.message} {problem.cure}" for problem in found.problems]
    result = {
        "readers": [asdict(reader) for reader in found.readers],
        "problems": [{"message": problem.message, "cure": problem.cure} for problem in found.problems],
    }
    show(result, "\n".join(lines) or "No card reader is plugged in.", as_json=options.json)
    return Exit.DONE


def _read(options: Options) -> int:
    from pos_app.nfc.reader import CardReader

    card = simulated_card(options)
    if card is not None and options.reader:
        raise Usage("A simulated card has a reader of its own.", "Leave --reader out.")
    heard: queue.Queue[Any] = queue.Queue()
    reader = CardReader(_opener(options.reader, card), heard.put)
    reader.arm()
    reader.start()
    try:
        read = _wait(heard, simulated=card is not None)
    finally:
        reader.stop()
    result = _told(read, allowed_hosts(options))
    words = [f"{name.replace('_', ' ')}: {_words(value)}" for name, value in result.items()]
    show(result, "\n".join(words), as_json=options.json)
    return Exit.DONE


def _opener(name: str, card: str | bytes | None) -> Opener:
    from pos_app.nfc.reader import plugged_in_reader

    if card is None:
        return plugged_in_reader(name)
    from pos_app.app import card_to_show
    from pos_app.practice.field import Field, practice_reader

    field = Field()
    field.put(card_to_show(card))
    return practice_reader(field)


def _wait(heard: queue.Queue[Any], *, simulated: bool) -> CardRead:
    """The card that is tapped. Raises NotRead where it holds nothing for us, or, if it is simulated, cannot be read."""
    from pos_app.nfc import events

    while True:
        try:
            event = heard.get(timeout=WAKE_S)
        except queue.Empty:
            continue
        match event:
            case events.CardRead():
                return event
            case events.CardUnusable(reason):
                raise NotRead(reason, "Use another card.")
            case events.CardUnreadable() if simulated:
                raise NotRead("The card could not be read.", "")
            case events.CardUnreadable():
                tell("Could not read. Hold the card still, one card alone.")
            case events.ReaderReady(name):
                tell(f"{name}: tap a card. Ctrl-C ends.")
            case events.ReaderLost(message, cure):
                tell(f"{message} {cure}")


def _told(read: CardRead, lnurl_allow: tuple[str, ...]) -> dict[str, Any]:
    """All about a card but its secrets."""
    from pos_app.lnurl.card import UnusableCard, card_link
    from pos_app.net.allow import AllowList

    records = [{"kind": record.kind, "length": record.length} for record in read.records]
    told: dict[str, Any] = {"card": read.kind, "records": records, "usable": False}
    try:
        link = card_link(read.texts, AllowList(lnurl_allow))
    except UnusableCard as error:
        return told | {"reason": error.message}
    masked = {name: f"…({len(value)})" for name, value in parse_qsl(link.url.query, keep_blank_values=True)}
    return told | {
        "usable": True,
        "form": link.form.name.lower(),
        "host": link.url.netloc,
        "link_length": len(link.url.text),
        "query": masked,
        "one_time": link.is_one_time,
    }


def _words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(f"{record['kind']} ({record['length']} bytes)" for record in value)
        case dict():
            return ", ".join(f"{name}={masked}" for name, masked in value.items()) or "none"
        case _:
            return str(value)

"""`pos-app connect`: check a payments server and its invoice key, keep both, and sell through it from then on."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pos_app.cli.common import Commands, Exit, Options, add_command, add_json, folders_of, show, tell
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock
from pos_app.core.errors import UserError

if TYPE_CHECKING:
    from pos_app.config.settings import Remote, Settings

NETWORKS = ("mainnet", "testnet", "signet", "regtest")


class NoKey(UserError):
    """Nothing was typed."""


class NotTrusted(UserError):
    """Nobody confirmed that the way to the server is to be trusted."""


class OtherNetwork(UserError):
    """The server says that it is on another network than the one that was named."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A server that answered as it should: its canonical address, its wallet's name, and what is to be kept."""

    url: str
    wallet: str
    remote: Remote


def add(commands: Commands) -> None:
    parser = add_command(
        commands,
        "connect",
        run,
        "sell through an LNbits server or another till's engine",
        description="Check a payments server and sell through it from now on. The invoice key is typed without echo, "
        "or read as one line from standard input.",
    )
    parser.add_argument("url", metavar="URL", help="the server's address")
    parser.add_argument("--network", choices=NETWORKS, help="of a server that does not say it itself (default mainnet)")
    parser.add_argument("--plain-http", action="store_true", help="trust the whole network on the way to the server")
    parser.add_argument("--pin", type=sha256, metavar="SHA256", help="trust exactly this certificate")
    add_json(parser)


def sha256(text: str) -> str:
    """64 hex digits, with or without colons between them."""
    digits = text.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise argparse.ArgumentTypeError("a SHA-256 has 64 hex digits")
    return digits


def run(options: Options) -> int:
    folders = folders_of(options)
    with OwnerLock(folders.data, "connect"):
        remote = _trusted(options)
        invoice_key = _ask_key()
        checked = asyncio.run(_check_or_ask(options, invoice_key, remote))
        where = keep(folders, checked, invoice_key)[1]
    network = checked.remote.network.value
    show(
        {
            "api": checked.url,
            "wallet": checked.wallet,
            "network": network,
            "practice": checked.remote.practice,
            "key": where,
        },
        f"Connected to {checked.url}, wallet {checked.wallet!r}, {network}"
        f"{', practice money' if checked.remote.practice else ''}.\n"
        f"The invoice key is in {where}. From now on pos-app sells through this server.",
        as_json=options.json,
    )
    return Exit.DONE


async def check(url: str, invoice_key: str, remote: Remote, *, network: str | None = None) -> Checked:
    """Ask the server who it is and whether the key is an invoice key of it.

    `remote` says how far a person trusts it, `network` which one it is on where it does not tell. Raises what the
    client raises, PlainHttp and CertificateUnknown among them, AdminKey, and OtherNetwork.
    """
    from pos_app.app import client_of
    from pos_app.core.bolt11 import Network
    from pos_app.core.clock import SystemClock

    client = client_of(url, invoice_key, remote, SystemClock())
    try:
        health = await client.health()
        wallet = await client.wallet()
    finally:
        await client.close()
    wallet.require_invoice_key()
    if network and health.network and health.network != network:
        raise OtherNetwork(f"The server is on {health.network}, not on {network}.", "Leave --network out.")
    known = {"network": health.network or Network(network or Network.MAINNET), "practice": bool(health.practice)}
    assert client.address is not None
    return Checked(client.address, wallet.name, remote.model_copy(update=known))


def keep(folders: Folders, checked: Checked, invoice_key: str) -> tuple[Settings, str]:
    """Make it the API that the till sells through. The answer ends with where the key is, in words."""
    from pos_app.app import key_name
    from pos_app.config.keystore import Keystore
    from pos_app.config.settings import SettingsFile

    file = SettingsFile(folders.settings_file)
    remotes = file.load().remotes
    secret = Keystore(folders.keys).put(key_name(checked.url), invoice_key)
    return file.change(api=checked.url, remotes={**remotes, checked.url: checked.remote}), secret.where


def _trusted(options: Options) -> Remote:
    """How far the words of the command, and a person who is there, trust the way to the server."""
    from pos_app.config.settings import Remote
    from pos_app.payments.address import parse
    from pos_app.payments.errors import PlainHttp

    remote = Remote(plain_http=options.plain_http, pin_sha256=options.pin or "")
    try:
        parse(options.url, plain_http=remote.plain_http)
    except PlainHttp as error:
        if not _confirmed(error.message):
            raise NotTrusted(error.message, "Use https, or add --plain-http if you trust the whole network.") from error
        return remote.model_copy(update={"plain_http": True})
    return remote


async def _check_or_ask(options: Options, invoice_key: str, remote: Remote) -> Checked:
    from pos_app.payments.errors import CertificateUnknown

    try:
        return await check(options.url, invoice_key, remote, network=options.network)
    except CertificateUnknown as error:
        if not _confirmed(f"{error.message}\nGo on only if this is the server's own."):
            cure = f"Compare it with the server's own. If they are the same, add --pin {error.sha256}"
            raise NotTrusted(error.message, cure) from error
        pinned = remote.model_copy(update={"pin_sha256": error.sha256})
        return await check(options.url, invoice_key, pinned, network=options.network)


def _ask_key() -> str:
    key = getpass.getpass("Invoice key: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not key.strip():
        raise NoKey("No invoice key was given.", "Type it, or pass it as one line on standard input.")
    return key.strip()


def _confirmed(question: str) -> bool:
    """Ask a person; where none is there, the answer is no."""
    if not sys.stdin.isatty():
        return False
    tell(question)
    return input("Type yes to go on: ").strip().lower() == "yes"

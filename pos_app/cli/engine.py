"""`pos-app engine …`: wallets, users and books of this computer's payments engine, also beside a running till."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pos_app.cli.common import Commands, Exit, Options, add_command, add_json, folders_of, positive, say, show, tell
from pos_app.config.lock import OwnerLock
from pos_app.core.errors import UserError
from pos_app.core.money import Sat

if TYPE_CHECKING:
    from pos_app.engine.engine import Engine
    from pos_app.engine.store.rows import Wallet


PRACTICE_WORDS = "No funding source is set: this is the practice engine, with no real money."


class NoPassword(UserError):
    """No password was given, or two different ones."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command brings: as one JSON object and in words."""

    result: dict[str, Any]
    words: str
    code: Exit = Exit.DONE


Work = Callable[["Engine", Options], Awaitable[Done]]


def add(commands: Commands) -> None:
    engine = add_command(commands, "engine", _no_command, "manage this computer's payments engine")
    kinds = engine.add_subparsers(title="commands", dest="engine_command", metavar="COMMAND", required=True)

    one = _add(kinds, "create-wallet", _create_wallet, "make a wallet and print its keys, this once")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--owner", metavar="USER", help="the user that it belongs to: an id, or a name that only one has")

    _add(kinds, "wallets", _wallets, "list the wallets and their balances")

    one = _add(kinds, "create-user", _create_user, "make a user; the password is read from standard input")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--admin", action="store_true", help="may see the payments of all wallets")
    one.add_argument("--no-password", action="store_true", help="cannot log in, only use tokens")

    one = _add(kinds, "create-token", _create_token, "print a new bearer token with a user's rights")
    one.add_argument("user", metavar="USER", help="an id, or a name that only one has")

    one = _add(kinds, "credit", _credit, "give a wallet practice money")
    one.add_argument("wallet", metavar="WALLET", help="an id, or a name that only one has")
    one.add_argument("sats", type=positive, metavar="SATS")

    one = _add(kinds, "claim", _claim, "book unclaimed money to a wallet")
    one.add_argument("hash", metavar="HASH", help="the payment hash, as the audit shows it")
    one.add_argument("wallet", metavar="WALLET", help="an id, or a name that only one has")

    _add(kinds, "audit", _audit, "rebuild every sum from the payments and compare; exit 1 on any difference")

    one = add_command(kinds, "serve", _serve, "serve the payments API to other programs of this computer")
    one.add_argument("--host", default="127.0.0.1", metavar="HOST", help="a loopback address (127.0.0.1)")
    one.add_argument("--port", type=port, required=True, metavar="P", help="0 takes a free one")
    one.add_argument(
        "--lnurl-allow",
        action="append",
        default=[],
        metavar="HOST[:PORT]",
        help="a service on an internal address that card links, callbacks and webhooks may reach; may be repeated",
    )


def port(text: str) -> int:
    """0 to 65535."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return int(text)


def _add(kinds: Commands, name: str, work: Work, help: str) -> argparse.ArgumentParser:
    parser = add_command(kinds, name, lambda options: asyncio.run(_run(work, options)), help)
    add_json(parser)
    return parser


def _serve(options: Options) -> int:
    async def run() -> None:
        from pos_app.app import open_engine
        from pos_app.core.clock import SystemClock
        from pos_app.engine.serve import serve

        opened = open_engine(folders, SystemClock(), practice=True, lnurl_allow=tuple(options.lnurl_allow))
        async with opened as (engine, _):
            await engine.start()
            await serve(engine, options.host, options.port, announce=lambda url: say(f"listening on {url}"))

    folders = folders_of(options)
    tell(PRACTICE_WORDS)
    with OwnerLock(folders.engine(practice=True), "engine serve"):
        asyncio.run(run())
    return Exit.DONE


def _no_command(_options: Options) -> int:
    raise AssertionError("argparse requires a command")


async def _run(work: Work, options: Options) -> Exit:
    from pos_app.app import open_engine
    from pos_app.core.clock import SystemClock

    tell(PRACTICE_WORDS)
    async with open_engine(folders_of(options), SystemClock(), practice=True) as (engine, _):
        done = await work(engine, options)
    show(done.result, done.words, as_json=options.json)
    return done.code


async def _create_wallet(engine: Engine, options: Options) -> Done:
    owner = await engine.accounts.user(options.owner) if options.owner else None
    wallet, keys = await engine.accounts.create_wallet(options.name, owner)
    return Done(
        {"id": wallet.id, "name": wallet.name, "admin_key": keys.admin_key, "invoice_key": keys.invoice_key},
        f"Wallet {wallet.name!r}, id {wallet.id}\n"
        f"  admin key (can pay)          {keys.admin_key}\n"
        f"  invoice key (for the till)   {keys.invoice_key}\n"
        "The keys are shown only this once.",
    )


async def _wallets(engine: Engine, _options: Options) -> Done:
    wallets = [(wallet, await engine.ledger.balance(wallet.id)) for wallet in await engine.accounts.wallets()]
    return Done(
        {
            "wallets": [
                {"id": wallet.id, "name": wallet.name, "user_id": wallet.user_id, "balance_msat": balance.value}
                for wallet, balance in wallets
            ]
        },
        "\n".join(f"{wallet.id}  {_sat(balance.value):>16} sat  {wallet.name}" for wallet, balance in wallets)
        or "There is no wallet yet.",
    )


async def _create_user(engine: Engine, options: Options) -> Done:
    password = None if options.no_password else await asyncio.to_thread(_ask_password)
    user = await engine.accounts.create_user(options.name, is_admin=options.admin, password=password)
    return Done({"id": user.id, "name": user.name}, f"User {user.name!r}, id {user.id}")


async def _create_token(engine: Engine, options: Options) -> Done:
    token = await engine.accounts.create_token(await engine.accounts.user(options.user))
    return Done({"token": token}, token)


async def _credit(engine: Engine, options: Options) -> Done:
    wallet = await engine.accounts.wallet(options.wallet)
    await engine.ledger.credit(wallet, Sat(options.sats))
    return await _booked(engine, wallet, Sat(options.sats))


async def _claim(engine: Engine, options: Options) -> Done:
    wallet = await engine.accounts.wallet(options.wallet)
    payment = await engine.ledger.claim(options.hash, wallet)
    return await _booked(engine, wallet, payment.amount.to_sat())


async def _booked(engine: Engine, wallet: Wallet, amount: Sat) -> Done:
    balance = await engine.ledger.balance(wallet.id)
    return Done(
        {"wallet": wallet.id, "amount_sat": amount.value, "balance_msat": balance.value},
        f"{amount} booked to {wallet.name!r}, which has {_sat(balance.value)} sat now.",
    )


async def _audit(engine: Engine, _options: Options) -> Done:
    report = await engine.ledger.audit()
    lines = [f"{report.payments} payments in {report.wallets} wallets, {_sat(report.balance.value)} sat in all."]
    lines += [f"DIFFERENT: {difference}" for difference in report.differences]
    lines += [f"Unclaimed: {each.amount.value} msat, {each.payment_hash}, {each.reason}" for each in report.unclaimed]
    lines.append("The books agree." if not report.differences else "The books do NOT agree.")
    return Done(
        {
            "payments": report.payments,
            "wallets": report.wallets,
            "balance_msat": report.balance.value,
            "differences": list(report.differences),
            "unclaimed": [
                {"payment_hash": each.payment_hash, "amount_msat": each.amount.value, "reason": each.reason}
                for each in report.unclaimed
            ],
        },
        "\n".join(lines),
        Exit.ERROR if report.differences else Exit.DONE,
    )


def _sat(msat: int) -> str:
    """Millisatoshis as satoshis, with a fraction only where there is one."""
    sat, rest = divmod(abs(msat), 1000)
    return f"{'-' if msat < 0 else ''}{sat}{f'.{rest:03}' if rest else ''}"


def _ask_password() -> str:
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("The same again: "):
            raise NoPassword("The two passwords are not the same.", "Try again.")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise NoPassword("No password was given.", "Pass it as one line on standard input, or use --no-password.")
    return password

"""Users, their wallets, keys, passwords and tokens."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from pos_app.config.database import Database
from pos_app.core.clock import Clock
from pos_app.engine.errors import BadRequest, NotFound
from pos_app.engine.ledger.brake import Brake
from pos_app.engine.store import users, wallets
from pos_app.engine.store.rows import US_PER_S, KeyKind, User, Wallet, WalletKeys

SHOP_USER = "shop"
"""Owns the wallets that were made for nobody in particular. Has no password."""

MAX_NAME = 120


class Accounts:
    """Who may ask the engine for what. Where a user or wallet is named, an id or an unambiguous name will do."""

    def __init__(self, db: Database, clock: Clock, brake: Brake) -> None:
        self._db = db
        self._clock = clock
        self._brake = brake
        self._hasher = PasswordHasher()

    async def create_user(self, name: str, *, is_admin: bool = False, password: str | None = None) -> User:
        """Raises BadRequest for a name that is taken or not a name, and for an empty password."""
        name = _checked(name)
        if password == "":
            raise BadRequest("The password is empty.", "Choose one, or make the user without a password.")
        password_hash = None if password is None else await asyncio.to_thread(self._hasher.hash, password)
        user = await self._db.write(
            lambda c: users.create(c, name, is_admin=is_admin, password_hash=password_hash, now_us=self._now_us())
        )
        if user is None:
            raise BadRequest(f"There is a user {name!r} already.", "Choose another name.")
        return user

    async def user(self, id_or_name: str) -> User:
        """Raises NotFound."""
        user = await self._db.read(lambda c: users.named(c, id_or_name))
        if user is None:
            raise NotFound("User not found.")
        return user

    async def user_by_id(self, user_id: str) -> User | None:
        return await self._db.read(lambda c: users.by_id(c, user_id))

    async def authenticate(self, name: str, password: str) -> User | None:
        """The user with this name and password. Takes as long for a name that does not exist."""
        found = await self._db.read(lambda c: users.with_password(c, name))
        user, kept = found if found is not None else (None, _NOBODY)
        if not await asyncio.to_thread(self._verify, kept, password) or user is None:
            await self._brake.failed()
            return None
        if self._hasher.check_needs_rehash(kept):
            stronger = await asyncio.to_thread(self._hasher.hash, password)
            await self._db.write(lambda c: users.set_password(c, user.id, stronger))
        return user

    async def create_token(self, user: User, *, lifetime_s: int | None = None) -> str:
        """A bearer token with this user's rights; without a life time it does not end."""
        now_s = int(self._clock.time_s())

        def store(connection: sqlite3.Connection) -> str:
            users.drop_old_tokens(connection, now_s)
            expires_at_s = None if lifetime_s is None else now_s + lifetime_s
            return users.add_token(connection, user.id, now_us=self._now_us(), expires_at_s=expires_at_s)

        return await self._db.write(store)

    async def user_by_token(self, token: str) -> User | None:
        """The user of a token. Many wrong ones are answered ever more slowly."""
        user = await self._db.read(lambda c: users.by_token(c, token, self._clock.time_s()))
        if user is None:
            await self._brake.failed()
        return user

    async def create_wallet(self, name: str, owner: User | None = None) -> tuple[Wallet, WalletKeys]:
        """A new wallet of this user, else of the shop. The keys are told once and then kept only as digests."""
        name = _checked(name)

        def create(connection: sqlite3.Connection) -> tuple[Wallet, WalletKeys]:
            user = owner or users.named(connection, SHOP_USER)
            user = user or users.create(
                connection, SHOP_USER, is_admin=False, password_hash=None, now_us=self._now_us()
            )
            assert user is not None
            return wallets.create(connection, name, user.id, self._now_us())

        return await self._db.write(create)

    async def wallet(self, id_or_name: str) -> Wallet:
        """Raises NotFound, or BadRequest where several wallets have this name."""
        found = await self._db.read(lambda c: wallets.named(c, id_or_name))
        if not found:
            raise NotFound("Wallet not found.")
        if len(found) > 1:
            raise BadRequest(f"{len(found)} wallets are named {id_or_name!r}.", "Name the wallet by its id.")
        return found[0]

    async def wallets(self, user: User | None = None) -> tuple[Wallet, ...]:
        """The wallets of one user, or all."""
        return tuple(await self._db.read(lambda c: wallets.list_wallets(c, None if user is None else user.id)))

    async def shop_wallets(self) -> tuple[Wallet, ...]:
        """The wallets that were made for nobody in particular."""

        def read(connection: sqlite3.Connection) -> Sequence[Wallet]:
            shop = users.named(connection, SHOP_USER)
            return () if shop is None else wallets.list_wallets(connection, shop.id)

        return tuple(await self._db.read(read))

    async def wallet_by_key(self, key: str) -> tuple[Wallet, KeyKind] | None:
        """The wallet that this key opens. Many wrong keys are answered ever more slowly."""
        found = await self._db.read(lambda c: wallets.by_key(c, key))
        if found is None:
            await self._brake.failed()
        return found

    async def new_invoice_key(self, wallet: Wallet) -> str:
        """Replace the wallet's invoice key."""
        return await self._db.write(lambda c: wallets.set_key(c, wallet.id, KeyKind.INVOICE))

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except VerificationError:
            return False

    def _now_us(self) -> int:
        return int(self._clock.time_s() * US_PER_S)


def _checked(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise BadRequest(f"A name has 1 to {MAX_NAME} printable characters.")
    return name


_NOBODY = f"$argon2id$v=19$m=65536,t=3,p=4${'A' * 22}${'A' * 43}"
"""A hash with the present parameters (salt and digest are zeros), of no known password."""

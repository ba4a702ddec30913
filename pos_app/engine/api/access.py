"""Who asks: a wallet by its key, a user by his token. Every route names what it needs as a dependency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Query, Security
from fastapi.security import APIKeyCookie, APIKeyHeader, APIKeyQuery, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from pos_app.engine.engine import Engine
from pos_app.engine.errors import EngineError, NotAllowed, NotFound
from pos_app.engine.outside import Outside
from pos_app.engine.store.rows import KeyKind, User, Wallet

TOKEN_COOKIE = "cookie_access_token"


class NotAuthenticated(EngineError):
    """Nobody, or nobody we know, asks."""

    status = 401


@dataclass(frozen=True, slots=True)
class WalletAccess:
    """A wallet and what its key allows: `may_pay` is true for the admin key only."""

    wallet: Wallet
    may_pay: bool


async def engine_of(connection: HTTPConnection) -> Engine:
    return cast("Engine", connection.app.state.engine)


async def outside_of(connection: HTTPConnection) -> Outside:
    return cast("Outside", connection.app.state.outside)


TheEngine = Annotated[Engine, Depends(engine_of)]
TheOutside = Annotated[Outside, Depends(outside_of)]
_header = APIKeyHeader(name="X-Api-Key", auto_error=False, description="A wallet's invoice key or admin key.")
_query = APIKeyQuery(name="api-key", auto_error=False, description="The same key, for callers that cannot set headers.")
_bearer = HTTPBearer(auto_error=False, description="A user's token.")
_cookie = APIKeyCookie(name=TOKEN_COOKIE, auto_error=False, description="The same token.")


async def access_by_key(engine: Engine, key: str) -> WalletAccess | None:
    """What a key opens; None for an unknown one."""
    found = await engine.accounts.wallet_by_key(key)
    return None if found is None else WalletAccess(found[0], found[1] is KeyKind.ADMIN)


async def _wallet_access(
    engine: TheEngine,
    header: Annotated[str | None, Security(_header)],
    query: Annotated[str | None, Security(_query)],
) -> WalletAccess:
    key = header or query
    if not key:
        raise NotAuthenticated("No Api Key provided.")
    access = await access_by_key(engine, key)
    if access is None:
        raise NotFound("Wallet not found.")
    return access


async def _optional_access(engine: TheEngine, header: Annotated[str | None, Security(_header)]) -> WalletAccess | None:
    return await access_by_key(engine, header) if header else None


async def _admin_access(access: Annotated[WalletAccess, Depends(_wallet_access)]) -> WalletAccess:
    if not access.may_pay:
        raise NotAllowed("Invalid adminkey.")
    return access


async def _user(
    engine: TheEngine,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    cookie: Annotated[str | None, Security(_cookie)],
) -> User:
    token = bearer.credentials if bearer else cookie
    if not token:
        raise NotAuthenticated("Missing user ID or access token.")
    user = await engine.accounts.user_by_token(token)
    if user is None:
        raise NotAuthenticated("Invalid access token.")
    return user


async def _visible_wallets(
    engine: TheEngine,
    user: Annotated[User, Depends(_user)],
    usr: Annotated[UUID | None, Query(description="Only this user's wallets. It narrows, it gives no rights.")] = None,
) -> tuple[str, ...] | None:
    """The ids of the wallets that the user may see; None for all of them. Of another user only an admin sees any."""
    if usr is None and user.is_admin:
        return None
    owner: User | None = user
    if usr is not None and usr.hex != user.id:
        owner = await engine.accounts.user_by_id(usr.hex) if user.is_admin else None
    return tuple(wallet.id for wallet in await engine.accounts.wallets(owner)) if owner else ()


Access = Annotated[WalletAccess, Depends(_wallet_access)]
OptionalAccess = Annotated[WalletAccess | None, Depends(_optional_access)]
AdminAccess = Annotated[WalletAccess, Depends(_admin_access)]
VisibleWallets = Annotated[tuple[str, ...] | None, Depends(_visible_wallets)]

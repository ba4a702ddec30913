"""What a point of sale needs beside payments: its wallet, currencies, whether the engine is well, and logging in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from pos_app.core.currencies import CURRENCIES
from pos_app.engine.api.access import TOKEN_COOKIE, Access, NotAuthenticated, TheEngine
from pos_app.engine.api.answers import KEY_REFUSED, UNPROCESSABLE, refused
from pos_app.engine.api.schemas import ConversionBody, Login, Rate, Token
from pos_app.engine.api.units import no_rates
from pos_app.payments.models import HealthAnswer, WalletAnswer

TOKEN_LIFE_S = 30 * 24 * 3600

router = APIRouter(tags=["neighbours"])


@router.get("/wallet", responses=KEY_REFUSED, response_model_exclude_none=True)
async def wallet(engine: TheEngine, access: Access) -> WalletAnswer:
    """The wallet of the key; its id is told to the admin key only."""
    return WalletAnswer(
        name=access.wallet.name,
        balance=(await engine.ledger.balance(access.wallet.id)).value,
        id=access.wallet.id if access.may_pay else None,
    )


@router.get("/currencies")
async def currencies() -> list[str]:
    return list(CURRENCIES)


@router.get("/rate/{code}", response_model=Rate, responses=UNPROCESSABLE | refused(400))
async def rate(_code: Annotated[str, Path(alias="code")]) -> None:
    """What a currency's unit is worth; refused while there is no source of exchange rates."""
    no_rates()


@router.post("/conversion", response_model=dict[str, float], responses=UNPROCESSABLE | refused(400))
async def conversion(_body: ConversionBody) -> None:
    """An amount in other units; refused while there is no source of exchange rates."""
    no_rates()


@router.get("/health")
async def health(engine: TheEngine) -> HealthAnswer:
    """Whether the engine runs, whose money it holds, and whether money can be received now."""
    up_s = int(engine.clock.monotonic_s() - engine.opened_monotonic_s)
    return HealthAnswer(
        server_time=int(engine.clock.time_s()),
        up_time=f"{up_s // 3600:02}:{up_s // 60 % 60:02}:{up_s % 60:02}",
        network=engine.network,
        practice=engine.practice,
        source=engine.source.name if engine.source else None,
        source_ok=await engine.ledger.source_ok(),
    )


@router.post("/auth", responses=UNPROCESSABLE | refused(401))
async def log_in(engine: TheEngine, body: Login, response: Response) -> Token:
    """A user's token, as the answer and as a cookie."""
    user = await engine.accounts.authenticate(body.username, body.password)
    if user is None:
        raise NotAuthenticated("Invalid credentials.")
    token = await engine.accounts.create_token(user, lifetime_s=TOKEN_LIFE_S)
    response.set_cookie(TOKEN_COOKIE, token, max_age=TOKEN_LIFE_S, httponly=True, samesite="strict")
    return Token(access_token=token)

"""Sums over time: the history of a wallet, and what users see of their wallets."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Response

from pos_app.core.clock import utc
from pos_app.core.money import MSAT_PER_SAT, Msat
from pos_app.engine.api.access import Access, TheEngine, VisibleWallets
from pos_app.engine.api.answers import KEY_REFUSED, UNPROCESSABLE, json_response, refused
from pos_app.engine.api.parameters import LISTING_DOCS, Listing
from pos_app.engine.api.schemas import CountAnswer, DailyAnswer, HistoryAnswer, WalletStatsAnswer
from pos_app.engine.store.queries import CountBy, Group
from pos_app.engine.wire import payments_json
from pos_app.payments.models import PaymentPage

router = APIRouter(prefix="/payments", tags=["statistics"])
_USER_REFUSED = UNPROCESSABLE | refused(401)


@router.get("/history", responses=KEY_REFUSED, openapi_extra=LISTING_DOCS)
async def history(engine: TheEngine, access: Access, query: Listing, group: Group = Group.DAY) -> list[HistoryAnswer]:
    """Income, spending and balance for each hour, day or month that has payments; never paged."""
    points = await engine.ledger.history(replace(query, wallet_ids=(access.wallet.id,)), group)
    return [
        HistoryAnswer(
            date=utc(point.start_s),
            income=point.income.value,
            spending=point.spending.value,
            balance=point.balance.value,
        )
        for point in points
    ]


@router.get("/stats/count", responses=_USER_REFUSED, openapi_extra=LISTING_DOCS)
async def count(
    engine: TheEngine, wallets: VisibleWallets, query: Listing, count_by: CountBy = CountBy.TAG
) -> list[CountAnswer]:
    """How many payments of each kind; those without one are under the empty text."""
    counts = await engine.ledger.count_by(replace(query, wallet_ids=wallets), count_by)
    return [CountAnswer(field=name, total=total) for name, total in sorted(counts.items())]


@router.get("/stats/wallets", responses=_USER_REFUSED, openapi_extra=LISTING_DOCS)
async def wallet_stats(engine: TheEngine, wallets: VisibleWallets, query: Listing) -> list[WalletStatsAnswer]:
    """Balance and number of payments of each wallet that has any, the fewest first; never paged."""
    return [
        WalletStatsAnswer(
            wallet_id=stats.wallet_id,
            wallet_name=stats.wallet_name,
            user_id=stats.user_id,
            payments_count=stats.payments_count,
            balance=stats.balance.value,
        )
        for stats in await engine.ledger.wallet_stats(replace(query, wallet_ids=wallets))
    ]


@router.get("/stats/daily", responses=_USER_REFUSED, openapi_extra=LISTING_DOCS)
async def daily(engine: TheEngine, wallets: VisibleWallets, query: Listing) -> list[DailyAnswer]:
    """One row for every UTC day from the first payment to the last; never paged."""
    return [
        DailyAnswer(
            date=utc(point.start_s),
            balance=_whole_sat(point.balance),
            balance_in=_whole_sat(point.balance_in),
            balance_out=_whole_sat(point.balance_out),
            payments_count=point.count_in + point.count_out,
            count_in=point.count_in,
            count_out=point.count_out,
            fee=_whole_sat(point.fee),
        )
        for point in await engine.ledger.daily(replace(query, wallet_ids=wallets))
    ]


@router.get("/all/paginated", response_model=PaymentPage, responses=_USER_REFUSED, openapi_extra=LISTING_DOCS)
async def list_all(engine: TheEngine, wallets: VisibleWallets, query: Listing) -> Response:
    """The payments of all wallets that the user may see, failed ones too."""
    rows, total = await engine.ledger.page(replace(query, wallet_ids=wallets))
    return json_response(f'{{"data": {payments_json(rows)}, "total": {total}}}')


def _whole_sat(amount: Msat) -> int:
    """Rounded down."""
    return amount.value // MSAT_PER_SAT

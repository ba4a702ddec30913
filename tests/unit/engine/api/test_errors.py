"""When the engine itself is in trouble: it says so, logs it, and tells nothing that is nobody's business."""

from __future__ import annotations

import httpx
import pytest

from pos_app.config.database import DatabaseBusy, DiskFull
from pos_app.core.errors import PosError
from pos_app.core.money import Msat
from pos_app.engine.ledger.ledger import Ledger
from tests.conftest import LogWatch
from tests.support.shop_engine import Shop


async def balance_fails_with(shop: Shop, error: Exception, monkeypatch: pytest.MonkeyPatch) -> httpx.Response:
    async def balance(_: Ledger, __: str) -> Msat:
        raise error

    wallet = await shop.wallet()
    monkeypatch.setattr(Ledger, "balance", balance)
    transport = httpx.ASGITransport(shop.engine.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://engine.invalid") as http:
        return await http.get("/api/v1/wallet", params={"api-key": wallet.admin_key})


async def test_a_bug_is_a_500_without_its_secrets(
    own_shop: Shop, monkeypatch: pytest.MonkeyPatch, expect_log: LogWatch
) -> None:
    expect_log.expect("pos_app.engine.api", "GET /wallet failed")
    answer = await balance_fails_with(own_shop, RuntimeError("a secret"), monkeypatch)
    assert (answer.status_code, answer.json()) == (500, {"detail": "Unexpected error."})


@pytest.mark.parametrize("error", [DiskFull("The disk is full.", "Free some space."), DatabaseBusy("It is in use.")])
async def test_a_disk_in_trouble_is_a_503_in_words(
    own_shop: Shop, monkeypatch: pytest.MonkeyPatch, expect_log: LogWatch, error: PosError
) -> None:
    expect_log.expect("pos_app.engine.api", f"/wallet: {error}")
    answer = await balance_fails_with(own_shop, error, monkeypatch)
    assert (answer.status_code, answer.json()) == (503, {"detail": str(error)})

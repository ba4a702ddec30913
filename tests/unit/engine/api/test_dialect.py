"""Our engine speaks the dialect that real servers speak: the same tests run against them in `tests/peer`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.dialect import Api, DialectTests
from tests.support.shop_engine import open_shop


class TestOurEngine(DialectTests):
    @pytest.fixture
    async def api(self, tmp_path: Path) -> AsyncIterator[Api]:
        async with open_shop(tmp_path, "http") as shop:
            till, payer = await shop.wallet(sat=1000), await shop.wallet(sat=1_000_000)
            assert shop.url is not None
            keys = (till.invoice_key, till.admin_key, payer.invoice_key, payer.admin_key)
            yield Api(shop.url, shop.http, till.id, *keys)

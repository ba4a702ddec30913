"""The tests that our engine passes (`tests.support.dialect`) against real LNbits servers: it is the real dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.dialect import Api, DialectTests
from tests.support.lnbits import LnbitsServer


@pytest.mark.peer
class TestRealServers(DialectTests):
    @pytest.fixture
    async def api(self, lnbits: LnbitsServer) -> AsyncIterator[Api]:
        shop, payer = lnbits.wallet_one, lnbits.wallet_two
        keys = (shop.invoice_key, shop.admin_key, payer.invoice_key, payer.admin_key)
        async with httpx.AsyncClient(base_url=f"{lnbits.url}/api/v1", trust_env=False, timeout=30) as http:
            yield Api(lnbits.url, http, shop.id, *keys)

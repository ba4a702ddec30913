"""`/openapi.json` is true: what is answered is described, what is not allowed is refused, and nothing ends in a 500."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Queue
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from pos_app.engine.ledger import brake
from tests.support.drills import rounds
from tests.support.shop_engine import open_shop

EXAMPLES = rounds(5, 200)
CANNOT_BE_WRONG = ["/api/v1/currencies", "/api/v1/health", "/api/v1/rate/{code}", "/api/v1/payments/{payment_hash}"]
"""Take nothing, or any text."""


@dataclass
class Served:
    url: str
    headers: dict[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An engine in a thread of its own, with an admin key that has money, and an admin's token."""
    ready: Queue[tuple[Served, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()

    async def run() -> None:
        stop = asyncio.Event()
        async with open_shop(tmp_path_factory.mktemp("served"), "http") as shop:
            wallet = await shop.wallet(sat=1000)
            user = await shop.engine.accounts.create_user("Carl", is_admin=True)
            headers = wallet.pays | {"Authorization": f"Bearer {await shop.engine.accounts.create_token(user)}"}
            assert shop.url is not None
            await asyncio.gather(*(shop.engine.accounts.wallets() for _ in range(8)))
            await asyncio.gather(*(shop.network.invoice("") for _ in range(8)))
            ready.put((Served(shop.url, headers), asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(brake, "FREE", 1_000_000)  # a stranger who guesses is slowed down; here he asks on
        thread.start()
        served, loop, stop = ready.get(timeout=30)
        yield served
        loop.call_soon_threadsafe(stop.set)
        thread.join()


@pytest.mark.drill
@pytest.mark.parametrize("mode", GenerationMode)
def test_no_500_and_no_answer_that_is_not_described(served: Served, mode: GenerationMode) -> None:
    """520 is the API's own word for a payment that was refused, so the general check for 5xx is replaced.

    Well-formed requests may be refused, and some answers differ without a key by design: those checks are left out.
    """
    api = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    left_out = [not_a_server_error, positive_data_acceptance, ignored_auth]
    if mode is GenerationMode.NEGATIVE:
        api = api.exclude(path=CANNOT_BE_WRONG)
    for operation in (found.ok() for found in api.get_all_operations()):

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        def check(case: Any) -> None:
            answer = case.call(headers=served.headers)
            assert answer.status_code < 500 or answer.status_code == 520, answer.text
            case.validate_response(answer, excluded_checks=left_out)

        check()

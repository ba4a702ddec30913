from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pos_app.app import House
from pos_app.cli import sell
from pos_app.cli.main import main, parser
from pos_app.cli.sell import _ENDS, _Selling
from pos_app.config.database import Database
from pos_app.config.folders import Folders
from pos_app.core import bolt11
from pos_app.core.money import Sat
from pos_app.practice.customer import LATE_S
from pos_app.till.counter import Counter
from pos_app.till.death import GRACE_S
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleChanged
from tests.support.clock import ManualClock
from tests.unit.cli.conftest import INVOICE_KEY, Said, closed_port, lnbits

EXPIRY_S = 30
LONGEST_POLL_S = 10


def test_every_state_has_an_end() -> None:
    assert set(_ENDS) == set(SaleState)


def test_a_practice_sale_is_paid_and_told_as_one_object(said: Said, data_dir: list[str]) -> None:
    words = ["sell", "--sat", "21", "--memo", "Two teas", "--practice-pays", "now", "--json", *data_dir]
    assert main(words) == 0
    out, err = said()
    result = json.loads(out)
    assert (result["state"], result["exit"], result["amount_sat"], result["received_sat"]) == ("paid", 0, 21, 21)
    assert (result["memo"], result["practice"]) == ("Two teas", True)
    invoice = bolt11.decode(result["bolt11"])
    assert (invoice.payment_hash, invoice.amount) == (result["payment_hash"], Sat(21).to_msat())
    assert result["reference"] in (invoice.description or "")
    assert result["bolt11"] in err

    assert main(["sale", result["payment_hash"], "--json", *data_dir]) == 0
    assert json.loads(said()[0])["state"] == "paid"


def test_in_words_the_invoice_the_code_and_the_end_are_printed(said: Said, data_dir: list[str]) -> None:
    assert main([*data_dir, "sell", "--sat", "21", "--practice-pays", "now"]) == 0
    out, _ = said()
    lines = out.splitlines()
    assert bolt11.decode(lines[0]).amount == Sat(21).to_msat()
    assert "█" in lines[5]
    assert lines[-1].endswith("21 sat of practice money: paid.")


def test_an_engine_without_a_source_refuses_and_says_why(said: Said, data_dir: list[str]) -> None:
    assert main(["sell", "--sat", "21", "--api", "embedded", "--json", *data_dir]) == 1
    out, err = said()
    assert "no funding source" in json.loads(out)["error"]
    assert "lnbc" not in err


def test_an_api_that_is_away_ends_with_5(said: Said, data_dir: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POS_INVOICE_KEY", "5" * 32)
    url = f"http://127.0.0.1:{closed_port()}"
    assert main(["sell", "--sat", "21", "--api", url, "--json", *data_dir]) == 5
    assert json.loads(said()[0])["exit"] == 5


def test_an_answer_that_stays_lost_ends_with_5_and_no_code_was_shown(
    said: Said, data_dir: list[str], typed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sell, "LOST_S", 0.0)
    typed(INVOICE_KEY)
    with lnbits() as server:
        assert main(["connect", server.url, *data_dir]) == 0
        said()
        assert main(["sell", "--sat", "21", "--json", *data_dir]) == 5
    out, err = said()
    assert json.loads(out)["exit"] == 5
    assert "lnbc" not in err


def test_a_server_that_was_never_connected_has_no_key(said: Said, data_dir: list[str]) -> None:
    assert main(["sell", "--sat", "21", "--api", "https://lnbits.example/", *data_dir]) == 1
    assert "pos-app connect https://lnbits.example\n" in said()[1]


def test_the_practice_customer_pays_in_practice_only(said: Said, data_dir: list[str]) -> None:
    assert main(["sell", "--sat", "21", "--api", "embedded", "--practice-pays", "now", *data_dir]) == 2
    assert "--practice-pays" in said()[1]


def test_a_sale_that_is_not_in_these_books_is_said(said: Said, data_dir: list[str]) -> None:
    assert main(["sale", "ab" * 32, *data_dir]) == 1
    assert "no sale with this invoice" in said()[1]


class DiskClock(ManualClock):
    """As ManualClock, and disk work is done before time goes on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._work: set[Future[Any]] = set()
        for name in ("_submit", "_submit_read"):
            monkeypatch.setattr(Database, name, self._noted(getattr(Database, name)))

    def _noted(self, submit: Callable[[Database, Any], Future[Any]]) -> Callable[[Database, Any], Future[Any]]:
        def noted(database: Database, work: Any) -> Future[Any]:
            future = submit(database, work)
            self._work.add(future)
            future.add_done_callback(self._work.discard)
            return future

        return noted

    async def settle(self, turns: int = 20) -> None:
        while True:
            await super().settle(turns)
            if not self._work:
                return
            await asyncio.wait([asyncio.wrap_future(future) for future in list(self._work)])


class Shop:
    """Sells from the command line on a clock that stands still until a test moves it."""

    counter: Counter

    def __init__(self, folder: Path, clock: DiskClock) -> None:
        self.clock = clock
        self._folders = Folders.of(folder)

    @asynccontextmanager
    async def selling(self, *words: str) -> AsyncIterator[tuple[asyncio.Task[int], asyncio.Event]]:
        """A sale whose invoice is shown, and the event that Ctrl-C sets."""
        options = parser().parse_args(["sell", "--sat", "21", "--json", *words])
        interrupted = asyncio.Event()
        async with House(self._folders, "practice", expiry_s=EXPIRY_S, clock=self.clock) as house:
            self.counter = house.counter
            sale = asyncio.create_task(_Selling(house, options, interrupted).run())
            await self.clock.settle()
            yield sale, interrupted


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(tmp_path / "shop", DiskClock(monkeypatch))


async def test_an_invoice_that_nobody_pays_expires_when_it_is_provably_dead(shop: Shop, said: Said) -> None:
    async with shop.selling("--practice-pays", "never") as (sale, _):
        await shop.clock.advance(EXPIRY_S + GRACE_S - 1)
        assert not sale.done()
        await shop.clock.advance(LONGEST_POLL_S + 1)
        assert await sale == 3
    assert json.loads(said()[0])["state"] == "expired"


async def test_money_that_comes_late_is_not_missed(shop: Shop, said: Said) -> None:
    async with shop.selling("--practice-pays", "late") as (sale, _):
        await shop.clock.advance(EXPIRY_S + LATE_S - 1)
        assert not sale.done()
        await shop.clock.advance(LONGEST_POLL_S + 1)
        assert await sale == 0
    assert json.loads(said()[0])["received_sat"] == 21


async def test_a_code_that_was_shown_may_be_paid_also_while_no_other_can_be_made(shop: Shop, said: Said) -> None:
    async with shop.selling() as (sale, interrupted):
        (view,) = await shop.counter.recent()
        shop.counter._tell(SaleChanged(replace(view, phase=Phase.NO_CODE, invoice=None)))
        await shop.clock.settle()
        assert not sale.done()
        interrupted.set()
        assert await sale == 4
    assert json.loads(said()[0])["payment_hash"]


async def test_ctrl_c_cancels_and_nobody_can_pay_any_more(shop: Shop, said: Said) -> None:
    async with shop.selling() as (sale, interrupted):
        interrupted.set()
        assert await sale == 4
    assert json.loads(said()[0])["state"] == "cancelled"

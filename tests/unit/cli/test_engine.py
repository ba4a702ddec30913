from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pos_app.app import open_engine
from pos_app.cli.engine import _sat
from pos_app.cli.main import main
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock
from pos_app.core.clock import SystemClock
from pos_app.core.money import Sat
from pos_app.engine.ledger.rules import NewInvoice
from pos_app.practice.customer import PayMode
from tests.conftest import LogWatch
from tests.support.clock import ManualClock
from tests.unit.cli.conftest import Said


@pytest.fixture
def engine(said: Said, data_dir: list[str]) -> Callable[..., Any]:
    """Runs an engine command and reads its one JSON object."""

    def run(*words: str, code: int = 0) -> Any:
        assert main(["engine", *words, "--json", *data_dir]) == code
        return json.loads(said()[0])

    return run


def test_wallets_users_tokens_credit_and_audit(engine: Callable[..., Any], tmp_path: Path) -> None:
    with OwnerLock(Folders.of(tmp_path / "shop").engine(practice=True), "the till"):  # they work beside it
        user = engine("create-user", "ann", "--no-password")
        assert set(user) == {"id", "name"}
        wallet = engine("create-wallet", "Bar", "--owner", "ann")
        assert set(wallet) == {"id", "name", "admin_key", "invoice_key"}
        assert len(engine("create-token", user["id"])["token"]) >= 32
        assert engine("credit", "Bar", "500")["balance_msat"] == 500_000
        assert engine("wallets") == {
            "wallets": [{"id": wallet["id"], "name": "Bar", "user_id": user["id"], "balance_msat": 500_000}]
        }
        audit = engine("audit")
    assert (audit["payments"], audit["balance_msat"], audit["differences"]) == (1, 500_000, [])


def test_in_words_the_engine_says_that_its_money_is_practice(said: Said, data_dir: list[str]) -> None:
    assert main(["engine", "create-wallet", "Bar", *data_dir]) == 0
    out, err = said()
    assert "admin key" in out
    assert "no real money" in err
    assert main(["engine", "credit", "Bar", "3", *data_dir]) == 0
    assert main(["engine", "audit", *data_dir]) == 0
    assert "The books agree." in said()[0]


def test_a_password_comes_from_standard_input(
    engine: Callable[..., Any], typed: Callable[[str], None], said: Said, data_dir: list[str]
) -> None:
    typed("correct horse\n")
    assert engine("create-user", "ben")["name"] == "ben"
    typed("")
    assert main(["engine", "create-user", "cid", *data_dir]) == 1
    assert "No password" in said()[1]


def test_what_is_not_there_is_said(engine: Callable[..., Any]) -> None:
    assert engine("credit", "Nobody", "5", code=1)["error"] == "Wallet not found."
    assert engine("create-token", "nobody", code=1)["error"] == "User not found."
    engine("create-wallet", "Bar")
    assert engine("claim", "ab" * 32, "Bar", code=1)["error"]


def test_a_served_engine_has_one_owner_and_listens_here_only(said: Said, data_dir: list[str], tmp_path: Path) -> None:
    with OwnerLock(Folders.of(tmp_path / "shop").engine(practice=True), "the till"):
        assert main(["engine", "serve", "--port", "0", *data_dir]) == 7
    assert main(["engine", "serve", "--port", "0", "--host", "0.0.0.0", *data_dir]) == 1
    assert "127.0.0.1" in said()[1]


@pytest.mark.parametrize(("msat", "text"), [(0, "0"), (21_000, "21"), (1_001, "1.001"), (-2_500, "-2.500")])
def test_millisatoshis_are_read_as_satoshis(msat: int, text: str) -> None:
    assert _sat(msat) == text


def test_money_that_the_ledger_lacks_is_listed_and_claimed(
    engine: Callable[..., Any], data_dir: list[str], expect_log: LogWatch
) -> None:
    """The engine's file is an older one than what its source knows: the audit says so, and `claim` books it."""
    expect_log.expect("pos_app.engine", "unclaimed money")
    folders = Folders.of(Path(data_dir[1]))
    engine("create-wallet", "Bar")
    folder = folders.engine(practice=True)
    older = folder.with_name("older")
    shutil.copytree(folder, older)

    async def sell() -> str:
        async with open_engine(folders, SystemClock(), practice=True) as (opened, room):
            assert room is not None
            opened.ledger.start()
            wallet = await opened.accounts.wallet("Bar")
            invoice = await opened.ledger.create_invoice(wallet, NewInvoice(Sat(700).to_msat()))
            await room.customer.pay(invoice.bolt11, PayMode.NOW)
            return invoice.payment_hash

    async def listen() -> None:
        clock = ManualClock(SystemClock().time_s())
        async with open_engine(folders, clock, practice=True) as (opened, _), asyncio.timeout(20):
            opened.ledger.start()
            while not await opened.ledger.unclaimed():
                await clock.advance(1)

    payment_hash = asyncio.run(sell())
    shutil.rmtree(folder)
    older.rename(folder)
    asyncio.run(listen())

    audit = engine("audit")
    (unclaimed,) = audit["unclaimed"]
    assert (unclaimed["payment_hash"], unclaimed["amount_msat"]) == (payment_hash, 700_000)
    assert audit["differences"] == []
    booked = engine("claim", payment_hash, "Bar")
    assert (booked["amount_sat"], booked["balance_msat"]) == (700, 700_000)
    assert engine("audit")["unclaimed"] == []
    assert "no unclaimed money" in engine("claim", payment_hash, "Bar", code=1)["error"]

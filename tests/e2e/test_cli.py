"""Each family of commands once, as processes; what they do in detail is tested in tests/unit/cli."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from urllib.request import Request, urlopen

from pos_app.core import bolt11
from pos_app.core.money import Sat
from tests.e2e.conftest import PATIENCE_S, Shop

SHOWN = "Waiting for the payment."


def test_a_sale_is_sold_paid_and_found_again(shop: Shop) -> None:
    sold = shop.run("sell", "--sat", "21", "--memo", "tea", "--practice-pays", "now", "--json")
    assert (sold.code, sold.json["state"], sold.json["practice"]) == (0, "paid", True)
    assert bolt11.decode(sold.json["bolt11"]).amount == Sat(21).to_msat()
    found = shop.run("sale", sold.json["payment_hash"], "--json")
    assert (found.code, found.json["number"], found.json["received_sat"]) == (0, 1, 21)


def test_ctrl_c_cancels_and_a_sale_is_asked_for_beside_its_owner(shop: Shop) -> None:
    selling = shop.begin("sell", "--sat", "21", "--json")
    invoice = bolt11.decode(selling.line("lnbcrt"))
    selling.line(SHOWN)
    beside = shop.run("sale", invoice.payment_hash, "--json")
    assert (beside.code, beside.json["state"]) == (6, "open")
    selling.signal(signal.SIGINT)
    ended = selling.end()
    assert (ended.code, ended.json["state"]) == (4, "cancelled")


def test_a_killed_sale_is_open_and_can_still_be_decided(shop: Shop) -> None:
    selling = shop.begin("sell", "--sat", "21", "--json")
    invoice = bolt11.decode(selling.line("lnbcrt"))
    selling.line(SHOWN)
    selling.signal(signal.SIGKILL)
    selling.end()
    found = shop.run("sale", invoice.payment_hash, "--json")
    assert (found.code, found.json["state"]) == (6, "open")


def test_one_till_serves_and_another_sells_through_it_and_never_loads_practice(shops: Callable[[str], Shop]) -> None:
    engine, till = shops("engine"), shops("till")
    serving = engine.begin("engine", "serve", "--port", "0")
    assert serving.process.stdout is not None
    url = serving.process.stdout.readline().removeprefix("listening on ").strip()
    wallet = engine.run("engine", "create-wallet", "Shop", "--json").json
    customer = engine.run("engine", "create-wallet", "Customer", "--json").json
    assert engine.run("engine", "credit", "Customer", "100").code == 0

    refused = till.run("connect", url, typed=wallet["admin_key"])
    assert (refused.code, "the till needs only the invoice key" in refused.err.lower()) == (1, True)
    connected = till.run("connect", url, "--json", typed=wallet["invoice_key"])
    assert (connected.code, connected.json["network"], connected.json["practice"]) == (0, "regtest", True)
    assert till.run("doctor").code == 0

    selling = till.begin("sell", "--sat", "21", "--json")
    pay(url, customer["admin_key"], selling.line("lnbcrt"))
    sold = selling.end()
    assert (sold.code, sold.json["state"]) == (0, "paid")
    assert engine.run("engine", "audit").code == 0
    assert "practice" not in loaded(till, "sale", sold.json["payment_hash"])

    serving.signal(signal.SIGTERM)
    assert serving.end().code == 0
    away = till.run("sell", "--sat", "21", "--json")
    assert (away.code, away.json["exit"]) == (5, 5)
    secrets = (wallet["invoice_key"], wallet["admin_key"], customer["admin_key"])
    for file in [*engine.folder.rglob("*.log"), *till.folder.rglob("*.log"), *till.folder.rglob("*.toml")]:
        assert not [secret for secret in secrets if secret in file.read_text()], file


def pay(url: str, admin_key: str, invoice: str) -> None:
    """As a customer's wallet on the same server."""
    body = f'{{"out": true, "bolt11": "{invoice}"}}'.encode()
    headers = {"X-Api-Key": admin_key, "Content-Type": "application/json"}
    with urlopen(Request(f"{url}/api/v1/payments", body, headers), timeout=PATIENCE_S) as answer:
        assert answer.status == 201


def loaded(shop: Shop, *words: str) -> set[str]:
    """Which rooms of the program a command loads."""
    script = (
        "import sys\n"
        "from pos_app.cli.main import main\n"
        f"code = main({[*words, '--data-dir', str(shop.folder)]!r})\n"
        "print(*{name.split('.')[1] for name in sys.modules if name.startswith('pos_app.')}, file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_S, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())

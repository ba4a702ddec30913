"""One owner for each data folder: a second copy says so and ends, and a killed owner keeps nobody out."""

from __future__ import annotations

import signal

import pytest

from pos_app.config.folders import Folders
from tests.e2e.conftest import Shop


@pytest.mark.parametrize("words", [["sell", "--sat", "5"], [], ["demo"]], ids=["sell", "window", "demo"])
def test_a_second_copy_says_so_and_ends(shop: Shop, words: list[str]) -> None:
    selling = shop.begin("sell", "--sat", "21")
    selling.line("Waiting for the payment.")
    second = shop.run(*words)
    assert second.code == 7
    assert "The till is running: sell (process " in second.err
    selling.signal(signal.SIGKILL)
    selling.end()
    if words[:1] == ["sell"]:
        assert shop.run(*words, "--practice-pays", "now").code == 0


def test_a_window_ends_in_order_when_it_is_told_to(shop: Shop) -> None:
    window = shop.begin("--practice")
    log = Folders.of(shop.folder).log_file
    while not log.exists():  # it is begun after the first paint
        assert window.process.poll() is None
    assert "the window" in shop.run("sell", "--sat", "5").err
    window.signal(signal.SIGTERM)
    assert window.end().code == 0
    assert shop.run("sell", "--sat", "5", "--practice-pays", "now").code == 0


def test_a_served_engine_is_not_opened_a_second_time(shop: Shop) -> None:
    serving = shop.begin("engine", "serve", "--port", "0")
    assert serving.process.stdout is not None
    serving.process.stdout.readline()
    second = shop.run("sell", "--sat", "5", "--json")
    assert (second.code, second.json["exit"]) == (7, 7)
    assert "engine serve" in second.json["error"]
    assert shop.run("engine", "wallets").code == 0

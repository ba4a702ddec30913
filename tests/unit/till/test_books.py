"""Which folder belongs to which API."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_app.core.bolt11 import Network
from pos_app.till.books import Books, embedded_books, practice_books, remote_books

DATA = Path("/data")
KEY = "0" * 32


def remote(url: str, key: str = KEY, network: Network = Network.MAINNET) -> Books:
    return remote_books(DATA, url, key, network)


def test_practice_real_and_remote_never_share_a_folder() -> None:
    books = [practice_books(DATA), embedded_books(DATA, Network.MAINNET), remote("https://a.example")]
    assert len({book.folder for book in books}) == 3
    assert [book.name for book in books] == ["Practice", "This computer", "https://a.example"]
    assert [book.wears_banner for book in books] == [True, False, False]


def test_another_network_than_mainnet_wears_the_banner() -> None:
    assert remote("https://a.example", network=Network.SIGNET).wears_banner


@pytest.mark.parametrize("url", ["https://A.example/", "https://a.example:443", "HTTPS://a.example"])
def test_the_same_server_written_in_another_way(url: str) -> None:
    assert remote(url).folder == remote("https://a.example").folder


@pytest.mark.parametrize(
    "url", ["http://a.example", "https://a.example:444", "https://b.example", "https://a.example/x"]
)
def test_another_server(url: str) -> None:
    assert remote(url).folder != remote("https://a.example").folder


def test_another_wallet_and_no_key_in_the_name() -> None:
    assert remote("https://a.example", "1" * 32).folder != remote("https://a.example").folder
    assert KEY not in str(remote("https://a.example").folder)


@pytest.mark.parametrize(
    ("url", "ours", "plain"),
    [
        ("https://a.example", False, False),
        ("http://192.168.1.5:5000", False, True),
        ("http://127.0.0.1:5000", True, False),
        ("http://[::1]:5000", True, False),
        ("http://localhost", True, False),
    ],
)
def test_whose_clock_and_how_open(url: str, ours: bool, plain: bool) -> None:
    assert (remote(url).shares_our_clock, remote(url).is_plain_http) == (ours, plain)


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://till-2.local:5000", True),
        ("https://Till-2", True),
        ("https://till-2.shop.example", True),
        ("http://0.0.0.0:5000", True),
        ("https://till.local", False),
        ("https://192.0.2.1", False),
        ("https://[2001:db8::1]", False),
    ],
)
def test_a_server_on_this_computer_by_its_name_in_the_network(
    url: str, ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart its clock would jump with ours, and "prove" that a living invoice is dead."""
    monkeypatch.setattr("socket.gethostname", lambda: "Till-2.lan")
    assert remote(url).shares_our_clock is ours
    assert remote(url).is_plain_http is url.startswith("http:")


def test_our_own_engines_share_our_clock() -> None:
    assert practice_books(DATA).shares_our_clock and embedded_books(DATA, Network.MAINNET).shares_our_clock

from __future__ import annotations

import getpass
import io
import json
import ssl
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from pos_app.cli.main import main
from pos_app.config.folders import Folders
from pos_app.config.settings import Settings, SettingsFile
from pos_app.core.bolt11 import Network
from tests.unit.cli.conftest import ADMIN_KEY, INVOICE_KEY, Said, lnbits

Typed = Callable[[str], None]


def settings(folder: Path) -> Settings:
    return SettingsFile(Folders.of(folder / "shop").settings_file).load()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A person at a terminal, who types the key when asked for it and then these lines."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def type_(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", Terminal(text))
        monkeypatch.setattr(getpass, "getpass", lambda _prompt: INVOICE_KEY)

    return type_


@pytest.fixture
def self_signed() -> ssl.SSLContext:
    """A server's certificate of an authority that nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_checked_server_is_kept_and_sold_through(
    typed: Typed, said: Said, data_dir: list[str], tmp_path: Path
) -> None:
    typed(f"{INVOICE_KEY}\n")
    with lnbits() as server:
        assert main(["connect", f"{server.url}/", "--json", *data_dir]) == 0
        result = json.loads(said()[0])
    assert (result["api"], result["wallet"], result["network"]) == (server.url, "Café", "mainnet")
    assert "keys.json" in result["key"]
    assert settings(tmp_path).api == server.url
    assert settings(tmp_path).remote(server.url).network is Network.MAINNET
    assert INVOICE_KEY not in Folders.of(tmp_path / "shop").settings_file.read_text()


def test_the_network_of_a_server_that_does_not_tell_it_can_be_named(
    typed: Typed, data_dir: list[str], tmp_path: Path
) -> None:
    typed(INVOICE_KEY)
    with lnbits() as server:
        assert main(["connect", server.url, "--network", "signet", *data_dir]) == 0
    assert settings(tmp_path).remote(server.url).network is Network.SIGNET


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (ADMIN_KEY, "The till needs only the invoice key."),
        ("0" * 32, "The server does not know this key."),
        ("", "No invoice key was given."),
    ],
)
def test_a_key_that_is_none_is_refused_and_nothing_is_kept(
    key: str, words: str, typed: Typed, said: Said, data_dir: list[str], tmp_path: Path
) -> None:
    typed(f"{key}\n")
    with lnbits() as server:
        assert main(["connect", server.url, *data_dir]) == 1
    assert words in said()[1]
    assert settings(tmp_path) == Settings()
    assert not Folders.of(tmp_path / "shop").keys.exists()


def test_plain_http_to_another_computer_needs_a_word(
    typed: Typed, terminal: Typed, said: Said, data_dir: list[str]
) -> None:
    typed(INVOICE_KEY)
    assert main(["connect", "http://lnbits.example", *data_dir]) == 1
    assert "--plain-http" in said()[1]
    terminal("no\n")
    assert main(["connect", "http://lnbits.example", *data_dir]) == 1
    assert "not encrypted" in said()[1]


def test_an_unknown_certificate_is_shown_and_pinned_on_confirmation(
    self_signed: ssl.SSLContext, terminal: Typed, said: Said, data_dir: list[str], tmp_path: Path
) -> None:
    with lnbits(self_signed) as server:
        url = server.url.replace("http:", "https:")
        terminal("no\n")
        assert main(["connect", url, *data_dir]) == 1
        terminal("yes\n")
        assert main(["connect", url, *data_dir]) == 0
        assert "SHA-256" in said()[1]
        assert main(["doctor", *data_dir]) == 0
    assert len(settings(tmp_path).remote(url).pin_sha256) == 64


def test_a_pin_can_be_said_beforehand(
    self_signed: ssl.SSLContext, typed: Typed, said: Said, data_dir: list[str]
) -> None:
    with lnbits(self_signed) as server:
        url = server.url.replace("http:", "https:")
        typed(INVOICE_KEY)
        assert main(["connect", url, *data_dir]) == 1
        pin = said()[1].rpartition("--pin ")[2].strip()
        typed(INVOICE_KEY)
        assert main(["connect", url, "--pin", pin, *data_dir]) == 0
        typed(INVOICE_KEY)
        assert main(["connect", url, "--pin", "ab" * 32, *data_dir]) == 1
        assert "another certificate" in said()[1]

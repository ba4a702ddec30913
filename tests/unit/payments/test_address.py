"""Addresses as people type them."""

from __future__ import annotations

import pytest

from pos_app.payments.address import parse
from pos_app.payments.errors import BadAddress, PlainHttp


@pytest.mark.parametrize(
    ("typed", "text", "host", "port"),
    [
        ("lnbits.example.com", "https://lnbits.example.com", "lnbits.example.com", 443),
        (" HTTPS://LNbits.Example.com/ ", "https://lnbits.example.com", "lnbits.example.com", 443),
        ("https://example.com:443", "https://example.com", "example.com", 443),
        ("https://example.com:8443/Pay/", "https://example.com:8443/Pay", "example.com", 8443),
        ("lnbits.example.com:5000", "https://lnbits.example.com:5000", "lnbits.example.com", 5000),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000", "127.0.0.1", 5000),
        ("http://localhost", "http://localhost", "localhost", 80),
        ("http://[::1]:5000/", "http://[::1]:5000", "::1", 5000),
        ("localhost:5000", "http://localhost:5000", "localhost", 5000),
    ],
)
def test_one_text_for_one_place(typed: str, text: str, host: str, port: int) -> None:
    address = parse(typed)

    assert (address.text, address.host, address.port) == (text, host, port)


def test_the_websocket_stands_beside() -> None:
    assert parse("https://example.com/x").websocket == "wss://example.com/x"
    assert parse("http://127.0.0.1:5000").websocket == "ws://127.0.0.1:5000"


@pytest.mark.parametrize("typed", ["http://lnbits.example.com", "http://192.168.1.7:5000", "http://127.0.0.1.example"])
def test_plain_http_to_another_computer_is_asked_about(typed: str) -> None:
    with pytest.raises(PlainHttp) as raised:
        parse(typed)
    assert raised.value.address == typed
    assert parse(typed, plain_http=True).text == typed


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "ftp://example.com",
        "https://user:secret@example.com",
        "https://example.com/wallet?usr=5173&wal=d10a",
        "https://example.com/#top",
        "https://exa mple.com",
        "https://example.com:99999",
        "https://.example.com",
        "mailto:owner@example.com",
    ],
)
def test_anything_else_is_no_address(typed: str) -> None:
    with pytest.raises(BadAddress) as raised:
        parse(typed)
    assert "secret" not in str(raised.value)
    assert "5173" not in str(raised.value)

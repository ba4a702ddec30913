from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.config import logs
from pos_app.config.logs import MASK, close_log, open_log, redact

KEY = "3f8a1c9be0d24756a1b2c3d4e5f60718"
PREIMAGE = "9c" * 32
LNURL = "LNURL1DP68GURN8GHJ7MRWW4EXCTNXD9SHG6NPVCHXXMMD9AKXUATJDSKHQCTE8AEK2UMND9HKU0"
MACAROON_HEX = "0201036c6e6402f801030a10" + "b3bf6906c1937139ac0684ac4417139d" * 3
MACAROON_BASE64 = "AgEDbG5kAvgBAwoQ3/I9f6kgSE6aUPd85lWpOBIBMBoWCgdhZGRyZXNzEgRyZWFk"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

SECRETS = [
    (f"wallet {KEY} opened", KEY),
    (f"headers {{'X-Api-Key': '{KEY[:20]}'}}", KEY[:20]),
    ("GET https://shop.example/api/v1/payments?api-key=short&limit=3", "short"),
    ("user 01234567-89ab-4cde-8f01-23456789abcd", "01234567-89ab-4cde-8f01-23456789abcd"),
    (f"settled with {PREIMAGE}", PREIMAGE),
    (f'{{"preimage": "{PREIMAGE}"}}', PREIMAGE[:8]),
    (f"card says lightning:{LNURL}", LNURL[9:]),
    (f"card says {LNURL.lower()}", LNURL.lower()[9:]),
    ("lnurlw://card.example/ln/x7Qp?p=A2EF40F6D46F1BB36E6EBF0114D4A464&c=F509EEA788E37E32", "x7Qp"),
    ("https://card.example/ln?p=A2EF40F6D46F1BB36E6EBF0114D4A464&c=F509EEA788E37E32", "F509EEA788E37E32"),
    ("tap p=A2EF40F6D46F1BB3 c=F509EEA788E37E32", "F509EEA788E37E32"),
    ("tap p=A2EF40F6D46F1BB3 c=F509EEA788E37E32", "A2EF40F6D46F1BB3"),
    ("{'c': 'F509EEA788E37E32'}", "F509EEA788E37E32"),
    ("asked with k1=abc123 and pr", "abc123"),
    (f"macaroon {MACAROON_HEX}", "b3bf6906c1937139"),
    (f"Grpc-Metadata-macaroon: {MACAROON_HEX}", MACAROON_HEX[:12]),
    (f"source says {MACAROON_BASE64}", MACAROON_BASE64[8:]),
    ("rune: k3vTj0JrjQ==", "k3vTj0JrjQ"),
    ("card wants PIN 4711", "4711"),
    ('{"pin": "4711"}', "4711"),
    ("pin=4711", "4711"),
    ("Authorization: Bearer abc.def-123", "abc.def-123"),
    ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("sent Bearer abc.def-123", "abc.def-123"),
    (f"token was {JWT}", "dBjftJeZ4CVP"),
    ("cookie_access_token=abc; path=/", "abc;"),
    ("password='hunter2'", "hunter2"),
    ("https://user:hunter2@shop.example/", "hunter2"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secrets_are_masked(text: str, secret: str) -> None:
    assert secret not in redact(text)
    assert "…" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "sale 12 paid: 21 sat in 0.3 s",
        "C:\\Users\\shop\\pos-app.log",
        "The server https://shop.example:8443/api answered 520",
        "invoice lnbcrt210n1p4syl56dq2vd expires in 600 s",
        "GET /api/v1/payments/paginated 200",
    ],
)
def test_plain_words_are_left_alone(text: str) -> None:
    assert redact(text) == text


def test_a_payment_hash_can_still_be_recognised() -> None:
    assert redact("hash " + "ab12cd34" * 8) == "hash ab12cd34…"


@given(st.text(max_size=80), st.sampled_from([text for text, _ in SECRETS]))
def test_masking_twice_changes_nothing_more(noise: str, text: str) -> None:
    once = redact(f"{noise} {text}")
    assert redact(once) == once


def test_the_file_is_private_rotates_and_masks_tracebacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "FILE_BYTES", 2_000)
    path = tmp_path / "state" / "pos-app.log"
    handler = open_log(path)
    try:
        for _ in range(20):
            try:
                raise ValueError(f"no wallet for {KEY}")
            except ValueError:
                logging.getLogger("pos_app.test").info("key: %s", KEY, exc_info=True)
                logging.getLogger("some.library").info("chatter")
    finally:
        close_log(handler)
    files = list(path.parent.iterdir())
    assert 2 <= len(files) <= logs.OLD_FILES + 1
    for file in files:
        assert KEY not in file.read_text()
        assert file.stat().st_mode & 0o777 == 0o600
    assert f"ValueError: no wallet for {MASK}" in path.read_text()
    assert "chatter" not in path.read_text()

"""The error table of the API, row by row, in both dialects, and what only looks like it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_app.core.errors import PosError, RetryableError, UserError
from pos_app.payments.answers import date_s, read, refusal
from pos_app.payments.errors import AnswerLost, NotLnbits, NotSetUp, Refused, WrongKey
from pos_app.payments.models import HealthAnswer, Payment, PaymentLook, PaymentPage
from pos_app.payments.transport import Answer
from tests.support.payments import wire_payment


def answer(status: int, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, httpx.Headers(headers), content)


PRINTED_LIST = "[{'loc': ('body', 'amount'), 'msg': 'value is not a valid float', 'type': 'type_error.float'}]"
TRUE_LIST = [{"loc": ["body", "amount"], "msg": "value is not a valid float", "type": "type_error.float"}]


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (401, {"detail": "No Api Key provided."}, WrongKey, "key"),
        (404, {"detail": "Wallet not found."}, WrongKey, "key"),
        (401, {"detail": "Invalid access token."}, WrongKey, "key"),
        (403, {"detail": "Invoice (or Admin) key required."}, Refused, "Invoice (or Admin) key required."),
        (403, {"detail": "Invalid adminkey."}, Refused, "Invalid adminkey."),
        (404, {"detail": "Payment does not exist."}, Refused, "Payment does not exist."),
        (400, {"detail": PRINTED_LIST}, Refused, "value is not a valid float"),
        (400, {"detail": TRUE_LIST}, Refused, "value is not a valid float"),
        (422, {"detail": TRUE_LIST}, Refused, "value is not a valid float"),
        (400, {"message": "Failed to decode: Bech32 string is not valid."}, Refused, "Failed to decode"),
        (520, {"detail": "Insufficient balance.", "status": "failed"}, Refused, "Insufficient balance."),
        (520, {"detail": "This invoice is already paid.", "status": "success"}, Refused, "already paid"),
        (520, {"detail": "Payment is still pending.", "status": "pending"}, AnswerLost, "pending"),
        (405, {"detail": "Method Not Allowed"}, Refused, "Method Not Allowed"),
        (500, {"detail": "unexpected"}, AnswerLost, "unexpected"),
        (520, {"detail": "The origin web server …", "status": 520, "title": "Error 520"}, AnswerLost, "origin"),
        (502, b"<html>Bad Gateway</html>", AnswerLost, "understood"),
        (403, b"<html>Forbidden</html>", AnswerLost, "understood"),
        (404, {"error": "nothing here"}, AnswerLost, "understood"),
        (404, ["Wallet not found."], AnswerLost, "understood"),
    ],
)
def test_a_row_of_the_table(status: int, body: object, error: type[PosError], words: str) -> None:
    meant = refusal(answer(status, body))

    assert type(meant) is error
    assert words in str(meant)


@pytest.mark.parametrize("location", ["/first_install", "http://127.0.0.1:5000/first_install", "/sub/first_install/"])
def test_a_server_that_was_never_set_up(location: str) -> None:
    assert isinstance(refusal(answer(307, b"", Location=location)), NotSetUp)


@pytest.mark.parametrize("location", ["", "/login", "https://portal.example/?to=/first_install", "http://[bad"])
def test_other_redirects_are_not_lnbits(location: str) -> None:
    assert isinstance(refusal(answer(302, b"", Location=location)), NotLnbits)


@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b"[]", b"{}", b'{"paid": true', b"[" * 100_000, b"\xff\xfe"])
def test_a_success_that_is_not_the_api_is_an_answer_lost(body: bytes) -> None:
    with pytest.raises(AnswerLost):
        read(answer(201, body), Payment)


def test_a_success() -> None:
    assert read(answer(201, wire_payment(21)), Payment).amount == 21_000


def test_reasons_hold_no_links_and_no_tokens() -> None:
    told = (
        "Unexpected error: Callback not allowed. https://cards.example/path?p=00112233445566778899AABBCCDDEEFF&c=0011223344556677"
        " k1 8f3a8f3a8f3a8f3a lnurlw://cards.example?p=1 LNURL1DP68GURN8GHJ7UM9WFMXJCM99E3K7MF0V9CXJ0M3"
    )
    reason = str(refusal(answer(400, {"detail": told})))

    assert "https://cards.example/…" in reason
    for secret in ("00112233445566", "8f3a8f3a", "p=", "DP68G", "path"):
        assert secret not in reason


def test_a_reason_is_one_short_plain_line() -> None:
    reason = str(refusal(answer(400, {"detail": "a\n\x1b[31mb\u202ec" + "d" * 5000})))

    assert "\n" not in reason
    assert "\x1b" not in reason
    assert "\u202e" not in reason
    assert len(reason) < 300


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Sun, 22 Nov 2026 08:25:52 GMT", 1_795_335_952.0),
        ("", None),
        ("yesterday", None),
        ("Sun, 99 Nov 2026 08:25:52 GMT", None),
    ],
)
def test_the_clock_of_the_server(text: str, seconds: float | None) -> None:
    assert date_s(answer(200, b"", Date=text)) == seconds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NEARLY = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("detail", "message", "status", "paid", "details", "data", "total", "network"), JSON)
)


@settings(deadline=None)
@given(
    st.integers(200, 599),
    st.binary(max_size=50) | JSON.map(lambda v: json.dumps(v).encode()) | NEARLY.map(lambda v: json.dumps(v).encode()),
    st.sampled_from([Payment, PaymentPage, PaymentLook, HealthAnswer]),
)
def test_whatever_comes_is_a_model_or_an_error_of_ours(status: int, body: bytes, model: Any) -> None:
    try:
        read(answer(status, body), model)
    except (UserError, RetryableError) as error:
        assert len(str(error)) < 400

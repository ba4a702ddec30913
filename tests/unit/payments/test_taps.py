"""What an answer of `pay-with-nfc` says about the invoice, for each kind of server."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from pos_app.core.money import Msat
from pos_app.payments.errors import AnswerLost, Refused
from pos_app.payments.results import TapAnswer, TapOutcome, TapStep
from pos_app.payments.taps import tap_answer
from pos_app.payments.transport import Answer


def tapped(status: int, body: Any) -> TapAnswer:
    return tap_answer(Answer(status, httpx.Headers(), json.dumps(body).encode()))


@pytest.mark.parametrize(
    "body",
    [{"success": True, "detail": {"status": "OK"}}, {"success": True, "message": "Payment sent with NFC."}],
)
def test_success_is_pending_and_no_more(body: dict[str, Any]) -> None:
    answer = tapped(200, body)

    assert answer.ok
    assert answer.outcome is TapOutcome.PENDING


def dialects(reason: str) -> list[tuple[int, dict[str, Any]]]:
    return [(200, {"success": False, "detail": reason}), (400, {"detail": reason}), (400, {"message": reason})]


@pytest.mark.parametrize(
    "reason",
    [
        "Error loading LNURL request",
        "Invalid LNURL-withdraw",
        "LNURL-withdraw lud17 not provided.",
        "Amount 10000 not in range 1000 - 2000",
        "CMAC does not check.",
        "This link is already used.",
        "Max daily limit spent.",
        "Card is disabled.",
        "Unexpected error: Callback not allowed. URL: http://127.0.0.1/x. Netloc: 127.0.0.1.",
    ],
)
def test_a_reason_from_before_the_callback_is_a_decline(reason: str) -> None:
    for status, body in dialects(reason):
        answer = tapped(status, body)
        assert answer.outcome is TapOutcome.LIKELY_FAILED
        assert not answer.ok


@pytest.mark.parametrize(
    "reason",
    [
        "LNURL request failed.",
        "Error loading callback request",
        "Payment failed - Insufficient balance.",
        "Unexpected error: ",
        "bad request",
        "This link is already used. Or is it?",
        "",
    ],
)
def test_any_other_reason_leaves_open_whether_it_pays(reason: str) -> None:
    for status, body in dialects(reason):
        assert tapped(status, body).outcome is TapOutcome.UNKNOWN


@pytest.mark.parametrize("body", [{"success": "true"}, {"success": 1}, {}, {"success": None, "detail": "?"}])
def test_only_true_is_true(body: dict[str, Any]) -> None:
    assert tapped(200, body).outcome is TapOutcome.UNKNOWN


def test_success_of_an_error_status_is_none() -> None:
    assert tapped(400, {"success": True}).outcome is TapOutcome.UNKNOWN


def test_our_engine_tells_step_and_outcome() -> None:
    answer = tapped(400, {"detail": "no route to the card's host", "step": "connect", "outcome": "not_sent"})

    assert answer == TapAnswer(TapOutcome.NOT_SENT, "no route to the card's host", TapStep.CONNECT)


def test_our_engine_asks_for_a_pin() -> None:
    body = {
        "detail": "PIN",
        "step": "pin",
        "outcome": "not_sent",
        "pin_limit_msat": 50_000,
        "session": "secret-session",
    }

    answer = tapped(400, body)

    assert (answer.step, answer.session, answer.pin_limit) == (TapStep.PIN, "secret-session", Msat(50_000))
    assert "secret-session" not in repr(answer)


@pytest.mark.parametrize("odd", [{"step": "dance"}, {"outcome": "paid"}, {"outcome": None}, {"pin_limit_msat": "x"}])
def test_words_that_the_engine_does_not_have_leave_all_open(odd: dict[str, Any]) -> None:
    body = {"detail": "x", "step": "link", "outcome": "likely_failed"} | odd

    assert tapped(400, body) == TapAnswer(TapOutcome.UNKNOWN, "x")


def test_no_api_no_word() -> None:
    with pytest.raises(AnswerLost):
        tap_answer(Answer(200, httpx.Headers(), b"<html>"))
    with pytest.raises(AnswerLost):
        tapped(502, {"detail": "bad gateway"})
    with pytest.raises(Refused):
        tapped(404, {"detail": "Not Found"})

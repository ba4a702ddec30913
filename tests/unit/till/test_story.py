"""The journal in words: every row that the till writes has its words, and each way of a tap reads on its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pos_app.till
from pos_app.till import story
from pos_app.till.journal import JournalRow, Json
from pos_app.till.states import Cause
from pos_app.till.tap_states import TapCause
from pos_app.till.views import StoryLine, Tone


def told(kind: str, **facts: Json) -> StoryLine:
    (line,) = story.lines((JournalRow(12.5, kind, facts),))
    return line


def test_every_cause_has_its_words() -> None:
    assert set(story._TAP_MOVES) == set(TapCause) - {TapCause.READ, TapCause.LINK_ASKED}
    assert set(story._MOVES) == set(Cause) - {Cause.CHARGED, Cause.SETTLED, Cause.SETTLED_AFTER_VOID}


def test_every_kind_of_row_of_a_sale_has_its_words() -> None:
    sources = "".join(path.read_text() for path in Path(str(pos_app.till.__path__[0])).glob("*moves.py"))
    kinds = set(re.findall(r'_note\(\s*"(\w+)"', sources))
    assert len(kinds) > 8
    assert kinds <= set(story._TELL)


@pytest.mark.parametrize(
    ("facts", "words", "tone"),
    [
        ({"on": "settled", "to": "paid", "msat": 2_100_999}, "Paid: 2 100 sat arrived", Tone.PAID),
        ({"on": "settled", "to": "paid_late", "msat": 5000}, "Paid late: 5 sat arrived", Tone.PAID),
        ({"on": "settled", "to": "refund_due", "msat": 5000}, "5 sat arrived and are to be given back", Tone.ATTENTION),
        ({"on": "voided", "reason": "Goods back"}, "Voided: Goods back", Tone.PLAIN),
        ({"on": "refunded", "how": "Cash", "note": ""}, "Given back: Cash", Tone.PLAIN),
        ({"on": "charged", "sat": 2000, "tip_sat": 100}, "Sale of 2 100 sat begun", Tone.PLAIN),
    ],
)
def test_moves_of_a_sale(facts: dict[str, Json], words: str, tone: Tone) -> None:
    line = told("move", **facts)
    assert (line.words.replace("\N{NARROW NO-BREAK SPACE}", " "), line.tone, line.at_s) == (words, tone, 12.5)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"on": "read"}, "Card read"),
        ({"on": "read", "stored": 1}, "Card stored, not paid"),
        ({"on": "link_asked", "try": 1}, "Issuer asked"),
        ({"on": "link_asked", "try": 2}, "Issuer asked once more"),
        ({"on": "invoice_dead", "to": "captured"}, "The card's invoice ended"),
        ({"on": "invoice_dead", "to": "not_paid"}, "Not paid: the invoice that the card's issuer took has ended"),
        ({"on": "restarted", "to": "tap_lost"}, "The till was started anew"),
        ({"on": "restarted", "to": "unknown"}, "The till was started anew: the answer is lost. Checking"),
        ({"on": "refused", "reason": "Card not found."}, "Declined: “Card not found.”"),
        ({"on": "not_sent", "reason": "cannot be reached"}, "Not reached, nothing was sent"),
    ],
)
def test_moves_of_a_tap(facts: dict[str, Json], words: str) -> None:
    assert told("tap", tap="1", **facts).words == words


def test_a_live_card_that_was_stored_says_so_once() -> None:
    rows: list[tuple[str, dict[str, Json]]] = [
        ("tap", {"tap": "1", "on": "read"}),
        ("tap", {"tap": "1", "on": "bound"}),
        ("tap_stored", {"tap": "1"}),
        ("tap", {"tap": "1", "on": "link_asked", "try": 1}),
        ("tap", {"tap": "2", "on": "link_asked", "try": 1}),
    ]
    lines = story.lines(tuple(JournalRow(0, kind, facts) for kind, facts in rows))
    assert [line.words for line in lines] == [
        "Card read",
        "Card stored, not paid",
        "Line back, issuer asked",
        "Issuer asked",
    ]


@pytest.mark.parametrize(
    ("tries", "words"),
    [
        (
            1,
            ["Card read", "Card sent to the payments server", "Not reached, nothing was sent", "The card was given up"],
        ),
        (
            5,
            [
                "Card read",
                "Card sent to the payments server",
                "Not reached, nothing was sent",
                "Not reached 4 more times, nothing was sent",
                "The card was given up",
            ],
        ),
    ],
)
def test_tries_that_reached_nobody_are_counted(tries: int, words: list[str]) -> None:
    causes = ["read", *["given_to_api", "not_sent"] * tries, "voided"]
    rows = (JournalRow(float(at), "tap", {"tap": "1", "on": cause}) for at, cause in enumerate(causes))
    lines = story.lines(tuple(rows))
    assert [line.words for line in lines] == words
    assert lines[-2].at_s == 2 * tries


def test_a_row_that_this_version_does_not_know_is_left_out() -> None:
    assert story.lines((JournalRow(0, "of a later version", {}),)) == ()

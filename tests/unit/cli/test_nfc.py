"""`nfc list`, `nfc read`, and simulated cards of `sell`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from pos_app.cli.cards import MOST_BYTES
from pos_app.cli.common import Exit
from pos_app.cli.main import main
from pos_app.nfc import diagnose
from pos_app.nfc.diagnose import Diagnosis, Found, State
from pos_app.nfc.reader import NoReader
from pos_app.practice.cards import uri_message
from tests.unit.cli.conftest import Said, closed_port

P, C = "4E2E289D945A66BB13377A728884E867", "E19CCB1FED8892CE"
LINK = f"lnurlw://card.example/secret-path?p={P}&c={C}"


def read(said: Said, *words: str) -> dict[str, object]:
    assert main(["nfc", "read", "--json", *words]) == 0
    result: dict[str, object] = json.loads(said()[0])
    return result


def test_readers_are_listed_with_their_cure(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = Found("usb:054c:06c3", "Sony RC-S380", "nfcpy", State.BLOCKED, "No rights.", "Install the rule.")
    monkeypatch.setattr(diagnose, "diagnose", lambda: Diagnosis((blocked,), (NoReader(),)))
    assert main(["nfc", "list", "--json"]) == 0
    result = json.loads(said()[0])
    assert result["readers"][0]["id"] == "usb:054c:06c3"
    assert result["readers"][0]["cure"] == "Install the rule."
    assert result["problems"][0]["cure"]
    assert main(["nfc", "list"]) == 0
    assert "blocked" in said()[0]


def test_no_reader_is_said(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnose, "diagnose", lambda: Diagnosis((), ()))
    assert main(["nfc", "list"]) == 0
    assert said()[0].strip() == "No card reader is plugged in."


def test_nfc_alone_says_what_it_needs(said: Said) -> None:
    assert main(["nfc"]) == Exit.USAGE
    assert "nfc list" in said()[1]


def test_a_card_is_told_without_its_secrets(said: Said) -> None:
    result = read(said, "--simulate-card", LINK)
    assert (result["usable"], result["host"], result["one_time"]) == (True, "card.example", True)
    assert result["query"] == {"p": "…(32)", "c": "…(16)"}
    assert result["records"] == [{"kind": "uri", "length": len(LINK) + 1}]
    assert main(["nfc", "read", "--simulate-card", LINK]) == 0
    words = "".join(said())
    assert "card.example" in words
    assert not any(secret in words for secret in (P, C, "secret-path"))


def test_the_practice_card_is_a_bolt_card(said: Said) -> None:
    result = read(said, "--simulate-card")
    assert (result["usable"], result["one_time"], result["card"]) == (True, True, "Type4Tag")


class _Stdin(NamedTuple):
    buffer: io.BytesIO


@pytest.mark.parametrize("content", [LINK.encode(), f"{LINK}\n".encode(), uri_message(LINK)])
def test_a_file_or_standard_input_keeps_the_link_out_of_the_list_of_processes(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    file = tmp_path / "card"
    file.write_bytes(content)
    assert read(said, "--simulate-card", str(file))["host"] == "card.example"
    monkeypatch.setattr(sys, "stdin", _Stdin(io.BytesIO(content)))
    assert read(said, "--simulate-card", "-")["host"] == "card.example"


def test_a_card_that_cannot_pay_says_why(said: Said) -> None:
    result = read(said, "--simulate-card", "lnurlp://shop.example/x")
    assert result["usable"] is False
    assert "receive address" in str(result["reason"])


def test_an_internal_host_must_be_named(said: Said) -> None:
    link = "lnurlw://10.0.0.7:5000/card"
    assert read(said, "--simulate-card", link)["usable"] is False
    assert read(said, "--simulate-card", link, "--lnurl-allow", "10.0.0.7:5000")["usable"] is True


def test_a_card_without_a_message_is_an_error(said: Said, tmp_path: Path) -> None:
    file = tmp_path / "card"
    file.write_bytes(b"\x00")
    assert main(["nfc", "read", "--json", "--simulate-card", str(file)]) == Exit.ERROR
    assert json.loads(said()[0])["error"]


@pytest.mark.parametrize("word", ["no-such-file", ""])
def test_what_cannot_be_read_is_bad_usage(said: Said, word: str) -> None:
    assert main(["nfc", "read", "--simulate-card", word]) == Exit.USAGE


def test_no_card_holds_that_much(said: Said, tmp_path: Path) -> None:
    file = tmp_path / "card"
    file.write_bytes(bytes(MOST_BYTES + 1))
    assert main(["nfc", "read", "--simulate-card", str(file)]) == Exit.USAGE


def test_a_simulated_card_has_no_other_reader(said: Said) -> None:
    assert main(["nfc", "read", "--reader", "usb:054c:06c3", "--simulate-card"]) == Exit.USAGE


def test_sell_by_the_practice_card(said: Said, data_dir: list[str]) -> None:
    assert main([*data_dir, "sell", "--sat", "2100", "--practice", "--json", "--simulate-card"]) == 0
    out, err = said()
    result = json.loads(out)
    assert (result["state"], result["tender"], result["received_sat"]) == ("paid", "card", 2100)
    assert "Card read" in err


def test_a_card_that_does_not_pay_ends_the_sale(said: Said, data_dir: list[str]) -> None:
    words = [*data_dir, "sell", "--sat", "2100", "--practice", "--json", "--simulate-card", "lnurlp://shop.example/x"]
    assert main(words) == Exit.CANCELLED
    result = json.loads(said()[0])
    assert (result["state"], result["exit"]) == ("cancelled", 4)
    assert "receive address" in result["declined"]


def test_the_practice_card_pays_on_practice_books_only(said: Said, data_dir: list[str]) -> None:
    words = [*data_dir, "sell", "--sat", "1", "--api", f"http://127.0.0.1:{closed_port()}", "--simulate-card"]
    assert main(words) == Exit.ERROR
    assert "practice money" in said()[1]

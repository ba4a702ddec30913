from __future__ import annotations

from pathlib import Path

import pytest

from pos_app.cli.connect import NETWORKS
from pos_app.cli.main import options_of, parser
from pos_app.core.bolt11 import Network

HASH = "ab" * 32


@pytest.mark.parametrize(
    "words",
    [
        ["--data-dir", "D", "sell", "--sat", "21"],
        ["sell", "--data-dir", "D", "--sat", "21"],
        ["sell", "--sat", "21", "--data-dir", "D"],
        ["--data-dir", "D", "engine", "wallets"],
        ["engine", "--data-dir", "D", "wallets"],
        ["engine", "wallets", "--data-dir", "D"],
        ["--data-dir", "D"],
        ["--data-dir", "D", "sale", HASH],
        ["doctor", "--data-dir", "D"],
    ],
)
def test_the_data_dir_stands_before_or_after_the_command(words: list[str]) -> None:
    assert parser().parse_args(words).data_dir == Path("D")


@pytest.mark.parametrize(
    ("words", "api"),
    [
        ([], None),
        (["--practice"], "practice"),
        (["--api", "embedded"], "embedded"),
        (["--api", "https://lnbits.example/"], "https://lnbits.example/"),
        (["--practice", "sell", "--sat", "1"], "practice"),
        (["sell", "--sat", "1", "--practice"], "practice"),
        (["sell", "--sat", "1"], None),
        (["doctor", "--api", "practice"], "practice"),
    ],
)
def test_the_api_stands_before_or_after_the_command(words: list[str], api: str | None) -> None:
    assert parser().parse_args(words).api == api


@pytest.mark.parametrize(
    "words",
    [
        ["sell"],
        ["sell", "--sat", "0"],
        ["sell", "--sat", "-5"],
        ["sell", "--sat", "1.5"],
        ["sell", "--sat", "٣"],
        ["sell", "--sat", "21", "--expiry", "0"],
        ["sell", "--sat", "21", "--practice-pays", "twice"],
        ["sell", "--sat", "21", "--practice", "--api", "embedded"],
        ["sale", "abc"],
        ["sale"],
        ["connect"],
        ["connect", "https://a.example", "--network", "moonnet"],
        ["connect", "https://a.example", "--pin", "abc"],
        ["--api", "ftp://a.example"],
        ["engine"],
        ["engine", "credit", "Till", "none"],
        ["dance"],
    ],
)
def test_bad_usage_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(words)
    assert ended.value.code == 2
    assert "usage: pos-app" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--practice", "--fullscreen", "--data-dir", "sell"],
        ["--simulate-card", "lightning:LNURL1X", "--lnurl-allow", "a.example"],
        ["--simulate-card", "--practice", "sell", "--sat", "1"],
        ["sale", HASH, "--wait"],
        ["doctor", "--json"],
    ],
)
def test_words_mean_the_same_where_the_commands_are_not_loaded(words: list[str]) -> None:
    assert options_of(words) == parser().parse_args(words)


@pytest.mark.parametrize(
    "words", [["--help"], ["--practice", "-h"], ["--api", "ftp://a.example"], ["dance"], ["--practice", "--api", "x"]]
)
def test_what_is_no_bare_window_is_answered_with_all_commands(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        options_of(words)
    said = capsys.readouterr()
    assert "COMMAND" in said.out + said.err


def test_every_network_can_be_named() -> None:
    assert set(NETWORKS) == {network.value for network in Network}


def test_a_payment_hash_and_a_pin_are_read_in_any_case() -> None:
    assert parser().parse_args(["sale", HASH.upper()]).hash == HASH
    pin = ":".join(["AB"] * 32)
    assert parser().parse_args(["connect", "https://a.example", "--pin", pin]).pin == HASH


def test_version_and_help_answer(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--version"], ["--help"], ["sell", "--help"], ["engine", "--help"]):
        with pytest.raises(SystemExit) as ended:
            parser().parse_args(words)
        assert ended.value.code == 0
        assert "pos-app" in capsys.readouterr().out

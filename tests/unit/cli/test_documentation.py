"""docs/commands.md names every command and every option that the parser knows, and no other."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.cli.common import Exit
from pos_app.cli.main import parser
from pos_app.config.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")
EVERYWHERE = {"-h", "--help", "--data-dir"}


def walk(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from walk(child)


def sections() -> dict[str, str]:
    parts = re.split(r"^##+ (pos-app.*)$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


PARSERS = {each.prog: each for each in walk(parser())}


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    assert set(sections()) == set(PARSERS)


@pytest.mark.parametrize("command", PARSERS)
def test_every_option_is_explained_and_exists(command: str) -> None:
    actions = PARSERS[command]._actions
    options = {name for action in actions for name in action.option_strings} - EVERYWHERE
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", sections()[command])) - EVERYWHERE
    assert options <= named, f"not explained: {options - named}"
    known = {name for each in PARSERS.values() for action in each._actions for name in action.option_strings}
    assert named <= known, f"no such option: {named - known}"
    for action in actions:
        if not action.option_strings and action.metavar and action.metavar != "COMMAND":
            assert str(action.metavar) in sections()[command]


@pytest.mark.parametrize("command", PARSERS)
def test_every_command_takes_a_data_dir_and_says_what_it_is_for(command: str) -> None:
    assert PARSERS[command].description
    assert any("--data-dir" in action.option_strings for action in PARSERS[command]._actions)


def test_every_exit_code_is_explained() -> None:
    assert [int(code) for code in re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE)] == [int(code) for code in Exit]


def test_every_setting_is_explained_and_exists() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", PAGE, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(Settings.model_fields)

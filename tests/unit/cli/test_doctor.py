from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_app.cli import doctor
from pos_app.cli.doctor import Finding, Mark
from pos_app.cli.main import main
from pos_app.config.folders import Folders
from tests.unit.cli.conftest import INVOICE_KEY, Said, lnbits


def findings(said: Said, data_dir: list[str], *words: str, code: int = 0) -> dict[str, Finding]:
    assert main(["doctor", "--json", *words, *data_dir]) == code
    found = [Finding(**each) for each in json.loads(said()[0])["findings"]]
    return {each.name: each for each in found}


def test_a_fresh_till_is_well(said: Said, data_dir: list[str]) -> None:
    found = findings(said, data_dir)
    assert not [each for each in found.values() if each.mark == Mark.MISSING]
    assert "no real money" in found["payments API"].words


def test_the_report_says_the_same_and_masks_secrets(
    said: Said, data_dir: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = Finding("API", Mark.LOOK, f"token={INVOICE_KEY}", f"ask https://user:{INVOICE_KEY}@a.example")
    monkeypatch.setattr(doctor, "examine", lambda *_: iter([secret]))
    report = tmp_path / "report.txt"
    assert main(["doctor", "--report", str(report), *data_dir]) == 0
    out, _ = said()
    assert report.read_text() == out
    assert "LOOK     API: token=[…]" in out
    assert INVOICE_KEY not in out


def test_each_thing_that_is_wrong_has_a_cure(said: Said, data_dir: list[str], tmp_path: Path) -> None:
    folders = Folders.of(tmp_path / "shop")
    folders.make()
    folders.settings_file.write_text("theme = 'pink'")
    (folders.data / "books.db").write_bytes(b"no database" * 100)
    found = findings(said, data_dir, code=1)
    wrong = {name for name, each in found.items() if each.mark == Mark.MISSING}
    assert wrong == {"settings", "books.db", "payments API"}
    assert all(found[name].cure for name in wrong)


def test_a_variable_that_is_no_setting_is_pointed_out(
    said: Said, data_dir: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POS_TEHME", "dark")
    assert main(["doctor", *data_dir]) == 0
    assert "POS_TEHME" in said()[0]


def test_a_server_is_asked(said: Said, data_dir: list[str], typed: Callable[[str], None]) -> None:
    with lnbits() as server:
        typed(INVOICE_KEY)
        assert main(["connect", server.url, *data_dir]) == 0
        said()
        found = findings(said, data_dir)
        assert "'Café', real money" in found["payments API"].words
    found = findings(said, data_dir, code=1)
    assert found["payments API"].mark == Mark.MISSING


def test_an_engine_without_a_source_cannot_receive(said: Said, data_dir: list[str]) -> None:
    assert findings(said, data_dir, "--api", "embedded", code=1)["payments API"].cure


def test_a_library_of_a_wrong_version_is_named(
    said: Said, data_dir: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LIBRARIES", ("json", "no_such_library"))
    found = findings(said, data_dir, code=1)
    assert "no_such_library" in found["libraries"].words


def test_a_system_without_the_libraries_of_a_window_is_told_which(
    said: Said, data_dir: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def import_module(_name: str) -> object:
        raise ImportError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr(doctor, "LIBRARIES", ())
    monkeypatch.setattr(importlib, "import_module", import_module)
    found = findings(said, data_dir, code=1)
    assert "libEGL" in found["window"].words
    assert "libegl1" in found["window"].cure

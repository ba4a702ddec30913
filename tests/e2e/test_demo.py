"""The demo shows what truly happens, and fails where it does not."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from PySide6.QtWidgets import QApplication

from pos_app.cli import demo, demo_stage
from pos_app.cli.demo import Demo
from pos_app.cli.demo_stage import DemoFailed
from pos_app.cli.program import Program
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock
from pos_app.core import bolt11
from pos_app.ui.job import Job
from tests.e2e.conftest import Shop


def test_it_sells_reads_back_and_is_paid(shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "pictures"
    done = shop.run("demo", "--out", str(out))
    assert done.code == 0, done.err
    assert "Read the code back from 04-code.png: 2 100 sat" in done.out.replace("\u202f", " ")
    assert "Paid: the window is green" in done.out
    assert "Paid by card: 2 100 sat" in done.out.replace("\u202f", " ")
    pictures = sorted(out.glob("*.png"))
    assert len(pictures) == 13
    codes = {path.name: [code.text for code in zxingcpp.read_barcodes(Image.open(path))] for path in pictures}
    shown = codes.pop("04-code.png")
    assert not [name for name, found in codes.items() if found]
    payment_hash = bolt11.decode(shown[0].upper().removeprefix("LIGHTNING:")).payment_hash
    assert shop.run("sale", payment_hash, "--json").json["state"] == "paid"


def test_offline_two_cards_survive_a_kill_and_each_has_its_end(shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "pictures"
    done = shop.run("demo", "--offline", "--out", str(out))
    assert done.code == 0, done.err
    told = done.out.replace("\u202f", " ")
    for words in (
        "Stored, NOT paid: sale 1 over 2 100 sat",
        "Stored, NOT paid: sale 2 over 700 sat",
        "with SIGKILL",
        "Both cards are there",
        "Paid: 2 100 sat arrived for sale 1, once",
        "Declined: sale 2 over 700 sat",
    ):
        assert words in told
    assert len(sorted(out.glob("*.png"))) == 9
    queue = shop.run("queue", "list", "--json").json
    assert [(item["number"], item["stage"]) for item in queue["items"]] == [(2, "declined")]
    story = [line["words"] for line in shop.run("queue", "show", "2", "--json").json["story"]]
    assert len(story) > 3
    for file in (path for path in (shop.folder / "data" / "books").rglob("*") if path.is_file()):
        assert not re.search(rb"[?&]p=[0-9A-Fa-f]{32}", file.read_bytes()), file


def test_offline_beside_a_running_till(shop: Shop) -> None:
    with OwnerLock(Folders.of(shop.folder).data, "the window"):
        assert shop.run("demo", "--offline", "--out", str(shop.folder / "pictures")).code == 7


def test_offline_brings_cards_of_its_own(shop: Shop) -> None:
    assert shop.run("demo", "--offline", "--simulate-card", "--out", str(shop.folder / "pictures")).code == 2


def test_without_a_data_dir_it_leaves_none_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with demo._folders(None) as folders:
        folders.make()
        assert folders.data.is_relative_to(tmp_path)
    assert not list(tmp_path.iterdir())


def test_it_fails_where_nobody_pays(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(qapp, Folders.of(tmp_path / "shop"), "practice")

    def walks_away(_sale_id: str, _how: str) -> Job:
        monkeypatch.setattr(demo_stage, "LIMIT_S", 0.0)
        return Job()

    monkeypatch.setattr(program.desk, "customer_pays", walks_away)
    try:
        with pytest.raises(DemoFailed, match="the window says paid"):
            Demo(program, tmp_path).run()
    finally:
        program.stop()
        program.window.deleteLater()

"""The files that give a till its readers cover every reader that we know."""

from __future__ import annotations

from pathlib import Path

from pos_app.nfc.models import MODELS

PACKAGING = Path(__file__).parents[3] / "packaging"


def test_the_udev_rule_names_every_reader_that_we_open_ourselves() -> None:
    rules = (PACKAGING / "70-pos-app-nfc.rules").read_text()
    for model in MODELS:
        line = f'ATTRS{{idVendor}}=="{model.vendor:04x}", ATTRS{{idProduct}}=="{model.product:04x}", TAG+="uaccess"'
        assert (line in rules) == (model.driver == "nfcpy"), model.name


def test_the_modprobe_file_keeps_every_kernel_driver_away() -> None:
    lines = (PACKAGING / "pos-app-nfc.conf").read_text().splitlines()
    blocked = {line.removeprefix("blacklist ") for line in lines if line.startswith("blacklist ")}
    assert blocked == {module for model in MODELS for module in model.modules}

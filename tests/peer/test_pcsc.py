"""The PC/SC backend against the real smart card service, with virtual cards."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
UNSHARE = ("unshare", "--map-root-user", "--net", "--mount")
LONGEST_S = 60


def why_not() -> str:
    """Why the service cannot be run here, or nothing."""
    if importlib.util.find_spec("smartcard") is None:
        return "pyscard is not installed"
    for program in ("pcscd", "unshare", "ip", "mount"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if not any(Path("/usr/lib").rglob("libifdvpcd.so")):
        return "vsmartcard's virtual reader is not installed"
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode:
        return "namespaces may not be made here"
    return ""


@pytest.mark.peer
def test_virtual_cards_are_read_end_to_end(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    command = [*UNSHARE, sys.executable, "-m", "tests.peer.pcsc_room", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert run.returncode == 0, run.stderr
    told: list[dict[str, Any]] = [json.loads(line) for line in run.stdout.splitlines()]
    reads = [event for event in told if event["event"] == "CardRead"]
    assert [read["kind"] for read in reads] == ["Type4Tag", "Type4Tag", "Type2Tag"]
    texts = [read["records"][0]["text"] for read in reads]
    assert texts[0].startswith("lnurlw://h.example/card?p=") and texts[1:] == ["x" * 600, "lnurlw://h.example/1"]
    assert [event["event"] for event in told].count("CardRemoved") == 3
    after_the_cards = [event["event"] for event in told][-2:]
    assert after_the_cards[0] == "ReaderLost" and after_the_cards[1] == "ReaderReady"
    assert "Virtual PCD" in told[-1]["name"]

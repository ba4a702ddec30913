"""Every command that the README shows is run here, as written, but for `make test`, which runs this."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "https://lnbits.example.com"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
TIMEOUT_S = 120


def commands() -> list[str]:
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, no display, and `pos-app` from the interpreter that runs the tests."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY") and not k.startswith("XDG_")}
    return {**kept, "HOME": str(tmp_path), "PYTHONWARNINGS": "ignore"}


def run(
    words: list[str], environment: dict[str, str], stdin: str = "", cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    if words[0] == ".venv/bin/pos-app":
        words = [sys.executable, "-m", "pos_app.cli.main", *words[1:]]
    return subprocess.run(
        words, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )


def shown(start: str) -> list[str]:
    """The words of the README's one command that begins so."""
    (command,) = [line for line in commands() if line.startswith(f".venv/bin/pos-app {start}")]
    return shlex.split(command)


def test_the_readme_shows_what_is_tested_here() -> None:
    assert commands() == [
        "make run",
        "make test",
        ".venv/bin/pos-app",
        ".venv/bin/pos-app sell --sat 2100 --practice-pays now",
        ".venv/bin/pos-app demo --offline",
        ".venv/bin/pos-app stats",
        ".venv/bin/pos-app report x",
        ".venv/bin/pos-app backup till-backup.zip",
        f".venv/bin/pos-app connect {EXAMPLE}",
        ".venv/bin/pos-app doctor",
        ".venv/bin/pos-app nfc list",
    ]


def test_make_run_without_a_display_is_the_demo(environment: dict[str, str]) -> None:
    done = run(["make", "run", f"PYTHON={sys.executable}"], environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Paid" in done.stdout
    assert any((ROOT / "demo-out").glob("*paid*.png"))


def test_sell_and_doctor(environment: dict[str, str]) -> None:
    sold = run(shown("sell"), environment)
    assert sold.returncode == 0, sold.stderr
    assert "paid" in sold.stdout
    doctor = run(shown("doctor"), environment)
    assert doctor.returncode in (0, 1), doctor.stderr
    assert "practice" in doctor.stdout.lower()
    readers = run(shown("nfc"), environment)
    assert readers.returncode in (0, 1), readers.stderr
    assert readers.stdout or readers.stderr


def test_the_offline_demo(environment: dict[str, str], tmp_path: Path) -> None:
    done = run(shown("demo --offline"), environment, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NOT paid" in done.stdout


def test_the_evening(environment: dict[str, str], tmp_path: Path) -> None:
    assert run(shown("sell"), environment).returncode == 0
    stats, report, backup = (run(shown(each), environment, cwd=tmp_path) for each in ("stats", "report", "backup"))
    assert "2\u202f100 sat" in stats.stdout, stats.stderr
    assert "Sales 1" in report.stdout, report.stderr
    assert backup.returncode == 0, backup.stderr
    assert (tmp_path / "till-backup.zip").exists()


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address and an invoice key of an engine that is served on loopback."""
    pos_app = [sys.executable, "-m", "pos_app.cli.main", "engine"]
    folder = ["--data-dir", str(tmp_path / "server")]
    made = subprocess.run(
        [*pos_app, "create-wallet", "Shop", "--json", *folder],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    key = re.search(r'"invoice_key": *"([^"]+)"', made.stdout)
    assert key is not None
    serving = subprocess.Popen(
        [*pos_app, "serve", "--port", "0", *folder], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert serving.stdout is not None
        address = serving.stdout.readline().removeprefix("listening on ").strip()
        yield address, key.group(1)
    finally:
        serving.terminate()
        serving.communicate(timeout=10)


def test_connect(environment: dict[str, str], server: tuple[str, str]) -> None:
    address, key = server
    done = run([word.replace(EXAMPLE, address) for word in shown("connect")], environment, stdin=key + "\n")
    assert done.returncode == 0, done.stderr
    assert key not in done.stdout + done.stderr


def test_the_window_opens(environment: dict[str, str]) -> None:
    """The window starts, sells from the keyboard's point of view, and ends in order on SIGTERM."""
    window = subprocess.Popen(
        [sys.executable, "-m", "pos_app.cli.main"],
        cwd=ROOT,
        env={**environment, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        log = Path(environment["HOME"])
        with pytest.raises(subprocess.TimeoutExpired):
            window.wait(timeout=4)
        assert any(log.rglob("till.db")), "the practice books were not opened"
    finally:
        window.terminate()
        output, _ = window.communicate(timeout=15)
    assert window.returncode == 0, output

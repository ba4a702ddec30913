"""`pos-app doctor`: what works on this computer, what is missing, and what to do about it. Changes nothing."""

from __future__ import annotations

import asyncio
import importlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import pos_app
from pos_app.cli.common import Commands, Exit, Options, add_api, add_command, add_json, folders_of, show, tell
from pos_app.config.files import write_whole
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock, TillRunning
from pos_app.config.logs import redact
from pos_app.core.errors import RetryableError, UserError

if TYPE_CHECKING:
    from pos_app.config.settings import Remote

CLOCKS_DIFFER_S = 3600
LIBRARIES = ("argon2", "bolt11", "cryptography", "fastapi", "httpx", "keyring", "qrcode", "uvicorn", "zxingcpp")
SYSTEM_PACKAGES = (
    "libglib2.0-0 libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libxcb-cursor0 libxkbcommon-x11-0 "
    "libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)
"""What Qt needs of a bare Debian for a window."""


class Mark(StrEnum):
    WORKS = "works"
    LOOK = "look"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `cure` says what to do where it does not simply work."""

    name: str
    mark: Mark
    words: str
    cure: str = ""


def add(commands: Commands) -> None:
    parser = add_command(commands, "doctor", run, "say what works, what is missing, and what to do")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write it to a file too, to send to somebody")
    add_json(parser)
    add_api(parser)


def run(options: Options) -> int:
    findings = [_without_secrets(finding) for finding in examine(folders_of(options), options.api)]
    text = as_text(findings)
    if options.report:
        write_whole(options.report.absolute(), text + "\n")
    show({"findings": [asdict(finding) for finding in findings]}, text, as_json=options.json)
    if options.report:
        tell(f"Written to {options.report}; keys and tokens are masked.")
    return Exit.ERROR if any(finding.mark is Mark.MISSING for finding in findings) else Exit.DONE


def examine(folders: Folders, api: str | None) -> Iterator[Finding]:
    """Look at everything, one after the other. What a part raises is its finding."""
    parts: dict[str, Callable[[], Iterator[Finding]]] = {
        "program": _program,
        "folders": lambda: _folders(folders),
        "settings": lambda: _settings(folders),
        "till": lambda: _till(folders),
        "stored cards": lambda: _stored(folders),
        "payments API": lambda: _api(folders, api),
        "card readers": _readers,
        "window": _window,
        "sound": _sound,
    }
    for name, look in parts.items():
        try:
            yield from look()
        except UserError as error:
            yield Finding(name, Mark.MISSING, error.message, error.cure)
        except RetryableError as error:
            yield Finding(name, Mark.MISSING, str(error), "Check the line and the server, then try again.")


def as_text(findings: list[Finding]) -> str:
    """Lines for a person."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.mark.upper():8} {finding.name}: {finding.words}")
        if finding.cure:
            lines.append(f"{'':8} → {finding.cure}")
    missing = sum(finding.mark is Mark.MISSING for finding in findings)
    lines.append("")
    lines.append("Everything needed is there." if not missing else f"{missing} of {len(findings)} need attention.")
    return "\n".join(lines)


def _without_secrets(finding: Finding) -> Finding:
    return Finding(finding.name, finding.mark, redact(finding.words), redact(finding.cure))


def _program() -> Iterator[Finding]:
    words = f"pos-app {pos_app.__version__}, Python {platform.python_version()}, {platform.platform()}"
    yield Finding("program", Mark.WORKS, words)
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
        except Exception as error:  # a library of a wrong version fails in ways of its own
            yield Finding("libraries", Mark.MISSING, f"{name}: {error}", "Install the program again.")
            return
    yield Finding("libraries", Mark.WORKS, "all there")


def _folders(folders: Folders) -> Iterator[Finding]:
    from pos_app.cli.doctor_files import examine_folders

    yield from examine_folders(folders)


def _settings(folders: Folders) -> Iterator[Finding]:
    from pos_app.config.keystore import Keystore
    from pos_app.config.settings import SettingsFile, unknown_variables

    for name in unknown_variables():
        yield Finding("settings", Mark.LOOK, f"the variable {name} is no setting", "Check how it is written.")
    SettingsFile(folders.settings_file).load()
    kept = folders.settings_file if folders.settings_file.exists() else "the defaults"
    yield Finding("settings", Mark.WORKS, str(kept))
    yield Finding("keys", Mark.WORKS, f"are kept in {Keystore(folders.keys).where}")


def _till(folders: Folders) -> Iterator[Finding]:
    try:
        with OwnerLock(folders.data, "doctor"):
            yield Finding("till", Mark.WORKS, "not running")
    except TillRunning as error:
        yield Finding("till", Mark.WORKS, error.message)
    from pos_app.cli.doctor_files import examine_databases

    yield from examine_databases(folders)


def _stored(folders: Folders) -> Iterator[Finding]:
    from pos_app.cli.doctor_stored import examine_stored

    yield from examine_stored(folders)


def _api(folders: Folders, api: str | None) -> Iterator[Finding]:
    from pos_app.app import chosen_api
    from pos_app.config.early import PRACTICE
    from pos_app.config.settings import EMBEDDED, SettingsFile

    settings = SettingsFile(folders.settings_file).load()
    chosen = chosen_api(api, settings)
    if chosen == PRACTICE:
        yield Finding("payments API", Mark.WORKS, "practice: no real money", "For real money: pos-app connect URL")
    elif chosen == EMBEDDED:
        words = "this computer's engine has no funding source, so it cannot receive"
        yield Finding("payments API", Mark.MISSING, words, "Sell through a server instead: pos-app connect URL")
    else:
        yield from asyncio.run(_server(folders, chosen, settings.remote(chosen)))


async def _server(folders: Folders, url: str, remote: Remote) -> list[Finding]:
    from pos_app.app import client_of, kept_key
    from pos_app.config.keystore import Keystore
    from pos_app.core.clock import SystemClock

    key = kept_key(Keystore(folders.keys), url)
    client = client_of(url, key.value, remote, SystemClock())
    try:
        health = await client.health()
        wallet = await client.wallet()
        ahead_s = await client.ahead_s()
    finally:
        await client.close()
    money = "practice money" if health.practice else "real money" if not health.network else str(health.network)
    return [
        Finding("payments API", Mark.WORKS, f"{url} answers: wallet {wallet.name!r}, {money}"),
        Finding("invoice key", Mark.WORKS, f"is in {key.where}"),
        *_clocks(ahead_s),
    ]


def _clocks(ahead_s: float | None) -> Iterator[Finding]:
    """The server's clock against ours: by more than an hour, and the age of a stored card is not known."""
    if ahead_s is None or abs(ahead_s) <= CLOCKS_DIFFER_S:
        return
    side = "behind" if ahead_s > 0 else "ahead of"
    words = f"this computer's is {abs(ahead_s) / 3600:.1f} h {side} the server's: cards that are stored are held"
    yield Finding("clock", Mark.LOOK, words, "Set it right, for example by a time server; check the time zone too.")


def _readers() -> Iterator[Finding]:
    """Cards are taken only with a reader, and codes without one: nothing here is missing."""
    from pos_app.nfc.diagnose import State, diagnose

    found = diagnose()
    for reader in found.readers:
        name = f"card reader {reader.name}"
        if reader.state is State.READY:
            yield Finding(name, Mark.WORKS, f"works, through {reader.driver}")
        else:
            yield Finding(name, Mark.LOOK, reader.message, reader.cure)
    for problem in found.problems:
        yield Finding("card readers", Mark.LOOK, problem.message, problem.cure)
    if not found.readers and not found.problems:
        yield Finding("card readers", Mark.LOOK, "none is plugged in", "QR codes work without one.")


def _window() -> Iterator[Finding]:
    try:
        importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        yield Finding("window", Mark.MISSING, str(error), f"On Debian: apt install {SYSTEM_PACKAGES}")
        return
    from pos_app.bundled import resource

    if not resource("fonts").is_dir():
        yield Finding("window", Mark.MISSING, "fonts and icons are missing", "Install the program again.")
    elif sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        yield Finding("window", Mark.LOOK, "no screen here", "Start it on a desktop. pos-app sell works without one.")
    else:
        yield Finding("window", Mark.WORKS, "can be opened")


def _sound() -> Iterator[Finding]:
    from pos_app.ui.sounds import find_players

    if players := find_players():
        yield Finding("sound", Mark.WORKS, players[0][0])
    elif sys.platform == "win32":
        yield Finding("sound", Mark.WORKS, "the system's own")
    else:
        yield Finding("sound", Mark.LOOK, "no player: the screen beeps", "On Debian: apt install pulseaudio-utils")

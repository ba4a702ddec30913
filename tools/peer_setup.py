"""Puts the real LNbits servers that tests/peer speaks to into virtual environments of their own.

Run again at any time: what is ready is left alone. The versions and all that they need are pinned by tools/peer/*.txt.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PINS = Path(__file__).resolve().parent / "peer"
VERSIONS = ("1.6.2", "1.1.0")
TOO_NEW = (3, 13)


def why_not() -> str | None:
    """The reason why this Python cannot run the servers, if there is one."""
    if sys.version_info >= TOO_NEW:
        return f"LNbits {' and '.join(VERSIONS)} need Python below {'.'.join(map(str, TOO_NEW))}"
    return None


def folder(version: str) -> Path:
    return REPOSITORY / ".peer" / version


def is_ready(version: str) -> bool:
    """Whether exactly the pinned packages were installed to the end."""
    mark = _mark(version)
    return mark.is_file() and mark.read_text() == _pins(version).read_text()


def main() -> int:
    if reason := why_not():
        print(f"peer: skipped, {reason}")
        return 0
    missing = [version for version in VERSIONS if not is_ready(version)]
    installs = [(version, _install(version)) for version in missing]
    failed = [version for version, install in installs if install.wait() != 0]
    for version in missing:
        if version not in failed:
            _mark(version).write_text(_pins(version).read_text())
            print(f"peer: LNbits {version} is ready")
    for version in failed:
        print(f"peer: LNbits {version} could not be installed", file=sys.stderr)
    return 1 if failed else 0


def _install(version: str) -> subprocess.Popen[bytes]:
    print(
        f"peer: installing LNbits {version} into {folder(version).relative_to(REPOSITORY)} (a few minutes)", flush=True
    )
    venv.create(folder(version), clear=True, with_pip=True)
    python = folder(version) / "bin" / "python"
    wanted = [f"lnbits=={version}", "--constraint", str(_pins(version))]
    return subprocess.Popen(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], stdin=subprocess.DEVNULL
    )


def _pins(version: str) -> Path:
    return PINS / f"lnbits-{version}.txt"


def _mark(version: str) -> Path:
    return folder(version) / "ready"


if __name__ == "__main__":
    sys.exit(main())

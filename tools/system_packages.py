"""Install the system libraries that Qt, the reader and the tests need (Debian, Ubuntu).

Run with the system's own Python before the virtual environment exists, so standard library only.
With root or password-less sudo it asks apt for what is missing; otherwise it prints the line to run.
Exit status 0 also then: the program itself says in words what it misses (`pos-app doctor`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

WINDOW = [
    "libgl1", "libegl1", "libxkbcommon0", "libfontconfig1", "libdbus-1-3", "libgssapi-krb5-2",
    "libxcb-cursor0", "libxkbcommon-x11-0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0",
]  # fmt: skip
GLIB = ["libglib2.0-0t64", "libglib2.0-0"]  # the newer name first (Debian 13, Ubuntu 24.04)
READER = ["libusb-1.0-0"]
VENV = ["python3-venv"]


def installed(package: str) -> bool:
    query = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Status}", package], capture_output=True, text=True, check=False
    )
    return query.returncode == 0 and query.stdout.startswith("installed")


def known(package: str) -> bool:
    return subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).returncode == 0


def missing() -> list[str]:
    wanted = [package for package in WINDOW + READER if not installed(package)]
    if not any(installed(name) for name in GLIB):
        wanted.append(GLIB[0] if known(GLIB[0]) else GLIB[1])
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        wanted += VENV
    return wanted


def as_root() -> list[str] | None:
    """The words to put before a command that needs root, or None where nobody lets us."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def main() -> int:
    if not sys.platform.startswith("linux") or not shutil.which("apt-get"):
        print("System libraries: not a Debian or Ubuntu system, nothing installed (see docs/install.md).")
        return 0
    wanted = missing()
    if not wanted:
        return 0
    root = as_root()
    if root is None:
        print("Some system libraries are missing. Please run:\n")
        print(f"    sudo apt-get install --no-install-recommends {' '.join(wanted)}\n")
        return 0
    print(f"Installing system libraries: {' '.join(wanted)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted]
    if subprocess.run(install, env=environment, stdout=subprocess.DEVNULL, check=False).returncode == 0:
        return 0
    subprocess.run([*root, "apt-get", "update", "-qq"], env=environment, stdout=subprocess.DEVNULL, check=False)
    if subprocess.run(install, env=environment, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        print(f"apt could not install them. Please install by hand: {' '.join(wanted)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

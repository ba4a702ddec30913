"""What `make run` starts: the window in practice mode, or the narrated demo where there is no display."""

from __future__ import annotations

import os
import sys


def has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    from pos_app.cli.main import main

    if has_display():
        sys.exit(main(["--practice"]))
    print("No display here, so the same sale as a demo; its pictures land in demo-out/.\n")
    sys.exit(main(["demo", "--out", "demo-out"]))

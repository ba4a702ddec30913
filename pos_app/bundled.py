"""Where fonts, icons and sounds are: in the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOT = next((p for p in (_PACKAGE / "resources", _PACKAGE.parent / "resources") if p.is_dir()), _PACKAGE / "resources")


def resource(*parts: str) -> Path:
    """The path of one bundled file, as in `resource("icons", "zap.svg")`."""
    return _ROOT.joinpath(*parts)

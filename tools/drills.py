"""Run the drills (kills, races, mutations) with their full numbers and write docs/drills.md.

A drill is a test marked `drill`; it takes its number of rounds from POS_DRILL_ROUNDS.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = "full"


def run(report: Path, rounds: str) -> int:
    """Run all drills; the exit status is pytest's."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "drill", "-q", f"--junitxml={report}", "-o", "junit_family=xunit1"],
        cwd=ROOT,
        env={**os.environ, "POS_DRILL_ROUNDS": rounds},
        check=False,
    ).returncode


def rows(report: Path) -> list[str]:
    """One table row for each drill that ran."""
    lines = []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        bad = [child for child in case if child.tag in ("failure", "error")]
        skipped = case.find("skipped")
        outcome = "FAILED" if bad else "passed" if skipped is None else f"skipped: {skipped.get('message', '')}"
        lines.append(
            f"| `{case.get('classname')}` | {case.get('name')} | {outcome} | {float(case.get('time', 0)):.0f} |"
        )
    return sorted(lines)


def reports(report: Path) -> list[str]:
    """What the drills tell of themselves, each under its name."""
    lines = []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        for told in case.iterfind("properties/property[@name='report']"):
            lines += ["", f"## {case.get('name')}", "", "```", told.get("value", "").strip("\n"), "```"]
    return lines


def main() -> int:
    rounds = os.environ.get("POS_DRILL_ROUNDS", ROUNDS)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "drills.xml"
        status = run(report, rounds)
        table = rows(report) if report.exists() else []
        told = reports(report) if report.exists() else []
    text = [
        "# Drills",
        "",
        "Kills, races and mutations at their full numbers, by `make drills`; `make test` runs them with few rounds.",
        "",
        f"Last run: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit or 'unknown'}, "
        f"{'full numbers' if rounds == ROUNDS else f'at most {rounds} rounds each'}, Python {sys.version.split()[0]}.",
        "",
        "| where | drill | outcome | s |",
        "|---|---|---|---|",
        *table,
        *told,
        "",
    ]
    (ROOT / "docs" / "drills.md").write_text("\n".join(text), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())

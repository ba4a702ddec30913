"""One sale on practice books in the real window, offscreen, with the engine in the same process.

Charge pressed → code painted, against what must be done in any case: the engine's invoice, and twice what the QR
library takes for the matrix. Settled in the engine → the green page painted (its colour then fills the window in
160 ms), against a plain green window that is shown at the word of another thread. Memory after fifteen sales, against
a bare window of twelve keys. How late the window is while 200 API calls a second are asked of the engine (of ten,
eight look, one lists, one creates), against the same window left alone: a timer of 5 ms says how much later it came.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measure import Figure, median, p95
from benchmarks.rigs.report import measured

FRAME_MS = 1000 / 60


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="pos-app-benchmark-") as folder:
        cache = Path(folder) / "bytecode"
        till = measured(["-m", "benchmarks.rigs.till_sales", "codes", folder], cache)
        bare = measured(["-m", "benchmarks.rigs.bare_keypad"], cache)
    code, green, idle, busy = till["qr"], till["green"], till["idle_stall"], till["busy_stall"]
    return [
        Figure(
            "Charge → code painted",
            median(code),
            "create + 2 × get_matrix",
            median(till["create"]) + 2 * median(till["matrix"]),
            goal=1,
            note=f"guide p95 150; p95 {p95(code):.0f}; create {median(till['create']):.0f}",
        ),
        Figure(
            "settled → green painted",
            median(green),
            "plain green window",
            median(till["plain_green"]),
            note=f"guide p95 100; p95 {p95(green):.0f}",
        ),
        Figure(
            "memory of till and engine",
            till["resident_mib"][0],
            "bare window",
            bare["resident_mib"][0],
            "MiB",
            note="guide 120; with the card reader and the practice card service",
        ),
        Figure(
            "window late under API calls, p95",
            p95(busy),
            "left alone",
            p95(idle),
            note=f"guide: a frame ({FRAME_MS:.0f}) above; worst {max(busy):.0f}, alone {max(idle):.0f};"
            f" {till['rate'][0]:.0f} calls/s answered",
        ),
    ]

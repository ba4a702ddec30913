"""`python -m benchmarks.rigs.bare_keypad`: the least that a PySide6 window with twelve keys takes.

Tells `painted` (the moment), and of that moment `cpu_ms` and `resident_mib`.
"""

from __future__ import annotations

import sys
import time

from PySide6.QtWidgets import QApplication, QGridLayout, QPushButton, QWidget

from benchmarks.rigs.paint import FirstPaint
from benchmarks.rigs.report import report, resident_mib


def main() -> None:
    app = QApplication(sys.argv[:1])
    window = QWidget()
    grid = QGridLayout(window)
    keys = [QPushButton(text) for text in ("1", "2", "3", "4", "5", "6", "7", "8", "9", "C", "0", "+")]
    for place, key in enumerate(keys):
        grid.addWidget(key, place // 3, place % 3)

    def painted() -> None:
        report("painted")
        report("cpu_ms", 1000 * time.process_time())
        report("resident_mib", resident_mib())
        app.quit()

    first = FirstPaint(keys, painted)
    window.showMaximized()
    app.exec()
    del first


if __name__ == "__main__":
    main()

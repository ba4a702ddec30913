"""`python -m benchmarks.rigs.till_start [WORD …]`: `pos-app WORD …`, told when it is painted and when it is ready.

It is the whole program, started as its command is; only Qt's event loop is entered a step later, to put the listeners
on the window. Ends by itself.
"""

from __future__ import annotations

import sys
import time

from pos_app.cli.main import main


def listen() -> None:
    """Replaces `QApplication.exec`: put the listeners on, then run it."""
    from PySide6.QtWidgets import QApplication

    run = QApplication.exec

    def run_and_tell() -> int:
        from benchmarks.rigs.paint import FirstPaint
        from benchmarks.rigs.report import report
        from pos_app.ui.window import MainWindow

        (window,) = (each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow))

        def painted() -> None:
            report("painted")
            report("cpu_ms", 1000 * time.process_time())

        def ready() -> None:
            report("ready")
            window.close()

        first = FirstPaint(window.charge.keypad.keys.values(), painted)
        window.preferences_changed.connect(ready)  # the till hands them over once it is open
        code = run()
        del first
        return code

    setattr(QApplication, "exec", staticmethod(run_and_tell))  # noqa: B010  a stub's method cannot be assigned


if __name__ == "__main__":
    listen()
    sys.exit(main(sys.argv[1:]))

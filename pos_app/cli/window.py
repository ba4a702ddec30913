"""`pos-app` without a command: the till's window."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

from pos_app.cli.cards import allowed_hosts, simulated_card
from pos_app.cli.common import Exit, Options, folders_of, logged
from pos_app.config.lock import OwnerLock

if TYPE_CHECKING:
    from pos_app.ui.window import MainWindow


def run(options: Options) -> int:
    """Paint first: nothing that is slow to load is imported here."""
    folders, card = folders_of(options), simulated_card(options)
    with ExitStack() as stack:
        stack.enter_context(OwnerLock(folders.data, "the window"))
        from PySide6.QtWidgets import QApplication

        from pos_app.cli.program import Program
        from pos_app.ui.theme import STYLE

        app = QApplication([*sys.argv[:1], "-style", STYLE])
        program = Program(
            app,
            folders,
            options.api,
            fullscreen=options.fullscreen,
            simulated_card=card,
            lnurl_allow=allowed_hosts(options),
        )
        stack.callback(program.stop)
        window = program.window
        window.painted.connect(lambda: stack.enter_context(logged(folders)))
        stack.enter_context(_signals_close(window))
        window.setGeometry(window.screen().availableGeometry())  # a kiosk may have no window manager to do it
        (window.showFullScreen if window.preferences.fullscreen else window.showMaximized)()
        app.exec()
    return Exit.DONE


@contextmanager
def _signals_close(window: MainWindow) -> Iterator[None]:
    """SIGINT and SIGTERM close the window in order, without a question.

    Python sees a signal only while it runs: a socket wakes it.
    """
    from PySide6.QtCore import QSocketNotifier

    reader, writer = socket.socketpair()
    with closing(reader), closing(writer):
        writer.setblocking(False)
        woken = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read)
        woken.activated.connect(lambda: reader.recv(64))
        before = {
            number: signal.signal(number, lambda *_: window.close_now()) for number in (signal.SIGINT, signal.SIGTERM)
        }
        descriptor = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(descriptor)
            woken.setEnabled(False)
            for number, handler in before.items():
                signal.signal(number, handler)

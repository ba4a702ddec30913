"""Sits before a window without a screen: presses, looks, photographs, tells. Raises DemoFailed where it is not so."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pos_app.cli.common import say
from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.views import SaleView, TapPhase

if TYPE_CHECKING:
    from pos_app.cli.program import Program
    from pos_app.ui.job import Job

SIZE_PX = (1024, 600)
LIMIT_S = 60.0
LOOK_MS = 20
MOVEMENT_S = 0.8
"""No movement on the screen lasts longer."""


class DemoFailed(UserError):
    """Something did not happen as it should."""


class DemoStage:
    """One running program. `began_s` is the monotonic time from which it counts, `pictures` how many there are."""

    def __init__(self, program: Program, out: Path, *, began_s: float | None = None, pictures: int = 0) -> None:
        self._program = program
        self._window = program.window
        self._out = out
        self._began_s = time.monotonic() if began_s is None else began_s
        self._pictures = pictures

    def _open(self) -> None:
        opened: list[object] = []
        self._window.preferences_changed.connect(opened.append)
        self._window.resize(*SIZE_PX)
        self._window.show()
        self._until(lambda: bool(opened), "the till opens")
        if not self._window.banner.isVisible():
            raise DemoFailed("The window does not say that this is practice.")

    def _type(self, amount: Sat) -> None:
        page = self._window.charge
        for digit in str(amount.value):
            page.press(digit)
        if page.entry.total != amount:
            raise DemoFailed(f"The keypad says {page.entry.total}, not {amount}.")
        self._narrate(f"Typed {amount}.")

    def _tap_phase(self) -> TapPhase | None:
        tap = self._sale().tap
        return None if tap is None else tap.phase

    def _sale(self) -> SaleView:
        sale = self._window.flow.current
        if sale is None:
            raise DemoFailed("There is no sale on the screen.")
        return sale

    def _newest(self) -> SaleView:
        """The newest sale by the books, not by the window."""
        sales: tuple[SaleView, ...] = self._answer(self._program.desk.recent(1, ""))
        return sales[0]

    def _answer(self, job: Job) -> Any:
        """What the till answers. Its errors are those of the demo."""
        answers: list[object] = []
        errors: list[BaseException] = []
        job.succeeded.connect(answers.append)
        job.on_trouble(errors.append)
        self._until(lambda: bool(answers or errors), "the till answers")
        if errors:
            raise errors[0]
        return answers[0]

    def _picture(self, name: str) -> Path:
        """Keep the window as it is on the screen."""
        self._pause(0)
        self._pictures += 1
        path = self._out / f"{self._pictures:02}-{name}.png"
        if not self._window.grab().save(str(path)):
            raise DemoFailed(f"{path} could not be written.", "Choose another folder with --out.")
        return path

    def _until(self, happened: Callable[[], bool], what: str) -> None:
        """Let the program run until it has happened."""
        while not happened():
            if time.monotonic() - self._began_s > LIMIT_S:
                raise DemoFailed(f"It did not happen that {what}.", "pos-app doctor may say why.")
            self._pause(LOOK_MS / 1000)

    def _pause(self, seconds: float) -> None:
        """Let the program run for so long."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    def _narrate(self, words: str) -> None:
        narrate(self._began_s, words)


def narrate(began_s: float, words: str) -> None:
    """A line of the story, with the seconds since its beginning."""
    say(f"{time.monotonic() - began_s:5.1f} s  {words}")

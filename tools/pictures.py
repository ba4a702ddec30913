"""Draws every page and state of the window into build/pictures/, from views made by hand, without a screen.

Run as `python -m tools.pictures [WORD …]`; with words, only scenes whose names hold one of them.
Each scene is drawn at 1024×600 and 1920×1080, light and dark. Of each, one small and light picture is kept in
docs/pictures/, in 256 colours; of the pages that matter most, all four.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import shiboken6
from PIL import Image
from PySide6.QtWidgets import QApplication

from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Fact, FactState, Problem, SaleView
from pos_app.ui.actions import Question
from pos_app.ui.metrics import Metrics
from pos_app.ui.theme import Mode, apply
from pos_app.ui.window import MainWindow
from tests.support.sales import NOON_S, sale_view
from tests.support.window import FakeActions, a_fact, a_status, preferences
from tools import scenes_again, scenes_day, scenes_history, scenes_offline, scenes_practice, scenes_queue, scenes_sale

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "pictures"
KEPT = ROOT / "docs" / "pictures"
IN_FULL = (
    "charge", "invoice-ready", "paid", "offline", "stored", "queue", "history", "history-detail", "day", "report",
    "settings-offline", "practice-faults",
)  # fmt: skip
SCREENS = {"1024x600": Metrics(117 / 25.4, 1024, 600), "1920x1080": Metrics(141 / 25.4, 1920, 1080)}


class _Window(MainWindow):
    """The window, as on the screen that is drawn."""

    metrics = SCREENS["1024x600"]

    def px_per_mm(self) -> float:
        return self.metrics.px_per_mm


class Stage:
    """One window with commands that only note; a scene tells it what to show."""

    def __init__(self, metrics: Metrics, chosen: dict[str, object]) -> None:
        self.actions = FakeActions()
        _Window.metrics = metrics
        self.window: MainWindow = _Window(self.actions, preferences(**chosen))
        self.window.strip.now_s = lambda: NOON_S
        self.window.resize(metrics.width, metrics.height)
        self.window.show_status(a_status())
        self.window.show()
        settle()

    def press(self, keys: str) -> None:
        """Type on the keypad; + is the key."""
        for key in keys:
            self.window.charge.press("add" if key == "+" else key)

    def answer(self, name: str, value: object) -> None:
        """The till's answer to the newest command of that name."""
        self.actions.last(name).job.succeed(value)

    def recent(self, *sales: SaleView) -> None:
        """The till's newest sales."""
        self.window.recent.load()
        for call in self.actions.calls:
            if call.name == "recent":
                call.job.succeed(sales)


Scene = Callable[[Stage], None]
SCENES: dict[str, tuple[dict[str, object], Scene]] = {}


def scene(name: str, **chosen: object) -> Callable[[Scene], Scene]:
    """Register a scene; `chosen` are preferences that differ from the usual ones."""

    def register(show: Scene) -> Scene:
        SCENES[name] = (chosen, show)
        return show

    return register


def last_sales() -> tuple[SaleView, ...]:
    """A shop's last hour."""
    states = [SaleState.PAID, SaleState.PAID, SaleState.EXPIRED, SaleState.PAID_LATE, SaleState.CANCELLED]
    amounts = (21_000, 7_142, 27_416, 4_378, 10_828, 13_708, 4_723, 19_928, 6_451, 12_300)
    return tuple(
        sale_view(states[at % len(states)], number=146 - at, amount=Sat(amount), made_at_s=NOON_S - 180 - 300 * at)
        for at, amount in enumerate(amounts)
    )


@scene("charge-empty")
def charge_empty(stage: Stage) -> None:
    stage.recent(*last_sales())


@scene("charge-first-start", api="practice", shop_name="")
def charge_first_start(stage: Stage) -> None:
    stage.window.show_status(a_status(practice=True, shop_name="", api="Practice", network="regtest"))
    stage.recent()


@scene("charge")
def charge(stage: Stage) -> None:
    stage.recent(*last_sales())
    stage.press("21000")


@scene("charge-sum", api="practice")
def charge_sum(stage: Stage) -> None:
    stage.window.show_status(a_status(practice=True, api="Practice", network="regtest"))
    stage.recent(*last_sales())
    stage.window.charge.pane.set_note("Table 4")
    stage.press("12000+4300+2800")


@scene("charge-large")
def charge_large(stage: Stage) -> None:
    stage.recent(*last_sales())
    stage.press("2100000")
    stage.window.charge.pane.charge.click()


@scene("charge-refused")
def charge_refused(stage: Stage) -> None:
    stage.recent(*last_sales())
    stage.press("21000")
    stage.window.charge.show_problem(Problem("The disk is full.", "Free some space, then charge again."))


@scene("charge-note")
def charge_note(stage: Stage) -> None:
    stage.recent(*last_sales())
    stage.press("21000")
    stage.window.charge.pane.note_button.click()
    stage.window.charge.pane.note_field.set_text("Table 4")


@scene("charge-paid-late-elsewhere", api="practice")
def paid_late_elsewhere(stage: Stage) -> None:
    stage.window.show_status(a_status(practice=True, api="Practice", network="regtest"))
    stage.recent(*last_sales())
    stage.press("6400")
    stage.window.news.show_sale(sale_view(SaleState.PAID_LATE, number=143, amount=Sat(27_416)))


@scene("charge-text-150", text_scale=150, api="practice")
def charge_text_150(stage: Stage) -> None:
    charge_sum(stage)


@scene("charge-high-contrast", theme=Mode.CONTRAST_LIGHT)
def charge_high_contrast(stage: Stage) -> None:
    charge_sum(stage)


def troubled() -> tuple[Fact, ...]:
    return (
        a_fact("payments", "Payments", detail="Codes and checks work"),
        a_fact("lightning", "Lightning away", FactState.DOWN, "Nobody can pay now. Try the code again later."),
        a_fact("rate", "Rate 9 min", FactState.WARN, "Prices in sat only"),
        a_fact("reader", "Reader", detail="ACR1252U, ready"),
    )


@scene("strip-trouble")
def strip_trouble(stage: Stage) -> None:
    stage.recent(*last_sales())
    uncertain = (sale_view(SaleState.UNCERTAIN, number=145, amount=Sat(6_200)),)
    stage.window.show_status(a_status(*troubled(), uncertain=uncertain))
    stage.press("21000")


@scene("strip-open")
def strip_open(stage: Stage) -> None:
    strip_trouble(stage)
    stage.window.strip.click()


@scene("settings-shop")
def settings_shop(stage: Stage) -> None:
    stage.window.rail.chosen.emit("settings")
    settings = stage.window.settings
    settings.shop.ceiling.set_text("0")
    settings.shop.ceiling.entered.emit("0")


@scene("settings-server")
def settings_server(stage: Stage) -> None:
    stage.window.rail.chosen.emit("settings")
    stage.window.settings.open(stage.window.settings.api)


@scene("settings-server-certificate")
def settings_certificate(stage: Stage) -> None:
    settings_server(stage)
    page = stage.window.settings.api
    page.url.set_text("https://192.168.1.20:5001")
    page.key.set_text("5" * 32)
    page.connect_button.click()
    question = Question(
        "No authority vouches for this server.",
        "Compare its certificate's SHA-256 with the one that the server shows:",
        "It is the same",
        "trust",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )
    stage.answer("connect", question)


@scene("settings-look", api="practice")
def settings_look(stage: Stage) -> None:
    stage.window.rail.chosen.emit("settings")
    stage.window.settings.open(stage.window.settings.look)


@scene("settings-sound", sound=True)
def settings_sound(stage: Stage) -> None:
    stage.window.rail.chosen.emit("settings")
    stage.window.settings.open(stage.window.settings.sound)


SCENES.update(scenes_sale.SCENES)
SCENES.update(scenes_again.SCENES)
SCENES.update(scenes_day.SCENES)
SCENES.update(scenes_history.SCENES)
SCENES.update(scenes_offline.SCENES)
SCENES.update(scenes_practice.SCENES)
SCENES.update(scenes_queue.SCENES)


def settle() -> None:
    """Let Qt lay out and paint."""
    for _ in range(4):
        QApplication.processEvents()


def draw(name: str) -> Iterator[Path]:
    """One scene on each screen, in each theme that it leaves open."""
    chosen, show = SCENES[name]
    for screen, metrics in SCREENS.items():
        for mode in [chosen["theme"]] if "theme" in chosen else [Mode.LIGHT, Mode.DARK]:
            assert isinstance(mode, Mode)
            stage = Stage(metrics, {**chosen, "theme": mode, "still": True})
            show(stage)
            settle()
            path = FOLDER / f"{name}-{screen}-{mode}.png"
            stage.window.grab().save(str(path))
            if name in IN_FULL or (screen == "1024x600" and mode in (Mode.LIGHT, chosen.get("theme"))):
                _keep(path)
            stage.window.close_now()
            shiboken6.delete(stage.window)
            yield path


def _keep(path: Path) -> None:
    """A copy for the documentation: the window has few colours, so a palette loses nothing that is seen."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(KEPT / path.name, optimize=True)


def main(words: list[str]) -> int:
    """Draw the scenes whose names hold one of the words; all without words."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    apply(app, still=True)
    for folder in (FOLDER, KEPT):
        folder.mkdir(parents=True, exist_ok=True)
    for name in SCENES:
        if not words or any(word in name for word in words):
            for path in draw(name):
                print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`pos-app demo`: the program itself, without a screen and without real money, watched and checked step by step."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pos_app.cli.cards import add_cards, allowed_hosts, simulated_card
from pos_app.cli.common import Commands, Exit, Options, add_command, say
from pos_app.config.early import PRACTICE
from pos_app.config.files import cannot_write
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock
from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import InvoiceView, Phase, SaleView, TapPhase, Tender

if TYPE_CHECKING:
    from pos_app.cli.program import Program

AMOUNT = Sat(2100)
CANCELLED_AMOUNT = Sat(500)
SIZE_PX = (1024, 600)
LIMIT_S = 60.0
LOOK_MS = 20
MOVEMENT_S = 0.8
"""No movement on the screen lasts longer."""


class DemoFailed(UserError):
    """Something did not happen as it should."""


def add(commands: Commands) -> None:
    parser = add_command(
        commands,
        "demo",
        run,
        "show the program at work, without a screen and without real money",
        description="Opens the window without a screen, sells, reads the QR code back from the picture, lets the "
        "practice customer pay, sells by a card, and keeps a picture of each page. Ends with 0 only if all of that "
        "truly happened.",
    )
    add_cards(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", default=Path("demo-out"), help="where the pictures go")


def run(options: Options) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    out = options.out.absolute()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(out, error) from error
    with _folders(options.data_dir) as folders, OwnerLock(folders.data, "demo"):
        from PySide6.QtWidgets import QApplication

        from pos_app.cli.program import Program
        from pos_app.ui.theme import STYLE

        program = Program(
            QApplication([*sys.argv[:1], "-style", STYLE]),
            folders,
            "practice",
            simulated_card=simulated_card(options) or PRACTICE,
            lnurl_allow=allowed_hosts(options),
        )
        try:
            Demo(program, out).run()
        finally:
            program.stop()
    return Exit.DONE


@contextmanager
def _folders(data_dir: Path | None) -> Iterator[Folders]:
    """The named folder, or one that is gone afterwards."""
    if data_dir is not None:
        yield Folders.of(data_dir)
        return
    with tempfile.TemporaryDirectory(prefix="pos-app-demo-") as folder:
        yield Folders.of(Path(folder))


class Demo:
    """Sits before the window: presses, looks, photographs. Raises DemoFailed as soon as something is not so."""

    def __init__(self, program: Program, out: Path) -> None:
        self._program = program
        self._window = program.window
        self._out = out
        self._began_s = time.monotonic()
        self._pictures = 0

    def run(self) -> None:
        self._open()
        self._type(AMOUNT)
        self._picture("amount")
        self._press_charge()
        self._picture("making-the-code")
        invoice = self._code()
        self._read_back(self._picture("code"), invoice)
        self._pay()
        self._pay_by_card()
        self._cancel()
        self._look_around()
        self._narrate(f"Done. {self._pictures} pictures are in {self._out}")

    def _open(self) -> None:
        opened: list[object] = []
        self._window.preferences_changed.connect(opened.append)
        self._window.resize(*SIZE_PX)
        self._window.show()
        self._until(lambda: bool(opened), "the till opens")
        if not self._window.banner.isVisible():
            raise DemoFailed("The window does not say that this is practice.")
        self._narrate("The till is open, in the practice books: no real money.")
        self._picture("start")

    def _type(self, amount: Sat) -> None:
        page = self._window.charge
        for digit in str(amount.value):
            page.press(digit)
        if page.entry.total != amount:
            raise DemoFailed(f"The keypad says {page.entry.total}, not {amount}.")
        self._narrate(f"Typed {amount}.")

    def _press_charge(self) -> None:
        self._window.charge.pane.charge.click()
        self._narrate("Pressed Charge: the page of the sale is there at once.")

    def _code(self) -> InvoiceView:
        """Wait until a code can be scanned."""
        card = self._window.invoice.card
        self._until(lambda: self._sale().phase is Phase.READY and card.has_code(), "a code is shown")
        invoice = self._sale().invoice
        assert invoice is not None
        self._narrate(f"Sale {self._sale().number} has its invoice: {invoice.bolt11[:32]}…")
        return invoice

    def _read_back(self, picture: Path, invoice: InvoiceView) -> None:
        """Read the code from the picture file, as a customer's camera does."""
        import zxingcpp
        from PIL import Image

        from pos_app.core import bolt11

        with Image.open(picture) as image:
            codes = [code.text for code in zxingcpp.read_barcodes(image.convert("L"))]
        if len(codes) != 1:
            raise DemoFailed(f"{picture.name} holds {len(codes)} codes, not one.")
        read = bolt11.decode(codes[0].upper().removeprefix("LIGHTNING:"))
        if (read.text, read.payment_hash, read.amount) != (invoice.bolt11, invoice.payment_hash, AMOUNT.to_msat()):
            raise DemoFailed("The code on the screen is another invoice than that of the sale.")
        self._narrate(f"Read the code back from {picture.name}: {AMOUNT}, {read.network}, signature verified.")

    def _pay(self) -> None:
        window = self._window
        window.banner.pay.click()
        self._narrate("The practice customer pays.")
        self._until(lambda: window.pages.currentWidget() is window.result, "the window says paid")
        self._pause(MOVEMENT_S)
        self._picture("paid")
        newest = self._newest()
        if (newest.state, newest.received) != (SaleState.PAID, AMOUNT):
            raise DemoFailed(f"The books say {newest.state} and {newest.received}.")
        self._narrate(f"Paid: the window is green, and the books have {newest.received} for sale {newest.number}.")
        window.result.new_sale.click()

    def _pay_by_card(self) -> None:
        """A tap pays, with nothing pressed after Charge."""
        window = self._window
        self._type(AMOUNT)
        self._press_charge()
        self._until(lambda: self._tap_phase() is TapPhase.READY, "the reader is ready")
        self._code()
        self._program.desk.tap_card()
        self._narrate("The customer taps the practice card.")
        self._until(lambda: window.pages.currentWidget() is window.result, "the card pays")
        self._pause(MOVEMENT_S)
        self._picture("paid-by-card")
        newest = self._newest()
        if (newest.state, newest.received, newest.tender) != (SaleState.PAID, AMOUNT, Tender.CARD):
            raise DemoFailed(f"The books say {newest.state}, {newest.received} and {newest.tender}.")
        self._narrate(f"Paid by card: {newest.received} for sale {newest.number}.")
        window.result.new_sale.click()

    def _tap_phase(self) -> TapPhase | None:
        tap = self._sale().tap
        return None if tap is None else tap.phase

    def _cancel(self) -> None:
        from pos_app.ui.pages.scenes import Action

        self._type(CANCELLED_AMOUNT)
        self._press_charge()
        self._code()
        self._window.invoice.buttons[Action.CANCEL].click()
        self._until(lambda: self._sale().state is SaleState.CANCELLED, "the sale is cancelled")
        self._narrate("Cancelled: nobody can pay this code any more.")
        self._picture("cancelled")
        self._window.invoice.primary.click()

    def _look_around(self) -> None:
        window = self._window
        window.recent.open()
        self._pause(MOVEMENT_S)
        self._picture("recent-sales")
        window.recent.close()
        self._pause(MOVEMENT_S)
        window.strip.click()
        self._pause(MOVEMENT_S)
        self._picture("status")
        window.strip.click()
        window.rail.chosen.emit("settings")
        for name in ("shop", "api", "look", "sound"):
            window.settings.open(getattr(window.settings, name))
            self._picture(f"settings-{name}")
        self._narrate("Looked at recent sales, status and settings.")

    def _sale(self) -> SaleView:
        sale = self._window.flow.current
        if sale is None:
            raise DemoFailed("There is no sale on the screen.")
        return sale

    def _newest(self) -> SaleView:
        """The newest sale by the books, not by the window."""
        answers: list[tuple[SaleView, ...]] = []
        self._program.desk.recent(1, "").succeeded.connect(answers.append)
        self._until(lambda: bool(answers), "the books answer")
        return answers[0][0]

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
        say(f"{time.monotonic() - self._began_s:5.1f} s  {words}")

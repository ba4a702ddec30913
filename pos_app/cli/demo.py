"""`pos-app demo`: the program itself, without a screen and without real money, watched and checked step by step."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pos_app.cli.cards import add_cards, allowed_hosts, simulated_card
from pos_app.cli.common import Commands, Exit, Options, Usage, add_command
from pos_app.cli.demo_stage import MOVEMENT_S, DemoFailed, DemoStage
from pos_app.config.early import PRACTICE
from pos_app.config.files import cannot_write
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import InvoiceView, Phase, TapPhase, Tender

AMOUNT = Sat(2100)
CANCELLED_AMOUNT = Sat(500)


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
    words = "a line that is cut, two stored cards, a killed program, and the line back"
    parser.add_argument("--offline", action="store_true", help=words)
    add_cards(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", default=Path("demo-out"), help="where the pictures go")


def run(options: Options) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    out = options.out.absolute()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(out, error) from error
    if options.offline:
        if options.simulate_card is not None:
            raise Usage("--offline brings cards of its own.", "Leave --simulate-card out.")
        from pos_app.cli.demo_offline import run_offline

        with _folders(options.data_dir) as folders:
            run_offline(folders, out)
        return Exit.DONE
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


class Demo(DemoStage):
    """Sales by code and by card."""

    def run(self) -> None:
        self._open()
        self._narrate("The till is open, in the practice books: no real money.")
        self._picture("start")
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

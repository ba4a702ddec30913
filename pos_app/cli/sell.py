"""`pos-app sell` and `pos-app sale`: a sale without a window."""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from pos_app.cli.cards import add_cards, allowed_hosts, simulated_card
from pos_app.cli.common import (
    Commands,
    Exit,
    Options,
    Usage,
    add_api,
    add_command,
    add_json,
    compared,
    folders_of,
    positive,
    say,
    show,
    tell,
)
from pos_app.cli.terminal import terminal_code
from pos_app.config.lock import OwnerLock, TillRunning
from pos_app.core.errors import RetryableError, UserError
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Event, InvoiceView, Phase, SaleChanged, SaleView, TapPhase, TapView

if TYPE_CHECKING:
    from pos_app.app import House
    from pos_app.till.counter import Counter
    from pos_app.till.sale import Sale

    _Find = Callable[[str], Awaitable[SaleView | Sale | None]]

PRACTICE_PAYS = ("now", "late", "never")
LOST_S = 30.0
"""How long a lost answer is looked for before the sale is given up: its code was never shown."""
UNPROVEN_S = 60.0
"""How long after the earliest moment of its death an invoice is waited for."""
LOOK_S = 0.5
ANSWER_LOST_S = 10.0
"""How long the money of a simulated card whose answer is lost is waited for."""

_OPEN = (SaleState.OPEN, SaleState.OWED, SaleState.UNCERTAIN)
_ENDS = {
    SaleState.OPEN: (Exit.UNCERTAIN, "still open"),
    SaleState.OWED: (Exit.UNCERTAIN, "not paid yet"),
    SaleState.UNCERTAIN: (Exit.UNCERTAIN, "not certain: do not charge again"),
    SaleState.PAID: (Exit.DONE, "paid"),
    SaleState.PAID_OTHERWISE: (Exit.DONE, "paid otherwise"),
    SaleState.PAID_LATE: (Exit.DONE, "paid late"),
    SaleState.REFUND_DUE: (Exit.DONE, "paid, and a refund is due"),
    SaleState.REFUNDED: (Exit.CANCELLED, "refunded"),
    SaleState.CANCELLED: (Exit.CANCELLED, "cancelled"),
    SaleState.WRITTEN_OFF: (Exit.CANCELLED, "written off"),
    SaleState.EXPIRED: (Exit.EXPIRED, "expired: nobody paid"),
}


_CARD = {
    TapPhase.READ: "Card read. Not paid yet.",
    TapPhase.ASKING: "Asking the card's issuer.",
    TapPhase.PIN: "The card needs its PIN, which can only be entered in the window.",
    TapPhase.NOT_REACHED: "Nothing was sent.",
    TapPhase.DECLINED: "Card declined.",
    TapPhase.LIMIT: "The sum is beyond the card's limit.",
    TapPhase.TAP_LOST: "The tap is used up, and no money moved.",
    TapPhase.UNREADABLE: "The card could not be read.",
    TapPhase.RECEIVE_ADDRESS: "",
    TapPhase.UNUSABLE: "",
    TapPhase.UNKNOWN: "The answer is lost. Do not charge again.",
}
_CARD_DID_NOT_PAY = (
    *(TapPhase.DECLINED, TapPhase.LIMIT, TapPhase.TAP_LOST),
    *(TapPhase.UNREADABLE, TapPhase.RECEIVE_ADDRESS, TapPhase.UNUSABLE),
)


class NoCode(UserError):
    """No invoice can be made now; the sale was cancelled."""


class NoSale(UserError):
    """These books have no sale with this invoice."""


def add(commands: Commands) -> None:
    one = add_command(commands, "sell", run_sell, "sell without a window and wait for the payment")
    one.add_argument("--sat", type=positive, required=True, metavar="N", help="the amount in satoshis")
    one.add_argument("--memo", default="", metavar="M", help="a note for the customer's wallet")
    one.add_argument("--expiry", type=positive, metavar="S", help="seconds in which the invoice can be paid")
    one.add_argument("--practice-pays", choices=PRACTICE_PAYS, help="what the practice customer does (practice only)")
    add_cards(one)
    add_json(one)
    add_api(one)
    two = add_command(commands, "sale", run_sale, "tell how a sale stands")
    two.add_argument("hash", type=payment_hash, metavar="HASH", help="the payment hash of the sale's invoice")
    two.add_argument("--wait", action="store_true", help="wait until it is decided")
    add_json(two)
    add_api(two)


def payment_hash(text: str) -> str:
    """64 hex digits."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise argparse.ArgumentTypeError("a payment hash has 64 hex digits")
    return text.lower()


def run_sell(options: Options) -> int:
    from pos_app.app import House

    card = simulated_card(options)

    async def sell() -> int:
        with _interruptions() as interrupted:
            house = House(
                folders_of(options),
                options.api,
                expiry_s=options.expiry,
                takes_cards=card is not None or not options.practice_pays,
                simulated_card=card,
                lnurl_allow=allowed_hosts(options),
            )
            async with house:
                if options.practice_pays and not house.has_customer:
                    raise Usage("--practice-pays goes with practice only.", "Add --practice, or leave it out.")
                return await _Selling(house, options, interrupted).run()

    with OwnerLock(folders_of(options).data, "sell"):
        return asyncio.run(sell())


def run_sale(options: Options) -> int:
    async def look() -> int:
        async with _finder(options) as (find, practice):
            while True:
                sale = await find(options.hash)
                if sale is None:
                    raise NoSale("These books have no sale with this invoice.", "Check the hash, and --api.")
                if sale.state not in _OPEN or not options.wait:
                    return _report(sale, options, payment_hash=options.hash, practice=practice)
                await asyncio.sleep(LOOK_S)

    return asyncio.run(look())


@asynccontextmanager
async def _finder(options: Options) -> AsyncIterator[tuple[_Find, bool]]:
    """Finds a sale by a payment hash; and whether its books are practice books.

    Where nobody is the till, this process is, and asks the API. Else the owner asks, and we read what it writes.
    """
    from pos_app.app import House, open_books

    folders = folders_of(options)
    async with AsyncExitStack() as rooms:
        try:
            rooms.enter_context(OwnerLock(folders.data, "sale"))
            house = await rooms.enter_async_context(House(folders, options.api))
        except TillRunning:
            books, store = await rooms.enter_async_context(open_books(folders, options.api))
            yield store.sale_of, books.wears_banner
        else:
            await compared(house.counter)
            await _ask_api(house.counter, options.hash)
            yield house.counter.find, house.books.wears_banner


async def _ask_api(counter: Counter, payment_hash: str) -> None:
    """Look at the sale's invoices now; where that cannot be, the books still know what was known before."""
    sale = await counter.find(payment_hash)
    if sale is None:
        return
    try:
        await counter.check_now(sale.sale_id)
    except (RetryableError, UserError) as error:
        tell(f"pos-app: The payments API could not be asked. {error}")


class _Selling:
    """One sale from the command line: charge, show the invoice, wait for the end."""

    def __init__(self, house: House, options: Options, interrupted: asyncio.Event) -> None:
        self._house = house
        self._options = options
        self._interrupted = interrupted
        self._heard: dict[str, SaleView] = {}
        self._news = asyncio.Event()
        self._shown: InvoiceView | None = None
        self._tap: TapView | None = None
        self._declined = ""

    async def run(self) -> int:
        counter = self._house.counter
        stop_listening = counter.subscribe(self._hear)
        try:
            await compared(counter)
            sale = await counter.charge(Sat(self._options.sat), note=self._options.memo)
            sale = await self._decided(sale)
        finally:
            stop_listening()
        shown = self._shown
        return _report(
            sale,
            self._options,
            payment_hash=shown.payment_hash if shown else None,
            bolt11=shown.bolt11 if shown else None,
            practice=self._house.books.wears_banner,
            declined=self._declined,
        )

    def _hear(self, event: Event) -> None:
        if isinstance(event, SaleChanged):
            self._heard[event.sale.sale_id] = event.sale
            self._news.set()

    async def _decided(self, sale: SaleView) -> SaleView:
        """Follow the sale until it is not open any more, or until it can only be found out later."""
        while True:
            sale = self._heard.get(sale.sale_id, sale)
            if sale.state is not SaleState.OPEN:
                return sale
            if sale.invoice is not None and self._shown is None:
                self._show(sale.invoice)
            if sale.phase is Phase.NO_CODE and self._shown is None:
                await self._give_up(sale)
            if self._interrupted.is_set():
                return await self._cancelled(sale)
            if await self._card_did_not_pay(sale):
                return await self._house.counter.cancel(sale.sale_id)
            if not await self._next(self._patience_s(sale)):
                if self._shown is None:
                    await self._give_up(sale)
                if self._is_lost(sale):
                    return await self._house.counter.stop_waiting(sale.sale_id)
                return sale

    async def _card_did_not_pay(self, sale: SaleView) -> bool:
        """Tell what becomes of a card; whether it is a simulated one, and that was it."""
        tap = sale.tap
        if tap is None or tap == self._tap:
            return False
        self._tap = tap
        said = _words_of(tap)
        if said:
            tell(said)
        if tap.phase is TapPhase.PIN:
            await self._house.counter.dismiss_pin(sale.sale_id)
        given_up = tap.phase is TapPhase.NOT_REACHED and tap.since_monotonic_s is None
        if self._options.simulate_card is None or not (given_up or tap.phase in _CARD_DID_NOT_PAY):
            return False
        self._declined = said
        return True

    def _is_lost(self, sale: SaleView) -> bool:
        """Whether a simulated card may have paid, and nobody will ever say so."""
        lost = sale.tap is not None and sale.tap.phase is TapPhase.UNKNOWN
        return lost and self._options.simulate_card is not None

    def _patience_s(self, sale: SaleView) -> float | None:
        """How long to wait for the next news; None: as long as it takes."""
        if sale.phase is Phase.CHECKING and self._shown is None:
            return LOST_S
        if self._is_lost(sale):
            return ANSWER_LOST_S
        if sale.phase is Phase.ENDING and sale.safe_at_monotonic_s is not None:
            return max(0.0, sale.safe_at_monotonic_s - self._house.clock.monotonic_s()) + UNPROVEN_S
        return None

    async def _next(self, patience_s: float | None) -> bool:
        """Wait for news of the sale or for Ctrl-C; False if neither came in time."""
        waits = [asyncio.create_task(self._news.wait()), asyncio.create_task(self._interrupted.wait())]
        try:
            done, _ = await asyncio.wait(waits, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._news.clear()
        return bool(done)

    async def _cancelled(self, sale: SaleView) -> SaleView:
        """The rule for Ctrl-C: cancel where that is safe, else stop waiting. A second Ctrl-C leaves the sale open."""
        tell("Cancelling…")
        counter = self._house.counter
        self._interrupted.clear()
        act = counter.cancel if sale.can_cancel else counter.stop_waiting
        sale = await act(sale.sale_id)
        while sale.state is SaleState.OPEN and not self._interrupted.is_set():
            await self._next(None)
            sale = self._heard.get(sale.sale_id, sale)
        return sale

    async def _give_up(self, sale: SaleView) -> NoReturn:
        """No code was ever shown, so nobody can pay: cancel the sale and say why."""
        from pos_app.payments.errors import AnswerLost

        await self._house.counter.cancel(sale.sale_id)
        await self._house.client.wallet()  # raises what is wrong with the API, if that is it
        if sale.problem is None or sale.phase is Phase.CHECKING:
            raise AnswerLost("The server did not say whether it made the invoice. No code was shown: the sale is void.")
        raise NoCode(sale.problem.message, sale.problem.cure)

    def _show(self, invoice: InvoiceView) -> None:
        self._shown = invoice
        out = tell if self._options.json else say
        out(invoice.bolt11)
        out(terminal_code(invoice.bolt11))
        tell("Waiting for the payment. Ctrl-C cancels.")
        if self._options.practice_pays:
            self._house.let_customer_pay(invoice.bolt11, self._options.practice_pays)
        if self._options.simulate_card is not None:
            self._house.tap_card()


def _words_of(tap: TapView) -> str:
    if tap.phase not in _CARD:
        return ""
    quoted = f"The issuer says: “{tap.reason}”" if tap.reason else ""
    return " ".join(part for part in (_CARD[tap.phase], tap.words, quoted) if part)


def _report(
    sale: SaleView | Sale,
    options: Options,
    *,
    payment_hash: str | None,
    practice: bool,
    bolt11: str | None = None,
    declined: str = "",
) -> int:
    code, words = _ENDS[sale.state]
    result: dict[str, object] = {
        "state": sale.state.value,
        "number": sale.number,
        "reference": sale.reference,
        "amount_sat": sale.total.value,
        "received_sat": sale.received.value,
        "memo": sale.note,
        "practice": practice,
        "payment_hash": payment_hash,
        "made_at_s": sale.made_at_s,
        "closed_at_s": sale.closed_at_s,
        "exit": int(code),
    }
    if bolt11:
        result["bolt11"] = bolt11
    if sale.tender is not None:
        result["tender"] = sale.tender.value
    if declined:
        result["declined"] = declined
        words = f"{words}. {declined.removesuffix('.')}"
    money = f"{sale.total} of practice money" if practice else str(sale.total)
    show(result, f"Sale {sale.number} ({sale.reference}), {money}: {words}.", as_json=options.json)
    return code


@contextmanager
def _interruptions() -> Iterator[asyncio.Event]:
    """Set at each Ctrl-C (or request to end), instead of ending the program."""
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(interrupted.set)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""The practice card service, asked over HTTP by the till's own withdraw code."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import trustme

from pos_app.core import bolt11
from pos_app.core.bolt11 import InvoiceError
from pos_app.core.money import Msat, Sat
from pos_app.lnurl.card import card_link
from pos_app.lnurl.withdraw import LinkRefused, Outcome, Step, Submitted, WithdrawError, WithdrawOffer, look_up, submit
from pos_app.net.allow import AllowList
from pos_app.net.fetch import Fetcher
from pos_app.net.url import Url
from pos_app.nfc import ndef
from pos_app.nfc.events import CardRead, CardSeen
from pos_app.practice.accounts import K1_LIFE_S, Terms
from pos_app.practice.cards import BoltCard
from pos_app.practice.customer import PayEnd, PayMode, PracticeCustomer
from pos_app.practice.faults import CARD_PIN, SLOW_S, Fault, Faults
from pos_app.practice.field import Field
from pos_app.practice.issuer import Issuer, paid_by
from pos_app.practice.server import HOST, listen, serving
from tests.support.cards import field_reader
from tests.support.clock import ManualClock


def invoice(amount_sat: int = 100) -> str:
    return bolt11.encode(
        network=bolt11.Network.REGTEST,
        amount=Sat(amount_sat).to_msat(),
        payment_hash="11" * 32,
        payment_secret="22" * 32,
        made_at_s=1_795_000_000,
        expiry_s=600,
        private_key="33" * 32,
    )


class Clock(ManualClock):
    """Tells when somebody waits by it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asked.set()
        await super().sleep(seconds)


class Desk:
    """An issuer that is served, its payer's purse, and a till's fetcher."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.host_port = ""
        self.asked_to_pay = asyncio.Event()
        self.may_pay = asyncio.Event()
        self.may_pay.set()
        self.paid: list[tuple[str, PayMode]] = []
        self.fails: str | None = None
        self.fetcher = Fetcher(AllowList([HOST]))
        self.faults = Faults()

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        self.issuer = await Issuer.open(self.folder, self.pay, self.clock, self.faults)
        try:
            async with self.issuer.serve() as self.host_port:
                yield
        finally:
            await self.issuer.close()

    async def card(self, **terms: Any) -> BoltCard:
        return await self.issuer.card(self.host_port, terms=Terms(**terms))

    async def pay(self, text: str, mode: PayMode) -> str | None:
        self.asked_to_pay.set()
        await self.may_pay.wait()
        if self.fails is None:
            self.paid.append((text, mode))
        return self.fails

    def url(self, card: BoltCard) -> Url:
        """A tap, by the card's own file."""
        for command in ("00A4040007D276000085010100", "00A4000C02E104"):
            assert card.apdu(bytes.fromhex(command)) == b"\x90\x00"
        card.apdu(bytes.fromhex("00B0000002"))
        return card_link([record.text or "" for record in ndef.decode(card.message)], self.fetcher.allow).url

    async def tap(self, card: BoltCard) -> WithdrawOffer:
        return await look_up(self.fetcher, self.url(card))

    async def submit(self, card: BoltCard, amount_sat: int = 100, pin: str | None = None) -> Submitted:
        return await submit(self.fetcher, await self.tap(card), invoice(amount_sat), pin)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    desk = Desk(tmp_path)
    async with desk.open():
        yield desk


async def test_a_tap_pays_an_invoice(desk: Desk) -> None:
    card = await desk.card(tap_limit=Sat(500))
    offer = await desk.tap(card)
    assert (offer.min, offer.max, offer.pin_limit) == (Msat(1000), Msat(500_000), None)
    assert await submit(desk.fetcher, offer, invoice()) == Submitted(Outcome.PENDING)
    assert desk.paid == [(invoice(), PayMode.NOW)]


async def test_the_simulated_reader_and_the_service_fit(desk: Desk) -> None:
    field = Field()
    with field_reader(field) as (_, told):
        field.put(await desk.card())
        assert await asyncio.to_thread(told.next) == CardSeen(armed=True)
        read = await asyncio.to_thread(told.next)
    assert isinstance(read, CardRead)
    offer = await look_up(desk.fetcher, card_link(read.texts, desk.fetcher.allow).url)
    assert offer.description == "Practice card"


async def test_a_tap_counts_once_and_older_ones_never(desk: Desk) -> None:
    card = await desk.card()
    older, newer = desk.url(card), desk.url(card)
    await look_up(desk.fetcher, newer)
    for url in (newer, older):
        with pytest.raises(LinkRefused, match="already used") as caught:
            await look_up(desk.fetcher, url)
        assert caught.value.used


async def test_an_altered_tap(desk: Desk) -> None:
    card = await desk.card()
    other = await desk.issuer.card(desk.host_port, "other")
    url, foreign = desk.url(card), desk.url(other)
    with pytest.raises(LinkRefused, match="CMAC"):
        await look_up(desk.fetcher, Url.parse(url.text[:-1] + ("0" if url.text[-1] != "0" else "1")))
    with pytest.raises(LinkRefused, match="decrypting"):
        await look_up(desk.fetcher, Url.parse(url.text.replace("?p=", "?p=0")))
    with pytest.raises(LinkRefused, match="CMAC"):
        await look_up(desk.fetcher, Url.parse(url.text.split("&c=")[0] + "&c=" + foreign.text.split("&c=")[1]))
    with pytest.raises(LinkRefused, match="decrypting"):
        await look_up(desk.fetcher, Url.parse(url.text.split("?")[0]))
    assert (await desk.tap(card)).k1


async def test_limits(desk: Desk) -> None:
    card = await desk.card(tap_limit=Sat(100), day_limit=Sat(150))
    assert (await desk.submit(card, 101)).reason.endswith("Max allowed: 100 sats.")
    assert (await desk.submit(card, 100)).outcome is Outcome.PENDING
    assert await desk.submit(card, 51) == Submitted(Outcome.LIKELY_FAILED, "Max daily limit spent.")
    assert (await desk.submit(card, 50)).outcome is Outcome.PENDING
    await desk.clock.advance(24 * 3600)
    assert (await desk.submit(card, 100)).outcome is Outcome.PENDING


async def test_a_pin_is_due_from_its_limit_on_and_three_wrong_ones_lock_the_card(desk: Desk) -> None:
    card = await desk.card(pin="0420", pin_limit=Sat(50))
    assert (await desk.tap(card)).pin_limit == Msat(50_000)
    assert (await desk.submit(card, 49)).outcome is Outcome.PENDING
    assert (await desk.submit(card, 50, "0420")).outcome is Outcome.PENDING
    for pin in (None, "1111", "é"):
        assert await desk.submit(card, 50, pin) == Submitted(Outcome.LIKELY_FAILED, "Wrong PIN.")
    with pytest.raises(LinkRefused, match="disabled"):
        await desk.tap(card)


async def test_k1_is_good_once_and_for_some_minutes(desk: Desk) -> None:
    card = await desk.card()
    offer = await desk.tap(card)
    assert (await submit(desk.fetcher, offer, invoice())).outcome is Outcome.PENDING
    assert (await submit(desk.fetcher, offer, invoice())).outcome is Outcome.LIKELY_FAILED
    offer = await desk.tap(card)
    await desk.clock.advance(K1_LIFE_S + 1)
    assert (await submit(desk.fetcher, offer, invoice())).reason == "Unknown or expired k1."
    assert len(desk.paid) == 1


@pytest.mark.parametrize(
    ("faults", "outcome", "paid"),
    [
        ((), Outcome.PENDING, [PayMode.NOW]),
        ((Fault.ISSUER_PAYS_LATE,), Outcome.PENDING, [PayMode.LATE]),
        ((Fault.ISSUER_NEVER_PAYS,), Outcome.PENDING, []),
        ((Fault.ISSUER_FORGETS,), Outcome.UNKNOWN, [PayMode.NOW]),
        ((Fault.ISSUER_FORGETS, Fault.ISSUER_NEVER_PAYS), Outcome.UNKNOWN, []),
        ((Fault.ISSUER_TWICE,), Outcome.PENDING, [PayMode.NOW, PayMode.NOW]),
    ],
)
async def test_faults(desk: Desk, faults: tuple[Fault, ...], outcome: Outcome, paid: list[PayMode]) -> None:
    for fault in faults:
        desk.issuer.faults.set(fault, True)
    assert (await desk.submit(await desk.card())).outcome is outcome
    assert [mode for _, mode in desk.paid] == paid
    for fault in faults:
        desk.issuer.faults.set(fault, False)
    assert (await desk.submit(await desk.card())).outcome is Outcome.PENDING
    assert len(desk.paid) == len(paid) + 1


async def test_a_payer_that_cannot_pay(desk: Desk) -> None:
    desk.fails = "no money"
    card = await desk.card()
    assert await desk.submit(card) == Submitted(Outcome.LIKELY_FAILED, "Payment failed - no money")
    desk.issuer.faults.set(Fault.ISSUER_PAYS_LATE, True)
    assert (await desk.submit(card)).outcome is Outcome.PENDING


async def test_a_promised_payment_ends_with_the_service(desk: Desk) -> None:
    desk.issuer.faults.set(Fault.ISSUER_PAYS_LATE, True)
    desk.may_pay.clear()
    assert (await desk.submit(await desk.card())).outcome is Outcome.PENDING
    await desk.asked_to_pay.wait()
    assert desk.paid == []


async def slow(desk: Desk) -> asyncio.Task[Submitted]:
    """A tap whose invoice lies at the slow service."""
    desk.issuer.faults.set(Fault.ISSUER_SLOW, True)
    asked = asyncio.create_task(desk.submit(await desk.card()))
    await desk.clock.asked.wait()
    return asked


async def test_a_slow_service(desk: Desk) -> None:
    asked = await slow(desk)
    await desk.clock.advance(SLOW_S - 0.1)
    assert not asked.done() and desk.paid == []
    await desk.clock.advance(0.1)
    assert (await asked).outcome is Outcome.PENDING
    assert len(desk.paid) == 1


async def test_a_slow_service_that_goes_down_breaks_off(desk: Desk) -> None:
    asked = await slow(desk)
    desk.issuer.faults.set(Fault.ISSUER_DOWN, True)
    assert (await asked).outcome is Outcome.UNKNOWN
    assert desk.paid == []


async def test_a_service_that_is_down_refuses_connections_and_comes_back(desk: Desk) -> None:
    card = await desk.card()
    for _ in range(3):
        desk.issuer.faults.set(Fault.ISSUER_DOWN, True)
        with pytest.raises(WithdrawError) as caught:
            await desk.tap(card)
        assert caught.value.step is Step.CONNECT
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(HOST, int(desk.host_port.split(":")[1]))
        desk.issuer.faults.set(Fault.ISSUER_DOWN, False)
        desk.issuer.faults.set(Fault.ISSUER_DOWN, True)
        desk.issuer.faults.set(Fault.ISSUER_DOWN, False)
        assert (await desk.submit(card)).outcome is Outcome.PENDING


async def test_a_service_that_is_down_from_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "again"
    folder.mkdir()
    shop = Desk(folder)
    shop.faults.set(Fault.ISSUER_DOWN, True)
    async with shop.open():
        with pytest.raises(WithdrawError):
            await shop.tap(await shop.card())


async def test_a_second_answer(desk: Desk) -> None:
    desk.issuer.faults.set(Fault.ISSUER_TWICE, True)
    reader, writer = await asyncio.open_connection(HOST, int(desk.host_port.split(":")[1]))
    writer.write(b"GET /card HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await reader.read()).count(b"HTTP/1.1 200 OK") == 2
    writer.close()
    await writer.wait_closed()


async def test_the_card_in_hand_is_another_one_with_a_fault(desk: Desk) -> None:
    in_hand = await desk.issuer.hand(desk.host_port)
    good = in_hand()
    desk.issuer.faults.set(Fault.CARD_EMPTY, True)
    empty = in_hand()
    assert await desk.submit(empty, 1) == Submitted(Outcome.LIKELY_FAILED, "Max daily limit spent.")
    assert (await desk.submit(good)).outcome is Outcome.PENDING
    desk.issuer.faults.set(Fault.CARD_EMPTY, False)
    assert in_hand() is good
    assert (await desk.submit(empty, 1)).outcome is Outcome.LIKELY_FAILED


async def test_a_card_that_asks_for_its_pin(desk: Desk) -> None:
    in_hand = await desk.issuer.hand(desk.host_port)
    desk.issuer.faults.set(Fault.CARD_PIN, True)
    assert (await desk.tap(in_hand())).pin_limit == Msat(0)
    assert await desk.submit(in_hand(), 50, "0000") == Submitted(Outcome.LIKELY_FAILED, "Wrong PIN.")
    assert (await desk.submit(in_hand(), 50, CARD_PIN)).outcome is Outcome.PENDING
    desk.issuer.faults.set(Fault.CARD_EMPTY, True)
    assert (await desk.submit(in_hand(), 50, CARD_PIN)).reason == "Max daily limit spent."
    desk.issuer.faults.set(Fault.CARD_EMPTY, False)
    desk.issuer.faults.set(Fault.CARD_PIN, False)
    assert (await desk.tap(in_hand())).pin_limit is None


async def test_a_card_that_was_locked_is_good_again_after_a_restart(desk: Desk) -> None:
    card = await desk.card(pin=CARD_PIN)
    for _ in range(3):
        await desk.submit(card, 50, "0000")
    with pytest.raises(LinkRefused, match="disabled"):
        await desk.tap(card)
    assert (await desk.submit(await desk.card(pin=CARD_PIN), 50, CARD_PIN)).outcome is Outcome.PENDING


async def test_a_restart_forgets_nothing(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    folder.mkdir()
    shop = Desk(folder)
    async with shop.open():
        card = await shop.card(tap_limit=Sat(100), day_limit=Sat(150))
        first, waiting = await shop.tap(card), shop.url(card)
        assert (await submit(shop.fetcher, first, invoice())).outcome is Outcome.PENDING
        offer = await shop.tap(card)
        host_port = shop.host_port
    async with shop.open():
        assert shop.host_port == host_port
        card = await shop.card(tap_limit=Sat(100), day_limit=Sat(150))
        assert (await submit(shop.fetcher, first, invoice())).reason == "Unknown or expired k1."
        assert (await submit(shop.fetcher, offer, invoice(51))).reason == "Max daily limit spent."
        with pytest.raises(LinkRefused, match="already used"):
            await look_up(shop.fetcher, waiting)  # an older tap than that of the offer
        late = shop.url(card)
        assert (await shop.submit(card, 50)).outcome is Outcome.PENDING
        with pytest.raises(LinkRefused, match="already used"):
            await look_up(shop.fetcher, late)


async def test_a_port_that_is_taken_is_replaced(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    folder.mkdir()
    shop = Desk(folder)
    async with shop.open():
        taken = shop.host_port
    with listen(int(taken.split(":")[1])):
        async with shop.open():
            assert shop.host_port != taken
            assert (await shop.submit(await shop.card())).outcome is Outcome.PENDING


async def test_the_practice_customer_pays() -> None:
    ends: list[PayEnd | InvoiceError] = [PayEnd.PAID, PayEnd.ALREADY_PAID, InvoiceError("This is for mainnet.")]

    class Customer:
        async def pay(self, _text: str, _mode: PayMode) -> PayEnd:
            end = ends.pop(0)
            if isinstance(end, InvoiceError):
                raise end
            return end

    pay = paid_by(cast("PracticeCustomer", Customer()))
    assert await pay("x", PayMode.NOW) is None
    assert "already paid" in (await pay("x", PayMode.NOW) or "")
    assert await pay("x", PayMode.NOW) == "This is for mainnet."


async def test_what_is_no_invoice(desk: Desk) -> None:
    card = await desk.card()
    told = await submit(desk.fetcher, await desk.tap(card), "lnbc1x")
    assert told == Submitted(Outcome.LIKELY_FAILED, "Invalid invoice.")
    answer = await desk.fetcher.get(Url.parse(f"http://{desk.host_port}/x"), timeout_s=5)
    assert answer.status == 404


async def test_over_tls(desk: Desk, tmp_path: Path) -> None:
    authority = trustme.CA()
    pem = tmp_path / "cert.pem"
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(pem)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with serving(desk.issuer.app, listen(), certificate=pem) as host_port:
        desk.fetcher = Fetcher(AllowList([f"https://{host_port}"]), tls=trust)
        card = await desk.issuer.card(host_port)
        offer = await desk.tap(card)
        assert offer.callback.origin == f"https://{host_port}"
        assert (await submit(desk.fetcher, offer, invoice())).outcome is Outcome.PENDING

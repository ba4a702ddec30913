"""Sales and cards in any order, a backup at any moment, and a restore of it: all money is booked or listed.

`POS_DRILL_ROUNDS` sets how many stories are told.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.payments.models import Payment, PaymentStatus
from pos_app.till import health
from pos_app.till.states import SaleState
from tests.support.drills import rounds
from tests.unit.till.fake_api import FakeApi, FakeInvoice, Fault
from tests.unit.till.fake_issuer import tap_link
from tests.unit.till.harness import EXPIRY_S, REMOTE, TillClock
from tests.unit.till.restoring import Vault
from tests.unit.till.shop import Shop

pytestmark = pytest.mark.drill

GRACE_S = 115.0
ACTS = (
    *("charge", "charge", "store", "store", "pay", "cancel", "stop waiting", "take back", "cash"),
    *("line down", "line up", "line up", "minute", "expiry", "restart", "lost answer", "late answer", "silent issuer"),
)
MONEY_BOOKED = (SaleState.PAID, SaleState.PAID_LATE, SaleState.REFUND_DUE, SaleState.REFUNDED)


@dataclass(slots=True)
class StrictApi(FakeApi):
    """Makes no second invoice of a sale while one can be paid."""

    doubles: list[str] = field(default_factory=list)

    async def create_invoice(self, *, amount: Sat, memo: str, expiry_s: int, extra: dict[str, object]) -> Payment:
        if not self.down and any(self.is_payable(each, grace_s=GRACE_S) for each in self.of(str(extra["reference"]))):
            self.doubles.append(memo)
        return await FakeApi.create_invoice(self, amount=amount, memo=memo, expiry_s=expiry_s, extra=extra)

    def of(self, reference: str) -> list[FakeInvoice]:
        return [each for each in self.invoices.values() if each.extra.get("reference") == reference]


class Story:
    """One till from its first sale to the end of its second life."""

    def __init__(self, folder: Path, *, engine: bool) -> None:
        self.api = StrictApi(
            TillClock(),
            is_embedded=engine,
            can_cancel=engine,
            source_ok=True if engine else None,
            push_up=engine,
            fails_expired=engine,
        )
        self.shop = Shop(folder / "books", self.api, name="This computer" if engine else REMOTE)
        self.vault = Vault(self.shop, folder)
        self.taps = 0

    async def tell(self, before: list[str], after: list[str], later: list[str]) -> None:
        await self.shop.start()
        for act in before:
            await self.act(act)
        await self.vault.back_up()
        for act in after:
            await self.act(act)
        await self.vault.restore()
        for act in later:
            await self.act(act)
        await self.come_to_rest()
        self.check()
        await self.shop.stop()

    async def act(self, act: str) -> None:
        shop, counter = self.shop, self.shop.counter
        try:
            match act:
                case "charge":
                    await counter.charge(Sat(2100))
                case "store":
                    await counter.charge(Sat(700), store=True)
                    await shop.quiet()
                    self.taps += 1
                    shop.touch(tap_link(self.taps, 1))
                case "pay":
                    if payable := [each for each in self.api.invoices.values() if self.api.is_payable(each)]:
                        self.api.settle(payable[len(payable) // 2].payment_hash)
                case "cancel" | "stop waiting":
                    command = counter.cancel if act == "cancel" else counter.stop_waiting
                    await self.on_first(SaleState.OPEN, command)
                case "take back":
                    await self.on_first(SaleState.OWED, counter.take_back)
                case "cash":
                    await self.on_first(SaleState.OWED, counter.queue.paid_otherwise)
                case "lost answer" | "late answer":
                    self.api.fail("create", Fault.AFTER if act == "lost answer" else Fault.LATE)
                case "silent issuer":
                    shop.issuer.pays = not shop.issuer.pays
                case "line down" | "line up":
                    self.api.down = act == "line down"
                    await shop.pass_time(8)
                case "minute":
                    await shop.pass_time(60)
                case "expiry":
                    await shop.pass_time(EXPIRY_S + 130)
                case "restart":
                    await shop.restart()
        except UserError:
            pass  # refused in words
        await shop.quiet()

    async def on_first(self, state: SaleState, command: Callable[[str], object]) -> None:
        for sale in await self.shop.counter.recent(100):
            if sale.state is state:
                await command(sale.sale_id)  # type: ignore[misc]
                return

    async def come_to_rest(self) -> None:
        self.api.down = False
        self.api.run_late()
        self.api.faults.clear()
        await self.shop.pass_time(130)
        await self.shop.counter.wait_compared(0)
        self.shop.issuer.pay_late()
        await self.shop.pass_time(2 * EXPIRY_S)
        await self.shop.pass_time(3700)

    def check(self) -> None:
        assert self.api.doubles == [], "no second living invoice is made"
        assert len(set(self.shop.issuer.paid)) == len(self.shop.issuer.paid), "no hash is paid twice"
        booked = dict(self.shop.rows("SELECT payment_hash, settled_msat FROM sale_invoice"))
        listed = dict(self.shop.rows("SELECT payment_hash, is_paid FROM unassigned"))
        states = dict(
            self.shop.rows("SELECT payment_hash, state FROM sale_invoice JOIN sale ON sale.id = sale_invoice.sale_id")
        )
        for invoice in self.api.invoices.values():
            if invoice.status is not PaymentStatus.SUCCESS:
                continue
            if invoice.payment_hash in booked:
                assert booked[invoice.payment_hash] == invoice.amount.value
                assert states[invoice.payment_hash] in MONEY_BOOKED
            else:
                assert listed[invoice.payment_hash] == 1, "money is listed"
        for tap, sale in self.shop.rows("SELECT tap.state, sale.state FROM tap JOIN sale ON sale.id = tap.sale_id"):
            assert tap != "unknown", f"a tap without an end, of a sale that is {sale}"
        numbers = [row[0] for row in self.shop.rows("SELECT number FROM sale UNION ALL SELECT number FROM unassigned")]
        assert len(numbers) - len(set(numbers)) <= self.lost_invoices_again(), "numbers are used once"

    def lost_invoices_again(self) -> int:
        """Several lost invoices of one lost sale have its number."""
        query = "SELECT count(*) - count(DISTINCT reference) FROM unassigned"
        return int(self.shop.rows(query)[0][0])


STEPS = st.lists(st.sampled_from(ACTS), max_size=7)


@settings(
    max_examples=rounds(3, 400),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
@given(before=STEPS, after=STEPS, later=st.lists(st.sampled_from(ACTS), max_size=4), engine=st.booleans())
def test_all_money_is_booked_or_listed(before: list[str], after: list[str], later: list[str], engine: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "PROBE_S", 20.0)  # long times would be mostly probes
        asyncio.run(Story(Path(folder), engine=engine).tell(["charge", *before], after, later))

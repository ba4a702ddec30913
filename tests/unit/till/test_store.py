"""Moves on disk: what is stored, what is refused, and what the journal says of it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pos_app.core.bolt11 import Invoice, Network
from pos_app.core.errors import BugError, UserError
from pos_app.core.money import Fiat, Msat, Sat
from pos_app.till.journal import JournalBroken
from pos_app.till.sale import NewSale, Rate, Sale
from pos_app.till.states import Cause, IllegalMove, SaleState
from pos_app.till.store import Store
from pos_app.till.views import Tender
from tests.support.clock import ManualClock


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path, clock)
    yield store
    await store.close()


def invoice(number: int, sat: int = 2100) -> Invoice:
    return Invoice(
        text=f"lnbcrt{number}",
        network=Network.REGTEST,
        amount=Sat(sat).to_msat(),
        payment_hash=f"{number:064x}",
        description="",
        description_hash=None,
        made_at_s=1_795_000_000,
        expiry_s=600,
        payee="02",
        fields={},
    )


async def open_sale(store: Store, number: int, *, replaces: str | None = None) -> Sale:
    sale = await store.begin(NewSale(Sat(2100), replaces=replaces))
    bound = await store.bind(sale.id, invoice(number))
    assert bound is not None
    return bound


async def settle(store: Store, number: int) -> Sale:
    return (await store.settle(invoice(number).payment_hash, Sat(2100).to_msat()))[0]


async def state(store: Store, sale: Sale) -> SaleState:
    found = await store.sale(sale.id)
    assert found is not None
    return found.state


async def test_every_fact_of_a_sale_comes_back(store: Store, clock: ManualClock) -> None:
    rate = Rate(Decimal("86812.5"), ("one", "two"), clock.time_s() - 40)
    new = NewSale(Sat(16_703), Sat(835), Fiat(1450, "EUR"), rate, "two teas")
    sale = await store.begin(new)
    assert await store.sale(sale.id) == sale
    assert (sale.amount, sale.tip, sale.total) == (Sat(16_703), Sat(835), Sat(17_538))
    assert (sale.fiat, sale.rate, sale.note) == (new.fiat, rate, "two teas")
    assert (sale.book, sale.till) == (store.identity.book, store.identity.till)
    assert (sale.state, sale.made_at_s, sale.closed_at_s) == (SaleState.OPEN, clock.time_s(), None)


async def test_the_identity_stays(tmp_path: Path, clock: ManualClock) -> None:
    identities = set()
    for _ in range(2):
        store = await Store.open(tmp_path, clock)
        identities.add(store.identity)
        await store.close()
    assert len(identities) == 1


async def test_a_hash_counts_once(store: Store) -> None:
    sale = await open_sale(store, 1)
    assert (await settle(store, 1)).state is SaleState.PAID
    assert await store.settle(invoice(1).payment_hash, Msat(1)) == ()
    assert await state(store, sale) is SaleState.PAID


async def test_money_on_a_second_hash_is_due_back_and_adds_up(store: Store) -> None:
    sale = await open_sale(store, 1)
    await store.step(sale.id, Cause.STOPPED_WAITING)
    for number in (2, 3):
        await store.declare_dead(invoice(number - 1).payment_hash, "time")
        await store.bind(sale.id, invoice(number))
    assert (await settle(store, 3)).state is SaleState.PAID
    assert (await settle(store, 1)).state is SaleState.REFUND_DUE
    due = await settle(store, 2)
    assert (due.state, due.received) == (SaleState.REFUND_DUE, Sat(6300))


async def test_one_living_invoice(store: Store) -> None:
    sale = await open_sale(store, 1)
    with pytest.raises(BugError, match="second living"):
        await store.bind(sale.id, invoice(2))


async def test_one_invoice_for_two_sales_is_refused(store: Store) -> None:
    await open_sale(store, 1)
    other = await store.begin(NewSale(Sat(2100)))
    with pytest.raises(UserError, match="one invoice to two sales"):
        await store.bind(other.id, invoice(1))


async def test_a_closed_sale_gets_no_invoice(store: Store) -> None:
    sale = await store.begin(NewSale(Sat(1)))
    await store.cancel(sale.id, ())
    assert await store.bind(sale.id, invoice(1)) is None


@pytest.mark.parametrize(
    ("causes", "after"),
    [
        ([Cause.STOPPED_WAITING, Cause.VOIDED], SaleState.REFUND_DUE),
        ([Cause.STOPPED_WAITING, Cause.WRITTEN_OFF], SaleState.PAID_LATE),
        ([Cause.CANCELLED], SaleState.PAID_LATE),
        ([Cause.PAID_OTHERWISE], SaleState.REFUND_DUE),
        ([Cause.TAP_STORED], SaleState.PAID),
    ],
)
async def test_money_after_the_end(store: Store, causes: list[Cause], after: SaleState) -> None:
    sale = await open_sale(store, 1)
    for cause in causes:
        await store.step(sale.id, cause, reason="why")
    assert (await settle(store, 1)).state is after


async def test_given_back(store: Store) -> None:
    sale = await open_sale(store, 1)
    await store.cancel(sale.id, ())
    await settle(store, 1)
    await store.step(sale.id, Cause.GOODS_NOT_GIVEN)
    (refunded,) = await store.step(sale.id, Cause.REFUNDED, how="cash", note="at the counter")
    assert refunded.state is SaleState.REFUNDED


async def test_paid_otherwise_keeps_its_tender(store: Store) -> None:
    sale = await open_sale(store, 1)
    (closed,) = await store.step(sale.id, Cause.PAID_OTHERWISE)
    assert closed.tender is Tender.OTHER
    assert (await settle(store, 1)).tender is Tender.OTHER


async def test_death_expires_an_open_sale_only(store: Store) -> None:
    sale, other = await open_sale(store, 1), await open_sale(store, 2)
    await store.step(other.id, Cause.STOPPED_WAITING)
    for number in (1, 2):
        await store.declare_dead(invoice(number).payment_hash, "time")
    assert await state(store, sale) is SaleState.EXPIRED
    assert await state(store, other) is SaleState.UNCERTAIN
    assert await store.declare_dead(invoice(1).payment_hash, "time") == ()


async def test_an_illegal_move_changes_nothing(store: Store) -> None:
    sale = await open_sale(store, 1)
    before = await store.verify_journal()
    with pytest.raises(IllegalMove):
        await store.step(sale.id, Cause.REFUNDED)
    assert await store.verify_journal() == before
    assert await state(store, sale) is SaleState.OPEN


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (1, 3, 2), (2, 1, 3), (3, 1, 2), (2, 3, 1)])
async def test_the_same_goods_three_times(store: Store, order: tuple[int, ...]) -> None:
    """Whatever the order of the payments, one sale keeps the money and two are due back."""
    sales: list[Sale] = []
    for number in (1, 2, 3):
        sales.append(await open_sale(store, number, replaces=sales[-1].id if sales else None))
        if number < 3:
            await store.cancel(sales[-1].id, ())
    for number in order:
        await settle(store, number)
    assert [await state(store, sale) for sale in sales] == [SaleState.REFUND_DUE] * 2 + [SaleState.PAID]


async def test_search_by_time(store: Store, clock: ManualClock) -> None:
    sale = await store.begin(NewSale(Sat(1)))
    local = datetime.fromtimestamp(clock.time_s())
    assert await store.recent(20, f"{local.hour}:{local.minute:02}") == (sale,)
    assert await store.recent(20, f"{(local.hour + 1) % 24}:{local.minute:02}") == ()


class TestJournal:
    async def test_each_move_is_one_row(self, store: Store, tmp_path: Path) -> None:
        sale = await open_sale(store, 1)
        await store.cancel(sale.id, ())
        await settle(store, 1)
        assert (await store.verify_journal())[0] == 4
        connection = sqlite3.connect(tmp_path / "till.db")
        rows = connection.execute("SELECT kind, json_extract(data, '$.on') FROM journal ORDER BY seq").fetchall()
        connection.close()
        assert rows == [("move", "charged"), ("invoice", None), ("move", "cancelled"), ("move", "settled")]

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE journal SET data = replace(data, '2100', '21') WHERE seq = 1",
            "UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 2",
            "DELETE FROM journal WHERE seq = 2",
            "UPDATE journal SET sale_id = 'x' WHERE seq = 3",
            "UPDATE meta SET value = 'other' WHERE key = 'book'",
        ],
    )
    async def test_a_change_from_outside_is_found(self, store: Store, tmp_path: Path, change: str) -> None:
        sale = await open_sale(store, 1)
        await store.cancel(sale.id, ())
        await store.verify_journal()
        connection = sqlite3.connect(tmp_path / "till.db")
        for trigger in ("journal_row_stays", "journal_row_is_final"):
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(change)
        connection.commit()
        connection.close()
        with pytest.raises(JournalBroken):
            await store.verify_journal()

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE journal SET data = '{}'",
            "DELETE FROM journal",
            "UPDATE sale SET sat = 1",
            "UPDATE sale SET reference = 'X'",
            "DELETE FROM sale",
            "UPDATE sale_invoice SET bolt11 = 'x'",
            "DELETE FROM sale_invoice",
            "UPDATE sale_invoice SET settled_at_ms = NULL, settled_msat = NULL",
        ],
    )
    async def test_the_file_itself_refuses(self, store: Store, tmp_path: Path, change: str) -> None:
        await open_sale(store, 1)
        await settle(store, 1)
        connection = sqlite3.connect(tmp_path / "till.db")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(change)
        connection.close()

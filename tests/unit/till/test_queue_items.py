"""Where each sale of the queue stands, and what a person may do with it: one row for each way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from pos_app.till.queue_items import is_queued, queue_item
from pos_app.till.sale import Held, Sale
from pos_app.till.states import Cause
from pos_app.till.store import Store
from pos_app.till.tap_answers import PIN_UNATTENDED
from pos_app.till.tap_states import TapCause
from pos_app.till.views import Act, QueueItem, SaleView, Stage
from tests.support.clock import ManualClock
from tests.unit.till.stored import HOST, again, invoice, keystore, moved, owed, sale_of, stored, tap_of

ASKED, OFFERED, SENT, LOST = (
    TapCause.LINK_ASKED,
    TapCause.OFFERED,
    TapCause.HANDED_OVER,
    TapCause.ANSWER_LOST,
)
ENDS = {Act.PAID_OTHERWISE, Act.VOID, Act.WRITE_OFF}
BACK = {Act.SHOW_CODE, Act.NEW_TAP}


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path, clock, keystore(tmp_path))
    await store.accept_risk()
    yield store
    await store.close()


def item(sale: Sale) -> QueueItem:
    assert is_queued(sale)
    return queue_item(sale, cast("SaleView", None))


@pytest.mark.parametrize(
    ("causes", "stage", "acts"),
    [
        ([], Stage.STORED, {Act.SHOW_CODE, Act.CHECK}),
        ([TapCause.INVOICE_DEAD], Stage.STORED, {Act.SHOW_CODE, Act.CHECK}),
        ([ASKED], Stage.ASKING, {Act.CHECK}),
        ([ASKED, OFFERED], Stage.STORED, {Act.SHOW_CODE, Act.CHECK}),
        ([ASKED, OFFERED, SENT], Stage.ASKING, {Act.CHECK}),
        ([ASKED, OFFERED, SENT, LOST], Stage.CHECKING, {Act.CHECK}),
        ([ASKED, TapCause.REFUSED], Stage.DECLINED, BACK | {Act.CHECK}),
        ([ASKED, TapCause.LINK_LOST], Stage.TAP_LOST, BACK | {Act.CHECK}),
        ([TapCause.TOO_OLD], Stage.EXPIRED, BACK | {Act.CHECK}),
        ([TapCause.VOIDED], Stage.VOIDED, BACK | {Act.CHECK}),
    ],
)
async def test_an_owed_sale(store: Store, causes: list[TapCause], stage: Stage, acts: set[Act]) -> None:
    found = item(await moved(store, await owed(store), *causes))
    assert (found.stage, found.acts, found.host) == (stage, frozenset(acts | ENDS), HOST)
    assert found.words.endswith((".", "…"))


async def test_a_pin_that_nobody_was_there_to_give_is_not_quoted_as_the_issuers_words(store: Store) -> None:
    sale = await moved(store, await owed(store), ASKED)
    (sale,) = await store.move_tap(tap_of(sale).id, TapCause.PIN_DUE_UNATTENDED, reason=PIN_UNATTENDED.words)
    found = item(sale)
    assert found.stage is Stage.DECLINED and found.reason == ""
    assert found.words.startswith("The card needs its PIN") and found.words.endswith("Not paid.")


async def test_what_the_service_took_and_did_not_pay(store: Store) -> None:
    sale = await moved(store, await owed(store), ASKED, OFFERED, SENT)
    (sale,) = await store.tap_taken(tap_of(sale).id)
    assert "took the invoice" in item(sale).words
    (sale,) = await store.declare_dead(invoice(1).payment_hash, "expired")
    assert (item(sale).stage, item(sale).acts) == (Stage.NOT_PAID, frozenset(BACK | ENDS))


@pytest.mark.parametrize(
    ("why", "act"), [(Held.KEYS, {Act.UNLOCK}), (Held.CLOCK, {Act.RELEASE}), (Held.RESTORED, set())]
)
async def test_a_held_card(store: Store, why: Held, act: set[Act]) -> None:
    sale = await owed(store)
    (sale,) = await store.hold_tap(tap_of(sale).id, why)
    assert (item(sale).stage, item(sale).acts) == (Stage.HELD, frozenset(ENDS | BACK | act | {Act.CHECK}))


async def test_a_held_card_that_may_have_been_paid_is_checked(store: Store) -> None:
    sale = await moved(store, await owed(store), ASKED, OFFERED, SENT, LOST)
    (sale,) = await store.hold_tap(tap_of(sale).id, Held.KEYS)
    assert (item(sale).stage, item(sale).acts) == (Stage.CHECKING, frozenset(ENDS | {Act.CHECK, Act.UNLOCK}))


async def test_a_card_on_its_way_counts_more_than_one_that_is_held_or_ended(store: Store) -> None:
    sale = await stored(store, await moved(store, await owed(store), TapCause.VOIDED), 2)
    sale = await stored(store, sale, 3)
    (sale,) = await store.hold_tap(tap_of(sale).id, Held.CLOCK)
    assert item(sale).stage is Stage.STORED
    assert Act.NEW_TAP not in item(sale).acts
    assert item(sale).stored_at_s == sale.taps[0].captured_at_s


async def test_an_uncertain_sale(store: Store) -> None:
    sale = await sale_of(store, number=1)
    assert not is_queued(sale)
    (sale,) = await store.step(sale.id, Cause.STOPPED_WAITING)
    assert (item(sale).stage, item(sale).acts) == (Stage.CHECKING, frozenset(ENDS | BACK | {Act.CHECK}))
    (sale,) = await store.declare_dead(invoice(1).payment_hash, "expired")
    assert (item(sale).stage, item(sale).acts) == (
        Stage.NOT_PAID,
        frozenset(ENDS | BACK | {Act.NOTHING_HANDED_OVER}),
    )


async def test_a_closed_sale_is_not_queued(store: Store) -> None:
    for cause in (Cause.PAID_OTHERWISE, Cause.VOIDED, Cause.WRITTEN_OFF):
        sale = await owed(store, len(await store.queued()) + 10 + list(Cause).index(cause))
        await store.step(sale.id, cause)
        assert not is_queued(await again(store, sale))
    assert await store.queued() == ()

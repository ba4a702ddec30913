"""A till that came back from a backup: it asks what happened since, before anything is shown, sent or made."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pos_app.core.errors import UserError
from pos_app.core.money import Msat, Sat
from pos_app.payments.errors import RateLimited
from pos_app.till.recovery import NotCompared
from pos_app.till.sale import Sale
from pos_app.till.states import SaleState
from pos_app.till.store import Store
from pos_app.till.views import Act, Fact, FactState, Phase, Stage, Tender, UnassignedView
from tests.unit.till.fake_api import Fault
from tests.unit.till.harness import EXPIRY_S
from tests.unit.till.restoring import Vault
from tests.unit.till.shop import Shop

DEAD_S = EXPIRY_S + 300


@pytest.fixture
def vault(shop: Shop, tmp_path: Path) -> Vault:
    return Vault(shop, tmp_path)


@pytest.fixture
def engine_vault(engine_shop: Shop, tmp_path: Path) -> Vault:
    return Vault(engine_shop, tmp_path)


def unassigned(shop: Shop) -> tuple[UnassignedView, ...]:
    return shop.counter.queue.view().unassigned


def item_tap(shop: Shop) -> str:
    ((tap_id,),) = shop.rows("SELECT id FROM tap")
    return str(tap_id)


def payments_fact(shop: Shop) -> Fact:
    return next(fact for fact in shop.counter.status().facts if fact.key == "payments")


# What happened since, is found.


async def test_a_sale_that_was_paid_since(shop: Shop, vault: Vault) -> None:
    view = await shop.charge()
    await vault.back_up()
    await shop.pay(view)
    await shop.pass_time(5)
    assert (await shop.sale(view)).state is SaleState.PAID
    await vault.restore()
    assert (await shop.sale(view)).state is SaleState.PAID
    assert unassigned(shop) == ()


async def test_a_sale_that_was_made_and_paid_since(shop: Shop, vault: Vault) -> None:
    first = await shop.charge()
    await shop.counter.cancel(first.sale_id)
    await vault.back_up()
    lost = [await shop.charge(sat) for sat in (700, 800)]
    await shop.pay(lost[1])
    await shop.pass_time(5)
    await vault.restore()
    (found,) = unassigned(shop)
    assert (found.reference, found.number, found.amount) == (lost[1].reference, 3, Sat(800))
    assert found.memo.endswith(lost[1].reference)
    assert found.made_at_s == pytest.approx(lost[1].made_at_s, abs=2)
    assert (await shop.charge()).number == 4, "numbers are used once"
    assert [row[0] for row in shop.rows("SELECT is_paid FROM unassigned ORDER BY number")] == [0, 1]


async def test_an_invoice_of_a_lost_sale_is_paid_after_all(shop: Shop, vault: Vault) -> None:
    await vault.back_up()
    lost = await shop.charge()
    await vault.restore()
    assert unassigned(shop) == ()
    await shop.pay(lost)
    await shop.pass_time(130)
    assert [one.reference for one in unassigned(shop)] == [lost.reference]
    await shop.restart()
    assert [one.reference for one in unassigned(shop)] == [lost.reference]


async def test_an_old_invoice_of_a_lost_sale_is_asked_for_now_and_then(shop: Shop, vault: Vault) -> None:
    await vault.back_up()
    lost = await shop.charge()
    await vault.restore(away_s=2 * 3600)
    await shop.stop_probes()  # with the watch itself: time goes on in large steps here
    looks = asyncio.create_task(shop.counter._recovery.watch_unassigned())
    await shop.pass_time(50)
    before = shop.api.calls.count("look")
    await shop.pass_time(40 * 60)
    assert shop.api.calls.count("look") == before, "it is over for long"
    await shop.pay(lost)
    await shop.pass_time(25 * 60)
    assert [one.reference for one in unassigned(shop)] == [lost.reference]
    await shop.pass_time(60)
    assert looks.done()
    await looks


async def test_a_sale_that_was_cancelled_since(engine_shop: Shop, engine_vault: Vault) -> None:
    view = await engine_shop.charge()
    await engine_vault.back_up()
    assert (await engine_shop.counter.cancel(view.sale_id)).state is SaleState.CANCELLED
    await engine_vault.restore()
    view = await engine_shop.sale(view)
    assert (view.state, view.invoice) == (SaleState.OPEN, None)
    await engine_shop.pass_time(DEAD_S)
    assert (await engine_shop.sale(view)).state is SaleState.EXPIRED


async def test_a_sale_that_expired_since(shop: Shop, vault: Vault) -> None:
    view = await shop.charge()
    await vault.back_up()
    await shop.pass_time(DEAD_S)
    assert (await shop.sale(view)).state is SaleState.EXPIRED
    await vault.restore()
    await shop.pass_time(DEAD_S)
    assert (await shop.sale(view)).state is SaleState.EXPIRED


async def test_a_new_invoice_of_a_sale_since(shop: Shop, vault: Vault) -> None:
    """The sale had none when the backup was made: what was made for it since is its own, and paid."""
    shop.api.fail("create", Fault.BEFORE)
    view = await shop.charge()
    assert view.invoice is None
    await vault.back_up()
    await shop.pass_time(5)
    await shop.pay(await shop.sale(view))
    await vault.restore()
    assert (await shop.sale(view)).state is SaleState.PAID
    assert len(shop.api.invoices) == 1


async def test_money_for_a_sale_that_had_ended(shop: Shop, vault: Vault) -> None:
    view = await shop.charge()
    (payment_hash,) = shop.api.invoices
    await shop.pass_time(DEAD_S)
    assert (await shop.sale(view)).state is SaleState.EXPIRED
    await vault.back_up()
    shop.api.settle(payment_hash)
    await vault.restore()
    assert (await shop.sale(view)).state is SaleState.PAID_LATE


async def test_a_second_invoice_of_a_sale_that_was_paid(shop: Shop, vault: Vault) -> None:
    view = await shop.charge()
    await shop.pay(view)
    await shop.pass_time(5)
    await vault.back_up()
    second = await shop.api.create_invoice(
        amount=view.total, memo=view.reference, expiry_s=EXPIRY_S, extra={"till": "ours", "reference": view.reference}
    )
    shop.api.settle(second.payment_hash)
    await vault.restore()
    assert (await shop.sale(view)).state is SaleState.REFUND_DUE


# Cards.


async def test_a_stored_card_that_paid_since(shop: Shop, vault: Vault) -> None:
    await shop.go_offline()
    view = await shop.store()
    await vault.back_up()
    await shop.go_online(30)
    assert shop.tap_states() == ["settled"]
    await vault.restore()
    after = await shop.sale(view)
    assert (after.state, after.tender, shop.tap_states()) == (SaleState.PAID, Tender.STORED_CARD, ["settled"])
    assert len(shop.issuer.paid) == 1


async def test_a_stored_card_that_was_sent_since_and_pays_late(shop: Shop, vault: Vault) -> None:
    await shop.go_offline()
    view = await shop.store()
    await vault.back_up()
    shop.issuer.pays = False
    await shop.go_online(30)
    assert shop.tap_states() == ["submitted"]
    await vault.restore()
    (item,) = shop.counter.queue.view().items
    assert item.stage is Stage.CHECKING and "came back with a backup" in item.words
    assert not item.acts & {Act.SHOW_CODE, Act.NEW_TAP, Act.RELEASE, Act.UNLOCK}
    await shop.counter.store.release_tap(item_tap(shop))
    await shop.counter.take_back(view.sale_id)
    await shop.pass_time(30)
    assert len(shop.api.invoices) == 1
    shop.issuer.pay_late()
    await shop.pass_time(40)
    assert (await shop.sale(view)).state is SaleState.PAID and shop.tap_states() == ["settled"]


async def test_a_stored_card_that_was_sent_since_and_never_pays(shop: Shop, vault: Vault) -> None:
    await shop.go_offline()
    view = await shop.store()
    await vault.back_up()
    shop.issuer.pays = False
    await shop.go_online(30)
    await vault.restore()
    asked = list(shop.issuer.asked)
    await shop.pass_time(DEAD_S)
    assert (await shop.sale(view)).state is SaleState.OWED and shop.tap_states() == ["not_paid"]
    (item,) = shop.counter.queue.view().items
    assert item.stage is Stage.NOT_PAID and "came back with a backup" in item.words
    assert {Act.SHOW_CODE, Act.NEW_TAP, Act.VOID} <= item.acts
    words = [line.words for line in await shop.counter.queue.story(view.sale_id)]
    assert words[-1] == "Not paid: no money came for the card of the backup"
    await shop.pass_time(60)
    assert shop.issuer.asked == asked, "it is never sent again"


async def test_a_stored_card_that_was_never_sent(shop: Shop, vault: Vault) -> None:
    """Its link is gone. There is no invoice that it could have paid, so the sale is asked for anew."""
    await shop.go_offline()
    view = await shop.store()
    await vault.back_up()
    await vault.restore()
    assert shop.tap_states() == ["unknown"]
    await shop.go_online(40)
    assert shop.tap_states() == ["not_paid"] and not shop.issuer.asked and not shop.api.invoices
    await shop.counter.take_back(view.sale_id)
    await shop.pass_time(5)
    view = await shop.sale(view)
    assert view.phase is Phase.READY
    await shop.pay(view)
    await shop.pass_time(5)
    assert (await shop.sale(view)).state is SaleState.PAID


async def test_a_card_whose_invoice_is_dead_waits_for_the_word_of_the_api(shop: Shop, vault: Vault) -> None:
    """The invoice that it was bound to died before the backup; it paid another one since."""
    await shop.go_offline()
    view = await shop.store()
    shop.issuer.down = {"card.example"}
    await shop.go_online(30)
    assert len(shop.api.invoices) == 1
    await shop.go_offline()
    await shop.pass_time(EXPIRY_S + 130)
    shop.api.down = False
    await shop.pass_time(8)
    shop.api.down = True
    await shop.pass_time(1)
    assert shop.invoices()[0][1], "dead"
    await vault.back_up()
    shop.issuer.down = set()
    await shop.go_online(90)
    assert (await shop.sale(view)).state is SaleState.PAID
    shop.api.down = True
    await vault.restore()
    assert shop.tap_states() == ["unknown"]
    await shop.go_online(90)
    assert (await shop.sale(view)).state is SaleState.PAID and shop.tap_states() == ["settled"]
    assert len(shop.issuer.paid) == 1


# Not before.


async def test_nothing_happens_while_the_api_is_away(shop: Shop, vault: Vault) -> None:
    view = await shop.charge()
    await shop.go_offline()
    owed = await shop.store(2)
    await vault.back_up()
    await shop.quiet()
    before = len(shop.api.calls)
    await vault.restore()
    for command in (
        shop.counter.charge(Sat(1)),
        shop.counter.charge(Sat(1), store=True),
        shop.counter.retry(view.sale_id),
        shop.counter.store_card(view.sale_id),
        shop.counter.cancel(view.sale_id),
        shop.counter.stop_waiting(view.sale_id),
        shop.counter.take_back(owed.sale_id),
        shop.counter.nothing_handed_over(owed.sale_id),
        shop.counter.wait_compared(0),
    ):
        with pytest.raises(NotCompared, match=r"restored from a backup of 2026-.* and first asks the payments server"):
            await command
    view = await shop.sale(view)
    assert (view.phase, view.invoice) == (Phase.CHECKING, None)
    (item,) = shop.counter.queue.view().items
    assert item.stage is Stage.CHECKING and item.words.startswith("The till was restored from a backup of")
    assert item.acts == {Act.PAID_OTHERWISE, Act.VOID, Act.WRITE_OFF}
    await shop.pass_time(6)
    fact = payments_fact(shop)
    assert fact.state is FactState.DOWN and "restored from a backup" in fact.detail
    assert set(shop.api.calls[before:]) == {"list", "health"} and not shop.issuer.asked
    await shop.go_online(10)
    assert payments_fact(shop).state is FactState.WELL
    assert (await shop.sale(view)).phase is Phase.READY
    assert (await shop.charge()).phase is Phase.READY


async def test_the_strip_says_so(shop: Shop, vault: Vault) -> None:
    await vault.back_up()
    shop.api.fail("list", RateLimited(30))
    await vault.restore()
    fact = payments_fact(shop)
    assert (fact.state, fact.words) == (FactState.WARN, "Restored, comparing")
    with pytest.raises(UserError):
        await shop.counter.charge(Sat(1))
    await shop.pass_time(31)
    assert payments_fact(shop).words == "Payments"
    await shop.counter.wait_compared(0)


async def test_what_a_person_ends_meanwhile_is_not_sent_before(engine_shop: Shop, engine_vault: Vault) -> None:
    shop = engine_shop
    view = await shop.charge()
    await shop.counter.stop_waiting(view.sale_id)
    await engine_vault.back_up()
    shop.api.fail("list", RateLimited(30))
    await engine_vault.restore()
    await shop.counter.queue.paid_otherwise(view.sale_id)
    await shop.pass_time(5)
    assert "cancel" not in shop.api.calls
    await shop.pass_time(60)
    assert "cancel" in shop.api.calls


async def test_a_restart_in_the_middle(shop: Shop, vault: Vault) -> None:
    view = await shop.charge()
    await vault.back_up()
    await shop.pay(view)
    shop.api.down = True
    await vault.restore()
    await shop.restart()
    with pytest.raises(NotCompared):
        await shop.counter.charge(Sat(1))
    await shop.go_online()
    assert (await shop.sale(view)).state is SaleState.PAID
    await shop.restart()
    await shop.counter.wait_compared(0)


async def test_a_backup_of_a_book_that_was_not_compared(shop: Shop, vault: Vault) -> None:
    await vault.back_up("first")
    await shop.stop_probes()
    await shop.pass_time(3600)
    shop.api.down = True
    await vault.restore("first")
    await vault.back_up("second")
    await vault.restore("second")
    ((from_ms,),) = shop.rows("SELECT value FROM meta WHERE key = 'restored_from_ms'")
    ((first_ms,),) = shop.rows("SELECT min(data ->> 'from_ms') FROM journal WHERE kind = 'restored'")
    assert int(from_ms) == int(first_ms) < (shop.clock.time_s() - 3000) * 1000


# What is not ours, or does not fit.


async def test_payments_of_others_are_left_alone(shop: Shop, vault: Vault) -> None:
    await vault.back_up()
    others: list[tuple[str, dict[str, object]]] = [
        ("Invoice 12", {}),
        ("ABCDEFGH", {}),
        ("Coffee ABCDEFGH", {"till": "another", "reference": "ABCDEFGH", "number": 900}),
        ("", {"reference": 12}),
    ]
    for memo, extra in others:
        made = await shop.api.create_invoice(amount=Sat(5), memo=memo, expiry_s=EXPIRY_S, extra=extra)
        shop.api.settle(made.payment_hash)
    await vault.restore()
    await shop.counter.wait_compared(0)
    assert unassigned(shop) == () and shop.rows("SELECT * FROM unassigned") == []
    assert (await shop.charge()).number == 1


async def test_another_sum_is_not_the_sales_own(shop: Shop, vault: Vault) -> None:
    view = await shop.charge(2100)
    await vault.back_up()
    extra: dict[str, object] = {"reference": view.reference}
    odd = await shop.api.create_invoice(amount=Sat(5), memo=view.reference, expiry_s=EXPIRY_S, extra=extra)
    shop.api.settle(odd.payment_hash, Msat(5000))
    await vault.restore()
    assert (await shop.sale(view)).state is SaleState.OPEN
    assert [(one.reference, one.amount) for one in unassigned(shop)] == [(view.reference, Sat(5))]


async def test_two_living_invoices(shop: Shop, vault: Vault) -> None:
    view = await shop.charge()
    await vault.back_up()
    extra: dict[str, object] = {"reference": view.reference}
    second = await shop.api.create_invoice(amount=view.total, memo=view.reference, expiry_s=EXPIRY_S, extra=extra)
    await vault.restore()
    view = await shop.sale(view)
    assert (view.phase, view.invoice) == (Phase.CHECKING, None)
    assert view.problem is not None and "several invoices" in view.problem.message
    await shop.counter.retry(view.sale_id)
    await shop.pass_time(10)
    assert len(shop.api.invoices) == 2
    shop.api.settle(second.payment_hash)
    await shop.pass_time(5)
    assert (await shop.sale(view)).state is SaleState.PAID
    first = next(payment_hash for payment_hash in shop.api.invoices if payment_hash != second.payment_hash)
    shop.api.settle(first)
    await shop.pass_time(40)
    assert (await shop.sale(view)).state is SaleState.REFUND_DUE


async def test_two_invoices_die(shop: Shop, vault: Vault) -> None:
    view = await shop.charge()
    await vault.back_up()
    extra: dict[str, object] = {"reference": view.reference}
    await shop.api.create_invoice(amount=view.total, memo=view.reference, expiry_s=EXPIRY_S, extra=extra)
    await vault.restore()
    await shop.pass_time(DEAD_S)
    assert (await shop.sale(view)).state is SaleState.EXPIRED


async def test_many_records_and_a_server_that_asks_for_pauses(shop: Shop, vault: Vault) -> None:
    shop.api.page_size = 30
    view = await shop.charge()
    await vault.back_up()
    await shop.pay(view)
    lost = await shop.charge(17)
    await shop.pay(lost)
    for number in range(70):
        await shop.api.create_invoice(amount=Sat(5), memo=f"Other {number}", expiry_s=EXPIRY_S, extra={})
    shop.api.fail("list", RateLimited(7), Fault.AFTER, RateLimited(7))
    await vault.restore()
    await shop.pass_time(40)
    assert (await shop.sale(view)).state is SaleState.PAID
    assert [one.reference for one in unassigned(shop)] == [lost.reference]


async def test_the_story_tells_it(shop: Shop, vault: Vault) -> None:
    await shop.go_offline()
    view = await shop.store()
    await vault.back_up()
    await shop.go_online(30)
    await vault.restore()
    words = [line.words for line in await shop.counter.queue.story(view.sale_id)]
    assert words[-5:] == [
        "Came back with a backup. It may have been sent",
        "Held: it came back with a backup",
        "Invoice found at the payments server",
        "Paid: 2\u202f100 sat arrived",
        "The card paid",
    ]
    await shop.counter.verify_journal()


async def test_what_a_person_ends_meanwhile_stays_ended(
    shop: Shop, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.go_offline()
    view = await shop.store()
    await vault.back_up()
    unfinished = Store.unfinished

    async def paid_otherwise_first(store: Store) -> tuple[Sale, ...]:
        await shop.counter.queue.paid_otherwise(view.sale_id)
        return await unfinished(store)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "unfinished", paid_otherwise_first)
        shop.api.down = False
        await vault.restore()
        await shop.pass_time(5)
    assert (await shop.sale(view)).state is SaleState.PAID_OTHERWISE
    assert not shop.counter.queue.view().items

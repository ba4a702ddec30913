"""Taps that are stored for later, on disk: limits, order, restart, age, and what is refused."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.till.sale import Held, NewSale, Sale
from pos_app.till.states import Cause, SaleState
from pos_app.till.store import Store
from pos_app.till.tap_moves import SENDS
from pos_app.till.tap_states import TAP_MOVES, IllegalTapMove, TapCause, TapState
from pos_app.till.terms import DEFAULTS, LimitReached, NotAccepted
from pos_app.till.vault import KeysLocked, SameTap
from pos_app.till.views import Tender
from tests.support.clock import ManualClock
from tests.unit.till.stored import (
    HOST,
    SAT,
    again,
    card_url,
    invoice,
    keystore,
    moved,
    offer,
    owed,
    restarted,
    sale_of,
    stored,
    tap_of,
)

DAY_S = 24 * 3600.0
ASKED, OFFERED, SENT = TapCause.LINK_ASKED, TapCause.OFFERED, TapCause.HANDED_OVER


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path, clock, keystore(tmp_path))
    await store.accept_risk()
    yield store
    await store.close()


async def test_a_stored_card_is_owed_and_kept(store: Store) -> None:
    sale = await owed(store)
    tap = tap_of(sale)
    assert sale.state is SaleState.OWED
    assert (tap.state, tap.is_stored, tap.host) == (TapState.INVOICED, True, HOST)
    assert await store.stored_taps() == (tap,)
    secret = await store.secret(tap.id)
    assert (secret.url, secret.offer) == (card_url(1), None)


async def test_offline_it_waits_for_an_invoice(store: Store) -> None:
    sale = await stored(store, await sale_of(store))
    assert (tap_of(sale).state, tap_of(sale).payment_hash) == (TapState.CAPTURED, None)
    assert await store.bind_tap(tap_of(sale).id) == ()
    await store.bind(sale.id, invoice(1))
    (sale,) = await store.bind_tap(tap_of(sale).id)
    assert (tap_of(sale).state, tap_of(sale).payment_hash) == (TapState.INVOICED, invoice(1).payment_hash)


async def test_a_foreign_or_dead_hash_is_not_bound(store: Store) -> None:
    sale = await sale_of(store, number=1)
    (sale,) = await store.store_tap(sale.id, host=HOST, url=card_url(1), payment_hash="ff" * 32)
    assert tap_of(sale).state is TapState.CAPTURED


async def test_a_closed_sale_takes_no_card(store: Store) -> None:
    sale = await sale_of(store)
    await store.cancel(sale.id, ())
    assert await store.store_tap(sale.id, host=HOST, url=card_url(1), payment_hash=None) == ()
    assert await store.stored_taps() == ()


async def test_the_same_tap_is_taken_once(store: Store) -> None:
    await owed(store, 1)
    other = await sale_of(store)
    with pytest.raises(SameTap):
        await stored(store, other, 1)
    assert (await again(store, other)).state is SaleState.OPEN


async def test_the_same_tap_is_known_after_its_end_and_over_a_restart(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    sale = await owed(store, 1)
    await store.step(sale.id, Cause.PAID_OTHERWISE)
    after = await restarted(store, tmp_path, clock)
    try:
        with pytest.raises(SameTap):
            await stored(after, await sale_of(after), 1)
    finally:
        await after.close()


async def test_a_live_tap_is_known_again_where_a_key_is_there(store: Store) -> None:
    sale = await sale_of(store, number=7)
    payment_hash = invoice(7).payment_hash
    await store.capture_tap(sale.id, HOST, payment_hash, url=card_url(7))  # no key yet
    await owed(store, 1)
    await store.capture_tap(sale.id, HOST, payment_hash, url=card_url(8))
    with pytest.raises(SameTap):
        await store.capture_tap(sale.id, HOST, payment_hash, url=card_url(1))
    with pytest.raises(SameTap):
        await stored(store, await sale_of(store), 8)
    await store.capture_tap(sale.id, HOST, payment_hash)  # a card without one-time p and c


async def test_a_live_tap_of_which_nothing_left_us_is_stored(store: Store) -> None:
    sale = await sale_of(store, number=1)
    (sale,) = await store.capture_tap(sale.id, HOST, invoice(1).payment_hash)
    sale = await moved(store, sale, TapCause.GIVEN_TO_API, TapCause.NOT_SENT)
    (sale,) = await store.store_live_tap(tap_of(sale).id, card_url(1))
    assert (sale.state, tap_of(sale).is_stored) == (SaleState.OWED, True)
    assert (await store.secret(tap_of(sale).id)).url == card_url(1)


@pytest.mark.parametrize(
    "causes",
    [
        [TapCause.GIVEN_TO_API],
        [TapCause.GIVEN_TO_API, TapCause.ANSWER_LOST],
        [TapCause.GIVEN_TO_API, TapCause.REFUSED],
        [ASKED],
        [ASKED, OFFERED],
        [TapCause.VOIDED],
    ],
)
async def test_a_live_tap_of_which_something_left_us_is_not(store: Store, causes: list[TapCause]) -> None:
    await owed(store, 5)
    sale = await sale_of(store, number=1)
    (sale,) = await store.capture_tap(sale.id, HOST, invoice(1).payment_hash)
    sale = await moved(store, sale, *causes)
    assert await store.store_live_tap(tap_of(sale).id, card_url(1)) == ()
    assert not tap_of(await again(store, sale)).is_stored


async def test_off_until_accepted(tmp_path: Path, clock: ManualClock) -> None:
    store = await Store.open(tmp_path, clock, keystore(tmp_path))
    sale = await sale_of(store)
    with pytest.raises(NotAccepted):
        await stored(store, sale)
    await store.close()


async def test_without_a_keystore_nothing_is_stored(tmp_path: Path, clock: ManualClock) -> None:
    store = await Store.open(tmp_path, clock)
    await store.accept_risk()
    sale = await sale_of(store)
    with pytest.raises(KeysLocked):
        await stored(store, sale)
    await store.close()


@pytest.mark.parametrize(("sat", "is_stored"), [(20_000, True), (20_001, False)])
async def test_the_limit_of_one_card(store: Store, sat: int, is_stored: bool) -> None:
    sale = await sale_of(store, sat)
    if is_stored:
        assert (await stored(store, sale)).state is SaleState.OWED
    else:
        with pytest.raises(LimitReached, match="20\N{NARROW NO-BREAK SPACE}001 sat"):
            await stored(store, sale)
        assert (await again(store, sale)).state is SaleState.OPEN


@pytest.mark.parametrize(("last", "is_stored"), [(20_000, True), (1, True)])
async def test_the_limit_of_all_is_met_to_the_sat(store: Store, last: int, is_stored: bool) -> None:
    for number in range(4):
        await stored(store, await sale_of(store, 20_000), number)
    assert (await stored(store, await sale_of(store, last), 10)).state is SaleState.OWED
    with pytest.raises(LimitReached, match="stored already"):
        await stored(store, await sale_of(store, 20_001 - last), 11)


async def test_the_limit_of_count(store: Store) -> None:
    for number in range(20):
        await stored(store, await sale_of(store, 1), number)
    with pytest.raises(LimitReached, match="20 sales"):
        await stored(store, await sale_of(store, 1), 21)


async def test_uncertain_sales_count_and_settled_ones_do_not(store: Store) -> None:
    await store.change_terms(replace(DEFAULTS, sum_max=Sat(2 * SAT)), by_manager=True)
    uncertain = await sale_of(store, number=1)
    await store.step(uncertain.id, Cause.STOPPED_WAITING)
    await owed(store, 2)
    third = await sale_of(store, number=3)
    with pytest.raises(LimitReached):
        await stored(store, third, 3)
    await store.settle(invoice(2).payment_hash, Sat(SAT).to_msat())
    assert (await stored(store, third, 3)).state is SaleState.OWED


async def test_a_further_card_of_one_sale_counts_once(store: Store) -> None:
    await store.change_terms(replace(DEFAULTS, sum_max=Sat(SAT), count_max=1), by_manager=True)
    sale = await owed(store, 1)
    sale = await stored(store, sale, 2)
    assert [tap.state for tap in sale.taps] == [TapState.INVOICED, TapState.INVOICED]


@pytest.mark.parametrize("clock_set_back", [False, True])
async def test_the_session_without_a_line_ends(store: Store, clock: ManualClock, clock_set_back: bool) -> None:
    await store.line_lost()
    await clock.advance(4 * 3600)
    await owed(store, 1)
    await clock.advance(1)
    if clock_set_back:
        clock.set_wall(clock.time_s() - DAY_S)
    with pytest.raises(LimitReached, match="more than 4 h"):
        await owed(store, 2)
    await store.line_back()
    await owed(store, 3)


async def test_the_session_lasts_over_a_restart(store: Store, tmp_path: Path, clock: ManualClock) -> None:
    lost_at_s = await store.line_lost()
    await clock.advance(4 * 3600 + 1)
    after = await restarted(store, tmp_path, clock)
    try:
        assert await after.line_lost() == lost_at_s
        with pytest.raises(LimitReached):
            await owed(after, 1)
    finally:
        await after.close()


# What is sent, and when not.


async def test_an_offer_is_sealed_and_its_link_is_spent(store: Store) -> None:
    sale = await moved(store, await owed(store), ASKED, OFFERED)
    secret = await store.secret(tap_of(sale).id)
    assert (secret.url, secret.offer) == ("", offer())


async def test_nothing_of_a_held_tap_is_sent(store: Store) -> None:
    sale = await owed(store)
    (sale,) = await store.hold_tap(tap_of(sale).id, Held.CLOCK)
    assert tap_of(sale).is_held
    assert await store.move_tap(tap_of(sale).id, ASKED) == ()
    assert await store.hold_tap(tap_of(sale).id, Held.KEYS) == ()
    (sale,) = await store.release_tap(tap_of(sale).id)
    assert (tap_of(sale).held, tap_of(sale).was_released) == (None, True)
    assert (await moved(store, sale, ASKED)).taps[-1].state is TapState.REDEEMING


@pytest.mark.parametrize("state", [SaleState.OWED, SaleState.UNCERTAIN])
async def test_a_stored_tap_is_sent_for_an_owed_and_an_uncertain_sale(store: Store, state: SaleState) -> None:
    sale = await sale_of(store, number=1)
    if state is SaleState.UNCERTAIN:
        (sale,) = await store.step(sale.id, Cause.STOPPED_WAITING)
    sale = await moved(store, await stored(store, sale), ASKED, OFFERED, SENT)
    assert (sale.state, tap_of(sale).state) == (state, TapState.SUBMITTED)
    (sale,) = await store.settle(invoice(1).payment_hash, Sat(SAT).to_msat())
    assert tap_of(sale).request_out
    (sale,) = await store.tap_taken(tap_of(sale).id)
    assert (sale.state, sale.tender, tap_of(sale).state) == (SaleState.PAID, Tender.STORED_CARD, TapState.SETTLED)


async def test_a_live_tap_is_not_sent_after_stop_waiting(store: Store) -> None:
    sale = await sale_of(store, number=1)
    (sale,) = await store.capture_tap(sale.id, HOST, invoice(1).payment_hash)
    await store.step(sale.id, Cause.STOPPED_WAITING)
    assert await store.move_tap(tap_of(sale).id, TapCause.GIVEN_TO_API) == ()
    (sale,) = await store.capture_tap(sale.id, HOST, invoice(1).payment_hash)  # a new tap at the counter
    assert await store.move_tap(tap_of(sale).id, TapCause.GIVEN_TO_API) != ()


@pytest.mark.parametrize("cause", [ASKED, SENT, TapCause.REPEATED])
@pytest.mark.parametrize("why", ["paid", "paid otherwise", "void", "written off", "dead"])
async def test_nothing_is_sent_once_it_is_over(store: Store, cause: TapCause, why: str) -> None:
    sale = await owed(store)
    before = {ASKED: [], SENT: [ASKED, OFFERED], TapCause.REPEATED: [ASKED, OFFERED, SENT, TapCause.ANSWER_LOST]}
    sale = await moved(store, sale, *before[cause])
    tap = tap_of(sale)
    match why:
        case "paid":
            await store.settle(invoice(1).payment_hash, Sat(SAT).to_msat())
        case "paid otherwise":
            await store.step(sale.id, Cause.PAID_OTHERWISE)
        case "void":
            await store.step(sale.id, Cause.VOIDED)
        case "written off":
            await store.step(sale.id, Cause.WRITTEN_OFF)
        case _:
            await store.declare_dead(invoice(1).payment_hash, "expired")
    assert await store.move_tap(tap.id, cause) == ()
    assert not tap_of(await again(store, sale)).request_out


async def test_two_taps_of_one_sale_are_never_out_together(store: Store) -> None:
    sale = await stored(store, await owed(store, 1), 2)
    first, second = sale.taps
    await store.move_tap(first.id, ASKED)
    assert await store.move_tap(second.id, ASKED) == ()
    await store.move_tap(first.id, TapCause.LINK_LOST)
    assert await store.move_tap(second.id, ASKED) != ()


async def test_an_offer_outlives_its_invoice(store: Store) -> None:
    sale = await moved(store, await owed(store), ASKED, OFFERED)
    await store.declare_dead(invoice(1).payment_hash, "expired")
    assert await store.rebind_tap(tap_of(sale).id) == ()
    await store.bind(sale.id, invoice(2))
    assert await store.move_tap(tap_of(sale).id, SENT) == ()
    (sale,) = await store.rebind_tap(tap_of(sale).id)
    assert (tap_of(sale).state, tap_of(sale).payment_hash) == (TapState.AUTHORISED, invoice(2).payment_hash)
    assert await store.rebind_tap(tap_of(sale).id) == ()
    assert (await moved(store, sale, SENT)).taps[-1].state is TapState.SUBMITTED


async def test_a_dead_invoice_lets_an_unsent_tap_go(store: Store) -> None:
    sale = await owed(store)
    (sale,) = await store.declare_dead(invoice(1).payment_hash, "expired")
    assert (sale.state, tap_of(sale).state, tap_of(sale).payment_hash) == (SaleState.OWED, TapState.CAPTURED, None)


async def test_a_dead_invoice_that_was_handed_over_was_not_paid(store: Store) -> None:
    sale = await moved(store, await owed(store), ASKED, OFFERED, SENT, TapCause.ANSWER_LOST)
    (sale,) = await store.declare_dead(invoice(1).payment_hash, "expired")
    assert (sale.state, tap_of(sale).state) == (SaleState.OWED, TapState.NOT_PAID)


def _path_to(state: TapState) -> list[TapCause]:
    """The causes that bring a stored, bound tap into this state."""
    return {
        TapState.CAPTURED: [TapCause.INVOICE_DEAD],
        TapState.INVOICED: [],
        TapState.REDEEMING: [ASKED],
        TapState.AUTHORISED: [ASKED, OFFERED],
        TapState.SUBMITTED: [ASKED, OFFERED, SENT],
        TapState.UNKNOWN: [ASKED, OFFERED, SENT, TapCause.ANSWER_LOST],
        TapState.DECLINED: [ASKED, TapCause.REFUSED],
        TapState.TAP_LOST: [ASKED, TapCause.LINK_LOST],
        TapState.EXPIRED: [TapCause.TOO_OLD],
        TapState.VOIDED: [TapCause.VOIDED],
        TapState.SUPERSEDED: [TapCause.SALE_CLOSED],
    }[state]


_NOT_OF_A_STORED_TAP = (TapCause.GIVEN_TO_API, TapCause.PIN_DUE, TapCause.PIN_ENTERED, TapCause.NO_PIN)
_REACHED = [state for state in TapState if state not in (TapState.NEEDS_PIN, TapState.SETTLED, TapState.NOT_PAID)]


@pytest.mark.parametrize("state", _REACHED)
async def test_whatever_the_table_lacks_is_refused_on_disk(store: Store, state: TapState) -> None:
    """For each cause: a final tap stays as it is, and any other refuses what is not in the table."""
    for number, cause in enumerate(TapCause, start=1):
        if (state, cause) in TAP_MOVES and cause not in _NOT_OF_A_STORED_TAP:
            continue
        sale = await moved(store, await owed(store, number), *_path_to(state))
        tap = tap_of(sale)
        assert tap.state is state
        if state.is_final or (cause in SENDS and state in (TapState.CAPTURED, TapState.REDEEMING, TapState.SUBMITTED)):
            assert await store.move_tap(tap.id, cause) == ()  # ended, without an invoice, or a request is out
        else:
            with pytest.raises(IllegalTapMove):
                await store.move_tap(tap.id, cause)
        assert tap_of(await again(store, sale)) == tap
        await store.step(sale.id, Cause.PAID_OTHERWISE)


# Restart.


@pytest.mark.parametrize(
    ("causes", "after"),
    [
        ([], TapState.INVOICED),
        ([TapCause.INVOICE_DEAD], TapState.CAPTURED),
        ([ASKED], TapState.INVOICED),
        ([ASKED, OFFERED], TapState.AUTHORISED),
        ([ASKED, OFFERED, SENT], TapState.UNKNOWN),
        ([ASKED, OFFERED, SENT, TapCause.ANSWER_LOST], TapState.UNKNOWN),
        ([ASKED, TapCause.REFUSED], TapState.DECLINED),
    ],
)
async def test_where_a_stored_tap_goes_on(
    store: Store, tmp_path: Path, clock: ManualClock, causes: list[TapCause], after: TapState
) -> None:
    sale = await moved(store, await owed(store), *causes)
    next_store = await restarted(store, tmp_path, clock)
    try:
        sale = await again(next_store, sale)
        assert (sale.state, tap_of(sale).state, tap_of(sale).request_out) == (SaleState.OWED, after, False)
    finally:
        await next_store.close()


async def test_a_link_is_asked_once_more_after_a_restart_and_then_lost(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    sale = await moved(store, await owed(store), ASKED)
    second = await restarted(store, tmp_path, clock)
    sale = await moved(second, await again(second, sale), ASKED)
    assert tap_of(sale).link_tries == 2
    third = await restarted(second, tmp_path, clock)
    assert tap_of(await again(third, sale)).state is TapState.TAP_LOST
    await third.close()


async def test_a_try_that_sent_nothing_does_not_count(store: Store, tmp_path: Path, clock: ManualClock) -> None:
    sale = await owed(store)
    for _ in range(3):
        sale = await moved(store, sale, ASKED, TapCause.NOT_SENT)
    assert tap_of(sale).link_tries == 0
    await moved(store, sale, ASKED)
    after = await restarted(store, tmp_path, clock)
    assert tap_of(await again(after, sale)).state is TapState.INVOICED
    await after.close()


async def test_an_unknown_tap_is_repeated_once(store: Store) -> None:
    sale = await moved(store, await owed(store), ASKED, OFFERED, SENT, TapCause.ANSWER_LOST, TapCause.REPEATED)
    for cause in (TapCause.REFUSED, TapCause.CALLBACK_NOT_SENT):
        with pytest.raises(IllegalTapMove):
            await store.move_tap(tap_of(sale).id, cause)
    sale = await moved(store, sale, TapCause.ANSWER_LOST)
    with pytest.raises(IllegalTapMove):
        await store.move_tap(tap_of(sale).id, TapCause.REPEATED)


# Age.


async def aged(store: Store, sale: Sale, date_s: float | None = None) -> Sale:
    await store.age_taps(date_s)
    return await again(store, sale)


async def test_an_old_tap_expires_at_its_limit(store: Store, clock: ManualClock) -> None:
    sale = await owed(store)
    await clock.advance(DAY_S)
    assert tap_of(await aged(store, sale)).state is TapState.INVOICED
    await clock.advance(1)
    sale = await aged(store, sale)
    assert (sale.state, tap_of(sale).state) == (SaleState.OWED, TapState.EXPIRED)


async def test_what_was_handed_over_does_not_age(store: Store, clock: ManualClock) -> None:
    sale = await moved(store, await owed(store), ASKED, OFFERED, SENT, TapCause.ANSWER_LOST)
    await clock.advance(2 * DAY_S)
    assert tap_of(await aged(store, sale)).state is TapState.UNKNOWN


@pytest.mark.parametrize("set_by_s", [-2 * 3600.0, 2 * 3600.0, 3 * DAY_S])
async def test_clocks_that_differ_hold_the_tap_and_the_manager_may_release_it(
    store: Store, clock: ManualClock, set_by_s: float
) -> None:
    sale = await owed(store)
    clock.set_wall(clock.time_s() + set_by_s)
    sale = await aged(store, sale)
    assert (tap_of(sale).state, tap_of(sale).held) == (TapState.INVOICED, Held.CLOCK)
    await store.release_tap(tap_of(sale).id)
    sale = await aged(store, sale)
    assert (tap_of(sale).state, tap_of(sale).is_held) == (TapState.INVOICED, False)


async def test_a_small_difference_is_no_doubt(store: Store, clock: ManualClock) -> None:
    sale = await owed(store)
    clock.set_wall(clock.time_s() + 3000)
    assert not tap_of(await aged(store, sale, clock.time_s() - 3000)).is_held


async def test_the_servers_date_raises_a_doubt(store: Store, clock: ManualClock) -> None:
    sale = await owed(store)
    assert tap_of(await aged(store, sale, clock.time_s() + DAY_S)).held is Held.CLOCK


async def test_after_a_restart_a_clock_that_was_set_back_raises_a_doubt(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    sale = await owed(store)
    clock.set_wall(clock.time_s() - 7200)
    after = await restarted(store, tmp_path, clock)
    assert tap_of(await aged(after, sale)).held is Held.CLOCK
    await after.close()


async def test_after_a_restart_the_older_clock_counts(store: Store, tmp_path: Path, clock: ManualClock) -> None:
    sale = await owed(store)
    clock.set_wall(clock.time_s() + DAY_S - 10)  # a night without the till
    after = await restarted(store, tmp_path, clock)
    assert tap_of(await aged(after, sale)).state is TapState.INVOICED
    assert tap_of(await aged(after, sale, clock.time_s() + 60)).state is TapState.EXPIRED
    await after.close()


# Money that is due back.


async def test_what_is_due_back_and_what_was_given(store: Store) -> None:
    sale = await owed(store, 1)
    await store.settle(invoice(1).payment_hash, Sat(SAT).to_msat())
    assert (await again(store, sale)).due == Sat(0)


@pytest.mark.parametrize("cause", [Cause.VOIDED, Cause.PAID_OTHERWISE])
async def test_late_money_of_a_closed_sale_is_due_back_in_full(store: Store, cause: Cause) -> None:
    sale = await owed(store, 1)
    await store.step(sale.id, cause)
    (sale,) = await store.settle(invoice(1).payment_hash, Sat(SAT).to_msat())
    assert (sale.state, sale.due) == (SaleState.REFUND_DUE, Sat(SAT))
    (sale,) = await store.step(sale.id, Cause.REFUNDED, how="cash", note="")
    assert (sale.state, sale.due) == (SaleState.REFUNDED, Sat(0))


async def test_late_money_waits_for_a_word(store: Store) -> None:
    sale = await owed(store, 1)
    await store.step(sale.id, Cause.WRITTEN_OFF)
    (sale,) = await store.settle(invoice(1).payment_hash, Sat(SAT).to_msat())
    assert await store.queued() == (sale,)
    (sale,) = await store.goods_given(sale.id)
    assert sale.goods_given
    assert await store.goods_given(sale.id) == ()
    assert await store.queued() == ()


async def test_goods_that_were_sold_again_are_due_back(store: Store) -> None:
    older = await sale_of(store, number=1)
    await store.declare_dead(invoice(1).payment_hash, "expired")
    newer = await store.begin(NewSale(Sat(SAT), replaces=older.id))
    await store.bind(newer.id, invoice(2))
    await store.settle(invoice(1).payment_hash, Sat(SAT).to_msat())
    newer, older = await store.settle(invoice(2).payment_hash, Sat(SAT).to_msat())
    assert (newer.state, older.state, older.due) == (SaleState.PAID, SaleState.REFUND_DUE, Sat(SAT))


async def test_a_part_is_due_back_and_then_all_of_it(store: Store) -> None:
    """Two hashes of one sale settle, one is due back; then its goods are sold again, and the other is due back, too."""
    older = await sale_of(store, number=1)
    await store.step(older.id, Cause.STOPPED_WAITING)
    await store.declare_dead(invoice(1).payment_hash, "expired")
    await store.bind(older.id, invoice(2))
    await store.declare_dead(invoice(2).payment_hash, "expired")
    await store.nothing_handed_over(older.id)
    newer = await store.begin(NewSale(Sat(SAT), replaces=older.id))
    await store.bind(newer.id, invoice(3))
    for number in (1, 2):
        await store.settle(invoice(number).payment_hash, Sat(SAT).to_msat())
    older = await again(store, older)
    assert (older.state, older.due) == (SaleState.REFUND_DUE, Sat(SAT))
    await store.settle(invoice(3).payment_hash, Sat(SAT).to_msat())
    older = await again(store, older)
    assert (older.state, older.due) == (SaleState.REFUND_DUE, Sat(2 * SAT))
    await store.step(older.id, Cause.REFUNDED, how="cash", note="")
    assert (await again(store, older)).due == Sat(0)


async def test_terms_change_with_a_row_of_the_journal(store: Store, clock: ManualClock) -> None:
    wanted = replace(DEFAULTS, tap_max=Sat(1))
    changed = await store.change_terms(wanted, by_manager=True)
    assert changed == replace(wanted, accepted_at_s=clock.time_s())
    assert await store.terms() == changed
    assert await store.change_terms(wanted, by_manager=True) == changed
    assert (await store.withdraw_consent()).accepted_at_s is None
    assert (await store.withdraw_consent()).accepted_at_s is None
    rows = await store._database.read(lambda db: [row[0] for row in db.execute("SELECT kind FROM journal")])
    assert rows == ["terms"] * 3
    await store.verify_journal()


@pytest.mark.parametrize(
    "wrong",
    [
        {"tap_max": Sat(0)},
        {"sum_max": Sat(2_000_000_000)},
        {"count_max": 0},
        {"session_max_s": 59},
        {"tap_age_max_s": 31 * 24 * 3600},
    ],
)
async def test_a_limit_that_cannot_be(store: Store, wrong: dict[str, Sat | int]) -> None:
    before = await store.terms()
    with pytest.raises(UserError, match="cannot be that"):
        await store.change_terms(replace(DEFAULTS, **wrong), by_manager=True)  # type: ignore[arg-type]
    assert await store.terms() == before


async def test_sales_in_any_order_keep_their_place(store: Store) -> None:
    sales = [await owed(store, number) for number in range(1, 4)]
    assert [tap.sale_id for tap in await store.stored_taps()] == [sale.id for sale in sales]
    assert [tap.sequence for tap in await store.stored_taps()] == list(itertools.islice(itertools.count(1), 3))

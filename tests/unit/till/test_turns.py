"""Whose turn it is at a card host."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from pos_app.core.money import Sat
from pos_app.till.sale import Held, Rate, Sale, Tap
from pos_app.till.states import SaleState
from pos_app.till.tap_states import TapState
from pos_app.till.turns import Turns, waits_for_offer
from tests.support.clock import ManualClock

STORED = Tap(
    id="1",
    sale_id="a",
    sequence=1,
    host="card.example",
    state=TapState.INVOICED,
    is_stored=True,
    payment_hash="00" * 32,
    link_tries=0,
    submit_tries=0,
    request_out=False,
    reason="",
    captured_at_s=0,
    ended_at_s=None,
)
LIVE = replace(STORED, id="2", sale_id="b", sequence=2, is_stored=False)


def sale(*taps: Tap) -> Sale:
    return Sale(
        id=taps[0].sale_id,
        book="",
        till="",
        number=1,
        reference="",
        state=SaleState.OWED,
        voided=False,
        amount=Sat(1),
        tip=Sat(0),
        fiat=None,
        rate=Rate(Decimal(1), (), 0),
        note="",
        tender=None,
        replaces=None,
        made_at_s=0,
        closed_at_s=None,
        paid_at_s=None,
        invoices=(),
        taps=taps,
    )


def turns(*taps: Tap) -> Turns:
    return Turns(ManualClock(), lambda: [sale(tap) for tap in taps])


@pytest.mark.parametrize("state", [TapState.CAPTURED, TapState.INVOICED, TapState.REDEEMING])
def test_behind_an_earlier_one_without_an_offer(state: TapState) -> None:
    earlier = replace(STORED, state=state)
    assert not turns(earlier, LIVE).is_at_turn(LIVE)
    assert turns(earlier, LIVE).is_at_turn(earlier)


@pytest.mark.parametrize(
    "earlier",
    [
        replace(STORED, state=TapState.AUTHORISED),
        replace(STORED, state=TapState.UNKNOWN),
        replace(STORED, state=TapState.DECLINED),
        replace(STORED, held=Held.CLOCK),
        replace(STORED, host="other.example"),
        replace(STORED, sequence=3),
        replace(STORED, is_stored=False),  # nobody is behind this live one any more
    ],
)
def test_not_behind_any_other(earlier: Tap) -> None:
    assert turns(earlier, LIVE).is_at_turn(LIVE)


def test_a_live_one_goes_before_while_somebody_is_behind_it() -> None:
    earlier, stored = replace(LIVE, sequence=1), replace(STORED, sequence=2)
    order = turns(earlier, stored)
    with order.living(earlier.id):
        assert not order.is_at_turn(stored)
    assert order.is_at_turn(stored)


def test_one_at_a_time_also_after_a_release() -> None:
    later = replace(STORED, id="3", sale_id="c", sequence=3)
    order = turns(replace(STORED, held=Held.CLOCK), later)
    order.begin(later)
    assert not order.is_at_turn(STORED)
    order.end(later.id)
    assert order.is_at_turn(STORED)


def test_of_one_sale_one_request_is_out() -> None:
    out = replace(STORED, state=TapState.SUBMITTED, link_tries=1, request_out=True)
    assert not turns(out, LIVE).is_at_turn(replace(LIVE, sale_id="a"))
    assert turns(out, LIVE).is_at_turn(LIVE)


def test_a_tap_at_the_api_waits_for_its_offer_until_it_is_answered() -> None:
    by_api = replace(LIVE, state=TapState.SUBMITTED, submit_tries=1, request_out=True)
    assert waits_for_offer(by_api)
    assert not waits_for_offer(replace(by_api, request_out=False))
    assert not waits_for_offer(replace(by_api, link_tries=1))

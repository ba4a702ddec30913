"""The table of moves against section 9 of the design, written down a second time and in its own form."""

from __future__ import annotations

import itertools

import pytest

from pos_app.till.states import MOVES, Cause, Durable, IllegalMove, SaleState, move

SECTION_9 = """
NEW | OPEN | charged | before
OPEN | OWED | tap_stored | before
OPEN | UNCERTAIN | stopped_waiting | before
OPEN | CANCELLED | cancelled | before
OPEN | CANCELLED | cancelled_at_api | after
OPEN | EXPIRED | all_dead | after
UNCERTAIN | EXPIRED | nothing_handed_over | after
OPEN, OWED, UNCERTAIN | PAID | settled | after
OPEN, OWED, UNCERTAIN | PAID_OTHERWISE | paid_otherwise | before
OWED, UNCERTAIN | WRITTEN_OFF | written_off | before
OWED, UNCERTAIN | CANCELLED | voided | before
CANCELLED, EXPIRED, WRITTEN_OFF | PAID_LATE | settled | after
CANCELLED | REFUND_DUE | settled_after_void | after
PAID_OTHERWISE | REFUND_DUE | settled | after
PAID, PAID_LATE, REFUNDED | REFUND_DUE | settled | after
PAID, PAID_LATE | REFUND_DUE | sold_again | after
PAID_LATE | REFUND_DUE | goods_not_given | before
REFUND_DUE | REFUNDED | refunded | before
REFUND_DUE | REFUND_DUE | settled | after
"""


def legal() -> dict[tuple[SaleState | None, Cause], tuple[SaleState, Durable]]:
    table: dict[tuple[SaleState | None, Cause], tuple[SaleState, Durable]] = {}
    for line in SECTION_9.strip().splitlines():
        befores, after, cause, durable = (cell.strip() for cell in line.split("|"))
        for before in befores.split(", "):
            state = None if before == "NEW" else SaleState[before]
            table[state, Cause(cause)] = (SaleState[after], Durable(durable))
    return table


def test_the_table_is_section_9() -> None:
    assert {key: (to.to, to.durable) for key, to in MOVES.items()} == legal()


@pytest.mark.parametrize(("before", "cause"), list(itertools.product([None, *SaleState], Cause)))
def test_what_is_not_in_the_table_is_refused(before: SaleState | None, cause: Cause) -> None:
    if (before, cause) in legal():
        assert move(before, cause).to is legal()[before, cause][0]
    else:
        with pytest.raises(IllegalMove):
            move(before, cause)


def test_nothing_leads_back_into_exposure() -> None:
    exposed = {SaleState.OWED, SaleState.UNCERTAIN}
    assert {before for (before, _), to in MOVES.items() if to.to in exposed} == {SaleState.OPEN}


def test_a_closed_sale_stays_closed() -> None:
    assert all(to.to.is_closed for (before, _), to in MOVES.items() if before is not None and before.is_closed)


def test_every_state_is_reached_and_money_is_never_ignored() -> None:
    assert {to.to for to in MOVES.values()} == set(SaleState)
    assert all((state, Cause.SETTLED) in MOVES for state in SaleState)

"""The table of tap moves against section 9 of the design, written down a second time and in its own form."""

from __future__ import annotations

import itertools

import pytest

from pos_app.till.states import Durable
from pos_app.till.tap_states import TAP_MOVES, IllegalTapMove, TapCause, TapState, tap_move

LIVING = "CAPTURED, INVOICED, REDEEMING, AUTHORISED, NEEDS_PIN, SUBMITTED, UNKNOWN"
SECTION_9 = f"""
NEW | CAPTURED | read | before
CAPTURED | INVOICED | bound | after
INVOICED | CAPTURED | invoice_dead | after
INVOICED | REDEEMING | link_asked | before
INVOICED | SUBMITTED | given_to_api | before
REDEEMING | INVOICED | not_sent | after
REDEEMING | INVOICED | resumed | after
REDEEMING | AUTHORISED | offered | after
REDEEMING | NEEDS_PIN | pin_due | after
REDEEMING | DECLINED | refused | after
REDEEMING | DECLINED | out_of_range | after
REDEEMING | DECLINED | pin_due_unattended | after
REDEEMING | TAP_LOST | link_lost | after
REDEEMING | TAP_LOST | restarted | after
AUTHORISED | AUTHORISED | rebound | after
AUTHORISED | SUBMITTED | handed_over | before
AUTHORISED | DECLINED | out_of_range | after
NEEDS_PIN | SUBMITTED | pin_entered | before
NEEDS_PIN | DECLINED | no_pin | after
NEEDS_PIN | DECLINED | restarted | after
SUBMITTED | INVOICED | not_sent | after
SUBMITTED | AUTHORISED | callback_not_sent | after
SUBMITTED | NEEDS_PIN | pin_due | after
SUBMITTED | DECLINED | refused | after
SUBMITTED | UNKNOWN | answer_lost | after
SUBMITTED | UNKNOWN | restarted | after
UNKNOWN | SUBMITTED | repeated | before
SUBMITTED, UNKNOWN | SETTLED | settled | after
SUBMITTED, UNKNOWN | NOT_PAID | invoice_dead | after
CAPTURED, INVOICED, AUTHORISED | EXPIRED | too_old | before
CAPTURED, INVOICED, AUTHORISED | VOIDED | voided | before
CAPTURED, INVOICED, AUTHORISED | VOIDED | restarted | before
{LIVING} | SUPERSEDED | sale_closed | after
{LIVING} | UNKNOWN | restored | before
"""


def legal() -> dict[tuple[TapState | None, TapCause], tuple[TapState, Durable]]:
    table: dict[tuple[TapState | None, TapCause], tuple[TapState, Durable]] = {}
    for line in SECTION_9.strip().splitlines():
        befores, after, cause, durable = (cell.strip() for cell in line.split("|"))
        for before in befores.split(", "):
            state = None if before == "NEW" else TapState[before]
            table[state, TapCause(cause)] = (TapState[after], Durable(durable))
    return table


def test_the_table_is_section_9() -> None:
    assert {key: (to.to, to.durable) for key, to in TAP_MOVES.items()} == legal()


@pytest.mark.parametrize(("before", "cause"), list(itertools.product([None, *TapState], TapCause)))
def test_what_is_not_in_the_table_is_refused(before: TapState | None, cause: TapCause) -> None:
    if (before, cause) in legal():
        assert tap_move(before, cause).to is legal()[before, cause][0]
    else:
        with pytest.raises(IllegalTapMove):
            tap_move(before, cause)


def test_a_final_tap_never_moves_and_every_other_can_end() -> None:
    moving = {before for before, _ in TAP_MOVES if before is not None}
    assert moving == {state for state in TapState if not state.is_final}
    assert all((state, TapCause.SALE_CLOSED) in TAP_MOVES for state in moving)


def test_whatever_hands_the_invoice_over_is_durable_before() -> None:
    assert all(to.durable is Durable.BEFORE for (_, _), to in TAP_MOVES.items() if to.to is TapState.SUBMITTED)


def test_every_state_is_reached() -> None:
    assert {to.to for to in TAP_MOVES.values()} == set(TapState)

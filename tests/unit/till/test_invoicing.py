"""Getting an invoice: every fault at every step, and never two codes for one sale."""

from __future__ import annotations

import pytest

from pos_app.core.money import Sat
from pos_app.payments.errors import RateLimited, Refused, WrongKey
from pos_app.till.states import SaleState
from pos_app.till.views import Phase
from tests.conftest import LogWatch
from tests.unit.till.fake_api import Fault
from tests.unit.till.harness import EXPIRY_S, Till


@pytest.mark.parametrize("fault", [Fault.AFTER, Fault.LATE, Fault.LOST])
async def test_a_lost_answer_is_looked_up_before_another_is_made(till: Till, fault: Fault) -> None:
    till.api.fail("create", fault)
    view = await till.charge()
    assert view.phase is Phase.CHECKING
    assert view.problem is not None and "Do not charge again" in view.problem.cure
    till.api.run_late()
    await till.pass_time(3)
    view = await till.sale(view)
    assert view.phase is Phase.READY and view.invoice is not None
    assert view.deadline_monotonic_s is not None
    assert [call for call in till.api.calls if call in ("create", "find")][:2] == ["create", "find"]
    assert len(till.api.invoices) == 1
    assert till.phases(view)[-1] is Phase.READY


async def test_a_request_that_runs_very_late_is_never_shown(till: Till) -> None:
    till.api.fail("create", Fault.LATE)
    view = await till.charge()
    await till.pass_time(3)
    view = await till.sale(view)
    assert view.phase is Phase.READY and view.invoice is not None
    till.api.run_late()
    await till.restart()
    await till.pass_time(5)
    again = await till.sale(view)
    assert again.invoice == view.invoice and len(till.api.invoices) == 2


async def test_while_the_look_up_fails_no_other_is_made(till: Till) -> None:
    till.api.fail("create", Fault.AFTER)
    till.api.fail("find", Fault.AFTER, Fault.BEFORE, Refused(500, "no"), RateLimited(5))
    view = await till.charge()
    await till.pass_time(10)
    assert (await till.sale(view)).phase is Phase.CHECKING
    assert till.api.calls.count("create") == 1
    await till.pass_time(40)
    assert (await till.sale(view)).phase is Phase.READY
    assert till.api.calls.count("create") == 1


async def test_a_found_invoice_that_is_nearly_over_is_left_alone(till: Till) -> None:
    till.api.fail("create", Fault.AFTER)
    till.api.fail("find", *[Fault.BEFORE] * 10)
    view = await till.charge()
    await till.pass_time(EXPIRY_S)
    view = await till.sale(view)
    assert view.phase is Phase.READY and len(till.api.invoices) == 2
    assert view.deadline_monotonic_s is not None
    assert view.deadline_monotonic_s > till.clock.monotonic_s() + EXPIRY_S / 2


async def test_a_found_invoice_that_is_paid_is_booked(till: Till) -> None:
    till.api.fail("create", Fault.AFTER)
    view = await till.charge()
    till.api.settle(next(iter(till.api.invoices)))
    await till.pass_time(5)
    assert (await till.sale(view)).state is SaleState.PAID


@pytest.mark.parametrize(
    "fault",
    [Fault.WRONG_AMOUNT, Fault.WRONG_HASH, Fault.WRONG_NETWORK, Fault.WRONG_EXPIRY, Fault.WRONG_SIGNATURE],
)
async def test_a_wrong_invoice_is_never_shown(till: Till, expect_log: LogWatch, fault: Fault) -> None:
    expect_log.expect("pos_app.till.invoicing", "wrong invoice")
    till.api.fail("create", fault)
    view = await till.charge()
    assert (view.phase, view.invoice, view.retry_at_monotonic_s) == (Phase.NO_CODE, None, None)
    assert view.problem is not None and view.problem.message == "The server answered with a wrong invoice."
    await till.pass_time(60)
    assert till.api.calls.count("create") == 1
    await till.counter.retry(view.sale_id)
    assert (await till.sale(view)).phase is Phase.READY
    assert till.rows("SELECT count(*) FROM sale_invoice") == [(1,)]


async def test_unreachable_is_said_and_tried_again(till: Till) -> None:
    till.api.down = True
    view = await till.charge()
    assert view.phase is Phase.NO_CODE and view.retry_at_monotonic_s is not None
    assert view.problem is not None and "cannot be reached" in view.problem.message
    till.api.down = False
    await till.pass_time(2)
    assert (await till.sale(view)).phase is Phase.READY
    assert till.api.calls.count("find") == 0  # nothing had left the till


async def test_trying_again_by_itself_does_not_flicker(till: Till) -> None:
    till.api.down = True
    view = await till.charge()
    await till.pass_time(30)
    assert set(till.phases(view)[1:]) == {Phase.NO_CODE}
    await till.counter.retry(view.sale_id)
    await till.quiet()
    assert till.phases(view)[-2:] == [Phase.MAKING, Phase.NO_CODE]


async def test_the_api_is_back_before_the_next_try(till: Till) -> None:
    await till.pass_time(1)
    till.api.down = True
    view = await till.charge()
    await till.pass_time(240)
    view = await till.sale(view)
    assert view.retry_at_monotonic_s is not None
    till.api.down = False
    await till.pass_time(80)
    assert (await till.sale(view)).phase is Phase.READY


async def test_a_refusal_is_told_in_the_servers_words(till: Till) -> None:
    till.api.fail("create", Refused(520, "No funding source."))
    view = await till.charge()
    assert view.phase is Phase.NO_CODE
    assert view.problem is not None and "No funding source." in view.problem.message


async def test_a_wrong_key_waits_for_a_person(till: Till) -> None:
    till.api.fail("create", WrongKey())
    view = await till.charge()
    assert view.problem is not None and "key" in view.problem.message
    await till.pass_time(30)
    assert till.api.calls.count("create") == 1
    await till.counter.retry(view.sale_id)
    assert (await till.sale(view)).phase is Phase.READY


async def test_our_own_fault_is_logged_and_leaves_a_way_on(till: Till, expect_log: LogWatch) -> None:
    expect_log.expect("pos_app.till.invoicing", "no invoice for sale 1")
    till.api.fail("create", ZeroDivisionError())
    view = await till.charge()
    assert view.phase is Phase.NO_CODE and view.problem is not None
    await till.counter.retry(view.sale_id)
    assert (await till.sale(view)).phase is Phase.READY


async def test_a_long_note_leaves_the_reference_whole(till: Till) -> None:
    view = await till.counter.charge(Sat(5), note="ü" * 200)
    await till.quiet()
    (invoice,) = till.api.invoices.values()
    assert invoice.memo.endswith(f" {view.reference}") and len(invoice.memo.encode()) <= 210

"""What the strip says, from real calls, without flicker."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import cast

import pytest

from pos_app.core.bolt11 import Network
from pos_app.payments.client import Client
from pos_app.payments.errors import AnswerLost, NotKnown, NotSent, RateLimited, Refused, WrongKey
from pos_app.till.books import Books
from pos_app.till.health import HOLD_S, Health
from pos_app.till.views import Fact, FactState, StatusChanged
from tests.support.clock import ManualClock
from tests.unit.till.fake_api import FakeApi
from tests.unit.till.harness import REMOTE, Till


class Strip:
    """A Health and the changes that it told."""

    def __init__(self, clock: ManualClock, name: str = REMOTE, *, api: FakeApi | None = None) -> None:
        books = Books(Path("/none"), Network.MAINNET, practice=False, name=name)
        self.changes: list[tuple[Fact, ...]] = []
        client = cast("Client", api or FakeApi(clock))
        self.health = Health(client, books, clock, lambda: self.changes.append(self.health.facts()))

    def fact(self, key: str) -> Fact:
        return next(fact for fact in self.health.facts() if fact.key == key)

    def ask(self, error: Exception | None = None) -> None:
        with pytest.raises(type(error)) if error else self.health.asking():
            if error:
                with self.health.asking():
                    raise error


@pytest.fixture
def strip(clock: ManualClock) -> Strip:
    return Strip(clock)


def test_nothing_is_known_at_first(strip: Strip) -> None:
    assert [fact.state for fact in strip.health.facts()] == [FactState.UNKNOWN, FactState.UNKNOWN, FactState.OFF]
    assert strip.fact("rate").words == "Sat only"


@pytest.mark.parametrize("error", [None, Refused(400, "no"), NotKnown("?")])
def test_an_answer_is_an_answer(strip: Strip, error: Exception | None) -> None:
    strip.ask(error)
    assert strip.fact("payments").state is FactState.WELL


@pytest.mark.parametrize("error", [NotSent("x"), AnswerLost("x"), WrongKey()])
def test_no_answer(strip: Strip, clock: ManualClock, error: Exception) -> None:
    strip.ask(error)
    fact = strip.fact("payments")
    assert (fact.state, fact.since_s) == (FactState.DOWN, clock.time_s())
    assert fact.words == f"Offline since {datetime.fromtimestamp(clock.time_s()):%H:%M}"
    assert ("key" in fact.detail) is isinstance(error, WrongKey)


def test_being_asked_to_slow_down_says_nothing(strip: Strip) -> None:
    strip.ask(RateLimited(5))
    assert strip.fact("payments").state is FactState.UNKNOWN


async def test_one_lost_answer_does_not_flicker(strip: Strip, clock: ManualClock) -> None:
    strip.ask()
    for _ in range(20):
        strip.ask(NotSent("x"))
        await clock.advance(HOLD_S - 0.1)
        strip.ask()
        await clock.advance(1)
    assert len(strip.changes) == 1


async def test_away_since_the_first_failure(strip: Strip, clock: ManualClock) -> None:
    strip.ask()
    first_s = clock.time_s()
    for _ in range(4):
        strip.ask(NotSent("x"))
        await clock.advance(1)
    fact = strip.fact("payments")
    assert (fact.state, fact.since_s) == (FactState.DOWN, first_s)


def test_a_foreign_server_tells_of_lightning_by_the_last_invoice_only(strip: Strip) -> None:
    strip.ask()
    strip.health.note_invoice(made=True)
    assert strip.fact("lightning").state is FactState.WELL
    strip.health.note_invoice(made=False)
    assert strip.fact("lightning").state is FactState.WARN
    assert not strip.health.lightning_away


def test_lightning_is_not_known_while_the_api_is_away(strip: Strip) -> None:
    strip.health.note_invoice(made=True)
    strip.ask(NotSent("x"))
    assert strip.fact("lightning").state is FactState.UNKNOWN


async def test_our_engine_tells_whether_its_source_is_there(clock: ManualClock) -> None:
    strip = Strip(clock, "This computer", api=FakeApi(clock, source_ok=False))
    await strip.health.probe()
    assert strip.fact("lightning").state is FactState.DOWN and strip.health.lightning_away
    strip.health.note_invoice(made=True)
    assert strip.health.lightning_away


def test_plain_http_is_amber(clock: ManualClock) -> None:
    strip = Strip(clock, "http://192.168.1.5:5000")
    strip.ask()
    assert (strip.fact("payments").state, strip.fact("payments").words) == (FactState.WARN, "Not encrypted")


async def test_the_counter_probes_while_nobody_sells(till: Till) -> None:
    assert till.counter.status().facts[0].state is FactState.WELL
    till.events.clear()
    till.api.down = True
    await till.pass_time(30)
    (event,) = [event for event in till.events if isinstance(event, StatusChanged)]
    assert event.status.facts[0].state is FactState.DOWN
    till.api.down = False
    await till.pass_time(40)
    status = till.counter.status()
    assert status.facts[0].state is FactState.WELL
    assert (status.shop_name, status.api, status.network, status.practice) == ("Café Linde", REMOTE, "regtest", True)


async def test_few_requests_while_nobody_sells(till: Till) -> None:
    till.api.calls.clear()
    await till.pass_time(600)
    assert len(till.api.calls) <= 41
    till.api.down = True
    till.api.calls.clear()
    await till.pass_time(600)
    assert len(till.api.calls) <= 46

"""What the strip says, from real calls, without flicker."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest

from pos_app.core.bolt11 import Network
from pos_app.core.money import Sat
from pos_app.payments.client import Client
from pos_app.payments.errors import AnswerLost, NotKnown, NotSent, RateLimited, Refused, WrongKey
from pos_app.payments.results import Health as PaymentsHealth
from pos_app.till.books import Books
from pos_app.till.health import HOLD_S, ISSUER_KNOWN_FOR_S, Health
from pos_app.till.views import Fact, FactState, Problem, StatusChanged, StoreView
from tests.support.clock import ManualClock
from tests.unit.till.fake_api import FakeApi
from tests.unit.till.harness import REMOTE, Till

STORE = StoreView(
    accepted=True,
    offered=True,
    refusal=None,
    count=0,
    count_max=20,
    sum=Sat(0),
    sum_max=Sat(100_000),
    tap_max=Sat(20_000),
)


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
    unknown = FactState.UNKNOWN
    assert [fact.state for fact in strip.health.facts()] == [unknown, unknown, unknown, FactState.OFF]
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


async def test_the_counter_shows_a_change_within_five_seconds_while_nobody_sells(till: Till) -> None:
    assert till.counter.status().facts[0].state is FactState.WELL
    await till.pass_time(60.7)
    till.events.clear()
    till.api.down = True
    await till.pass_time(5)
    assert [facts[0].state for facts in told(till)] == [FactState.DOWN]
    till.api.down = False
    await till.pass_time(5)
    assert [facts[0].state for facts in told(till)] == [FactState.DOWN, FactState.WELL]
    status = till.counter.status()
    assert status.facts[0].state is FactState.WELL
    assert (status.shop_name, status.api, status.network, status.practice) == ("Café Linde", REMOTE, "regtest", True)


def told(till: Till) -> list[tuple[Fact, ...]]:
    return [event.status.facts for event in till.events if isinstance(event, StatusChanged)]


@pytest.mark.parametrize("down", [False, True])
async def test_few_requests_while_nobody_sells(till: Till, down: bool) -> None:
    till.api.down = down
    till.api.calls.clear()
    await till.pass_time(600)
    assert len(till.api.calls) <= 310


async def test_an_open_sale_is_poll_and_probe_in_one(till: Till) -> None:
    await till.charge()
    till.api.calls.clear()
    await till.pass_time(60)
    assert till.api.calls.count("look") == 30
    assert till.api.calls.count("health") <= 1


async def test_an_api_that_is_silent_is_away_before_its_time_out(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeApi(clock)
    strip = Strip(clock, api=api)
    running = asyncio.ensure_future(strip.health.run())
    await clock.advance(60.5)
    assert strip.fact("payments").state is FactState.WELL
    silent_s = clock.time_s()
    health = api.health

    async def silent() -> PaymentsHealth:
        await clock.sleep(10)
        raise AnswerLost("time-out")

    monkeypatch.setattr(FakeApi, "health", lambda _: silent())
    await clock.advance(5)
    fact = strip.fact("payments")
    assert fact.state is FactState.DOWN and fact.since_s is not None and silent_s <= fact.since_s <= silent_s + 2
    monkeypatch.setattr(FakeApi, "health", lambda _: health())
    await clock.advance(15)
    assert strip.fact("payments").state is FactState.WELL
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_slow_server_is_given_the_time_it_takes(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeApi(clock)
    strip, health = Strip(clock, api=api), api.health

    async def slow() -> PaymentsHealth:
        await clock.sleep(4)
        return await health()

    running = asyncio.ensure_future(strip.health.run())
    await clock.advance(1)
    monkeypatch.setattr(FakeApi, "health", lambda _: slow())
    await clock.advance(30)
    strip.changes.clear()
    await clock.advance(120)
    assert strip.fact("payments").state is FactState.WELL and not strip.changes
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_flapping_line_does_not_flicker(strip: Strip, clock: ManualClock) -> None:
    """Six seconds away, six seconds there, for two minutes: soon it is simply away."""
    for second in range(120):
        strip.ask(NotSent("x") if second // 6 % 2 else None)
        await clock.advance(1)
    assert len(strip.changes) <= 5
    assert strip.fact("payments").state is FactState.DOWN
    for _ in range(20):
        strip.ask()
        await clock.advance(1)
    assert strip.fact("payments").state is FactState.WELL


class TestIssuers:
    """What is known of the card hosts, from cards alone."""

    def test_each_host_for_itself(self, strip: Strip, clock: ManualClock) -> None:
        strip.health.note_issuer("a.example", answers=True)
        assert strip.fact("issuer").state is FactState.WELL
        strip.health.note_issuer("b.example", answers=False)
        fact = strip.fact("issuer")
        assert (fact.state, fact.words, fact.since_s) == (FactState.WARN, "Card issuer away", clock.time_s())
        assert fact.detail == "b.example not reachable. Pay by QR."
        assert strip.health.issuer_away("b.example") and not strip.health.issuer_away("a.example")
        assert strip.health.calls_for_storing and strip.health.offline_since_s is None
        strip.health.note_issuer("b.example", answers=True)
        assert strip.fact("issuer").state is FactState.WELL and not strip.health.calls_for_storing

    async def test_what_the_last_card_showed_is_not_for_ever(self, strip: Strip, clock: ManualClock) -> None:
        strip.health.note_issuer("a.example", answers=False)
        await clock.advance(ISSUER_KNOWN_FOR_S + 1)
        assert strip.fact("issuer").state is FactState.UNKNOWN
        assert not strip.health.issuer_away("a.example")

    async def test_since_the_first_card_that_did_not_reach_it(self, strip: Strip, clock: ManualClock) -> None:
        since_s = clock.time_s()
        for _ in range(3):
            strip.health.note_issuer("a.example", answers=False)
            await clock.advance(100)
        assert strip.fact("issuer").since_s == since_s


class TestWhatStillWorks:
    """The strip's detail says what of the limits for stored cards is left."""

    @pytest.mark.parametrize(
        ("store", "words"),
        [
            (None, ""),
            (replace(STORE, accepted=False), ""),
            (STORE, f"Cards can be stored up to {Sat(20_000)}."),
            (
                replace(STORE, refusal=Problem("20 sales are stored already.", "Take cash.")),
                "Cards cannot be stored: 20 sales are stored already.",
            ),
        ],
    )
    async def test_of_each_fact(self, clock: ManualClock, store: StoreView | None, words: str) -> None:
        strip = Strip(clock, "This computer", api=FakeApi(clock, source_ok=False, is_embedded=True))
        await strip.health.probe()
        strip.health.note_issuer("a.example", answers=False)
        _, lightning, issuer, _ = strip.health.facts(store)
        assert lightning.detail == f"No QR codes: nobody could pay them. {words}".strip()
        assert issuer.detail == f"a.example not reachable. Pay by QR. {words}".strip()
        assert strip.health.offline_since_s == clock.time_s()
        for _ in range(4):
            strip.ask(NotSent("x"))
            await clock.advance(1)
        payments = strip.health.facts(store)[0]
        assert payments.detail == f"QR codes do not work. An open one is checked on return. {words}".strip()
        assert strip.health.api_away and strip.health.calls_for_storing

    async def test_since_when_also_over_a_restart(self, strip: Strip, clock: ManualClock) -> None:
        strip.ask(NotSent("x"))
        lost_at_s = clock.time_s() - 3600
        fact = strip.health.facts(replace(STORE, offline_since_s=lost_at_s))[0]
        assert fact.since_s == lost_at_s
        assert fact.words == f"Offline since {datetime.fromtimestamp(lost_at_s):%H:%M}"


async def test_a_source_that_does_not_answer_is_away_at_once(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeApi(clock, is_embedded=True, source_ok=True)
    strip, health = Strip(clock, "This computer", api=api), api.health
    await strip.health.probe()

    async def slow() -> PaymentsHealth:
        await clock.sleep(2)
        return await health()

    monkeypatch.setattr(FakeApi, "health", lambda _: slow())
    api.source_ok = False
    probe = asyncio.ensure_future(strip.health.probe())
    await clock.advance(2)
    await probe
    assert strip.health.lightning_away and not strip.health.api_away

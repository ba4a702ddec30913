"""The reader thread behind the counter: simulated cards on the reader's true code, across two sales."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from pos_app.core.clock import SystemClock
from pos_app.practice.cards import card_with, uri_message
from pos_app.practice.field import Field, practice_reader
from pos_app.till.cards import FIRST_AMOUNT, Cards
from pos_app.till.views import FactState, TapPhase

LINK = "lnurlw://card.example/w"
LONGEST_WAIT_S = 10


class Counter:
    """Stands in for the counter: keeps what it is told."""

    def __init__(self) -> None:
        self.read: list[tuple[str, tuple[str, ...]]] = []
        self.ignored: list[str] = []
        self._news = asyncio.Event()
        self.field = Field()
        self.cards = Cards(
            SystemClock(),
            read=lambda sale_id, texts: self._note(self.read.append, (sale_id, texts)),
            ignored=lambda words: self._note(self.ignored.append, words),
            touched=lambda _: self._news.set(),
            facts_changed=self._news.set,
        )

    def phase(self, sale_id: str) -> TapPhase | None:
        touch = self.cards.touch(sale_id)
        return None if touch is None else touch.phase

    async def until(self, done: object) -> None:
        assert callable(done)
        async with asyncio.timeout(LONGEST_WAIT_S):
            while not done():
                await self._news.wait()
                self._news.clear()

    def put(self) -> None:
        self.field.put(card_with(uri_message(LINK)))

    def _note(self, note: object, fact: object) -> None:
        assert callable(note)
        note(fact)
        self._news.set()


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    counter = Counter()
    counter.cards.attach(practice_reader(counter.field))
    await counter.until(lambda: counter.cards.fact.state is FactState.WELL)
    yield counter
    await counter.cards.close()


async def test_a_card_is_read_once_for_the_sale_that_waits(counter: Counter) -> None:
    counter.cards.wait_for("one")
    counter.put()
    await counter.until(lambda: counter.read)
    assert counter.read == [("one", (LINK,))]
    assert counter.phase("one") is None
    counter.cards.wait_for("one", busy=True)
    counter.cards.wait_for("one", busy=False)
    assert counter.read == [("one", (LINK,))]


async def test_a_card_before_the_amount_is_told_and_never_charged(counter: Counter) -> None:
    counter.put()
    await counter.until(lambda: counter.ignored)
    assert counter.ignored == [FIRST_AMOUNT]
    counter.cards.wait_for("one")
    assert counter.phase("one") is TapPhase.CARD_LEFT
    counter.field.take_away()
    await counter.until(lambda: counter.phase("one") is None)
    assert not counter.read
    counter.put()
    await counter.until(lambda: counter.read)


async def test_a_card_that_lies_there_is_not_charged_for_the_next_sale(counter: Counter) -> None:
    counter.cards.wait_for("one")
    counter.put()
    await counter.until(lambda: counter.read)
    counter.cards.wait_for(None)
    counter.cards.wait_for("two")
    assert counter.phase("two") is TapPhase.CARD_LEFT
    counter.field.take_away()
    await counter.until(lambda: counter.phase("two") is None)
    assert [sale_id for sale_id, _ in counter.read] == ["one"]


async def test_a_lost_reader_is_off_and_comes_back(counter: Counter) -> None:
    counter.field.unplug()
    await counter.until(lambda: counter.cards.fact.state is not FactState.WELL)
    assert counter.cards.idle().phase is TapPhase.NO_READER
    counter.field.plug_in()
    await counter.until(lambda: counter.cards.fact.state is FactState.WELL)
    assert counter.cards.idle().phase is TapPhase.READY

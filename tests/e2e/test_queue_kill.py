"""kill -9 at every durable step of the queue, in true processes; then a restart, and every sale is right.

Till, engine and card service are the real ones; the last two live outside the process that is killed, and their books
are compared with the till's at the end. A kill comes on both sides of each commit, when a request arrives at the API or
the card service, before it is answered, or at any moment. The numbers come from `POS_DRILL_ROUNDS`.
"""

from __future__ import annotations

import math
import random
from collections import Counter as Count
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.e2e.queue_killer import COMMIT
from tests.e2e.queue_round import OF_THE_ISSUER, Round, check_books
from tests.e2e.queue_world import World
from tests.support.drills import rounds

pytestmark = pytest.mark.drill

POINTS = rounds(7, 1000)
"""At most so many kill points of a story, spread evenly over it: the full number is all of them."""
ROUNDS = rounds(5, 500)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path) as world:
        yield world


def show(outcomes: Count[tuple[str, str]], record_property: Callable[[str, object], None]) -> None:
    """The table of outcomes: what stood on disk at the last kill, how it ended, for how many sales."""
    lines = [("at the last kill", "ended", "sales")]
    lines += [(stood, ended, f"{count}") for (stood, ended), count in sorted(outcomes.items())]
    table = "\n".join(f"{stood:18}{ended:44}{count:>6}" for stood, ended, count in lines)
    record_property("report", table)
    print(table)


@pytest.mark.parametrize("story", ["two cards", "cut line", "declined"])
async def test_every_step(world: World, story: str, record_property: Callable[[str, object], None]) -> None:
    outcomes: Count[tuple[str, str]] = Count()
    whole = Round(world, "whole", story, outcomes)
    await whole.begin()
    told = await whole.run()
    assert told.code == 0 and len(told.of("owed")) == len(whole.job.links)
    await whole.end()
    steps = [f"{COMMIT}{number}" for number in range(1, int(told.of("commits")[0]) + 1)] + list(told.requests)
    points = [f"{step}{side}" for step in steps for side in "-+"]
    stride = 1 if len(points) <= POINTS else math.ceil(len(points) / POINTS) | 1  # odd: takes both sides
    for point in points[::stride]:
        this = Round(world, point, story, outcomes)
        await this.begin()
        await this.run(point)
        await this.end()
    await check_books(world)
    show(outcomes, record_property)


async def test_any_moment(world: World, record_property: Callable[[str, object], None]) -> None:
    """Killed up to three times, at any moment, while the card service does what card services do."""
    dice = random.Random()
    outcomes: Count[tuple[str, str]] = Count()
    for number in range(ROUNDS):
        this = Round(world, f"any {number}", dice.choice(["two cards", "two cards", "cut line", "declined"]), outcomes)
        await this.begin()
        world.faults.set(dice.choice(OF_THE_ISSUER), dice.random() < 0.5)
        await this.run(kill_after_s=dice.uniform(0.02, 0.8))
        for _ in range(dice.randrange(3)):
            world.faults.set(dice.choice(OF_THE_ISSUER), dice.random() < 0.5)
            await this.run(kill_after_s=dice.uniform(0.02, 0.5), again=True)
        await this.end()
    await check_books(world)
    show(outcomes, record_property)

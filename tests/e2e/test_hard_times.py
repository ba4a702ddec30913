"""A disk that takes no further byte of a real till process when a card is stored: it says so, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.e2e.queue_round import Round
from tests.e2e.queue_world import World


async def test_a_full_disk_stores_no_card_and_says_so(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        this = Round(world, "full", "full disk", Counter())
        await this.begin()
        told = await this.run()
        (refused,) = told.of("refused")
        assert "till.db" in refused and ("disk is full" in refused or "disk did not take" in refused)
        words = [words.partition(" ")[0] for words in told.words]
        assert words == ["open", "refused", "owed", "line", "paid", "commits"]
        await this.end()

"""`pos-app backup` and `pos-app restore`, and what `queue list` tells of the money of lost sales."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from pos_app.app import House
from pos_app.cli.common import COMPARED_WITHIN_S, compared
from pos_app.cli.main import main
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock
from pos_app.core.money import Sat
from pos_app.till.counter import Counter
from pos_app.till.recovery import NotCompared
from tests.conftest import LogWatch
from tests.unit.cli.conftest import Said


@pytest.fixture
def folders(data_dir: list[str]) -> Folders:
    return Folders.of(Path(data_dir[1]))


def sell(said: Said, data_dir: list[str], sat: int = 2_100) -> str:
    """A sale that is paid; its reference."""
    words = ["sell", "--sat", str(sat), "--memo", "Table 4", "--practice", "--practice-pays", "now", "--json"]
    assert main([*words, *data_dir]) == 0
    return str(json.loads(said()[0])["reference"])


async def leave_open(folders: Folders) -> None:
    async with House(folders, "practice") as house:
        await house.counter.charge(Sat(900))


def recent(folders: Folders) -> list[tuple[int, str]]:
    async def look() -> list[tuple[int, str]]:
        async with House(folders, "practice") as house:
            await house.counter.wait_compared(30)
            return [(sale.number, sale.state.value) for sale in await house.counter.recent()]

    return asyncio.run(look())


def test_there_and_back(
    said: Said, data_dir: list[str], folders: Folders, tmp_path: Path, expect_log: LogWatch
) -> None:
    expect_log.expect("pos_app.till.mirror", "restored from a backup")  # the history begins anew
    file = str(tmp_path / "till.backup")
    sell(said, data_dir)
    assert main(["backup", file, "--json", *data_dir]) == 0
    made = json.loads(said()[0])
    assert made["file"] == file and [(book["name"], book["sales"]) for book in made["books"]] == [("practice", 1)]
    lost = sell(said, data_dir, 700)

    assert main(["restore", file, "--yes", *data_dir]) == 0
    out, _ = said()
    assert "practice: 1 sales, the last one of" in out and "asks the payments server about all sales" in out
    (kept,) = [line.removeprefix("Kept as it was: ") for line in out.splitlines() if line.startswith("Kept")]
    assert Path(kept).exists()

    words = ["sell", "--sat", "5", "--practice", "--practice-pays", "now", *data_dir]
    assert main(words) == 0  # it waits until the books are compared
    said()
    assert recent(folders) == [(3, "paid"), (1, "paid")]
    assert main(["queue", "list", *data_dir]) == 0
    lines = said()[0].splitlines()
    assert lines[0] == "The queue is empty." and "without a sale here" in lines[2]
    assert lost in lines[3] and str(Sat(700)) in lines[3] and "Table 4" in lines[3]
    assert main(["queue", "list", "--json", *data_dir]) == 0
    (payment,) = json.loads(said()[0])["unassigned"]
    assert (payment["number"], payment["reference"], payment["amount_sat"]) == (2, lost, 700)
    assert payment["paid"] is True and len(payment["payment_hash"]) == 64


class Comparing:
    """A counter whose books are not compared until it is waited for."""

    def __init__(self) -> None:
        self.waited_s: list[float] = []

    async def wait_compared(self, patience_s: float) -> None:
        self.waited_s.append(patience_s)
        if not patience_s:
            raise NotCompared(0)


async def test_who_waits_is_told_why(said: Said) -> None:
    counter = Comparing()
    await compared(cast("Counter", counter))
    assert "restored from a backup of" in said()[1] and counter.waited_s == [0, COMPARED_WITHIN_S]


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 1)])
def test_it_asks_first(
    said: Said, data_dir: list[str], tmp_path: Path, typed: Callable[[str], None], answer: str, code: int
) -> None:
    file = str(tmp_path / "till.backup")
    sell(said, data_dir)
    assert main(["backup", file, *data_dir]) == 0
    said()
    typed(answer)
    assert main(["restore", file, *data_dir]) == code
    _, err = said()
    assert "It replaces the books and the settings" in err
    assert ("Nothing was replaced." in err) is bool(code)


def test_a_running_till_is_backed_up_and_not_replaced(
    said: Said, data_dir: list[str], folders: Folders, tmp_path: Path
) -> None:
    file = str(tmp_path / "till.backup")
    sell(said, data_dir)
    asyncio.run(leave_open(folders))
    with OwnerLock(folders.data, "the window"):
        assert main(["backup", file, *data_dir]) == 0
        assert main(["restore", file, "--yes", *data_dir]) == 7
    assert "the window" in said()[1]
    assert main(["restore", file, "--yes", *data_dir]) == 0
    assert f"1 sale that is replaced has not ended: {Sat(900)}." in said()[1]


def test_what_cannot_be(said: Said, data_dir: list[str], tmp_path: Path) -> None:
    file = tmp_path / "till.backup"
    assert main(["backup", str(file), *data_dir]) == 1
    assert "nothing to back up" in said()[1]
    file.write_text("no backup")
    assert main(["backup", str(file), *data_dir]) == 1
    sell(said, data_dir)
    assert main(["backup", str(file), *data_dir]) == 1
    assert "there already" in said()[1]
    assert main(["restore", str(file), "--yes", "--json", *data_dir]) == 1
    out, err = said()
    assert "no sound backup" in err and json.loads(out)["exit"] == 1

"""`pos-app queue`, on books with two stored cards, beside the owner and without one."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_app.app import House
from pos_app.cli.main import main
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock
from pos_app.core import bolt11
from pos_app.core.money import Sat
from pos_app.till.sale import NewSale
from pos_app.till.states import Cause
from tests.unit.cli.conftest import Said

PIN = "4711"
TOKEN = "P0C0FFEE"
HOST = "127.0.0.1"
URL = f"http://{HOST}:9/tap?p={TOKEN}"


@pytest.fixture
def folders(data_dir: list[str]) -> Folders:
    """A data folder whose practice books hold two stored cards."""

    async def fill() -> None:
        async with House(made, "practice", faults=["server_away"]) as house:
            await house.manager.set(PIN)
            await house.counter.queue.accept_risk(PIN)
            store = house.counter._store
            for amount, note in ((2_100, "=1+1"), (500, "Table 4")):
                sale = await store.begin(NewSale(Sat(amount), note=note))
                await store.store_tap(sale.id, host=HOST, url=f"{URL}&c={amount}", payment_hash=None)

    made = Folders.of(Path(data_dir[1]))
    asyncio.run(fill())
    return made


def listed(said: Said, data_dir: list[str]) -> dict[str, object]:
    assert main(["queue", "list", "--json", *data_dir]) == 0
    result: dict[str, object] = json.loads(said()[0])
    return result


def test_an_empty_queue(said: Said, data_dir: list[str]) -> None:
    assert main(["queue", "list", *data_dir]) == 0
    assert said()[0] == "The queue is empty.\n"
    assert listed(said, data_dir)["items"] == []


@pytest.mark.usefixtures("folders")
def test_list_tells_what_is_at_risk(said: Said, data_dir: list[str]) -> None:
    result = listed(said, data_dir)
    assert result["at_risk"] == {"count": 2, "sum_sat": 2_600}
    items = result["items"]
    assert isinstance(items, list)
    assert [(item["number"], item["state"], item["stage"], item["amount_sat"]) for item in items] == [
        (1, "owed", "stored", 2_100),
        (2, "owed", "stored", 500),
    ]
    assert main(["queue", "list", *data_dir]) == 0
    lines = said()[0].splitlines()
    assert lines[0] == f"2 sales, {Sat(2_600)} of 2 not paid yet."
    assert "stored" in lines[1] and "not paid" in lines[2].lower()


def test_show_tells_one_with_its_journal_beside_the_owner(said: Said, data_dir: list[str], folders: Folders) -> None:
    with OwnerLock(folders.data, "the window"):
        assert main(["queue", "show", "2", "--json", *data_dir]) == 0
        shown = json.loads(said()[0])
        assert (shown["note"], shown["issuer"]) == ("Table 4", HOST)
        assert len(shown["story"]) >= 2
        assert main(["queue", "show", shown["reference"].lower(), *data_dir]) == 0
    out = said()[0]
    assert out.startswith(f"Sale 2 ({shown['reference']}), {Sat(500)} of practice money: stored.")
    assert shown["story"][0]["words"] in out


@pytest.mark.usefixtures("folders")
def test_a_sale_that_is_not_there(said: Said, data_dir: list[str]) -> None:
    assert main(["queue", "show", "7", "--json", *data_dir]) == 1
    assert json.loads(said()[0])["error"] == "There is no sale 7 in the queue."


@pytest.mark.usefixtures("folders")
def test_export_holds_no_token(said: Said, data_dir: list[str], tmp_path: Path) -> None:
    files = [tmp_path / "queue.json", tmp_path / "queue.CSV"]
    for file in files:
        assert main(["queue", "export", str(file), *data_dir]) == 0
        assert said()[0] == f"2 sales in {file}.\n"
        assert TOKEN not in file.read_text()
    assert [item["number"] for item in json.loads(files[0].read_text())] == [1, 2]
    with files[1].open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert [(row["number"], row["amount_sat"], row["note"]) for row in rows] == [
        ("1", "2100", "'=1+1"),
        ("2", "500", "Table 4"),
    ]


def test_export_by_another_name_is_bad_usage(data_dir: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["queue", "export", "queue.txt", *data_dir])
    assert ended.value.code == 2


@pytest.mark.usefixtures("folders")
def test_paid_otherwise_needs_no_pin(said: Said, data_dir: list[str]) -> None:
    assert main(["queue", "resolve", "1", "--paid-otherwise", *data_dir]) == 0
    assert said()[0].endswith("paid otherwise.\n")
    items = listed(said, data_dir)["items"]
    assert isinstance(items, list)
    assert [item["number"] for item in items] == [2]


@pytest.mark.usefixtures("folders")
def test_void_and_write_off_need_the_pin_and_a_reason(
    said: Said, data_dir: list[str], typed: Callable[[str], None], tmp_path: Path
) -> None:
    assert main(["queue", "resolve", "1", "--void", *data_dir]) == 2
    assert "reason is missing" in said()[1]
    typed("0000\n")
    assert main(["queue", "resolve", "1", "--void", "--reason", "Cup broke", *data_dir]) == 1
    assert "not the manager PIN" in said()[1]
    typed(f"{PIN}\n")
    words = ["queue", "resolve", "1", "--void", "--reason", "Cup broke", "--pin-file", "-", "--json"]
    assert main([*words, *data_dir]) == 0
    assert json.loads(said()[0])["state"] == "cancelled"
    file = tmp_path / "pin"
    file.write_text(f"{PIN}\n")
    words = ["queue", "resolve", "2", "--write-off", "--reason", "Left", "--pin-file", str(file), "--json"]
    assert main([*words, *data_dir]) == 0
    assert json.loads(said()[0])["state"] == "written_off"
    assert listed(said, data_dir)["items"] == []


@pytest.mark.usefixtures("folders")
def test_a_pin_file_that_is_not_there(said: Said, data_dir: list[str], tmp_path: Path) -> None:
    words = ["queue", "resolve", "1", "--void", "--reason", "x", "--pin-file", str(tmp_path / "none")]
    assert main([*words, *data_dir]) == 1
    assert "cannot be read" in said()[1]


def test_resolve_answers_7_while_the_till_is_running(said: Said, data_dir: list[str], folders: Folders) -> None:
    with OwnerLock(folders.data, "the window"):
        assert main(["queue", "resolve", "1", "--paid-otherwise", "--json", *data_dir]) == 7
    assert json.loads(said()[0])["exit"] == 7


@pytest.mark.usefixtures("folders")
def test_a_sale_that_came_to_another_end_meanwhile(
    said: Said, data_dir: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pos_app.till.counter import Counter

    async def pays(counter: Counter, sale_id: str | None = None) -> None:
        assert sale_id is not None
        await counter.queue.write_off(sale_id, PIN, "Somebody else was faster")

    monkeypatch.setattr(Counter, "check_now", pays)
    assert main(["queue", "resolve", "1", "--paid-otherwise", *data_dir]) == 1
    assert "written off meanwhile. Nothing was changed" in said()[0]


def test_late_money_is_not_ended_here(said: Said, data_dir: list[str], folders: Folders) -> None:
    async def pay_late() -> None:
        async with House(folders, "practice", faults=["server_away"]) as house:
            store = house.counter._store
            sale = await store.begin(NewSale(Sat(50)))
            invoice = bolt11.decode(
                bolt11.encode(
                    network=bolt11.Network.REGTEST,
                    amount=Sat(50).to_msat(),
                    payment_hash="11" * 32,
                    payment_secret="22" * 32,
                    made_at_s=int(house.clock.time_s()),
                    expiry_s=600,
                    private_key="33" * 32,
                )
            )
            await store.bind(sale.id, invoice)
            await store.step(sale.id, Cause.CANCELLED)
            await store.settle(invoice.payment_hash, invoice.amount or Sat(50).to_msat())

    asyncio.run(pay_late())
    assert main(["queue", "resolve", "3", "--void", "--reason", "x", *data_dir]) == 1
    assert "Sale 3 is paid late: it cannot be ended so." in said()[1]

"""The manager PIN: five tries, then waits that neither a restart nor a clock ends."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path

import pytest

from pos_app.config import manager
from pos_app.config.files import CannotWrite
from pos_app.config.manager import FIRST_WAIT_S, FREE_TRIES, LONGEST_WAIT_S, ManagerPin
from pos_app.core.errors import UserError
from pos_app.core.pin_errors import PinLocked, PinNeeded, PinNotSet, PinWrong
from tests.support.clock import ManualClock

PIN, WRONG = "482915", "000000"
COST = (manager.TIME_COST, manager.MEMORY_KIB, manager.LANES)


@pytest.fixture(autouse=True)
def cheap_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash of these tests costs next to nothing."""
    monkeypatch.setattr(manager, "TIME_COST", 1)
    monkeypatch.setattr(manager, "MEMORY_KIB", 8)
    monkeypatch.setattr(manager, "LANES", 1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "manager.json"


@pytest.fixture
async def pin(file: Path, clock: ManualClock) -> ManagerPin:
    pin = ManagerPin(file, clock)
    await pin.set(PIN)
    return pin


def text_of(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def put(file: Path, text: str) -> None:
    file.write_text(text)


async def use_up_tries(pin: ManagerPin) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(PinWrong):
            await pin.check(WRONG)


async def wait_of(pin: ManagerPin) -> float:
    with pytest.raises(PinLocked) as locked:
        await pin.check(PIN)
    return locked.value.wait_s


async def test_the_right_one_passes(pin: ManagerPin) -> None:
    assert await pin.is_set()
    await pin.check(PIN)


async def test_the_file_is_for_its_owner_and_holds_no_pin(pin: ManagerPin, file: Path) -> None:
    assert PIN not in text_of(file)
    assert "$argon2id$" in text_of(file)
    if os.name == "posix":
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600  # noqa: PTH116


def test_the_kept_hash_is_not_cheap() -> None:
    """RFC 9106, the second recommended set: 3 rounds, 64 MiB, 4 lanes."""
    assert COST == (3, 64 * 1024, 4)


async def test_none_is_set_at_first(file: Path, clock: ManualClock) -> None:
    pin = ManagerPin(file, clock)
    assert not await pin.is_set()
    with pytest.raises(PinNotSet):
        await pin.check(PIN)


async def test_an_empty_one_is_asked_for_and_is_no_try(pin: ManagerPin) -> None:
    for _ in range(FREE_TRIES + 1):
        with pytest.raises(PinNeeded):
            await pin.check("")
    await pin.check(PIN)


@pytest.mark.parametrize("new", ["", "123", "1234567890123", "12a4", "١٢٣٤", " 1234"])
async def test_what_cannot_be_a_pin(file: Path, clock: ManualClock, new: str) -> None:
    with pytest.raises(UserError, match="no PIN"):
        await ManagerPin(file, clock).set(new)
    assert text_of(file) == ""


async def test_a_new_one_needs_the_old_one(pin: ManagerPin) -> None:
    with pytest.raises(PinNeeded):
        await pin.set("1234")
    with pytest.raises(PinWrong):
        await pin.set("1234", WRONG)
    await pin.check(PIN)
    await pin.set("1234", PIN)
    await pin.check("1234")
    with pytest.raises(PinWrong):
        await pin.check(PIN)


async def test_it_says_how_many_tries_are_left(pin: ManagerPin) -> None:
    left, waits = [], []
    for _ in range(FREE_TRIES):
        with pytest.raises(PinWrong) as wrong:
            await pin.check(WRONG)
        left.append(wrong.value.tries_left)
        waits.append(wrong.value.wait_s)
    assert left == [4, 3, 2, 1, 0]
    assert waits == [0, 0, 0, 0, FIRST_WAIT_S]


async def test_the_right_one_begins_anew(pin: ManagerPin) -> None:
    for _ in range(3):
        for _ in range(FREE_TRIES - 1):
            with pytest.raises(PinWrong):
                await pin.check(WRONG)
        await pin.check(PIN)


async def test_after_five_there_is_a_wait_that_even_the_right_one_keeps(pin: ManagerPin, clock: ManualClock) -> None:
    await use_up_tries(pin)
    assert await wait_of(pin) == FIRST_WAIT_S
    await clock.advance(FIRST_WAIT_S - 1)
    assert await wait_of(pin) == 1
    await clock.advance(1)
    await pin.check(PIN)


async def test_the_wait_doubles_up_to_an_hour(pin: ManagerPin, clock: ManualClock) -> None:
    await use_up_tries(pin)
    waits = []
    for _ in range(9):
        waits.append(await wait_of(pin))
        await clock.advance(waits[-1])
        with pytest.raises(PinWrong):
            await pin.check(WRONG)
    assert waits[:3] == [FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]
    assert waits[-1] == LONGEST_WAIT_S


@pytest.mark.parametrize("set_by_s", [-10 * 86400.0, 10 * 86400.0])
async def test_a_clock_that_is_set_does_not_end_the_wait(pin: ManagerPin, clock: ManualClock, set_by_s: float) -> None:
    await use_up_tries(pin)
    clock.set_wall(clock.time_s() + set_by_s)
    assert await wait_of(pin) == FIRST_WAIT_S
    await clock.advance(FIRST_WAIT_S)
    await pin.check(PIN)


async def test_a_restart_of_the_program_does_not_end_it(pin: ManagerPin, file: Path, clock: ManualClock) -> None:
    await use_up_tries(pin)
    await clock.advance(10)
    after = ManagerPin(file, clock)
    assert await wait_of(after) == FIRST_WAIT_S - 10
    await clock.advance(FIRST_WAIT_S - 10)
    await after.check(PIN)


async def test_after_a_restart_of_the_computer_it_begins_anew(pin: ManagerPin, file: Path, clock: ManualClock) -> None:
    await clock.advance(500)
    await use_up_tries(pin)
    booted = ManualClock(clock.time_s() + 30 * 86400)
    assert await wait_of(ManagerPin(file, booted)) == FIRST_WAIT_S
    await booted.advance(20)
    assert await wait_of(ManagerPin(file, booted)) == FIRST_WAIT_S - 20
    await booted.advance(10)
    await ManagerPin(file, booted).check(PIN)


async def test_a_try_counts_before_it_is_looked_at(
    pin: ManagerPin, file: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is killed while it computes has used up a try."""

    def killed(hashed: str, pin: str) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(manager, "_is_right", killed)
        for _ in range(FREE_TRIES):
            with pytest.raises(KeyboardInterrupt):
                pin._try(PIN)
    assert await wait_of(ManagerPin(file, clock)) == FIRST_WAIT_S


async def test_tries_at_one_moment_count_each(pin: ManagerPin) -> None:
    tries = [asyncio.create_task(pin.check(WRONG)) for _ in range(FREE_TRIES + 2)]
    errors = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(error) for error in errors] == [PinWrong] * FREE_TRIES + [PinLocked] * 2


async def test_a_try_that_cannot_be_written_down_is_not_looked_at(
    pin: ManagerPin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str) -> None:
        raise CannotWrite("manager.json cannot be written: No space left on device.", "Free some space.")

    monkeypatch.setattr(manager, "write_whole", full)
    with pytest.raises(CannotWrite):
        await pin.check(PIN)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"hash": 1}', "\x00"])
async def test_a_damaged_file_is_said(pin: ManagerPin, file: Path, text: str) -> None:
    put(file, text)
    for ask in (pin.is_set(), pin.check(PIN), pin.set("1234", PIN)):
        with pytest.raises(UserError, match=r"manager\.json"):
            await ask
    assert text_of(file) == text


async def test_a_damaged_hash_is_said(pin: ManagerPin, file: Path) -> None:
    kept = json.loads(text_of(file))
    put(file, json.dumps({**kept, "hash": "argon"}))
    with pytest.raises(UserError, match="damaged"):
        await pin.check(PIN)

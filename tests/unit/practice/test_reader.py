"""The simulated card at its reader: held as long as a customer would, and lifted before it is tapped again."""

from __future__ import annotations

import asyncio
import threading

from pos_app.nfc.reader import Device, NoReader
from pos_app.practice.cards import card_with, uri_message
from pos_app.practice.field import Field
from pos_app.practice.reader import HOLD_S, LIFT_S, PATIENCE_S, SimulatedReader
from tests.support.clock import ManualClock


def lies_there(field: Field) -> bool:
    return field.select() is not None


async def test_a_card_that_is_not_read_is_taken_away_after_a_while() -> None:
    clock, reader = ManualClock(), SimulatedReader(card_with(uri_message("https://card.example/")))
    tap = asyncio.create_task(reader.tap(clock))
    await clock.advance(PATIENCE_S)
    assert lies_there(reader.field)
    await clock.advance(HOLD_S + 0.1)
    assert not lies_there(reader.field)
    await clock.advance(LIFT_S)
    await tap


async def test_a_second_tap_lifts_the_card_before() -> None:
    clock, reader = ManualClock(), SimulatedReader(card_with(uri_message("https://card.example/")))
    taps = [asyncio.create_task(reader.tap(clock))]
    await clock.advance(1.0)
    taps.append(asyncio.create_task(reader.tap(clock)))
    await clock.advance(LIFT_S / 2)
    assert not lies_there(reader.field)
    await clock.advance(LIFT_S)
    assert lies_there(reader.field)
    await clock.advance(HOLD_S + 0.1)
    assert taps[0].done() and lies_there(reader.field)
    await clock.advance(PATIENCE_S + LIFT_S)
    await asyncio.gather(*taps)
    assert not lies_there(reader.field)


def test_a_real_reader_goes_first() -> None:
    reader, is_plugged_in = SimulatedReader(card_with(uri_message("https://card.example/"))), False
    other = SimulatedReader(card_with(uri_message("https://card.example/")))

    def real(stop: threading.Event) -> Device:
        if not is_plugged_in:
            raise NoReader
        return other.opener(stop)

    opener = reader.where_none_works(real)
    for is_plugged_in in (True, False):
        opener(threading.Event()).close()
        assert reader.in_use is not is_plugged_in

"""The reader thread on nfcpy's real tag code, above a simulated radio."""

from __future__ import annotations

import logging
import threading
import time
import tracemalloc

import pytest

from pos_app.nfc import events, reader
from pos_app.nfc.backends.nfcpy import TOUCH_FRAMES, Frontend, OverBudget
from pos_app.nfc.events import CardRead, CardRemoved, CardSeen, CardUnreadable, CardUnusable, ReaderLost, ReaderReady
from pos_app.nfc.reader import Content, Device, ReaderProblem
from pos_app.practice import sun
from pos_app.practice.card_device import SimDevice, open_device
from pos_app.practice.cards import Type2Card, Type4Card, uri_message
from pos_app.practice.field import Field, practice_reader
from pos_app.practice.hostile import Babble, Hang, all_kinds
from tests.conftest import LogWatch
from tests.support.cards import K1, K2, UID, Told, bolt_card, field_reader, never, reading

URL = "lnurlw://h.example/" + "x" * 100
SEEN = CardSeen(armed=True)


def read_once(field: Field) -> Content:
    device = open_device(field, never())
    try:
        assert device.sense()
        return device.read()
    finally:
        device.close()


def one_read(told: Told) -> CardRead:
    assert told.next() == SEEN
    found = told.next()
    assert isinstance(found, CardRead), found
    return found


def test_a_bolt_card_is_read_in_eight_frames_and_one_step_of_its_counter() -> None:
    field, card = Field(), bolt_card()
    with field_reader(field) as (_, told):
        for counter in (1, 2):
            field.put(card)
            (text,) = one_read(told).texts
            query = dict(pair.split("=") for pair in text.partition("?")[2].split("&"))
            assert sun.decrypt(K1, query["p"]) == (UID, counter) and query["c"] == sun.mac(K2, UID, counter)
            assert field.frames == 8 and card.counter == counter
            field.take_away()
            assert told.next() == CardRemoved()


@pytest.mark.parametrize("extensions", [1, 3])
def test_a_card_that_asks_for_more_time(extensions: int) -> None:
    field = Field()
    field.put(bolt_card(extensions=extensions))
    assert len(read_once(field).message) == 4 + 1 + len("lnurlw://h.example/card?p=&c=") + 32 + 16
    assert field.frames == 8 + 7 * extensions


@pytest.mark.parametrize(
    ("frame_bytes", "size", "frames"), [(290, 100, 8), (128, 100, 8), (128, 130, 9), (290, 300, 10)]
)
def test_chained_answers(frame_bytes: int, size: int, frames: int) -> None:
    field = Field(frame_bytes)
    message = uri_message("x" * size)
    field.put(Type4Card(message))
    assert read_once(field).message == message
    assert field.frames == frames


def test_a_card_with_the_smallest_frames() -> None:
    field = Field()
    field.put(bolt_card(frame_size=16))
    assert read_once(field).message.startswith(b"\xd1")
    assert field.frames == 8


@pytest.mark.parametrize("number", [2, 5, 8])
@pytest.mark.parametrize("whose", ["reader", "card"])
def test_a_lost_frame_is_asked_for_again(number: int, whose: str) -> None:
    field, card = Field(), bolt_card()
    lost = {number}
    field.put(card, lost_commands=lost if whose == "reader" else (), lost_answers=lost if whose == "card" else ())
    assert read_once(field).message.startswith(b"\xd1")
    assert card.counter == 1 and field.frames > 8


def test_a_lost_frame_within_a_chain_is_asked_for_again() -> None:
    field, message = Field(128), uri_message("x" * 130)
    field.put(Type4Card(message), lost_answers={9})
    assert read_once(field).message == message


@pytest.mark.parametrize("frames", range(1, 8))
def test_a_card_that_leaves_within_the_read(frames: int) -> None:
    field = Field()
    with field_reader(field) as (_, told):
        field.put(bolt_card(), leave_after=frames)
        assert [told.next() for _ in range(3)] == [SEEN, CardUnreadable(), CardRemoved()]
        field.put(bolt_card())
        one_read(told)


def test_a_card_that_leaves_after_the_read() -> None:
    field = Field()
    with field_reader(field) as (_, told):
        field.put(bolt_card(), leave_after=8)
        one_read(told)


@pytest.mark.parametrize(("size", "kind", "frames"), [(60, "NTAG213", 7), (150, "NTAG215", 14), (315, "NTAG215", 24)])
def test_type_2_cards(size: int, kind: str, frames: int) -> None:
    field, message = Field(), uri_message("lnurlw://" + "x" * (size - 9))
    field.put(Type2Card(message))
    content = read_once(field)
    assert content.message == message and kind in content.kind
    assert abs(field.frames - frames) <= 1


def test_an_unreadable_card_is_tried_three_times_while_it_stays() -> None:
    field = Field()
    with field_reader(field) as (_, told):
        field.put(Hang(uri_message(URL), 3))
        assert [told.next() for _ in range(4)] == [SEEN, *[CardUnreadable()] * 3]
        field.take_away()
        assert told.next() == CardRemoved()


class Moved(Type4Card):
    """Is lost within the first read, and held still for the second."""

    reads = 0

    def answer(self, frame: bytes) -> bytes | None:
        if frame == b"\xe0\x80":
            self.reads += 1
        elif self.reads == 1:
            return None
        return super().answer(frame)


def test_a_card_that_is_held_still_at_last_is_read() -> None:
    field = Field()
    with field_reader(field) as (_, told):
        field.put(Moved(uri_message(URL)))
        assert [told.next(), told.next()] == [SEEN, CardUnreadable()]
        found = told.next()
        assert isinstance(found, CardRead) and found.texts == (URL,)


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (Type4Card(b""), "no payment link"),
        (Type4Card(b"\xd1\x01"), "damaged"),
        (Type4Card(uri_message("x" * 3000)), "damaged"),
        (Type2Card(b""), "no payment link"),
    ],
)
def test_an_orderly_card_without_a_link(card: Type4Card | Type2Card, reason: str) -> None:
    field = Field()
    with field_reader(field) as (_, told):
        field.put(card)
        assert told.next() == SEEN
        found = told.next()
        assert isinstance(found, CardUnusable) and reason in found.reason
        field.take_away()
        assert told.next() == CardRemoved()


class NoNdef(Type4Card):
    def apdu(self, command: bytes) -> bytes:
        return b"\x6a\x82"


class Unknown(Type4Card):
    sel_res = 0x40


class Phone(Type4Card):
    sel_res = 0x60


def test_a_card_of_another_sort() -> None:
    field = Field()
    with field_reader(field) as (_, told):
        for card, reason in ((NoNdef(b""), "no payment link"), (Unknown(b""), "cannot pay")):
            field.put(card)
            assert told.next() == SEEN
            found = told.next()
            assert isinstance(found, CardUnusable) and reason in found.reason
            field.take_away()
            assert told.next() == CardRemoved()
        field.put(Phone(uri_message(URL)))
        assert one_read(told).texts == (URL,)


def test_not_armed_a_card_is_only_seen_and_must_be_lifted() -> None:
    field, card = Field(), bolt_card()
    with field_reader(field, armed=False) as (reader_, told):
        field.put(card)
        assert told.next() == CardSeen(armed=False)
        reader_.arm()
        field.take_away()
        assert told.next() == CardRemoved()
        assert card.counter == 0
        field.put(card)
        one_read(told)


def test_a_card_left_on_the_reader_is_not_read_for_the_next_sale() -> None:
    field, card = Field(), bolt_card()
    with field_reader(field) as (reader_, told):
        field.put(card)
        one_read(told)
        reader_.disarm()
        reader_.arm()
        field.unplug()
        assert isinstance(told.next(), ReaderLost)
        field.plug_in()
        while told.next() != ReaderReady("Practice reader"):
            pass
        field.take_away()
        assert told.next() == CardRemoved()
        assert card.counter == 1
        field.put(card)
        one_read(told)


def test_unplugged_and_plugged_in_again() -> None:
    field = Field()
    field.unplug()
    with reading(practice_reader(field)) as (_, told):
        lost = told.next()
        assert isinstance(lost, ReaderLost) and lost.missing and "plugged in" in lost.message and lost.cure
        field.plug_in()
        assert told.next() == ReaderReady("Practice reader")
        field.put(bolt_card())
        one_read(told)
        field.unplug()
        lost = told.next()
        assert isinstance(lost, ReaderLost) and not lost.missing and "Practice reader" in lost.message
        assert isinstance(told.next(), ReaderLost)
        field.take_away()
        field.plug_in()
        assert [told.next(), told.next()] == [ReaderReady("Practice reader"), CardRemoved()]
        field.put(bolt_card())
        one_read(told)


@pytest.mark.parametrize("name", all_kinds(b""))
def test_hostile_cards(name: str) -> None:
    field = Field()
    with field_reader(field) as (_, told):
        field.put(all_kinds(uri_message(URL))[name])
        assert told.next() == SEEN
        assert isinstance(told.next(), CardUnreadable | CardUnusable)
        assert field.frames <= 3 * (TOUCH_FRAMES + 1)
        field.put(bolt_card())
        field.take_away()
        while told.next() != CardRemoved():
            pass
        field.put(bolt_card())
        one_read(told)


def test_babbling_cards_take_no_memory() -> None:
    field = Field()
    with field_reader(field) as (_, told):
        field.put(bolt_card())
        one_read(told)
        tracemalloc.start()
        for seed in range(100):
            field.take_away()
            while told.next() != CardRemoved():
                pass
            field.put(Babble(seed))
            assert told.next() == SEEN
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < 5_000_000


class Stuck(Type4Card):
    """Asks for more time for ever, slowly."""

    def __init__(self) -> None:
        super().__init__(b"")
        self.busy = threading.Event()

    def _wait_or_send(self) -> bytes:
        self.busy.set()
        threading.Event().wait(0.01)
        return b"\xf2\x01"


def test_the_thread_stops_while_a_card_hangs() -> None:
    field, card = Field(), Stuck()
    with field_reader(field) as (reader_, _):
        field.put(card)
        assert card.busy.wait(10)
        started_s = time.monotonic()
        reader_.stop()
        assert time.monotonic() - started_s < 0.2


def test_a_touch_has_a_limit_of_time() -> None:
    now_s = 0.0
    frontend = Frontend(never(), lambda: now_s)
    field = Field()
    field.put(Type4Card(uri_message(URL)))
    frontend.device = SimDevice(field)
    now_s = 2.5
    with pytest.raises(OverBudget):
        frontend.exchange(b"\xe0\x80", 0.1)
    frontend.begin()
    frontend.device.close()


class BadDriver:
    """A device whose driver fails in its own way."""

    name = "bad"
    pause_s = 0.0
    absences = 1

    def sense(self) -> bool:
        raise IndexError("p=SECRET")

    def read(self) -> Content:
        raise AssertionError

    def close(self) -> None:
        pass


def test_a_drivers_own_fault_does_not_end_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    opened = threading.Semaphore(0)

    def opener(_stop: threading.Event) -> Device:
        opened.release()
        return BadDriver()

    with reading(opener) as (_, told):
        assert told.next() == ReaderReady("bad")
        lost = told.next()
        assert isinstance(lost, ReaderLost) and "IndexError" in lost.message and "SECRET" not in str(lost)
        assert opened.acquire(timeout=10) and opened.acquire(timeout=10)
    assert "IndexError" in caplog.text and "SECRET" not in caplog.text


def test_a_reader_that_does_not_let_go(expect_log: LogWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    expect_log.expect("pos_app.nfc.reader", "does not let go")
    monkeypatch.setattr(reader, "STOP_S", 0.01)
    let_go = threading.Event()

    def opener(_stop: threading.Event) -> Device:
        let_go.wait(10)
        raise ReaderProblem("gone")

    with reading(opener) as (_, told):
        pass
    let_go.set()
    assert told.rest() == []


def test_events_show_no_secret() -> None:
    field, card = Field(), bolt_card()
    with field_reader(field) as (_, told):
        field.put(card)
        found = one_read(told)
    assert "c=" not in repr(found) and "lnurlw" not in repr(found)
    assert isinstance(found, events.CardRead)


def test_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    field = Field()
    with field_reader(field) as (_, told):
        field.put(bolt_card())
        one_read(told)
        field.put(bolt_card(), lost_answers={3, 5})
    assert "lnurlw" not in caplog.text and "nfc.clf" not in caplog.text


def test_nothing_is_told_after_the_stop() -> None:
    field, card = Field(), Stuck()
    with field_reader(field) as (reader_, told):
        field.put(card)
        assert card.busy.wait(10) and told.next() == SEEN
        reader_.stop()
        assert told.rest() == []

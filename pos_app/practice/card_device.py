"""A device driver of nfcpy whose radio is a `Field`: everything above it is the real code."""

from __future__ import annotations

import errno
import os
import threading
from typing import Any

import nfc.clf
import nfc.clf.device

from pos_app.nfc.backends.nfcpy import Frontend, NfcpyDevice
from pos_app.nfc.reader import Device
from pos_app.practice.field import Field

_MOST_TO_CARD_BYTES = 290


class SimDevice(nfc.clf.device.Device):  # type: ignore[misc]
    """Speaks type A at 106 kbit/s. Every method fails with ENODEV while the field is unplugged."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._vendor_name = "Practice"
        self._device_name = "Reader"
        self._chipset_name = "simulated"
        self._path = "practice"

    def close(self) -> None:
        self._plugged()

    def mute(self) -> None:
        self._plugged()
        self._field.select()

    def sense_tta(self, target: Any) -> Any:
        self._plugged()
        selected = self._field.select()
        if selected is None:
            return None
        card, uid = selected
        if target.sel_req and bytes(target.sel_req) != uid:
            return None
        return nfc.clf.RemoteTarget(
            "106A", sens_res=bytearray(card.sens_res), sdd_res=bytearray(uid), sel_res=bytearray([card.sel_res])
        )

    def sense_ttb(self, target: Any) -> None:
        self._plugged()

    def sense_ttf(self, target: Any) -> None:
        self._plugged()

    def sense_dep(self, target: Any) -> None:
        self._plugged()

    def send_cmd_recv_rsp(self, target: Any, data: bytes, timeout: float) -> bytearray:
        self._plugged()
        answer = self._field.exchange(bytes(data))
        if answer is None:
            raise nfc.clf.TimeoutError
        return bytearray(answer)

    def get_max_send_data_size(self, target: Any) -> int:
        return _MOST_TO_CARD_BYTES

    def get_max_recv_data_size(self, target: Any) -> int:
        return self._field.frame_bytes

    def turn_on_led_and_buzzer(self) -> None:
        self._plugged()

    def turn_off_led_and_buzzer(self) -> None:
        self._plugged()

    def _plugged(self) -> None:
        if not self._field.is_plugged_in:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))


def open_device(field: Field, stop: threading.Event) -> Device:
    """The simulated reader as the reader thread takes it."""
    frontend = Frontend(stop)
    frontend.device = SimDevice(field)
    return NfcpyDevice(frontend, "Practice reader")

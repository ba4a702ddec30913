"""The readers that we know, by their USB ids."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Model:
    """A reader. `driver` is the backend that speaks to it; `modules` are kernel modules of Linux that take it away."""

    vendor: int
    product: int
    name: str
    driver: str
    modules: tuple[str, ...] = ()

    @property
    def usb_id(self) -> str:
        return f"{self.vendor:04x}:{self.product:04x}"


_PN533 = ("pn533_usb", "pn533", "nfc")
MODELS = (
    Model(0x054C, 0x06C1, "Sony RC-S380", "nfcpy", ("port100", "nfc")),
    Model(0x054C, 0x06C3, "Sony RC-S380", "nfcpy", ("port100", "nfc")),
    Model(0x04E6, 0x5591, "SCM SCL3711", "nfcpy", _PN533),
    Model(0x04E6, 0x5593, "SCM SCL3712", "nfcpy", _PN533),
    Model(0x04CC, 0x2533, "NXP PN533", "nfcpy", _PN533),
    Model(0x072F, 0x2200, "ACS ACR122U", "pcsc", _PN533),
    Model(0x072F, 0x223B, "ACS ACR1252U", "pcsc"),
    Model(0x072F, 0x223E, "ACS ACR1252U", "pcsc"),
    Model(0x072F, 0x223F, "ACS ACR1255U-J1", "pcsc"),
    Model(0x04E6, 0x5790, "Identiv uTrust 3700 F", "pcsc"),
    Model(0x076B, 0x5022, "HID OMNIKEY 5022", "pcsc"),
    Model(0x076B, 0x5427, "HID OMNIKEY 5427", "pcsc"),
    Model(0x096E, 0x060D, "Feitian R502", "pcsc"),
    Model(0x054C, 0x0DC8, "Sony RC-S300", "pcsc"),
    Model(0x054C, 0x0DC9, "Sony RC-S300", "pcsc"),
)

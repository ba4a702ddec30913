from __future__ import annotations

import pytest

from pos_app.nfc import reader
from pos_app.nfc.backends.nfcpy import NfcpyDevice


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop's pauses, which a test has no reason to wait for."""
    monkeypatch.setattr(NfcpyDevice, "pause_s", 0.001)
    monkeypatch.setattr(reader, "FIRST_BACK_OFF_S", 0.001)
    monkeypatch.setattr(reader, "LAST_BACK_OFF_S", 0.01)

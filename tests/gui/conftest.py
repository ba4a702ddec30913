"""Windows of one test do not live on into the next."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent


@pytest.fixture(autouse=True)
def no_old_windows() -> Generator[None]:
    """Delete what `qtbot` has marked for deletion: without a running event loop nobody else does it."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

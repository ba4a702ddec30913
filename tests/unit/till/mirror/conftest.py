from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import ManualClock
from tests.unit.till.mirror.harness import Book


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Book]:
    """Not open yet; whatever is open in the end is closed."""
    book = Book(tmp_path / "book", ManualClock())
    yield book
    if hasattr(book, "records"):
        await book.close()

"""What every test gets: an offscreen screen, a private home, and no silence about trouble.

A test fails on a warning, an unexpected log record, a Qt message, a thread that it leaves behind
and a coroutine that was never awaited.
"""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
for _name in [name for name in os.environ if name.startswith("POS_") and name != "POS_DRILL_ROUNDS"]:
    del os.environ[_name]

THREAD_GRACE_S = 2.0
OUR_LOGGERS = "pos_app"


class LogWatch(logging.Handler):
    """Keeps records of level WARNING and above; a test names those that it expects."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.unexpected: list[logging.LogRecord] = []
        self.expected: list[logging.LogRecord] = []
        self._allowed: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        allowed = any(record.name.startswith(logger) and part in text for logger, part in self._allowed)
        (self.expected if allowed else self.unexpected).append(record)

    def expect(self, logger: str, text: str = "") -> None:
        """Allow records of this logger (or below it) whose text contains `text`."""
        self._allowed.append((logger, text))


@pytest.fixture(autouse=True)
def expect_log() -> Generator[LogWatch]:
    """Fails the test on an unexpected log record; `expect_log.expect(logger, text)` allows one."""
    watch = LogWatch()
    root = logging.getLogger()
    root.addHandler(watch)
    try:
        yield watch
    finally:
        root.removeHandler(watch)
    if watch.unexpected:
        lines = [f"{r.name} {r.levelname}: {r.getMessage()}" for r in watch.unexpected]
        pytest.fail("unexpected log records:\n" + "\n".join(lines))


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Generator[None]:
    """Fails the test if a thread that it started is still running."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith(("asyncio_", "AnyIO", "Dummy-")):
            continue  # pools of the loop itself, ended with it
        thread.join(THREAD_GRACE_S)
        if thread.is_alive():
            pytest.fail(f"thread still running: {thread.name}")


@pytest.fixture(autouse=True)
def no_forgotten_coroutines() -> Generator[None]:
    """Un-awaited coroutines warn when they are collected; collect them while their test can still fail."""
    yield
    if gc.get_count()[0] or gc.get_count()[1]:
        gc.collect(1)


@pytest.fixture(autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the user's own folders."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    return home

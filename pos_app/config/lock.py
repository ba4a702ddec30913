"""One owner process for each folder. The operating system holds the lock, so a killed owner leaves none behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from pos_app.config.files import OWNER_ONLY_FILE, cannot_write, make_private_folder
from pos_app.core.errors import UserError

LOCK_NAME = "owner.lock"


class TillRunning(UserError):
    """Another process owns the folder."""


class OwnerLock:
    """The ownership of a folder: `take` it before anything in the folder is written, `release` it last.

    The file stays where it is; only the lock on it means something. Its text says who owns it.
    """

    def __init__(self, folder: Path, owner: str) -> None:
        """`owner` names this process to a second copy: `the window`, `engine serve`."""
        self._path = folder / LOCK_NAME
        self._owner = owner
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises TillRunning where another process is the owner, CannotWrite where the folder refuses."""
        make_private_folder(self._path.parent)
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, OWNER_ONLY_FILE)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        try:
            if not _lock(descriptor):
                who = os.read(descriptor, 200).decode(errors="replace").strip()
                raise TillRunning(
                    f"The till is running: {who or 'another process'} owns {self._path.parent}.",
                    "Close it first, or name another folder with --data-dir.",
                )
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{self._owner} (process {os.getpid()})\n".encode())
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Give it back. May be called twice."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30
    """A locked byte cannot be read on Windows; this one lies behind the text."""

    def _lock(descriptor: int) -> bool:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

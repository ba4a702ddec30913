"""Small files that are whole or absent: written beside, flushed to the disk, then put in place."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from pos_app.core.errors import UserError

OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY_FILE = 0o600


class CannotWrite(UserError):
    """A file or folder could not be written. What was there before is still there."""


def make_private_folder(folder: Path) -> None:
    """Make the folder, readable by its owner only. Raises CannotWrite."""
    try:
        folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace the file in one step, readable by its owner only; it survives a power cut. Raises CannotWrite."""
    make_private_folder(path.parent)
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error


def put_in_place(new: Path, path: Path) -> None:
    """Replace the file by a new one of the same disk, in one step; `new` must be flushed. Raises CannotWrite."""
    try:
        new.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error


def flush(path: Path) -> None:
    """Bring what was written to a file to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """The error of the system in our words."""
    cure = "Free some space, then try again." if error.errno == errno.ENOSPC else "Check the rights of the folder."
    return CannotWrite(f"{path} cannot be written: {error.strerror or error}.", cure)


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there, and needs no flush
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

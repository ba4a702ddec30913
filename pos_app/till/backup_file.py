"""The file of a backup: a zip file of named parts, each with its SHA-256 in a manifest."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from pathlib import Path

from pos_app.config.files import OWNER_ONLY_FILE, cannot_write
from pos_app.core.errors import UserError
from pos_app.till.store import FILE_NAME

FORMAT = 1
MANIFEST = "manifest.json"
SETTINGS = "settings.toml"
_BOOKS = "books"
_CHUNK = 1 << 20
_UNSOUND = (
    *(zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, AttributeError),
    *(NotImplementedError, RuntimeError),  # packed in a way that this program does not use
)
"""What reading a zip file raises that is none of ours."""


class BackupDamaged(UserError):
    """The file is no sound backup. Nothing was replaced."""


class BackupNewer(UserError):
    """A newer version of the program made it. Nothing was replaced."""


def pack(packed: Path, made_at_s: float, books: dict[str, Path], settings: Path | None) -> None:
    """Write the copies of the books, by name, and the settings into a new file. Raises CannotWrite."""
    parts = {f"{_BOOKS}/{name}/{FILE_NAME}": copy for name, copy in books.items()}
    if settings is not None:
        parts[SETTINGS] = settings
    hashes = {name: _sha256(path) for name, path in parts.items()}
    manifest = {"format": FORMAT, "made_at_s": made_at_s, "sha256": hashes}
    try:
        descriptor = os.open(packed, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
        with os.fdopen(descriptor, "w+b") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
                for name, path in parts.items():
                    archive.write(path, name)
            raw.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise cannot_write(packed, error) from error


def unpack(file: Path, folder: Path) -> tuple[float, dict[str, Path]]:
    """The time of the backup, and its parts by the name of their book (or SETTINGS), each as it was packed.

    Raises BackupDamaged or BackupNewer.
    """
    parts: dict[str, Path] = {}
    folder.mkdir(exist_ok=True)
    try:
        raw = file.open("rb")
    except OSError as error:
        raise BackupDamaged(f"{file} cannot be read: {error.strerror}.", "Look for its name and its rights.") from error
    try:
        with raw, zipfile.ZipFile(raw) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if manifest["format"] != FORMAT:
                raise BackupNewer(f"{file} was made by a newer version.", "Install that version. Nothing was replaced.")
            for number, (name, sha256) in enumerate(manifest["sha256"].items()):
                path = folder / f"{number}.part"
                with archive.open(name) as packed, path.open("xb") as out:
                    while chunk := packed.read(_CHUNK):
                        out.write(chunk)
                if _sha256(path) != sha256:
                    raise damaged(file)
                parts[_book_of(name, file)] = path
            return float(manifest["made_at_s"]), parts
    except _UNSOUND as error:
        raise damaged(file) from error


def _book_of(name: str, file: Path) -> str:
    """`books/NAME/till.db` is the book NAME; no part can lead out of the folder."""
    if name == SETTINGS:
        return SETTINGS
    head, book, tail = name.split("/")
    if (head, tail) != (_BOOKS, FILE_NAME) or not book.isalnum():
        raise damaged(file)
    return book


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged(file: Path) -> BackupDamaged:
    """What is said of a file or a part of it that is not as it was packed."""
    return BackupDamaged(f"{file.name} is no sound backup.", "Take another one. Nothing was replaced.")

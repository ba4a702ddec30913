"""Secrets: from the environment or a systemd credential, else the system's keyring, else a file for one owner.

A secret that is kept here stands in exactly one place: the file holds only what no keyring took. So the file
is looked at first, and a computer without a keyring never waits for one.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar, cast

from pos_app.config.files import write_whole
from pos_app.core.errors import UserError

SERVICE = "pos-app"
KEYRING_TIMEOUT_S = 5.0
_NOT_SHOWN = 0o077
_FILE_LOCK = threading.Lock()
"""Two secrets that are put at one moment are both kept."""

log = logging.getLogger(__name__)
T = TypeVar("T")


class KeystoreLocked(UserError):
    """The keyring did not answer, and only it can hold the secret."""


class KeystoreUnsafe(UserError):
    """The key file is damaged, or other people can read it."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and, in words, where it is kept."""

    value: str = field(repr=False)
    where: str


class Keystore:
    """The secrets of one data folder, by name. Calls may block for some seconds: not for the GUI thread."""

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str] = os.environ,
        keyring_timeout_s: float = KEYRING_TIMEOUT_S,
    ) -> None:
        """`folder` is for the key file, and tells the keyring's entries of two data folders apart."""
        self._file = folder / "keys.json"
        self._environment = environment
        self._timeout_s = keyring_timeout_s
        self._keyring_silent = False

    @property
    def where(self) -> str:
        """In words: where a secret that is put here now would stay."""
        try:
            usable = self._ask_keyring(lambda _ring: True)
        except _NoKeyring:
            usable = False
        return _KEYRING if usable else self._file_words

    def ask_again(self) -> None:
        """A person has unlocked the keyring, or thinks so: do not take its earlier silence for an answer."""
        self._keyring_silent = False

    def get(self, name: str, *, variable: str | None = None) -> Secret | None:
        """The secret, or None where there is none.

        `variable` names the environment variable, and in lower case the systemd credential, that goes before what
        is kept. Raises KeystoreLocked or KeystoreUnsafe.
        """
        if variable and (given := self._given(variable)):
            return given
        if kept := self._read_file().get(name):
            return Secret(kept, self._file_words)
        try:
            value = self._ask_keyring(lambda ring: ring.get_password(SERVICE, self._entry(name)))
        except _KeyringShut as error:
            raise KeystoreLocked(
                "The system's keyring did not answer.", "Unlock it, then start again, or give the key anew."
            ) from error
        except _NoKeyring:
            return None
        return Secret(value, _KEYRING) if value else None

    def put(self, name: str, value: str) -> Secret:
        """Keep the secret; the answer says where. Raises KeystoreUnsafe or CannotWrite."""

        def put_and_look(ring: _Ring) -> bool:
            ring.set_password(SERVICE, self._entry(name), value)
            return ring.get_password(SERVICE, self._entry(name)) == value

        try:
            taken = self._ask_keyring(put_and_look)
        except _NoKeyring:
            taken = False
        with _FILE_LOCK:
            kept = self._read_file()
            if not taken:
                self._write_file({**kept, name: value})
                return Secret(value, self._file_words)
            if kept.pop(name, None):
                self._write_file(kept)
        return Secret(value, _KEYRING)

    @property
    def _file_words(self) -> str:
        return f"the file {self._file}, which only you can read"

    def _entry(self, name: str) -> str:
        return f"{name} ({self._file.parent})"

    def _given(self, variable: str) -> Secret | None:
        if value := self._environment.get(variable, "").strip():
            return Secret(value, f"the environment ({variable})")
        if folder := self._environment.get("CREDENTIALS_DIRECTORY"):
            credential = variable.lower()
            try:
                value = (Path(folder) / credential).read_text(encoding="utf-8").strip()
            except FileNotFoundError:
                return None
            except (OSError, UnicodeDecodeError) as error:
                raise KeystoreUnsafe(
                    f"The systemd credential {credential} cannot be read.", "Check the unit."
                ) from error
            if value:
                return Secret(value, f"a systemd credential ({credential})")
        return None

    def _read_file(self) -> dict[str, str]:
        try:
            mode = self._file.stat().st_mode
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise KeystoreUnsafe(f"{self._file} cannot be read.", "Check its rights.") from error
        if os.name == "posix" and stat.S_IMODE(mode) & _NOT_SHOWN:
            raise KeystoreUnsafe(
                f"Other people on this computer can read {self._file}.", f"Close it to them: chmod 600 '{self._file}'"
            )
        try:
            kept = json.loads(text)
        except ValueError:
            kept = None
        if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
            raise KeystoreUnsafe(f"{self._file} is damaged.", "Move it away, then give the keys anew.")
        return kept

    def _write_file(self, secrets: dict[str, str]) -> None:
        write_whole(self._file, json.dumps(secrets, indent=1) + "\n")

    def _ask_keyring(self, ask: Callable[[_Ring], T]) -> T:
        """Ask in a thread, because a keyring may wait for a person. Raises _NoKeyring or _KeyringShut."""
        if self._keyring_silent:
            raise _KeyringShut
        answers: list[T] = []
        errors: list[Exception] = []

        def work() -> None:
            try:
                answers.append(ask(_system_keyring()))
            except Exception as error:  # keyrings leak errors of D-Bus, of the system, and their own
                errors.append(error)

        thread = threading.Thread(target=work, name="keyring", daemon=True)
        thread.start()
        thread.join(self._timeout_s)
        if thread.is_alive():
            self._keyring_silent = True
            log.info("The keyring did not answer within %s s.", self._timeout_s)
            raise _KeyringShut
        if not errors:
            return answers[0]
        log.info("The keyring keeps nothing now: %s", errors[0])
        if isinstance(errors[0], _NoKeyring):
            raise errors[0]
        raise _KeyringShut from errors[0]


_KEYRING = "the system's keyring"


class _NoKeyring(Exception):
    """There is no keyring that keeps anything."""


class _KeyringShut(_NoKeyring):
    """There is one, but it did not answer in time, or stayed locked."""


class _Ring(Protocol):
    """The two calls that we make of a keyring."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...


_NO_KEEPERS = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
"""Backends that keep nothing, or in a file of their own that is no safer than ours."""


def _system_keyring() -> _Ring:
    import keyring
    from keyring.backends.chainer import ChainerBackend

    ring = keyring.get_keyring()  # `fail.Keyring` where there is none
    for backend in ring.backends if isinstance(ring, ChainerBackend) else [ring]:
        if not type(backend).__module__.startswith(_NO_KEEPERS):
            return cast("_Ring", backend)
    raise _NoKeyring("no service for it")

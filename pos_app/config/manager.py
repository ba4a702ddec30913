"""The manager PIN: it stands between the counter and what costs the shop money.

Only its Argon2id hash is kept (RFC 9106, the set for little memory), in a file for one owner. Each try is
written down before it is looked at, so ending the program gives no further one. After five wrong ones there is a wait
that doubles, up to an hour. It is measured by the running time of the computer, which no person can set; where that
began anew, at a restart of the computer, the wait begins anew too.
"""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from pos_app.config.files import write_whole
from pos_app.core.clock import Clock
from pos_app.core.errors import UserError
from pos_app.core.pin_errors import PinLocked, PinNeeded, PinNotSet, PinWrong

FREE_TRIES = 5
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3600.0
DIGITS = range(4, 13)
TIME_COST, MEMORY_KIB, LANES = 3, 64 * 1024, 4


@dataclass(frozen=True, slots=True)
class _Kept:
    """The file: the hash, the wrong tries since the last right one, and the running time at the last of them."""

    hash: str
    wrong: int = 0
    wrong_at_monotonic_s: float = 0.0

    @property
    def wait_s(self) -> float:
        """How long nothing is looked at after the last wrong try."""
        late = self.wrong - FREE_TRIES
        return 0.0 if late < 0 else min(FIRST_WAIT_S * 2 ** min(late, 16), LONGEST_WAIT_S)


class ManagerPin:
    """The PIN of one data folder. One try at a time; the hash takes long and is computed in a thread."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._trying = threading.Lock()

    async def is_set(self) -> bool:
        """Raises UserError if the file cannot be read."""
        return await asyncio.to_thread(self._read) is not None

    async def check(self, pin: str) -> None:
        """Return if this is the PIN. Raises PinNeeded, PinNotSet, PinWrong, PinLocked or CannotWrite."""
        if not pin:
            raise PinNeeded("This needs the manager PIN.", "Ask the manager to enter it.")
        await asyncio.to_thread(self._try, pin)

    async def set(self, new: str, old: str = "") -> None:
        """Set the PIN: 4 to 12 digits. `old` is needed where there is one, and counts as a try.

        Raises UserError for what cannot be a PIN, and what `check` raises.
        """
        if not (new.isascii() and new.isdecimal() and len(new) in DIGITS):
            raise UserError("This is no PIN.", f"Use {DIGITS.start} to {DIGITS.stop - 1} digits.")
        await asyncio.to_thread(self._set, new, old)

    def _set(self, new: str, old: str) -> None:
        with self._trying:
            if self._read() is not None:
                if not old:
                    raise PinNeeded("There is a manager PIN already.", "Enter the one of now, too.")
                self._look_at(old)
            self._write(_Kept(_hashed(new)))

    def _try(self, pin: str) -> None:
        with self._trying:
            self._look_at(pin)

    def _look_at(self, pin: str) -> None:
        kept = self._read()
        if kept is None:
            raise PinNotSet("There is no manager PIN yet.", "Set one first: Settings, Offline cards.")
        if (wait_s := self._wait_s(kept)) > 0:
            raise _locked(wait_s)
        kept = replace(kept, wrong=kept.wrong + 1, wrong_at_monotonic_s=self._clock.monotonic_s())
        self._write(kept)
        if _is_right(kept.hash, pin):
            self._write(_Kept(kept.hash))
            return
        tries_left = max(0, FREE_TRIES - kept.wrong)
        cure = f"{tries_left} more, then there is a wait." if tries_left else f"Wait {_duration(kept.wait_s)}."
        wait_s = 0 if tries_left else kept.wait_s
        raise PinWrong("This is not the manager PIN.", cure, tries_left=tries_left, wait_s=wait_s)

    def _wait_s(self, kept: _Kept) -> float:
        now_s = self._clock.monotonic_s()
        if kept.wait_s and now_s < kept.wrong_at_monotonic_s:  # the computer was started anew
            self._write(replace(kept, wrong_at_monotonic_s=now_s))
            return kept.wait_s
        return kept.wrong_at_monotonic_s + kept.wait_s - now_s

    def _read(self) -> _Kept | None:
        try:
            fields = json.loads(self._file.read_text(encoding="utf-8"))
            return _Kept(str(fields["hash"]), int(fields["wrong"]), float(fields["wrong_at_monotonic_s"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise _unreadable(f"{self._file} cannot be read: the manager PIN is not known.") from error

    def _write(self, kept: _Kept) -> None:
        fields = {"hash": kept.hash, "wrong": kept.wrong, "wrong_at_monotonic_s": kept.wrong_at_monotonic_s}
        write_whole(self._file, json.dumps(fields, indent=1) + "\n")


def _locked(wait_s: float) -> PinLocked:
    return PinLocked("Too many wrong PINs.", f"Wait {_duration(wait_s)}, then try again.", wait_s=wait_s)


def _duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 120 else f"{-(-whole // 60)} min"


def _hashed(pin: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=LANES).hash(pin)


def _is_right(hashed: str, pin: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerifyMismatchError

    try:
        return PasswordHasher().verify(hashed, pin)
    except VerifyMismatchError:
        return False
    except InvalidHashError as error:
        raise _unreadable("The manager PIN is damaged.") from error


def _unreadable(message: str) -> UserError:
    return UserError(message, "The owner of this computer can move the file manager.json away, then set a new PIN.")

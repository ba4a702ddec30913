"""What can be wrong about the manager PIN, told apart by type: who asks for it shows each in its own way."""

from __future__ import annotations

from pos_app.core.errors import UserError


class PinNeeded(UserError):
    """This needs the manager PIN, and none was given."""


class PinNotSet(UserError):
    """There is no manager PIN yet: set one first."""


class PinWrong(UserError):
    """Not the manager PIN. `tries_left` before the next wrong one makes everybody wait; with none, for `wait_s`."""

    def __init__(self, message: str, cure: str = "", *, tries_left: int, wait_s: float = 0) -> None:
        super().__init__(message, cure)
        self.tries_left = tries_left
        self.wait_s = wait_s


class PinLocked(UserError):
    """Too many wrong PINs: none is looked at for another `wait_s` seconds."""

    def __init__(self, message: str, cure: str = "", *, wait_s: float) -> None:
        super().__init__(message, cure)
        self.wait_s = wait_s

"""One tree of errors. Who may see an error, and whether trying again can help, is part of its type.

    PosError
    ├── UserError        a person can do something about it; carries what to do next
    ├── RetryableError   the world did not answer; the same act may succeed later
    └── BugError         our own fault; never shown raw, always logged

Each room derives its own errors from these and maps what its libraries raise at its edge.
"""

from __future__ import annotations


class PosError(Exception):
    """Base of all errors that this program raises on purpose."""


class UserError(PosError):
    """Something a person can mend.

    `message` is one plain sentence that says what is wrong, `cure` one that says what to do next.
    Neither ever holds a key, a card's URL, a preimage or a PIN.
    """

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(f"{message} {cure}".strip())
        self.message = message
        self.cure = cure


class RetryableError(PosError):
    """The network, a server or a device did not do its part. Says nothing about whether money moved."""


class BugError(PosError):
    """A state that our own rules exclude."""

"""What can go wrong with a request, told by the one thing that matters for money: did a byte of it leave us?"""

from __future__ import annotations

from pos_app.core.errors import RetryableError


class FetchError(RetryableError):
    """A request without a usable answer.

    `message` is one plain sentence; it names the host and never the path or query, which are secrets.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotSent(FetchError):
    """No byte of the request left this computer: the host cannot have acted on it."""


class Forbidden(NotSent):
    """The URL or its host's address is none that we fetch from. Trying again does not help."""


class AnswerLost(FetchError):
    """Bytes of the request left us and no usable answer came: the host may or may not have acted on it."""

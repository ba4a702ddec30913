"""What can go wrong between the till and the payments API, by what it means for money.

After a request that makes or moves something, only `AnswerLost` leaves open whether the server acted. `NotSent`
means that no byte of the request left us. `RateLimited` and every `UserError` mean that the server (or we) turned
the request down before acting. No message holds a key, a card's address, a preimage or a PIN.
"""

from __future__ import annotations

from pos_app.core.errors import RetryableError, UserError


class NotSent(RetryableError):
    """No byte of the request left us: no name, no connection, no TLS, or no free connection in time."""


class AnswerLost(RetryableError):
    """The request left us, and no usable answer came: time-out, reset, 5xx, or a text that is not the API's."""


class RateLimited(RetryableError):
    """Too many requests, said by the server (429) or by our own measure; the request was not acted on."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"Too many requests; possible again in {retry_after_s:.0f} s.")
        self.retry_after_s = retry_after_s


class NotKnown(RetryableError):
    """The API does not know this payment hash. For an invoice that it made this is *unknown*, never *unpaid*."""


class WrongKey(UserError):
    """The server knows no wallet with this key."""

    def __init__(self) -> None:
        super().__init__("The server does not know this key.", "Copy the invoice key of the wallet again.")


class AdminKey(UserError):
    """The key may spend."""

    def __init__(self) -> None:
        super().__init__("This is an admin key.", "The till needs only the invoice key.")


class Refused(UserError):
    """The server understood the request and said no. `detail` is its reason as plain text, cut to one line."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"The server refused: {detail or f'status {status}'}")
        self.status = status
        self.detail = detail


class NotLnbits(UserError):
    """Something else than an LNbits payments API answers at this address."""

    def __init__(self, message: str = "At this address answers something else than a payments API.") -> None:
        super().__init__(message, "Check the address.")


class NotSetUp(UserError):
    """A new LNbits server that waits for its first set-up."""

    def __init__(self) -> None:
        super().__init__("The server was never set up.", "Open its address in a browser and make the first account.")


class BadAddress(UserError):
    """The text is no address of a server."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "Use the address alone, like https://lnbits.example.com.")


class PlainHttp(UserError):
    """Plain HTTP to another computer: whoever is on the way can read the key and forge "paid"."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address} is not encrypted: others on the way could read the key and fake payments.",
            "Use https, or confirm that you trust the whole network.",
        )
        self.address = address


class CertificateUnknown(UserError):
    """No authority vouches for the server's certificate. A person may compare its SHA-256 and pin it.

    `sha256` is 64 lower-case hex digits over the DER form.
    """

    def __init__(
        self, sha256: str, message: str = "The server's certificate is not signed by a known authority."
    ) -> None:
        super().__init__(
            f"{message} SHA-256 {fingerprint(sha256)}",
            "Compare it with the server's own, and confirm it only if they are the same.",
        )
        self.sha256 = sha256


class CertificateChanged(CertificateUnknown):
    """The server shows another certificate than the pinned one."""

    def __init__(self, sha256: str) -> None:
        super().__init__(sha256, "The server shows another certificate than the one that was confirmed.")


def fingerprint(sha256: str) -> str:
    """The way browsers and openssl print it: `AB:CD:…`."""
    return ":".join(sha256[i : i + 2] for i in range(0, len(sha256), 2)).upper()

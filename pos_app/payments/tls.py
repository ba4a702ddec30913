"""Which certificates are believed: those of known authorities, or exactly one that a person confirmed."""

from __future__ import annotations

import asyncio
import hashlib
import ssl

import httpx

from pos_app.payments.errors import NotSent


def context(pin_sha256: str | None) -> ssl.SSLContext:
    """The rules for one server. With a pin (hex SHA-256 of the DER form), only this certificate and no authority.

    The pin is compared at the end of the handshake, before any byte of a request may leave.
    """
    if pin_sha256 is None:
        trusted = httpx.create_ssl_context(trust_env=False)
        trusted.load_default_certs()
        return trusted
    pinned = _any_certificate()
    pinned.sslobject_class = _pinned_to(pin_sha256.replace(":", "").lower())
    return pinned


async def shown_by(host: str, port: int, *, timeout_s: float = 10.0) -> str:
    """The hex SHA-256 of the certificate that this server shows, believed or not. Raises NotSent."""
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(host, port, ssl=_any_certificate(), server_hostname=host)
            try:
                return _sha256(writer.get_extra_info("ssl_object"))
            finally:
                writer.transport.abort()  # nothing was said, so there is nothing to end politely
    except (OSError, TimeoutError) as error:
        raise NotSent("The server's certificate could not be read.") from error


def _any_certificate() -> ssl.SSLContext:
    lenient = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    lenient.check_hostname = False
    lenient.verify_mode = ssl.CERT_NONE
    return lenient


def _pinned_to(sha256: str) -> type[ssl.SSLObject]:
    class PinnedConnection(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            if _sha256(self) != sha256:
                raise ssl.SSLCertVerificationError("another certificate than the pinned one")

    return PinnedConnection


def _sha256(connection: ssl.SSLObject) -> str:
    certificate = connection.getpeercert(binary_form=True)
    return hashlib.sha256(certificate or b"").hexdigest()

"""Certificates: known authorities, a confirmed fingerprint, and nothing else."""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import AsyncIterator

import pytest
import trustme

from pos_app.payments import tls
from pos_app.payments.client import Client
from pos_app.payments.errors import CertificateChanged, CertificateUnknown, NotSent
from tests.support.clock import ManualClock
from tests.support.http_server import Server, always, reply, serve

KEY = "0123456789abcdef0123456789abcdef"
WALLET = always(reply(200, {"name": "Till", "balance": 0}))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("127.0.0.1")


@pytest.fixture
def sha256(certificate: trustme.LeafCert) -> str:
    pem = certificate.cert_chain_pems[0].bytes().decode()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


@pytest.fixture
async def server(certificate: trustme.LeafCert) -> AsyncIterator[Server]:
    rules = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(rules)
    async with serve(WALLET, tls=rules) as running:
        yield running


async def wallet_name(server: Server, pin: str | None = None) -> str:
    url = server.url.replace("http:", "https:")
    client = Client.remote(url, KEY, clock=ManualClock(), pin_sha256=pin)
    try:
        return (await client.wallet()).name
    finally:
        await client.close()


async def test_an_unknown_certificate_is_shown_by_its_sha256(server: Server, sha256: str) -> None:
    with pytest.raises(CertificateUnknown) as raised:
        await wallet_name(server)

    assert raised.value.sha256 == sha256
    assert sha256[:2].upper() + ":" + sha256[2:4].upper() in str(raised.value)
    assert not isinstance(raised.value, CertificateChanged)
    assert server.requests == []


async def test_a_confirmed_certificate_is_believed(server: Server, sha256: str) -> None:
    assert await wallet_name(server, pin=sha256) == "Till"


async def test_the_pin_may_be_written_as_browsers_do(server: Server, sha256: str) -> None:
    written = ":".join(sha256[i : i + 2] for i in range(0, 64, 2)).upper()

    assert await wallet_name(server, pin=written) == "Till"


async def test_another_certificate_than_the_confirmed_one_gets_no_request(server: Server, sha256: str) -> None:
    with pytest.raises(CertificateChanged) as raised:
        await wallet_name(server, pin="00" * 32)

    assert raised.value.sha256 == sha256
    assert server.requests == []


async def test_a_pin_is_no_authority(authority: trustme.CA, sha256: str) -> None:
    rules = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(rules)
    async with serve(WALLET, tls=rules) as other:
        with pytest.raises(CertificateChanged):
            await wallet_name(other, pin=sha256)


async def test_an_authority_of_this_computer_is_believed(
    server: Server, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bundle = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))

    assert await wallet_name(server) == "Till"


async def test_a_certificate_that_cannot_be_read() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(NotSent):
            await tls.shown_by("127.0.0.1", free.getsockname()[1])

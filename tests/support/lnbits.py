"""A real LNbits server as a process of its own: FakeWallet, SQLite, two funded wallets, loopback only."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tools.peer_setup import folder

START_TIMEOUT_S = 90.0
FUNDS_SAT = 1_000_000
OWNER = {"username": "owner", "password": "of the tests", "password_repeat": "of the tests"}
SETTINGS = {
    "LNBITS_BACKEND_WALLET_CLASS": "FakeWallet",
    "LNBITS_ADMIN_UI": "true",
    "LNBITS_RATE_LIMIT_NO": "100000",
    # nothing that would look for other hosts
    "LNBITS_EXTENSIONS_DEACTIVATE_ALL": "true",
    "LNBITS_EXTENSIONS_MANIFESTS": "[]",
    "LNBITS_WASM_EXTENSIONS_MANIFESTS": "[]",
    "LNBITS_EXCHANGE_RATE_PROVIDERS": "[]",
    "LNBITS_PRICE_AGGREGATOR_ENABLED": "false",
}


@dataclass(frozen=True)
class PeerWallet:
    """A wallet of the server with its two keys."""

    id: str
    invoice_key: str
    admin_key: str


class LnbitsServer:
    """`start`, `kill` and `restart` keep address and data.

    Before `set_up` there are no wallets; `first_answer` is what the server said then.
    """

    first_answer: httpx.Response
    wallet_one: PeerWallet
    wallet_two: PeerWallet

    def __init__(self, version: str, data: Path, settings: Mapping[str, str] | None = None) -> None:
        self.version = version
        self._settings = dict(settings or {})
        self._data = data
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Returns when the server answers."""
        environment = SETTINGS | {
            "PATH": os.environ["PATH"],
            "HOME": str(self._data),
            "LNBITS_DATA_FOLDER": str(self._data / "data"),
            "LNBITS_EXTENSIONS_PATH": str(self._data / "extensions"),
            **self._settings,
        }
        for name in ("data", "extensions"):
            (self._data / name).mkdir(exist_ok=True)
        home = folder(self.version)
        (packages,) = home.glob("lib/python*/site-packages")  # it serves its static files by a relative path
        listen = ["--host", "127.0.0.1", "--port", str(self._port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [home / "bin" / "python", "-m", "uvicorn", "lnbits.__main__:app", *listen],
                cwd=packages,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_it_listens(self._process)

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    def set_up(self) -> None:
        """The first set-up of a new server: an owner, and two wallets with money."""
        with httpx.Client(base_url=self.url, trust_env=False, timeout=30) as http:
            self.first_answer = http.get("/api/v1/wallet", headers={"X-Api-Key": "0" * 32})
            token = _answer(http.put("/api/v1/auth/first_install", json=OWNER))["access_token"]
            self.wallet_one, self.wallet_two = (self._funded(http, token, name) for name in ("One", "Two"))

    async def pay(self, payer: PeerWallet, bolt11: str) -> dict[str, Any]:
        """Pay an invoice as a customer whose wallet is on this server; gives the payer's record."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30) as http:
            body = {"out": True, "bolt11": bolt11}
            return _answer(await http.post("/api/v1/payments", json=body, headers={"X-Api-Key": payer.admin_key}))

    def _funded(self, http: httpx.Client, token: str, name: str) -> PeerWallet:
        made = _answer(http.post("/api/v1/account", json={"name": name}))
        credit = {"id": made["id"], "amount": FUNDS_SAT}
        _answer(http.put("/users/api/v1/balance", json=credit, headers={"Authorization": f"Bearer {token}"}))
        return PeerWallet(made["id"], made["inkey"], made["adminkey"])

    def _wait_until_it_listens(self, process: subprocess.Popen[bytes]) -> None:
        pause_s = 0.1
        for _ in range(round(START_TIMEOUT_S / pause_s)):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            try:
                process.wait(pause_s)
            except subprocess.TimeoutExpired:
                continue
            break
        self.kill()
        raise RuntimeError(f"LNbits {self.version} did not start:\n{self._log.read_text()[-3000:]}")

    @property
    def _log(self) -> Path:
        return self._data / "server.log"


def _answer(response: httpx.Response) -> dict[str, Any]:
    if response.is_error:
        raise RuntimeError(f"{response.request.method} {response.request.url.path}: {response.text}")
    answer: dict[str, Any] = response.json()
    return answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

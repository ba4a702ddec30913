"""A payments API with one wallet, whose records a test makes and spoils; the till's own client asks it in process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, MutableMapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from pos_app.core.clock import Clock
from pos_app.payments.client import Client
from pos_app.payments.transport import Transport
from tests.support.payments import wire_payment

KEY = "invoice-key"


class WalletServer:
    """Lists in the manner of LNbits: whole seconds, pages of `most`, and a total of 0 beyond the end."""

    def __init__(self, *, most: int = 1000) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.most = most
        self.is_away = False
        self.heeds_times = True
        self.asked: list[dict[str, str]] = []
        self.down_after: int | None = None
        """After so many more requests it goes away."""
        self._pushed = asyncio.Event()

    def put(
        self,
        name: str,
        at_s: float,
        amount_sat: int = 21,
        status: str = "success",
        *,
        payment_hash: str | None = None,
        **changes: Any,
    ) -> str:
        """Make or change the record with this name; its payment hash."""
        payment_hash = payment_hash or hash_of(name)
        time = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="microseconds")
        fields = {"payment_hash": payment_hash, "checking_id": payment_hash, "time": time, "status": status}
        self.records[name] = wire_payment(amount_sat, **{"memo": name, **fields, **changes})
        return payment_hash

    def set(self, name: str, status: str) -> None:
        self.records[name]["status"] = status

    def push(self) -> None:
        """Tell whoever watches the wallet."""
        self._pushed.set()

    def client(self, clock: Clock, *, address: str | None = "https://wallet.example") -> Client:
        return Client(Transport.in_process(self), self, KEY, clock=clock, address=address)

    async def watch(self, name: str) -> AsyncGenerator[None]:
        assert name == KEY
        while True:
            await self._pushed.wait()
            self._pushed.clear()
            yield None

    def is_up(self, name: str) -> bool:
        return name == KEY

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        query = {key: values[-1] for key, values in parse_qs(scope["query_string"].decode()).items()}
        self.asked.append({"path": scope["path"], **query})
        if self.down_after is not None:
            self.down_after -= 1
            self.is_away |= self.down_after < 0
        if self.is_away:
            raise OSError("gone")
        path = scope["path"].removeprefix("/api/v1/payments/")
        status, answer = (200, self._page(query)) if path == "paginated" else self._look(path)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        found = [record for record in self.records.values() if query.get("status") in (None, record["status"])]
        if self.heeds_times:
            low, high = _second(query.get("time[ge]")), _second(query.get("time[le]"))
            found = [
                record
                for record in found
                if (low is None or _second(record["time"]) >= low) and (high is None or _second(record["time"]) <= high)
            ]
        found.sort(key=lambda record: (record["time"], record["payment_hash"]), reverse=True)
        offset, limit = int(query.get("offset", 0)), min(int(query["limit"]), self.most)
        page = found[offset : offset + limit]
        return {"data": page, "total": len(found) if page else 0}

    def _look(self, payment_hash: str) -> tuple[int, dict[str, Any]]:
        record = next((each for each in self.records.values() if each["payment_hash"] == payment_hash), None)
        if record is None:
            return 404, {"detail": "Payment does not exist."}
        return 200, {"paid": record["status"] == "success", "details": record}


def hash_of(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def _second(text: str | None) -> int:
    return None if text is None else int(datetime.fromisoformat(text).timestamp())  # type: ignore[return-value]

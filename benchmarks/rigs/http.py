"""A keep-alive HTTP client that costs next to nothing, so that the servers are measured and not the client."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 60.0
KEPT_S = 3.0
"""After a longer pause a new connection is made: servers drop idle ones after five seconds."""


class Caller:
    """One connection to one server. Answers are read to the end, and only parsed where they are asked for."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
        self._used_s = 0.0

    def get(self, path: str, headers: Mapping[str, str]) -> bytes:
        return self._call("GET", path, None, headers)

    def post(self, path: str, body: object, headers: Mapping[str, str]) -> dict[str, Any]:
        sent = json.dumps(body).encode()
        answer = self._call("POST", path, sent, {"Content-Type": "application/json", **headers})
        return dict(json.loads(answer))

    def close(self) -> None:
        self._connection.close()

    def _call(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        if time.monotonic() - self._used_s > KEPT_S:
            self._connection.close()
        self._connection.request(method, f"/api/v1{path}", body, dict(headers))
        response = self._connection.getresponse()
        answer = response.read()
        self._used_s = time.monotonic()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {answer[:300]!r}")
        return answer

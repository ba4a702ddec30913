"""Websocket `/ws/{name}`: who knows a wallet's key, or a payment hash, hears at once when money has moved."""

from __future__ import annotations

import asyncio
import re

from fastapi import APIRouter, WebSocket

from pos_app.engine.api.access import TheEngine, access_by_key
from pos_app.engine.engine import Engine
from pos_app.engine.feed import Feed, Subscription, wallet_feed
from pos_app.engine.store.rows import Settled
from pos_app.engine.wire import settled_json

GOING_AWAY = 1001
_HASH = re.compile(r"[0-9a-f]{64}")

router = APIRouter()


def publish(feed: Feed, settled: Settled) -> None:
    """Tell the dashboards of a wallet, all with the same bytes. Listeners of a payment hash are told by the engine."""
    feed.publish([wallet_feed(settled.payment.wallet_id)], settled_json(settled.payment, settled.balance))


@router.websocket("/ws/{name}")
async def push(socket: WebSocket, engine: TheEngine, name: str) -> None:
    """Sends only. An unknown name is accepted and stays silent.

    A listener who does not keep up is disconnected, and has to look for itself, as after any lost connection.
    """
    with engine.feed.subscribe(await _feed_name(engine, name)) as subscription:
        await socket.accept()
        sending = asyncio.create_task(_send(socket, subscription))
        leaving = asyncio.create_task(_wait_until_left(socket))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not leaving.done():
                await socket.close(GOING_AWAY)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)


async def _feed_name(engine: Engine, name: str) -> str:
    if _HASH.fullmatch(name):
        return name
    access = await access_by_key(engine, name)
    return wallet_feed(access.wallet.id) if access else ""


async def _send(socket: WebSocket, subscription: Subscription) -> None:
    async for message in subscription:
        await socket.send_text(message.decode())


async def _wait_until_left(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass

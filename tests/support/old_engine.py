"""Writes an engine.db with a little of everything, to be kept for the tests of later schemas.

python -m tests.support.old_engine FILE
"""

from __future__ import annotations

import asyncio
import gzip
import sys
import tempfile
from pathlib import Path

from pos_app.engine.engine import FILE_NAME
from pos_app.engine.store import secrets
from tests.support.clock import ManualClock
from tests.support.shop import Shop, sat

BALANCES = {"A": 4799, "B": 100}
INVOICE_KEY_OF_B = "5eed" * 8


async def fill(folder: Path) -> None:
    shop = await Shop.open(folder, ManualClock())
    try:
        user = await shop.engine.accounts.create_user("ann", is_admin=True, password="correct horse")
        a, b = await shop.wallet("A", credit=5000), (await shop.engine.accounts.create_wallet("B", user))[0]
        await shop.ledger.pay(a, (await shop.invoice(b, 100, memo="coffee & cake", extra={"tag": "x"})).bolt11)
        await shop.customer_pays(await shop.invoice(a, 100))
        await shop.customer_pays(await shop.invoice(a, 100))
        await shop.ledger.pay(a, await shop.customer.bill(sat(300)))
        await shop.ledger.cancel(b, (await shop.invoice(b, 7)).payment_hash)
        await shop.invoice(a, 8)
        key = INVOICE_KEY_OF_B
        await shop.engine._db.write(
            lambda c: c.execute(
                "UPDATE wallet_key SET key_id = ?, key_hash = ? WHERE wallet_id = ? AND kind = 'invoice'",
                (secrets.secret_id(key), secrets.digest(key), b.id),
            )
        )
    finally:
        await shop.close()


def write(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(fill(Path(folder)))
        file.write_bytes(gzip.compress((Path(folder) / FILE_NAME).read_bytes(), mtime=0))


if __name__ == "__main__":
    write(Path(sys.argv[1]))

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from argon2 import PasswordHasher

from pos_app.core.money import Sat
from pos_app.engine.engine import FILE_NAME
from pos_app.engine.errors import BadRequest, NotFound
from pos_app.engine.ledger.accounts import _NOBODY, SHOP_USER
from pos_app.engine.ledger.brake import FREE, Brake
from pos_app.engine.store.rows import KeyKind
from tests.support.clock import ManualClock
from tests.support.shop import Shop


async def test_both_keys_open_the_wallet(shop: Shop) -> None:
    accounts = shop.engine.accounts
    wallet, keys = await accounts.create_wallet("Shop")
    assert await accounts.wallet_by_key(keys.invoice_key) == (wallet, KeyKind.INVOICE)
    assert await accounts.wallet_by_key(keys.admin_key) == (wallet, KeyKind.ADMIN)
    for wrong in ("", keys.admin_key[:-1], keys.admin_key.upper(), "00" * 16, wallet.id, "\ud800"):
        assert await accounts.wallet_by_key(wrong) is None
    assert keys.admin_key not in repr(keys)


async def test_no_key_token_or_password_is_in_the_file(shop: Shop) -> None:
    accounts = shop.engine.accounts
    user = await accounts.create_user("ann", password="correct horse")
    _, keys = await accounts.create_wallet("Shop", user)
    token = await accounts.create_token(user)
    await shop.close()
    content = b"".join(path.read_bytes() for path in shop.folder.glob(f"{FILE_NAME}*"))
    for secret in (keys.admin_key, keys.invoice_key, token, "correct horse"):
        assert secret.encode() not in content
        if secret != "correct horse":
            assert bytes.fromhex(secret) not in content


async def test_a_replaced_key_is_dead(shop: Shop) -> None:
    accounts = shop.engine.accounts
    wallet, keys = await accounts.create_wallet("Shop")
    new_key = await accounts.new_invoice_key(wallet)
    assert await accounts.wallet_by_key(keys.invoice_key) is None
    assert await accounts.wallet_by_key(new_key) == (wallet, KeyKind.INVOICE)
    assert await accounts.wallet_by_key(keys.admin_key) == (wallet, KeyKind.ADMIN)


async def test_wallets_belong_to_users(shop: Shop) -> None:
    accounts = shop.engine.accounts
    ann = await accounts.create_user("ann")
    hers, _ = await accounts.create_wallet("Shop", ann)
    ours, _ = await accounts.create_wallet("Shop")
    assert await accounts.wallets(ann) == (hers,)
    assert await accounts.wallets() == (hers, ours)
    assert (await accounts.user(SHOP_USER)).id == ours.user_id
    assert await accounts.wallet(hers.id) == hers
    with pytest.raises(BadRequest, match="2 wallets"):
        await accounts.wallet("Shop")
    with pytest.raises(NotFound):
        await accounts.wallet("None")


async def test_users(shop: Shop) -> None:
    accounts = shop.engine.accounts
    ann = await accounts.create_user(" ann ", is_admin=True, password="correct horse")
    bob = await accounts.create_user("bob")
    assert (ann.name, ann.is_admin, bob.is_admin) == ("ann", True, False)
    assert await accounts.user("ann") == await accounts.user(ann.id) == await accounts.user_by_id(ann.id) == ann
    assert await accounts.user_by_id("ann") is None
    with pytest.raises(NotFound):
        await accounts.user("eve")
    for name in ("ann", "", "  ", "a\nb", "x" * 121, "\ud800"):
        with pytest.raises(BadRequest):
            await accounts.create_user(name)
    with pytest.raises(BadRequest, match="empty"):
        await accounts.create_user("cleo", password="")
    assert await accounts.authenticate("ann", "correct horse") == ann
    for name, password in (("ann", "wrong"), ("ann", ""), ("bob", ""), ("eve", "correct horse")):
        assert await accounts.authenticate(name, password) is None


async def test_an_older_hash_is_made_anew(shop: Shop) -> None:
    accounts = shop.engine.accounts
    await accounts.create_user("ann", password="x")
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")

    def password_hash() -> str:
        with sqlite3.connect(shop.folder / FILE_NAME) as connection:
            found = connection.execute("SELECT password_hash FROM user WHERE name = 'ann'").fetchone()[0]
        connection.close()
        return str(found)

    connection = sqlite3.connect(shop.folder / FILE_NAME)
    connection.execute("UPDATE user SET password_hash = ? WHERE name = 'ann'", (weak,))
    connection.commit()
    connection.close()
    assert await accounts.authenticate("ann", "correct horse") is not None
    assert password_hash() != weak
    assert await accounts.authenticate("ann", "correct horse") is not None


def test_a_stranger_costs_as_much_as_a_user() -> None:
    assert not PasswordHasher().check_needs_rehash(_NOBODY)


async def test_tokens(shop: Shop) -> None:
    accounts = shop.engine.accounts
    ann = await accounts.create_user("ann")
    lasting, short = await accounts.create_token(ann), await accounts.create_token(ann, lifetime_s=60)
    assert await accounts.user_by_token(lasting) == await accounts.user_by_token(short) == ann
    assert await accounts.user_by_token("00" * 16) is None
    await shop.clock.advance(60)
    assert await accounts.user_by_token(short) is None
    assert await accounts.user_by_token(lasting) == ann
    await accounts.create_token(ann)  # sweeps
    assert await accounts.user_by_token(lasting) == ann


async def test_a_second_process_is_seen_at_once(shop: Shop) -> None:
    """The command line works beside the owner: nothing is remembered."""
    wallet, keys = await shop.engine.accounts.create_wallet("Shop")
    assert await shop.engine.accounts.wallet_by_key(keys.invoice_key) is not None
    beside = await type(shop.engine).open(shop.folder, None, shop.clock)
    await beside.ledger.credit(wallet, Sat(50))
    new_key = await beside.accounts.new_invoice_key(wallet)
    await beside.close()
    assert await shop.balance(wallet) == 50
    assert await shop.engine.accounts.wallet_by_key(keys.invoice_key) is None
    assert await shop.engine.accounts.wallet_by_key(new_key) is not None


async def test_guessing_becomes_slow() -> None:
    clock = ManualClock()
    brake = Brake(clock)
    for _ in range(FREE):
        await brake.failed()
    guess = asyncio.create_task(brake.failed())
    await clock.settle()
    assert not guess.done()
    await clock.advance(0.25)
    assert guess.done()
    guesses = [asyncio.create_task(brake.failed()) for _ in range(50)]
    await clock.advance(0.9)
    assert 0 < sum(g.done() for g in guesses) < 10
    await clock.advance(0.1)
    assert all(g.done() for g in guesses)


async def test_a_forgotten_row_of_failures() -> None:
    clock = ManualClock()
    brake = Brake(clock)
    for _ in range(FREE):
        await brake.failed()
    await clock.advance(10)
    await asyncio.wait_for(brake.failed(), 1)

"""The key of the stored cards: sealed, known again, never made anew over what is alive."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pos_app.config.files import CannotWrite
from pos_app.config.keystore import Keystore, Secret
from pos_app.till.vault import KeysLocked, Kind, Vault, offer_of, offer_text
from tests.unit.till.stored import ShutKeystore, card_url, keystore, offer

BOOK = "b" * 32


async def opened(folder: Path, book: str = BOOK) -> Vault:
    vault = Vault(keystore(folder), book)
    await vault.load(None)
    await vault.make()
    return vault


async def test_what_is_sealed_comes_back_after_a_restart(tmp_path: Path) -> None:
    before = await opened(tmp_path)
    sealed = before.seal("tap", Kind.URL, card_url(1))
    after = Vault(keystore(tmp_path), BOOK)
    await after.load(before.mark)
    assert after.unseal("tap", Kind.URL, sealed) == card_url(1)
    assert after.mac(card_url(1)) == before.mac(card_url(1)) != before.mac(card_url(2))


async def test_nothing_can_be_read_off_a_seal(tmp_path: Path) -> None:
    vault = await opened(tmp_path)
    one, other = (vault.seal("tap", Kind.URL, card_url(1)) for _ in range(2))
    assert one != other
    assert card_url(1).encode() not in one


@pytest.mark.parametrize(("tap", "kind"), [("other", Kind.URL), ("tap", Kind.OFFER)])
async def test_a_seal_holds_in_its_own_place_only(tmp_path: Path, tap: str, kind: Kind) -> None:
    vault = await opened(tmp_path)
    sealed = vault.seal("tap", Kind.URL, card_url(1))
    with pytest.raises(KeysLocked):
        vault.unseal(tap, kind, sealed)


async def test_two_books_share_nothing(tmp_path: Path) -> None:
    one, other = await opened(tmp_path), await opened(tmp_path, "c" * 32)
    assert one.mac("x") != other.mac("x")
    with pytest.raises(KeysLocked):
        other.unseal("tap", Kind.URL, one.seal("tap", Kind.URL, "x"))


async def test_an_offer_comes_back_as_it_was() -> None:
    assert offer_of(offer_text(offer())) == offer()


async def test_a_missing_key_is_not_made_anew_over_living_taps(tmp_path: Path) -> None:
    vault = Vault(keystore(tmp_path), BOOK)
    await vault.load("mark of before")
    assert not vault.is_open
    with pytest.raises(KeysLocked, match="missing"):
        await vault.make()
    assert keystore(tmp_path).get(f"stored cards of book {BOOK}") is None


async def test_another_key_does_not_open_living_taps(tmp_path: Path) -> None:
    await opened(tmp_path)
    vault = Vault(keystore(tmp_path), BOOK)
    await vault.load("mark of before")
    with pytest.raises(KeysLocked, match="another one"):
        vault.seal("tap", Kind.URL, "x")


@pytest.mark.parametrize("kept", ["", "not hexadecimal", "00ff"])
async def test_a_damaged_key_is_no_key(tmp_path: Path, kept: str) -> None:
    keys = keystore(tmp_path)
    keys.put(f"stored cards of book {BOOK}", kept or "x")
    vault = Vault(keys, BOOK)
    await vault.load(None)
    assert vault.problem is not None
    with pytest.raises(KeysLocked):
        await vault.make()


async def test_a_locked_keystore_is_asked_once_and_again_when_a_person_says_so(tmp_path: Path) -> None:
    mark = (await opened(tmp_path)).mark
    keys = ShutKeystore(tmp_path)
    vault = Vault(keys, BOOK)
    await vault.load(mark)
    with pytest.raises(KeysLocked, match=r"did not answer\. Unlock it\."):
        vault.mac("x")
    keys.is_open = True
    await vault.load(mark)
    assert not vault.is_open
    await vault.load(mark, again=True)
    assert vault.is_open
    assert vault.problem is None


async def test_who_asks_while_the_keystore_answers_waits_for_it(tmp_path: Path) -> None:
    await opened(tmp_path)
    vault = Vault(keystore(tmp_path), BOOK)
    both = [asyncio.create_task(vault.load(None)) for _ in range(2)]
    await both[1]
    assert vault.is_open
    await both[0]


class Forgetful(Keystore):
    """Takes a secret and keeps nothing."""

    def put(self, name: str, value: str) -> Secret:
        return Secret(value, "nowhere")


class Full(Keystore):
    def put(self, name: str, value: str) -> Secret:
        raise CannotWrite("keys.json cannot be written: No space left on device.", "Free some space.")


@pytest.mark.parametrize("kind", [Forgetful, Full])
async def test_a_key_that_is_not_kept_seals_nothing(tmp_path: Path, kind: type[Keystore]) -> None:
    vault = Vault(kind(tmp_path / "keys", environment={}), BOOK)
    await vault.load(None)
    with pytest.raises(KeysLocked):
        await vault.make()
    with pytest.raises(KeysLocked):
        vault.seal("tap", Kind.URL, "x")


async def test_without_a_keystore_nothing_can_be_kept() -> None:
    vault = Vault(None, BOOK)
    await vault.load(None)
    assert not vault.exists
    with pytest.raises(KeysLocked, match="cannot keep cards"):
        await vault.make()

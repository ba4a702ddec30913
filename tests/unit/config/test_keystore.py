from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked

from pos_app.config.keystore import Keystore, KeystoreLocked, KeystoreUnsafe

KEY = "3f8a1c9be0d24756a1b2c3d4e5f60718"


class Ring(KeyringBackend):  # type: ignore[misc]
    """A keyring in memory; while `shut` is set it waits as for an unlock prompt."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.opened = threading.Event()
        self.opened.set()

    def open(self) -> None:
        """Unlock it and let those go on who wait."""
        self.opened.set()
        for thread in [each for each in threading.enumerate() if each.name == "keyring"]:
            thread.join()

    def get_password(self, service: str, username: str) -> str | None:
        self.opened.wait()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.opened.wait()
        self.kept[service, username] = password


@pytest.fixture
def ring() -> Generator[Ring]:
    before = keyring.get_keyring()
    ring = Ring()
    keyring.set_keyring(ring)
    yield ring
    ring.open()
    keyring.set_keyring(before)


@pytest.fixture(params=[fail.Keyring, null.Keyring])
def no_ring(request: pytest.FixtureRequest) -> Generator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(request.param())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def store(tmp_path: Path) -> Keystore:
    return Keystore(tmp_path / "keys", environment={})


@pytest.mark.usefixtures("ring")
def test_a_keyring_keeps_the_secret(store: Keystore, tmp_path: Path) -> None:
    assert store.get("till") is None
    assert store.put("till", KEY).where == "the system's keyring" == store.where
    kept = store.get("till")
    assert kept is not None
    assert (kept.value, kept.where) == (KEY, "the system's keyring")
    assert not (tmp_path / "keys").exists()
    assert Keystore(tmp_path / "elsewhere", environment={}).get("till") is None


@pytest.mark.usefixtures("no_ring")
def test_without_a_keyring_a_file_for_one_owner_keeps_it_and_says_so(store: Keystore, tmp_path: Path) -> None:
    file = tmp_path / "keys" / "keys.json"
    assert store.get("till") is None
    assert str(file) in store.where
    assert str(file) in store.put("till", KEY).where
    store.put("other", "abc")
    again = Keystore(tmp_path / "keys", environment={}).get("till")
    assert again is not None
    assert again.value == KEY
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_secret_stands_in_one_place_only(store: Keystore, tmp_path: Path, ring: Ring) -> None:
    ring.opened.clear()
    slow = Keystore(tmp_path / "keys", environment={}, keyring_timeout_s=0.01)
    slow.put("till", "from a day without the keyring")
    ring.open()
    assert store.put("till", KEY).where == "the system's keyring"
    kept = store.get("till")
    assert kept is not None
    assert kept.value == KEY
    assert "till" not in (tmp_path / "keys" / "keys.json").read_text()


def test_a_silent_keyring_is_not_taken_for_an_empty_one(tmp_path: Path, ring: Ring) -> None:
    ring.opened.clear()
    slow = Keystore(tmp_path / "keys", environment={}, keyring_timeout_s=0.01)
    with pytest.raises(KeystoreLocked, match="Unlock"):
        slow.get("till")
    slow.put("till", KEY)
    kept = slow.get("till")
    assert kept is not None
    assert "keys.json" in kept.where


def test_a_keyring_that_stays_locked_is_not_taken_for_an_empty_one(
    store: Keystore, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: str) -> None:
        raise KeyringLocked("the prompt was closed")

    monkeypatch.setattr(ring, "get_password", locked)
    with pytest.raises(KeystoreLocked):
        store.get("till")
    assert "keys.json" in store.put("till", KEY).where


@pytest.mark.usefixtures("ring")
def test_the_environment_goes_first_and_a_credential_next(tmp_path: Path) -> None:
    (tmp_path / "pos_invoice_key").write_text("from systemd\n")
    environment = {"POS_INVOICE_KEY": "from the shell", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    store = Keystore(tmp_path / "keys", environment=environment)
    store.put("till", KEY)
    found = []
    for _ in range(3):
        secret = store.get("till", variable="POS_INVOICE_KEY")
        assert secret is not None
        found.append((secret.value, secret.where))
        environment.pop(next(iter(environment), ""), None)
    assert found == [
        ("from the shell", "the environment (POS_INVOICE_KEY)"),
        ("from systemd", "a systemd credential (pos_invoice_key)"),
        (KEY, "the system's keyring"),
    ]


@pytest.mark.usefixtures("ring")
def test_the_environment_is_asked_only_for_the_name_that_says_so(tmp_path: Path) -> None:
    store = Keystore(tmp_path / "keys", environment={"POS_INVOICE_KEY": KEY})
    assert store.get("embedded") is None


@pytest.mark.usefixtures("no_ring")
def test_a_key_file_that_others_can_read_is_refused(store: Keystore, tmp_path: Path) -> None:
    store.put("till", KEY)
    (tmp_path / "keys" / "keys.json").chmod(0o644)
    with pytest.raises(KeystoreUnsafe, match="chmod 600"):
        store.get("till")


@pytest.mark.usefixtures("no_ring")
@pytest.mark.parametrize("text", ["{", "[]", '{"till": 3}', "\udcff"])
def test_a_damaged_key_file_is_said_and_kept(store: Keystore, tmp_path: Path, text: str) -> None:
    store.put("till", KEY)
    file = tmp_path / "keys" / "keys.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(KeystoreUnsafe, match=r"keys\.json"):
        store.get("till")
    with pytest.raises(KeystoreUnsafe, match=r"keys\.json"):
        store.put("till", KEY)
    assert file.read_bytes() == text.encode(errors="surrogateescape")


@pytest.mark.usefixtures("ring")
def test_no_secret_shows_in_a_print(store: Keystore) -> None:
    assert KEY not in repr(store.put("till", KEY))


def test_a_keyring_that_kept_silent_is_asked_again_when_a_person_says_so(tmp_path: Path, ring: Ring) -> None:
    store = Keystore(tmp_path / "keys", environment={}, keyring_timeout_s=0.05)
    store.put("till", KEY)
    ring.opened.clear()
    with pytest.raises(KeystoreLocked):
        store.get("till")
    ring.open()
    with pytest.raises(KeystoreLocked):
        store.get("till")
    store.ask_again()
    found = store.get("till")
    assert found is not None and found.value == KEY


@pytest.mark.usefixtures("no_ring")
def test_two_secrets_that_are_put_at_one_moment_are_both_kept(tmp_path: Path) -> None:
    stores = [Keystore(tmp_path / "keys", environment={}) for _ in range(2)]
    threads = [
        threading.Thread(target=lambda each=each, name=name: each.put(name, KEY))
        for each, name in zip(stores * 10, [f"key {number}" for number in range(20)], strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(stores[0].get(f"key {number}") is not None for number in range(20))

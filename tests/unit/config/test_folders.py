from __future__ import annotations

from pathlib import Path

import pytest

from pos_app.config.folders import Folders


def test_a_data_dir_holds_everything(tmp_path: Path) -> None:
    folders = Folders.of(tmp_path / "shop")
    folders.make()
    everything = [
        folders.data, folders.config, folders.state, folders.books, folders.engine(practice=True),
        folders.practice_network, folders.settings_file, folders.keys, folders.log_file,
    ]  # fmt: skip
    assert all(path.is_relative_to(tmp_path / "shop") for path in everything)
    assert folders.data.stat().st_mode & 0o777 == 0o700


def test_a_relative_data_dir_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Folders.of(Path("shop")).data == tmp_path / "shop" / "data"


def test_without_one_the_system_says_where(private_home: Path) -> None:
    folders = Folders.of(None)
    assert len({folders.data, folders.config, folders.state}) == 3
    assert all(path.is_relative_to(private_home) for path in (folders.data, folders.config, folders.state))


def test_practice_and_real_money_have_engines_of_their_own(tmp_path: Path) -> None:
    folders = Folders.of(tmp_path)
    assert folders.engine(practice=True) != folders.engine(practice=False)

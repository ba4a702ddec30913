from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pos_app.config.files import CannotWrite
from pos_app.config.lock import LOCK_NAME, OwnerLock, TillRunning

OWNER = """
import sys
from pathlib import Path
from pos_app.config.lock import OwnerLock
OwnerLock(Path(sys.argv[1]), "the other till").take()
print("taken", flush=True)
sys.stdin.read()
"""


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    with (
        OwnerLock(tmp_path, "the window"),
        pytest.raises(TillRunning, match=rf"running: the window \(process {os.getpid()}\) owns .*--data-dir"),
    ):
        OwnerLock(tmp_path, "sell").take()


def test_released_it_can_be_taken_again(tmp_path: Path) -> None:
    first = OwnerLock(tmp_path, "the window, which has a long name")
    first.take()
    first.release()
    first.release()
    with OwnerLock(tmp_path, "sell"):
        assert (tmp_path / LOCK_NAME).read_text() == f"sell (process {os.getpid()})\n"


def test_a_killed_owner_leaves_no_lock_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "taken\n"
        with pytest.raises(TillRunning, match="the other till"):
            OwnerLock(tmp_path, "sell").take()
        owner.kill()
        owner.wait()
    with OwnerLock(tmp_path, "sell"):
        pass


def test_two_folders_have_two_owners(tmp_path: Path) -> None:
    with OwnerLock(tmp_path / "a", "one"), OwnerLock(tmp_path / "b", "two"):
        pass


def test_a_folder_that_refuses_is_said(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).mkdir()
    with pytest.raises(CannotWrite, match=LOCK_NAME):
        OwnerLock(tmp_path, "sell").take()

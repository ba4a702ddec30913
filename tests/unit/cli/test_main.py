"""How commands end: in words, as an exit code, and as one JSON object where that was asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pos_app.cli import doctor
from pos_app.cli.common import Usage
from pos_app.cli.main import main
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock
from pos_app.core.errors import BugError, RetryableError, UserError
from pos_app.payments.errors import AnswerLost, NotSent, RateLimited, WrongKey
from tests.conftest import LogWatch
from tests.unit.cli.conftest import Said

SECRET = "3f8a1c9be0d24756a1b2c3d4e5f60718"


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command that ends with this error: `doctor`, for the time of the test."""
    errors: list[BaseException] = []

    def run(_options: object) -> int:
        raise errors[0]

    monkeypatch.setattr(doctor, "run", run)
    return errors


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("The disk is full.", "Free some space."), 1),
        (WrongKey(), 1),
        (RetryableError("The file is busy."), 1),
        (Usage("This does not fit.", "Leave it out."), 2),
        (NotSent("The server could not be reached."), 5),
        (AnswerLost("The server did not answer."), 5),
        (RateLimited(3.0), 5),
    ],
)
def test_an_error_ends_in_words_and_a_code(
    fails: list[BaseException], error: BaseException, code: int, said: Said, data_dir: list[str]
) -> None:
    fails.append(error)
    assert main(["doctor", *data_dir]) == code
    out, err = said()
    assert out == ""
    assert err.startswith("pos-app: ")
    assert "Traceback" not in err

    assert main(["doctor", "--json", *data_dir]) == code
    result = json.loads(said()[0])
    assert result["exit"] == code
    assert result["error"] in err
    assert result["cure"] in err


def test_a_fault_of_the_program_is_logged_and_not_shown_raw(
    fails: list[BaseException], said: Said, data_dir: list[str], tmp_path: Path, expect_log: LogWatch
) -> None:
    expect_log.expect("pos_app.cli.main", "a fault of the program")
    fails.append(BugError(f"state 3 with key {SECRET}"))
    assert main(["doctor", *data_dir]) == 1
    _, err = said()
    log = Folders.of(tmp_path / "shop").log_file
    assert str(log) in err
    assert "state 3" not in err
    assert "BugError: state 3 with key" in log.read_text()
    assert SECRET not in log.read_text()


def test_ctrl_c_is_no_fault(fails: list[BaseException], said: Said, data_dir: list[str]) -> None:
    fails.append(KeyboardInterrupt())
    assert main(["doctor", *data_dir]) == 1
    assert said()[1] == "pos-app: Stopped.\n"


@pytest.mark.parametrize(
    "words",
    [["sell", "--sat", "21"], ["connect", "https://a.example"], ["demo"], []],
    ids=["sell", "connect", "demo", "window"],
)
def test_a_second_copy_says_so_and_ends_with_7(
    words: list[str], said: Said, data_dir: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with OwnerLock(Folders.of(tmp_path / "shop").data, "the window"):
        assert main([*words, *data_dir]) == 7
    assert "The till is running: the window" in said()[1]


def test_beside_a_running_till_its_sales_can_be_asked_for(said: Said, data_dir: list[str], tmp_path: Path) -> None:
    assert main(["sell", "--sat", "21", "--practice-pays", "now", "--json", *data_dir]) == 0
    payment_hash = json.loads(said()[0])["payment_hash"]
    with OwnerLock(Folders.of(tmp_path / "shop").data, "the window"):
        assert main(["sale", payment_hash, "--json", *data_dir]) == 0
        assert json.loads(said()[0])["state"] == "paid"
        assert main(["doctor", *data_dir]) == 0


def test_without_a_place_for_the_log_the_command_still_works(said: Said, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "state").write_text("a file where the folder should be")
    assert main(["engine", "wallets", "--data-dir", str(shop)]) == 0
    assert "No log is kept" in said()[1]

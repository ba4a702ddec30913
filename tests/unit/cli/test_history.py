"""`sync`, `history` and `stats` on practice books."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from pos_app.cli.common import Exit
from pos_app.cli.main import main
from pos_app.config.folders import Folders
from pos_app.config.lock import OwnerLock
from tests.unit.cli.conftest import Said, closed_port


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A data folder with one sale that was paid."""
    words = ["--data-dir", str(tmp_path_factory.mktemp("history") / "shop")]
    assert (
        main([*words, "sell", "--sat", "2100", "--memo", "two teas", "--practice-pays", "now", "--json"]) == Exit.DONE
    )
    return words


def test_sync_then_history_and_stats_beside_the_owner(shop: list[str], said: Said) -> None:
    said()
    assert main([*shop, "sync", "--json"]) == Exit.DONE
    result = json.loads(said()[0])
    assert (result["phase"], result["payments"], result["problem"]) == ("fresh", 1, None)
    folders = Folders.of(Path(shop[1]))
    with OwnerLock(folders.data, "the window"):
        assert main([*shop, "history", "--json"]) == Exit.DONE
        history = json.loads(said()[0])
        assert [row["state"] for row in history["rows"]] == ["paid"]
        assert history["sums"]["received_sat"] == 2100 and history["copy"]["as_of"]
        assert main([*shop, "history", "--csv", "--search", "teas", "--state", "paid"]) == Exit.DONE
        (row,) = csv.DictReader(said()[0].splitlines())
        assert (row["amount_sat"], row["sale"], row["tender"]) == ("2100", "1", "qr")
        assert main([*shop, "history", "--state", "failed", "--from", "2020-01-01", "--to", "2020-01-02"]) == Exit.DONE
        assert "0 rows" in said()[0]
        assert main([*shop, "stats", "--json"]) == Exit.DONE
        stats = json.loads(said()[0])
        assert (stats["count"], stats["sum_sat"], stats["tenders"]["qr"]["count"]) == (1, 2100, 1)
        assert len(stats["hours"]) in (23, 24, 25)
        assert main([*shop, "stats"]) == Exit.DONE
        assert "1 sale, " in said()[0]
        assert main([*shop, "sync"]) == Exit.RUNNING


def test_history_before_anything_was_copied(data_dir: list[str], said: Said) -> None:
    assert main([*data_dir, "history"]) == Exit.DONE
    out, err = said()
    assert "0 rows" in out and "pos-app sync" in err
    assert main([*data_dir, "stats", "--day", "2026-03-14"]) == Exit.DONE


def test_sync_with_a_server_that_does_not_answer(
    data_dir: list[str], said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POS_INVOICE_KEY", "5a" * 16)
    url = f"http://127.0.0.1:{closed_port()}"
    settings = Folders.of(Path(data_dir[1])).settings_file
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[remotes."{url}"]\nnetwork = "regtest"\n')
    assert main([*data_dir, "sync", "--api", url]) == Exit.UNREACHABLE
    assert "does not answer" in said()[0]


@pytest.mark.parametrize("words", [["--from", "yesterday"], ["--state", "nice"], ["--json", "--csv"]])
def test_words_that_make_no_sense(data_dir: list[str], words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*data_dir, "history", *words])
    assert ended.value.code == Exit.USAGE


def test_days_in_the_wrong_order(data_dir: list[str]) -> None:
    assert main([*data_dir, "history", "--from", "2026-03-15", "--to", "2026-03-14"]) == Exit.USAGE

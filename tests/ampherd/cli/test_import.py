"""`ampherd import sessions`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import analytics
from ampherd.cli import main
from tests.ampherd.cli.test_serve import SITE

CSV = """\
session_id,station_id,arrival,departure,delivered_kwh
a,CP-1,2024-05-01T08:00:00,2024-05-01T12:00:00,10
b,CP-1,2024-05-02T08:00:00,2024-05-02T12:00:00,8.5
c,CP-1,2024-05-03T12:00:00,2024-05-03T08:00:00,8.5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "sessions.csv").write_text(CSV)
    return tmp_path


def run(folder: Path, *words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(
            ["import", "sessions", str(folder / "sessions.csv"), "--config",
             str(folder / "site.toml"), *words]
        )  # fmt: skip
    assert ended.value.code == 0


def stored(folder: Path) -> int:
    with analytics.open(folder / "ampherd.duckdb") as reader:
        return len(reader.sql("SELECT session_id FROM session"))


def test_rows_are_imported_once_and_bad_ones_named_with_their_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "--timezone", "Europe/Berlin", "--json")
    first = json.loads(capsys.readouterr().out)
    run(folder, "--timezone", "Europe/Berlin", "--json")
    second = json.loads(capsys.readouterr().out)

    assert first["rows_imported"] == 2
    assert first["rows_rejected"] == [{"line": 4, "reason": "departure is not after arrival"}]
    assert (second["rows_imported"], second["rows_known"]) == (0, 2)
    assert stored(folder) == 2


def test_a_dry_run_shows_and_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "--timezone", "Europe/Berlin", "--dry-run")

    assert "CP-1" in capsys.readouterr().err
    assert stored(folder) == 0


def test_times_without_a_zone_are_asked_about(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["import", "sessions", str(folder / "sessions.csv"), "--config",
              str(folder / "site.toml")])  # fmt: skip

    assert ended.value.code == 1
    assert "zone" in capsys.readouterr().err

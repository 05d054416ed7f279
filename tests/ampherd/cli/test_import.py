"""`ampherd import sessions`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import analytics
from ampherd.cli import main
from ocpp_core.domain.errors import StoreLockedError
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
    assert not (folder / "ampherd.duckdb").exists()


def test_times_without_a_zone_are_asked_about(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["import", "sessions", str(folder / "sessions.csv"), "--config",
              str(folder / "site.toml")])  # fmt: skip

    assert ended.value.code == 1
    assert "zone" in capsys.readouterr().err


def test_a_dry_run_tells_what_is_known_already(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "--timezone", "Europe/Berlin", "--json")
    capsys.readouterr()
    run(folder, "--timezone", "Europe/Berlin", "--dry-run", "--json")

    again = json.loads(capsys.readouterr().out)
    assert (again["rows_imported"], again["rows_known"], again["import_id"]) == (0, 2, None)


def test_at_a_terminal_the_zone_is_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["Berlin", "Europe/Berlin"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))

    run(folder, "--json")

    captured = capsys.readouterr()
    assert json.loads(captured.out)["timezone"] == "Europe/Berlin"
    assert "'Berlin' is no time zone" in captured.err


def test_every_rejected_row_is_written_to_a_file_and_kept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = folder / "bad.csv"
    run(folder, "--timezone", "Europe/Berlin", "--rejected", str(bad), "--json")

    rows = bad.read_text("utf-8").splitlines()
    assert rows[0] == "line,reason,content"
    assert rows[1].startswith("4,departure is not after arrival,")
    with analytics.open(folder / "ampherd.duckdb") as reader:
        kept = reader.rejected_rows()
    assert [(4, "departure is not after arrival")] == list(
        zip(kept["line"], kept["reason"], strict=True)
    )


def test_an_import_can_be_listed_and_taken_back(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "--timezone", "Europe/Berlin", "--json")
    import_id = json.loads(capsys.readouterr().out)["import_id"]
    config = ["--config", str(folder / "site.toml")]

    for words in (["undo", import_id, "--json"], ["list", "--json"]):
        with pytest.raises(SystemExit) as ended:
            main(["import", *words, *config])
        assert ended.value.code == 0

    undone, listed = capsys.readouterr().out.split("}\n", 1)
    assert json.loads(undone + "}") == {"sessions_deleted": 2, "values_deleted": 0}
    assert [(import_id, "undone")] == [(r["import_id"], r["state"]) for r in json.loads(listed)]
    assert stored(folder) == 0


def test_an_import_beside_a_running_server_is_refused_with_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def owned(*_: object, **__: object) -> None:
        raise StoreLockedError("another process owns this database")

    monkeypatch.setattr("ampherd.runtime.opening.open_store", owned)
    with pytest.raises(SystemExit) as ended:
        main(["import", "sessions", str(folder / "sessions.csv"), "--timezone", "UTC",
              "--config", str(folder / "site.toml")])  # fmt: skip

    said = capsys.readouterr().err
    assert ended.value.code == 3
    assert "a running server owns this database" in said
    assert "stop the server, import, and start it again" in said


@pytest.mark.parametrize(
    ("kind", "text", "rows"),
    [
        ("load", "start,electricity_kw\n2024-05-01T12:00Z,5\n2024-05-01T13:00Z,6\n", 2),
        ("pv", "time_local,dc_kw\n2024-05-01 12:00,5\n2024-05-01 13:00,6\n", 2),
        ("prices", "time_utc,price_eur_mwh\n2024-05-01T12:00Z,64.9\n2024-05-01T13:00Z,-5\n", 2),
        ("emissions", "time_utc,kg\n2024-05-01T12:00Z,0.2\n2024-05-01T13:00Z,0.1\n", 2),
    ],
)
def test_series_are_imported_by_what_their_columns_are_called(
    folder: Path, capsys: pytest.CaptureFixture[str], kind: str, text: str, rows: int
) -> None:
    file = folder / "series.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["import", kind, str(file), "--timezone", "Europe/Berlin", "--json",
              "--config", str(folder / "site.toml")])  # fmt: skip

    assert ended.value.code == 0
    assert rows == json.loads(capsys.readouterr().out)["rows_imported"]


def test_a_series_is_shown_in_the_site_s_zone_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "series.csv"
    file.write_text("start,electricity_kw\n2024-05-01T12:00Z,5\n2024-05-01T13:00Z,6\n", "utf-8")

    command = ["import", "load", str(file), "--config", str(folder / "site.toml"), "--dry-run"]
    with pytest.raises(SystemExit):
        main(command)

    assert "2024-05-01T14:00:00+02:00" in capsys.readouterr().err


def test_a_series_of_an_unknown_unit_is_refused_with_what_to_add(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "series.csv"
    file.write_text("start,value\n2024-05-01T12:00Z,5\n2024-05-01T13:00Z,6\n", "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["import", "load", str(file), "--config", str(folder / "site.toml")])

    assert ended.value.code == 2
    assert "--unit" in capsys.readouterr().err

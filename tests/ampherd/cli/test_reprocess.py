"""`ampherd reprocess`."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from ampherd.cli import main
from tests.ampherd.cli.test_import import folder, run

__all__ = ["folder"]


def reprocessed(folder: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["reprocess", "--config", str(folder / "site.toml"), *words])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_tables_that_are_what_messages_say_are_told_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "--timezone", "Europe/Berlin")
    capsys.readouterr()

    assert 0 == reprocessed(folder)

    told = capsys.readouterr()
    assert "DIFFERENT" not in told.out
    assert "0 messages make the very same tables." in told.err


def test_a_table_that_is_not_ends_with_1_until_it_was_put_right(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "--timezone", "Europe/Berlin")
    with duckdb.connect(folder / "ampherd.duckdb") as connection:
        connection.execute(
            "INSERT INTO security_event VALUES ('CP-1', 'Tamper', now(), now(), 'nobody said so')"
        )
    capsys.readouterr()

    assert 1 == reprocessed(folder)
    told = capsys.readouterr()
    assert "no message makes this row" in told.err
    assert "Nothing was changed." in told.err

    assert 0 == reprocessed(folder, "--apply", "--json")
    found = json.loads(capsys.readouterr().out)
    assert Path(found["copy"]).is_file()
    assert ["security_event"] == [t["table"] for t in found["tables"] if not t["same"]]

    assert 0 == reprocessed(folder)

"""`ampherd export`."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

import analytics
from ampherd.sqltoken import SqlTokenFile
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.errors import StoreLockedError
from tests.ampherd.cli.conftest import Run
from tests.ampherd.cli.test_serve import SITE
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site
from tests.analytics.ports import free_port

OCPI = """
[ocpi]
country_code = "DE"
party_id = "AMP"
address = "Lindenallee 7"
city = "Essen"
country = "DEU"
latitude = 51.45657
longitude = 7.01228
"""


@pytest.fixture
def run(run: Run, tmp_path: Path) -> Run:
    """A folder with a site's configuration and one session in its database."""
    (tmp_path / "site.toml").write_text(SITE + OCPI)
    store = opened(tmp_path / "ampherd.duckdb")

    async def fill() -> None:
        for message in Charger("CP-1").whole_session(NOON, 7):
            await store.append(message)
        await store.close()

    asyncio.run(fill())
    return run


def opened(path: Path) -> Store:
    return Store.open(
        path,
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(NOON + timedelta(days=1)),
    )


def test_a_question_is_written_as_csv_to_standard_output(run: Run) -> None:
    ran = run("export", "sessions")

    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert (0, "14.4", "1 rows\n") == (ran.code, row["energy_kwh"], ran.err)
    assert "2026-03-02T13:00:00+01:00" == row["started_at"]


def test_a_file_is_written_in_the_form_of_its_name(run: Run, tmp_path: Path) -> None:
    ran = run("export", "consumption", "--from", "2026-03", "--with", "by=hour", "-o", "c.xlsx")

    sheet = load_workbook(tmp_path / "c.xlsx")["consumption"]
    assert 0 == ran.code
    columns = {head.value: cells for head, *cells in sheet.iter_cols()}
    assert [7.2, 7.2] == [cell.value for cell in columns["Energy charged (kWh)"]]


@pytest.mark.parametrize(("until", "rows"), [("2026-03-02", 0), ("2026-03-03", 1)])
def test_days_begin_at_midnight_of_the_site_and_the_last_is_not_included(
    run: Run, until: str, rows: int
) -> None:
    ran = run("export", "sessions", "--from", "2026-03-01", "--to", until)

    assert rows == len(list(csv.DictReader(io.StringIO(ran.out))))


def test_cdrs_are_those_of_the_operator(run: Run, tmp_path: Path) -> None:
    ran = run("export", "cdrs", "-o", "cdrs.json")

    (cdr,) = json.loads((tmp_path / "cdrs.json").read_text("utf-8"))
    assert (0, "1 CDRs\n") == (ran.code, ran.err)
    assert ("DE", "AMP", 14.4) == (cdr["country_code"], cdr["party_id"], cdr["total_energy"])
    assert "51.456570" == cdr["cdr_location"]["coordinates"]["latitude"]


def test_cdrs_without_an_operator_are_refused_with_what_is_missing(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "site.toml").write_text(SITE)

    ran = run("export", "cdrs")

    assert 2 == ran.code
    assert "[ocpi]" in ran.err


def test_every_question_is_listed_with_what_it_takes(run: Run) -> None:
    ran = run("export", "--list")

    assert "consumption" in ran.out
    assert "period [by] [split]" in ran.out
    assert "cdrs" in ran.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "weather"), "there is no question 'weather' to export"),
        (("export", "sessions", "--from", "spring"), "'spring' is no day, month or time"),
        (("export", "consumption", "--with", "by"), "'by' is not NAME=VALUE"),
        (("export", "consumption", "--with", "by=week"), "by = 'week' is not understood"),
        (("export",), "name a question"),
    ],
)
def test_what_is_not_understood_is_refused_in_words(
    run: Run, words: tuple[str, ...], said: str
) -> None:
    ran = run(*words)

    assert ran.code != 0
    assert said in ran.err


def test_a_running_server_is_read_through_its_live_sql(run: Run, tmp_path: Path) -> None:
    store = opened(tmp_path / "ampherd.duckdb")
    try:
        url = store.serve_sql(free_port(), "x" * 24)
        ran = run("export", "sessions", "--url", url, "--token", "x" * 24)
    finally:
        asyncio.run(store.close())

    assert (0, 1) == (ran.code, len(list(csv.DictReader(io.StringIO(ran.out)))))


def test_the_server_that_owns_the_file_is_found_with_the_token_beside_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("AMPHERD_SERVER__SQL_PORT", str(port))
    token = SqlTokenFile(tmp_path / "ampherd.sql-token").token()
    store = opened(tmp_path / "ampherd.duckdb")
    opening = analytics.open

    def open_(url: str | Path, key: str | None = None) -> analytics.Reader:
        # Within one process the file opens; from another one it is locked.
        if url == tmp_path / "ampherd.duckdb":
            raise StoreLockedError("a running server owns this database")
        return opening(url, key)

    monkeypatch.setattr("analytics.open", open_)
    try:
        store.serve_sql(port, token)
        found = run("export", "sessions")
    finally:
        asyncio.run(store.close())
    alone = run("export", "sessions")

    assert (0, 1) == (found.code, len(list(csv.DictReader(io.StringIO(found.out)))))
    assert 3 == alone.code
    assert f"--url quack:127.0.0.1:{port} --token TOKEN" in alone.err


def test_a_month_is_one_workbook(run: Run, tmp_path: Path) -> None:
    ran = run("report", "--month", "2026-03", "-o", "march.xlsx")

    assert (0, "2026-03 in Europe/Berlin: march.xlsx\n") == (ran.code, ran.err)
    assert 2 < load_workbook(tmp_path / "march.xlsx")["Sessions"].max_row


def test_what_is_no_month_is_refused(run: Run) -> None:
    ran = run("report", "--month", "March", "-o", "march.xlsx")

    assert 1 == ran.code
    assert "'March' is no month" in ran.err

"""What makes a row unusable beside the site's time and what it has already; and the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analytics.importers import (
    ImportRules,
    Overlaps,
    PowerQuantity,
    Reading,
    RecordedSession,
    find_series,
    import_power,
    import_prices,
    import_sessions,
    preview_sessions,
    read_power,
    read_prices,
    read_session_file,
    undo_import,
)
from analytics.importers.series import PRICE_UNITS
from ocpp_core.domain.errors import ImportRefusedError
from tests.analytics.builders import NOON, Charger
from tests.analytics.conftest import OpenStore
from tests.analytics.importers.conftest import DATA

DAY = timedelta(days=1)


def session(start: datetime, hours: float, **fields: object) -> RecordedSession:
    base = RecordedSession(
        line=2,
        station="CP-1",
        id_token="A",
        arrival=start,
        departure=start + timedelta(hours=hours),
        energy_wh=5_000.0,
    )
    return replace(base, **fields)  # type: ignore[arg-type] # a test names fields by keyword


def reading(*rows: RecordedSession) -> Reading[RecordedSession]:
    return Reading(importer="test", file_name="test.csv", rows=rows, rejected=())


async def test_what_ends_in_the_future_is_rejected(open_store: OpenStore) -> None:
    store = open_store()
    ends_later = session(store.now() - timedelta(hours=1), 2)

    report = await import_sessions(store, reading(ends_later))
    allowed = await import_sessions(store, reading(ends_later), rules=ImportRules(future=True))

    assert ["ends in the future: 2026-03-05T13:00:00+00:00"] == [r.reason for r in report.rejected]
    assert 1 == allowed.rows_imported


async def test_what_overlaps_a_metered_session_is_rejected(open_store: OpenStore) -> None:
    store = open_store()
    for message in Charger("CP-1").whole_session(NOON, 7):
        await store.append(message)

    report = await import_sessions(store, reading(session(NOON - timedelta(minutes=10), 1)))

    (row,) = report.rejected
    assert "overlaps a session that is there already (source ocpp)" in row.reason


async def test_overlapping_sessions_are_kept_on_request_with_a_finding(
    open_store: OpenStore,
) -> None:
    store = open_store()
    rows = (session(NOON, 3), session(NOON + timedelta(hours=1), 1, line=3, id_token="B"))

    report = await import_sessions(store, reading(*rows), rules=ImportRules(overlaps=Overlaps.KEEP))

    assert 2 == report.rows_imported
    with store.reader() as reader:
        findings = reader.sessions(NOON, NOON + DAY).set_index("started_at")["findings"]
    assert "overlaps line 2" in findings.iloc[0]
    assert not findings.iloc[1]


async def test_times_rounded_to_minutes_do_not_overlap(open_store: OpenStore) -> None:
    store = open_store()
    rows = (session(NOON, 1), session(NOON + timedelta(minutes=59, seconds=30), 1, line=3))

    report = await import_sessions(store, reading(*rows))

    assert 2 == report.rows_imported


async def test_a_row_across_two_batches_is_still_seen_to_overlap(open_store: OpenStore) -> None:
    store = open_store()
    others = [
        session(NOON + timedelta(minutes=number), 0.01, line=number + 3, station=f"X-{number}")
        for number in range(300)
    ]
    late = session(NOON + timedelta(minutes=400), 1, line=999, id_token="B")

    dry = await import_sessions(store, reading(session(NOON, 12), *others, late), dry_run=True)
    wet = await import_sessions(store, reading(session(NOON, 12), *others, late))

    assert (301, [999]) == (dry.rows_imported, [row.line for row in dry.rejected])
    assert (301, [999]) == (wet.rows_imported, [row.line for row in wet.rejected])


async def test_a_preview_shows_what_would_be_written_and_why_not(open_store: OpenStore) -> None:
    store = open_store()
    billed = read_session_file(DATA / "cdrs.json", currency="EUR")

    priced = await preview_sessions(
        store, reading(session(NOON, 2), session(NOON, 3, id_token="B"))
    )
    kept = await preview_sessions(store, billed)

    assert [("CP-1/1", "2026-03-02T13:00:00+01:00", "standard")] == [
        (row["connector"], row["started_at"], row["billed_by"]) for _, row in priced[:1].iterrows()
    ]
    assert "overlaps line 2" in priced["note"].iloc[1]
    assert ["the file", "the file"] == kept["billed_by"].tolist()
    assert [4.84, 2.0] == [float(amount) for amount in kept["billed"]]


# Undo ---------------------------------------------------------------------------------------------


async def test_an_undone_import_leaves_what_was_there_before(open_store: OpenStore) -> None:
    store = open_store()
    await import_sessions(store, reading(session(NOON - DAY, 1)))
    more = reading(session(NOON - DAY, 1), session(NOON, 1), session(NOON, 1, station="Bay 9"))
    report = await import_sessions(store, more)

    deleted = await undo_import(store, (report.import_id or "")[:8])

    assert (2, 0) == deleted
    with store.reader() as reader:
        assert [NOON - DAY] == reader.sessions(NOON - 9 * DAY, NOON + DAY)["started_at"].tolist()
        assert 1 == reader.sql("SELECT count(DISTINCT session_id) AS n FROM cost_line")["n"].iloc[0]
        assert ["CP-1/1", "CP-2/1"] == reader.connectors()["connector"].tolist()
        assert ["undone", "done"] == reader.imports()["state"].tolist()
        assert reader.sql(
            "SELECT * FROM session_interval "
            "WHERE session_id NOT IN (SELECT session_id FROM session)"
        ).empty


async def test_an_import_is_undone_once(open_store: OpenStore) -> None:
    store = open_store()
    report = await import_sessions(store, reading(session(NOON, 1)))
    assert report.import_id is not None
    await undo_import(store, report.import_id)

    with pytest.raises(ImportRefusedError, match="is undone already"):
        await undo_import(store, report.import_id)
    with pytest.raises(ImportRefusedError, match="there is no import 'zz'"):
        await undo_import(store, "zz")


async def test_after_an_undo_the_file_can_be_imported_again(open_store: OpenStore) -> None:
    store = open_store()
    first = await import_sessions(store, reading(session(NOON, 1)))
    assert first.import_id is not None
    await undo_import(store, first.import_id)

    assert 1 == (await import_sessions(store, reading(session(NOON, 1)))).rows_imported


async def test_undoing_a_series_leaves_other_series(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    reports = []
    for quantity in PowerQuantity:
        file = tmp_path / f"{quantity}.csv"
        file.write_text("time,kw\n2026-03-01T12:00Z,5\n2026-03-01T13:00Z,6\n", "utf-8")
        rows = read_power(file, quantity=quantity, time="time", power_kw="kw")
        reports.append(await import_power(store, rows))
    building, _ = reports
    assert building.import_id is not None

    assert (0, 8) == await undo_import(store, building.import_id)

    with store.reader() as reader:
        left = reader.sql("SELECT DISTINCT source FROM site_load")
    assert ["pv series"] == left["source"].tolist()


# Series -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "unit", "currency"),
    [
        ("time_utc,time_local,price_eur_mwh", "MWh", "EUR"),
        ("time_local,dc_kw", "kW", None),
        ("start,electricity_kwh", "kWh", None),
    ],
)
def test_columns_and_units_of_a_series_are_read_from_names(
    header: str, unit: str, currency: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "series.csv"
    times = ",".join(["2026-03-01T12:00"] * (header.count(",")))
    file.write_text(f"{header}\n{times},5.5\n", "utf-8")

    found = find_series(file)

    assert (header.partition(",")[0], unit, currency) == (found.time, found.unit, found.currency)


async def test_energy_of_a_step_becomes_mean_power(open_store: OpenStore, tmp_path: Path) -> None:
    file = tmp_path / "meter.csv"
    file.write_text(
        "t,kwh\n2026-03-01T12:00Z,5\n2026-03-01T12:30Z,6\n2026-03-01T13:00Z,7\n", "utf-8"
    )

    rows = read_power(
        file, quantity=PowerQuantity.BUILDING, time="t", power_kw="kwh", unit="kWh"
    ).rows

    assert [10_000.0, 12_000.0, 14_000.0] == [row.power_w for row in rows]


async def test_nobody_measures_the_future_and_prices_are_known_ahead(
    open_store: OpenStore, tmp_path: Path
) -> None:
    store = open_store()
    file = tmp_path / "series.csv"
    file.write_text("t,v\n2026-03-05T11:00Z,1\n2026-03-05T12:00Z,2\n2026-03-06T12:00Z,3\n", "utf-8")
    power = read_power(file, quantity=PowerQuantity.PV, time="t", power_kw="v")
    prices = read_prices(file, time="t", price="v", per_kwh=PRICE_UNITS["kWh"], currency="EUR")

    measured = await import_power(store, power)
    known = await import_prices(store, prices)

    assert [(4, "in the future, where nobody has measured")] == [
        (row.line, row.reason) for row in measured.rejected
    ]
    assert 3 == known.rows_imported


async def test_prices_in_another_currency_are_refused(
    open_store: OpenStore, tmp_path: Path
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("t,v\n2026-03-05T11:00Z,1\n2026-03-05T12:00Z,2\n", "utf-8")
    prices = read_prices(file, time="t", price="v", per_kwh=PRICE_UNITS["kWh"], currency="USD")

    with pytest.raises(ImportRefusedError, match="prices in USD, and the site's currency is EUR"):
        await import_prices(open_store(), prices)


def test_rows_out_of_order_and_gaps_are_said(tmp_path: Path) -> None:
    file = tmp_path / "pv.csv"
    hours = (13, 12, 14, 17)
    file.write_text("t,kw\n" + "".join(f"2026-03-01T{hour}:00Z,5\n" for hour in hours), "utf-8")

    found = read_power(file, quantity=PowerQuantity.PV, time="t", power_kw="kw")

    assert (
        "the rows are not in order of time (1 steps back): they were sorted",
        "a gap in steps of 3600 s: what is missing stays missing",
    ) == found.notes


def test_a_column_that_is_named_utc_needs_no_zone(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("time_utc,eur_mwh\n2026-03-01 12:00,5\n2026-03-01 13:00,6\n", "utf-8")

    found = read_prices(
        file, time="time_utc", price="eur_mwh", per_kwh=PRICE_UNITS["MWh"], currency="EUR"
    )

    assert [datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 13, tzinfo=UTC)] == [
        row.starts_at for row in found.rows
    ]

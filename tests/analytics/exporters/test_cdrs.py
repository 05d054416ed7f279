"""CDRs: OCPI's field list, our money, and the way there and back."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.exporters import FileFormat, cdrs_of, exportables, written
from analytics.exporters.ocpi_fields import faults
from analytics.importers import (
    Reading,
    RecordedSession,
    import_sessions,
    read_session_file,
)
from analytics.reader import Reader
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.site import Site
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site
from tests.analytics.conftest import OpenStore
from tests.analytics.exporters.conftest import OPERATOR
from tests.analytics.importers.conftest import DATA

END = NOON + timedelta(days=3)
ALWAYS = (NOON - timedelta(days=400), NOON + timedelta(days=400))


def exported(reader: Reader) -> list[dict[str, Any]]:
    return list(cdrs_of(reader, *ALWAYS, OPERATOR).cdrs)


def test_what_is_exported_keeps_to_the_field_list(reader: Reader) -> None:
    made = exported(reader)

    assert 5 == len(made)
    assert [] == [fault for cdr in made for fault in faults(cdr)]


def test_totals_are_those_of_the_cost_lines(reader: Reader) -> None:
    """OCPP.md row 65: what a session cost is stored with its rule, and exported."""
    lines = reader.bill_lines(*ALWAYS).groupby("session_id")["amount"].sum().round(2)

    for cdr in exported(reader):
        total = cdr["total_cost"]["excl_vat"]
        assert lines.get(cdr["session_id"], 0.0) == total
        parts = [value for name, value in cdr.items() if name.endswith("_cost")]
        assert round(2 * total, 2) == round(sum(part["excl_vat"] for part in parts), 2)


def test_periods_add_up_to_the_session(reader: Reader) -> None:
    for cdr in exported(reader):
        volumes: dict[str, Decimal] = {}
        for period in cdr["charging_periods"]:
            for dimension in period["dimensions"]:
                kind = dimension["type"]
                volumes[kind] = volumes.get(kind, Decimal(0)) + Decimal(str(dimension["volume"]))
        assert Decimal(str(cdr["total_energy"])) == volumes.get("ENERGY", Decimal(0))
        hours = volumes.get("TIME", Decimal(0)) + volumes.get("PARKING_TIME", Decimal(0))
        assert cdr["total_time"] == pytest.approx(float(hours), abs=0.002)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("party_id",), "AMPX", "party_id is longer than 3 characters"),
        (("cdr_token", "uid"), "ü" * 4, "cdr_token.uid holds characters beyond printable ASCII"),
        (("cdr_location", "city"), None, "cdr_location.city is missing"),
        (("cdr_location", "connector_format"), "PLUG", "is none of OCPI's values"),
        (("cdr_location", "coordinates", "latitude"), "51", "is not written as OCPI wants it"),
        (("charging_periods",), [], "charging_periods is no list with items"),
        (("total_energy",), "5", "total_energy is no number"),
        (("colour",), "red", "colour is no field of CDR"),
    ],
)
def test_a_fault_is_named_with_its_place(
    reader: Reader, place: tuple[str, ...], value: object, words: str
) -> None:
    cdr = copy.deepcopy(exported(reader)[0])
    at = cdr
    for name in place[:-1]:
        at = at[name]
    at[place[-1]] = value

    (fault,) = faults(cdr)

    assert words in fault


async def test_a_session_that_no_cdr_can_hold_is_left_out_and_named(open_store: OpenStore) -> None:
    store = open_store()
    row = RecordedSession(
        line=1,
        station="CP-1",
        id_token="x" * 40,
        arrival=NOON,
        departure=NOON + timedelta(hours=1),
        energy_wh=1000.0,
    )
    await import_sessions(store, _reading(row))

    with store.reader() as reader:
        found = cdrs_of(reader, *ALWAYS, OPERATOR)

    assert () == found.cdrs
    (words,) = found.left_out
    assert "CP-1/1" in words
    assert "cdr_token.uid is longer than 36 characters" in words


async def test_cdrs_come_back_as_the_same_sessions_and_the_same_money(
    reader: Reader, tmp_path: Path
) -> None:
    file = tmp_path / "cdrs.json"
    file.write_text(json.dumps(exported(reader)), "utf-8")

    async with _store(tmp_path / "other.duckdb") as other:
        report = await import_sessions(other, read_session_file(file, currency="EUR"))
        with other.reader() as again:
            assert (5, 0) == (report.rows_imported, len(report.rejected))
            for name in ("ended_sessions", "ended_intervals", "bill_lines"):
                before, after = (_whole(one, name) for one in (reader, again))
                pd.testing.assert_frame_equal(before, after, check_exact=False, atol=0.2, rtol=0)


async def test_cdrs_of_our_own_are_known_where_they_come_from(
    open_store: OpenStore, tmp_path: Path
) -> None:
    store = open_store()
    for message in Charger("CP-1").whole_session(NOON, 7):
        await store.append(message)
    file = tmp_path / "cdrs.json"
    with store.reader() as reader:
        file.write_text(json.dumps(exported(reader)), "utf-8")

    report = await import_sessions(store, read_session_file(file, currency="EUR"))

    assert (0, 1) == (report.rows_imported, report.rows_known)


async def test_money_of_an_imported_cdr_is_exported_as_it_came(open_store: OpenStore) -> None:
    store = open_store()
    await import_sessions(store, read_session_file(DATA / "cdrs.json", currency="EUR"))

    with store.reader() as reader:
        first, second = exported(reader)

    assert [4.84, 3.84, 0.5, 0.5] == [
        first[name]["excl_vat"]
        for name in ("total_cost", "total_energy_cost", "total_fixed_cost", "total_parking_cost")
    ]
    assert [5.81, 4.61, 0.6, 0.6] == [
        first[name]["incl_vat"]
        for name in ("total_cost", "total_energy_cost", "total_fixed_cost", "total_parking_cost")
    ]
    assert "incl_vat" not in second["total_cost"]
    assert [2.0, 1.5] == [second[n]["excl_vat"] for n in ("total_cost", "total_time_cost")]


# There and back, whatever the sessions -----------------------------------------------------------

_SESSIONS = st.lists(
    st.tuples(
        st.integers(1, 600),  # minutes from the departure before
        st.integers(1, 3000),  # minutes of stay
        st.integers(0, 90_000),  # Wh
        st.sampled_from(["A", "=B", "'-C", "D\u00e9"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(visits=_SESSIONS)
async def test_export_and_import_conserve_rows_energy_and_money(
    visits: list[tuple[int, int, int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("there")
    at, rows = NOON, []
    for line, (gap, stay, energy_wh, token) in enumerate(visits):
        at += timedelta(minutes=gap)
        leaves = at + timedelta(minutes=stay)
        rows.append(
            RecordedSession(
                line=line, station="CP-1", id_token=token, arrival=at, departure=leaves,
                energy_wh=float(min(energy_wh, stay * 15_000 // 60)),
            )
        )  # fmt: skip
        at = leaves
    async with _store(folder / "first.duckdb") as store:
        await import_sessions(store, _reading(*rows))
        with store.reader() as reader:
            frame = exportables()["sessions"].ask(reader)
            before = _summary(reader)
            (folder / "cdrs.json").write_text(json.dumps(exported(reader)), "utf-8")
            for form in (FileFormat.CSV, FileFormat.PARQUET):
                content = written(
                    frame, form, zone=reader.site.timezone, currency=reader.site.currency
                )
                (folder / f"sessions.{form}").write_bytes(content)

    for name in ("sessions.csv", "sessions.parquet", "cdrs.json"):
        if name == "cdrs.json" and any(not row.id_token.isascii() for row in rows):
            continue  # OCPI has printable ASCII only: such sessions are left out and named
        async with _store(folder / f"{name}.duckdb") as other:
            report = await import_sessions(other, read_session_file(folder / name, currency="EUR"))
            with other.reader() as again:
                assert (len(rows), before) == (report.rows_imported, _summary(again))


def _summary(reader: Reader) -> list[tuple[Any, ...]]:
    """Sessions by start: connector, end, whole Wh, cents; and the sum of the grid."""
    frame = reader.sessions(*ALWAYS)
    grid = reader.ended_intervals(*ALWAYS)
    return sorted(
        (
            row["started_at"],
            row["ended_at"],
            row["connector"],
            round(row["energy_kwh"] * 1000),
            round(row["revenue"] * 100),
            round(row["vat"] * 100),
            round(grid[grid["session_id"] == row["session_id"]]["energy_wh"].sum()),
        )
        for _, row in frame.iterrows()
    )


def _whole(reader: Reader, name: str) -> pd.DataFrame:
    frame = getattr(reader, name)(*ALWAYS)
    of_writing = ["source", "rule", "tariff", "tariff_id", "tariff_version", "line",
                  "quantity", "unit_price", "unit"]  # fmt: skip
    order = [n for n in ("session_id", "slot_start", "kind") if n in frame.columns]
    kept = frame.drop(columns=of_writing, errors="ignore")
    sorted_frame: pd.DataFrame = kept.sort_values(order).reset_index(drop=True)
    return sorted_frame


def _reading(*rows: RecordedSession) -> Reading[RecordedSession]:
    return Reading(importer="test", file_name="test.csv", rows=rows, rejected=())


def _store(path: Path, site: Site | None = None) -> Store:
    return Store.open(
        path,
        site=site or make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(NOON + timedelta(days=60)),
    )

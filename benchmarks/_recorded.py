"""Recorded sessions, loads and PV of the development data; the folder is AMPHERD_DATA."""

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from optimizer.forecast import PastStay

DATA = Path(os.environ.get("AMPHERD_DATA", "../shared/data"))
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
OSLO = ZoneInfo("Europe/Oslo")
STANDARD = timezone(timedelta(hours=-8))
"""Of the typical years, whose clocks do not change."""


def acn_stays(site: str) -> list[PastStay]:
    """Return the stays at `caltech` or `jpl`, by arrival; drivers are not told apart there.

    Where nobody claimed the session, the data's request is what was delivered: then nothing was
    stated.
    """
    stays = []
    for row in pq.read_table(DATA / f"acn_{site}_sessions_2019_2020.parquet").to_pylist():
        claimed = row["claimed"]
        stays.append(
            PastStay(
                connector=row["station_id"],
                arrival=row["arrival"].astimezone(UTC),
                departure=row["departure"].astimezone(UTC),
                energy_wh=1000 * row["delivered_kwh"],
                stated_departure=row["estimated_departure"].astimezone(UTC) if claimed else None,
                stated_energy_wh=1000 * row["requested_kwh"] if claimed else None,
            )
        )
    return _by_arrival(stays)


def trondheim_stays() -> list[PastStay]:
    """Return the stays of the residential garages, by arrival; nobody stated anything there."""
    rows = pq.read_table(DATA / "trondheim_residential_sessions_2018_2020.parquet").to_pylist()
    stays = [
        PastStay(
            connector=row["garage_id"],
            driver=row["user_id"],
            arrival=row["plugin_time"].replace(tzinfo=OSLO).astimezone(UTC),
            departure=row["plugout_time"].replace(tzinfo=OSLO).astimezone(UTC),
            energy_wh=1000 * row["energy_kwh"],
        )
        for row in rows
    ]
    return _by_arrival(stays)


def building_load() -> tuple[list[datetime], list[float], int]:
    """Return starts, watts and the length of a slot (s) of an office building's year.

    It is stamped 2019, but its weekends are those of a year that begins on a Sunday, as 2017 does.
    """
    rows = pq.read_table(DATA / "building_load_medium_office_la_hourly.parquet").to_pylist()
    starts = [row["time_local"].replace(year=2017, tzinfo=STANDARD) for row in rows]
    return starts, [1000 * row["electricity_kw"] for row in rows], 3600


def pv_power() -> tuple[list[datetime], list[float], int]:
    """Return starts, watts and the length of a slot (s) of a PV array's year."""
    rows = pq.read_table(DATA / "pv_jpl_220kwdc_30min.parquet").to_pylist()
    starts = [row["time_local"].replace(tzinfo=STANDARD) for row in rows]
    return starts, [1000 * row["dc_kw"] for row in rows], 1800


def _by_arrival(stays: list[PastStay]) -> list[PastStay]:
    return sorted(
        (stay for stay in stays if stay.departure > stay.arrival), key=lambda stay: stay.arrival
    )

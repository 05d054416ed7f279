"""A synthetic year of a large site, from real session shapes, straight into the tables.

Sessions are drawn from the recorded ones of the demonstration: their times of the day, lengths and
energies, by weekday. A car charges at its rating until it has its energy. Readings come each minute
with eight values, in the order in which they would have arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

from analytics.readings import placement_of
from analytics.retention.days import roll_days
from analytics.retention.rollups import roll_up
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    SiteId,
    TariffId,
)
from ocpp_core.domain.metering import Label, Layout, Measurand, Unit
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.domain.tariff import DriverTariff, FlatPrice, SiteTariff
from ocpp_core.domain.units import THREE_PHASES

ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2025, 1, 1, tzinfo=ZONE).astimezone(UTC)
VALUES = 8
POWER_W = 6_600.0
LAYOUT = Layout(
    (
        Label(measurand=Measurand.ENERGY_IMPORT_REGISTER, unit=Unit.WH),
        Label(measurand=Measurand.POWER_IMPORT, unit=Unit.W),
        *(Label(measurand=Measurand.CURRENT_IMPORT, unit=Unit.A, phase=p) for p in THREE_PHASES),
        *(Label(measurand=Measurand.VOLTAGE, unit=Unit.V, phase=p) for p in THREE_PHASES),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """What was generated."""

    path: Path
    sessions: int
    readings: int

    @property
    def samples(self) -> int:
        """Single values."""
        return self.readings * VALUES


def site(connectors: int) -> Site:
    """Return a site of chargers with one connector each."""
    grid = CircuitId("grid")
    names = [ChargePointId(f"CP-{number:04d}") for number in range(1, connectors + 1)]
    return Site(
        site_id=SiteId("year"),
        name="A year",
        timezone=ZONE,
        currency="EUR",
        voltage_v=230,
        circuits=(Circuit(circuit_id=grid, limit_w=2e6),),
        charge_points=tuple(
            ChargePoint(
                charge_point_id=name,
                connectors=(
                    Connector(
                        ref=ConnectorRef(name, ConnectorId(1)), circuit_id=grid, max_current_a=32
                    ),
                ),
            )
            for name in names
        ),
        building_circuit_id=grid,
    )


def open_store(path: Path, connectors: int) -> Store:
    """Open the store of the year as the server would."""
    return Store.open(
        path,
        site=site(connectors),
        driver_tariff=DriverTariff(
            tariff_id=TariffId("standard"),
            version=1,
            currency="EUR",
            energy_price_per_kwh=Decimal("0.39"),
        ),
        site_tariff=SiteTariff(
            currency="EUR",
            energy=FlatPrice(value=Decimal("0.20")),
            demand_charge_per_kw=Decimal(10),
        ),
        clock=ManualClock(START + timedelta(days=366)),
    )


async def build(path: Path, *, connectors: int, days: int) -> Year:
    """Make a database with a year, or its last `days`; some minutes for 500 connectors."""
    await open_store(path, connectors).close()
    sessions = _sessions(connectors, days)
    with duckdb.connect(path, config={"memory_limit": "8GB", "threads": 2}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("drawn", sessions)
        readings = _fill(connection, days)
    store = open_store(path, connectors)
    while await store.run(lambda database, _: roll_up(database, ZONE, START, messages=150_000)):
        pass
    await roll_up_days(store)
    await store.close()
    return Year(path=path, sessions=len(sessions), readings=readings)


async def roll_up_days(store: Store) -> None:
    """Roll up the days that are not."""
    while await store.run(lambda database, _: roll_days(database, ZONE, store.now())):
        pass


def _sessions(connectors: int, days: int) -> pd.DataFrame:
    recorded = pd.read_parquet(
        str(resources.files("ampherd").joinpath("demo/data/sessions.parquet"))
    )
    arrival = recorded["arrival"].dt.tz_convert("America/Los_Angeles")
    shape = pd.DataFrame(
        {
            "weekday": arrival.dt.weekday,
            "minute": arrival.dt.hour * 60 + arrival.dt.minute,
            "stay_s": (recorded["departure"] - recorded["arrival"]).dt.total_seconds(),
            "energy_wh": (recorded["delivered_kwh"] * 1000).round(),
        }
    )
    shape = shape[shape["stay_s"].between(600, 16 * 3600)]
    seen = arrival.dt.date.nunique() * recorded["station_id"].nunique() / 7
    chance = shape.groupby("weekday").size() / seen
    draw = np.random.default_rng(20251125)
    first = START.astimezone(ZONE).date() + timedelta(days=365 - days)
    parts = []
    for day in range(days):
        date = first + timedelta(days=day)
        of_day = shape[shape["weekday"] == date.weekday()]
        if of_day.empty:
            continue
        came = np.flatnonzero(draw.random(connectors) < min(1.0, chance[date.weekday()]))
        drawn = of_day.iloc[draw.integers(0, len(of_day), len(came))]
        midnight = datetime(date.year, date.month, date.day, tzinfo=ZONE).astimezone(UTC)
        started = pd.to_datetime(midnight) + pd.to_timedelta(
            drawn["minute"].to_numpy() * 60 + draw.integers(0, 60, len(came)), unit="s"
        )
        most_wh = (drawn["stay_s"].to_numpy() / 3600 * POWER_W).round()
        parts.append(
            pd.DataFrame(
                {
                    "number": came + 1,
                    "started_at": started,
                    "ended_at": started + pd.to_timedelta(drawn["stay_s"].to_numpy().round(), "s"),
                    "energy_wh": np.minimum(drawn["energy_wh"].to_numpy(), most_wh),
                }
            )
        )
    frame = pd.concat(parts).sort_values(["number", "started_at"]).reset_index(drop=True)
    # One car at a time: whoever comes while another is there is not recorded.
    before = frame.groupby("number")["ended_at"].shift()
    frame = frame[before.isna() | (frame["started_at"] > before)].copy()
    frame["meter_start_wh"] = frame.groupby("number")["energy_wh"].cumsum() - frame["energy_wh"]
    frame = frame.sort_values("started_at").reset_index(drop=True)
    frame["transaction_id"] = np.arange(1, len(frame) + 1)
    return frame


def _fill(connection: duckdb.DuckDBPyConnection, days: int) -> int:
    placement = placement_of(LAYOUT)
    connection.executemany(
        "INSERT INTO meter_layout VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [list(row) for row in placement.labels],
    )
    values = {"power": POWER_W, "layout": placement.layout_id}
    connection.execute(_SESSIONS)
    connection.execute(_INTERVALS, {"power": POWER_W})
    connection.execute(_COSTS)
    connection.execute(_STATUSES)
    connection.execute(_LOADS, {"start": START + timedelta(days=365 - days), "days": days})
    connection.execute(_PRICES, {"start": START + timedelta(days=365 - days), "days": days})
    written = 0
    for week in range(0, days, 7):
        first = START + timedelta(days=365 - days + week)
        count = connection.execute(
            _READINGS, {**values, "first": first, "last": first + timedelta(days=7), "seq": written}
        ).fetchone()
        written += int(count[0]) if count else 0
    connection.execute("CHECKPOINT")
    return written


_NAMED = """
    SELECT
        format('CP-{:04d}', number) AS charge_point_id,
        format('{:024x}', transaction_id) AS session_id,
        *
    FROM drawn
"""

_SESSIONS = f"""
    INSERT INTO session BY NAME
    SELECT
        session_id, 'year' AS site_id, charge_point_id, 1 AS connector_id,
        format('TOKEN-{{:04d}}', number % 400) AS id_token, 'Accepted' AS token_status,
        transaction_id, 'ocpp1.6' AS ocpp_version, started_at, ended_at,
        meter_start_wh::BIGINT AS meter_start_wh,
        (meter_start_wh + energy_wh)::BIGINT AS meter_stop_wh,
        energy_wh, ended_at AS last_energy_at, 'Local' AS stop_reason,
        'standard' AS tariff_id, 1 AS tariff_version, 'ocpp' AS source, 'metered' AS trust,
        '' AS findings, false AS adopted, false AS end_inferred, '' AS remarks
    FROM ({_NAMED})
"""  # noqa: S608 -- tables of ours

_INTERVALS = f"""
    INSERT INTO session_interval BY NAME
    WITH slot AS (
        SELECT
            *,
            unnest(range(
                time_bucket(INTERVAL 15 MINUTES, started_at), ended_at, INTERVAL 15 MINUTES
            )) AS slot_start
        FROM ({_NAMED})
    ),
    cut AS (
        SELECT
            *,
            greatest(epoch(slot_start) - epoch(started_at), 0) AS from_s,
            least(epoch(slot_start) + 900, epoch(ended_at)) - epoch(started_at) AS to_s,
            energy_wh / $power * 3600 AS charging_s_in_all
        FROM slot
    )
    SELECT
        'year' AS site_id, session_id, charge_point_id, 1 AS connector_id, slot_start,
        (least(to_s, charging_s_in_all) - least(from_s, charging_s_in_all)) * $power / 3600
            AS energy_wh,
        to_s - from_s AS connected_s,
        least(to_s, charging_s_in_all) - least(from_s, charging_s_in_all) AS charging_s,
        0.2 AS price_per_kwh, 0 AS feed_in_per_kwh, false AS assumed, false AS provisional
    FROM cut
    ORDER BY slot_start, charge_point_id
"""  # noqa: S608 -- tables of ours

_COSTS = """
    INSERT INTO cost_line BY NAME
    SELECT
        site_id, session_id, 1 AS line, 'ENERGY' AS kind, energy_wh / 1000 AS quantity,
        'kWh' AS unit, 0.39 AS unit_price, round(energy_wh * 0.00039, 2) AS amount,
        'EUR' AS currency, 'standard' AS tariff_id, 1 AS tariff_version, 'energy' AS rule,
        0 AS vat_amount,
        false AS provisional
    FROM session
    WHERE energy_wh > 0
    ORDER BY ended_at
"""

_STATUSES = """
    INSERT INTO status BY NAME
    SELECT
        charge_point_id, connector_id, changed_at, changed_at + INTERVAL 1 SECOND AS received_at,
        status, 'NoError' AS error_code, '' AS info, '' AS vendor_error_code
    FROM (
        SELECT charge_point_id, connector_id, started_at - INTERVAL 20 SECONDS AS changed_at,
            'Preparing' AS status
        FROM session
        UNION ALL
        SELECT charge_point_id, connector_id, started_at, 'Charging' FROM session
        UNION ALL
        SELECT charge_point_id, connector_id, ended_at, 'Finishing' FROM session
        UNION ALL
        SELECT charge_point_id, connector_id, ended_at + INTERVAL 30 SECONDS, 'Available'
        FROM session
    )
    ORDER BY changed_at
"""

_LOADS = """
    INSERT INTO site_load BY NAME
    WITH minute AS (
        SELECT unnest(range($start, $start + to_days($days), INTERVAL 1 MINUTE)) AS starts_at
    ),
    charging AS (
        SELECT slot_start, sum(energy_wh) * 4 AS charging_w FROM session_interval GROUP BY ALL
    ),
    load AS (
        SELECT
            starts_at,
            round(60000 + 40000 * sin(2 * pi() * (hour(starts_at) - 8) / 24), 1) AS building_w,
            round(greatest(0, 80000 * sin(2 * pi() * (hour(starts_at) - 6) / 24)), 1) AS pv_w,
            round(coalesce(charging_w, 0), 1) AS charging_w
        FROM minute
        LEFT JOIN charging ON slot_start = time_bucket(INTERVAL 15 MINUTES, starts_at)
    )
    SELECT
        'year' AS site_id, starts_at, 60 AS step_s, building_w, pv_w, charging_w,
        charging_w + building_w - pv_w AS site_w, 2e6 AS limit_w, 'measured' AS source
    FROM load
    ORDER BY starts_at
"""

_PRICES = """
    INSERT INTO price BY NAME
    SELECT
        'year' AS site_id, 'energy' AS kind,
        unnest(range($start, $start + to_days($days), INTERVAL 1 HOUR)) AS starts_at,
        3600 AS step_s, 0.2 AS value_per_kwh, 'EUR' AS currency, 'bench' AS source
"""

_READINGS = f"""
    INSERT INTO meter_reading BY NAME
    WITH taken AS (
        SELECT
            charge_point_id, session_id, meter_start_wh, energy_wh, started_at,
            unnest(range(started_at, ended_at, INTERVAL 1 MINUTE)) AS taken_at
        FROM ({_NAMED})
        WHERE started_at >= $first AND started_at < $last
    ),
    metered AS (
        SELECT
            *,
            least(energy_wh, $power * (epoch(taken_at) - epoch(started_at)) / 3600) AS so_far_wh,
            hash(session_id, taken_at) AS noise
        FROM taken
    ),
    drawn_w AS (
        SELECT
            *,
            CASE WHEN so_far_wh < energy_wh THEN $power - (noise % 97)::DOUBLE ELSE 0 END AS power_w
        FROM metered
    )
    SELECT
        charge_point_id, 1 AS connector_id, session_id, taken_at,
        $seq + row_number() OVER (ORDER BY taken_at) AS message_seq, $layout AS layout_id,
        round(meter_start_wh + so_far_wh) AS energy_import_wh,
        power_w AS power_import_w,
        round(power_w / 690 + (noise % 3)::DOUBLE / 10, 1) AS current_l1_a,
        round(power_w / 690 + (noise % 5)::DOUBLE / 10, 1) AS current_l2_a,
        round(power_w / 690 + (noise % 7)::DOUBLE / 10, 1) AS current_l3_a,
        round(230 + (noise % 41)::DOUBLE / 10, 1) AS voltage_l1_v,
        round(229 + (noise % 43)::DOUBLE / 10, 1) AS voltage_l2_v,
        round(231 + (noise % 47)::DOUBLE / 10, 1) AS voltage_l3_v
    FROM drawn_w
    ORDER BY taken_at
"""  # noqa: S608 -- tables of ours

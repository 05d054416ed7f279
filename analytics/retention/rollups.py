"""Meter readings rolled up to minutes, quarters of an hour and days, as they come.

Every step takes the readings of some messages, finds the buckets that they touch and works those
out anew from all their readings. So a late or repeated reading is no special case, and a step that
was cut off is simply done again.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb

from analytics.database import Database

STEP_MESSAGES = 20_000
"""Messages of one step: some 0.1 s of the writer's time."""

_TOUCHED = """
    CREATE OR REPLACE TEMP TABLE touched AS
    SELECT DISTINCT
        charge_point_id, connector_id, time_bucket(INTERVAL 1 MINUTE, taken_at) AS minute,
        time_bucket(INTERVAL 15 MINUTES, taken_at) AS slot_start
    FROM meter_reading
    WHERE {new}
"""

_VALUES = """
    arg_max(energy_import_wh, taken_at) * coalesce(any_value(register_factor), 1) AS register_wh,
    avg(power_import_w) * coalesce(any_value(power_factor), 1) AS power_w,
    max(power_import_w) * coalesce(any_value(power_factor), 1) AS power_max_w,
    max(greatest(current_a, current_l1_a, current_l2_a, current_l3_a)) AS current_max_a,
    min(least(voltage_v, voltage_l1_v, voltage_l2_v, voltage_l3_v)) AS voltage_min_v,
    max(greatest(voltage_v, voltage_l1_v, voltage_l2_v, voltage_l3_v)) AS voltage_max_v
"""

_FACTORS = """
    LEFT JOIN (
        SELECT
            charge_point_id,
            max(factor) FILTER (quantity = 'register') AS register_factor,
            max(factor) FILTER (quantity = 'power') AS power_factor
        FROM reading_factor
        GROUP BY charge_point_id
    ) AS factors USING (charge_point_id)
"""

_MINUTES = f"""
    INSERT INTO meter_minute BY NAME
    SELECT
        charge_point_id, connector_id, minute, arg_max(session_id, taken_at) AS session_id,
        {_VALUES}, arg_max(soc_percent, taken_at) AS soc_percent, count(*) AS readings
    FROM (SELECT *, time_bucket(INTERVAL 1 MINUTE, taken_at) AS minute FROM {{source}}) AS reading
    SEMI JOIN touched USING (charge_point_id, connector_id, minute)
    {_FACTORS}
    WHERE taken_at >= $first AND taken_at < $last + INTERVAL 1 MINUTE
    GROUP BY charge_point_id, connector_id, minute
"""  # noqa: S608 -- tables of ours

_QUARTERS = f"""
    INSERT INTO meter_quarter BY NAME
    SELECT charge_point_id, connector_id, slot_start, {_VALUES}, count(*) AS readings
    FROM (
        SELECT *, time_bucket(INTERVAL 15 MINUTES, taken_at) AS slot_start FROM {{source}}
    ) AS reading
    SEMI JOIN touched USING (charge_point_id, connector_id, slot_start)
    {_FACTORS}
    WHERE taken_at >= $first AND taken_at < $last + INTERVAL 15 MINUTES
    GROUP BY charge_point_id, connector_id, slot_start
"""  # noqa: S608 -- tables of ours

_DAYS = """
    INSERT INTO meter_day BY NAME
    SELECT
        charge_point_id, connector_id, day,
        arg_max(register_wh, slot_start) AS register_wh,
        sum(power_w * readings) / sum(readings) FILTER (power_w IS NOT NULL) AS power_w,
        max(power_max_w) AS power_max_w,
        max(current_max_a) AS current_max_a,
        min(voltage_min_v) AS voltage_min_v,
        max(voltage_max_v) AS voltage_max_v,
        sum(readings)::INTEGER AS readings
    FROM (SELECT *, (slot_start AT TIME ZONE $zone)::DATE AS day FROM meter_quarter) AS quarter
    SEMI JOIN (
        SELECT DISTINCT
            charge_point_id, connector_id, (slot_start AT TIME ZONE $zone)::DATE AS day
        FROM touched
    ) AS touched USING (charge_point_id, connector_id, day)
    WHERE slot_start > $first - INTERVAL 26 HOURS AND slot_start < $last + INTERVAL 26 HOURS
    GROUP BY charge_point_id, connector_id, day
"""

_FORGET_MINUTES = """
    DELETE FROM meter_minute
    WHERE EXISTS (
        SELECT 1
        FROM touched
        WHERE
            touched.charge_point_id = meter_minute.charge_point_id
            AND touched.connector_id = meter_minute.connector_id
            AND touched.minute = meter_minute.minute
    )
"""

_FORGET_QUARTERS = """
    DELETE FROM meter_quarter
    WHERE EXISTS (
        SELECT 1
        FROM touched
        WHERE
            touched.charge_point_id = meter_quarter.charge_point_id
            AND touched.connector_id = meter_quarter.connector_id
            AND touched.slot_start = meter_quarter.slot_start
    )
"""

_FORGET_DAYS = """
    DELETE FROM meter_day
    WHERE EXISTS (
        SELECT 1
        FROM touched
        WHERE
            touched.charge_point_id = meter_day.charge_point_id
            AND touched.connector_id = meter_day.connector_id
            AND (touched.slot_start AT TIME ZONE $zone)::DATE = meter_day.day
    )
"""


def roll_up(
    database: Database, zone: ZoneInfo, now: datetime, *, messages: int = STEP_MESSAGES
) -> bool:
    """Roll up the readings of the next `messages`; tell whether there are more.

    Days are those of `zone`. Raises StoreError. Belongs to the writer thread.
    """
    connection = database.connection
    done = connection.execute("SELECT max(message_seq) FROM rollup_progress").fetchone()
    last = connection.execute("SELECT max(message_seq) FROM meter_reading").fetchone()
    at = None if done is None else done[0]
    newest = 0 if last is None or last[0] is None else int(last[0])
    if at is not None and newest <= at:
        return False
    # The first step takes what was stored before readings knew their message.
    until = 0 if at is None else min(int(at) + messages, newest)
    new = "message_seq IS NULL" if at is None else "message_seq > $at AND message_seq <= $until"
    with database.transaction():
        connection.execute(
            _TOUCHED.format(new=new), None if at is None else {"at": at, "until": until}
        )
        bounds = connection.execute(
            "SELECT min(minute), max(minute), min(slot_start), max(slot_start) FROM touched"
        ).fetchone()
        if bounds is not None and bounds[0] is not None:
            _work_out(database, zone, bounds)
        connection.execute("DROP TABLE touched")
        connection.execute("DELETE FROM rollup_progress")
        connection.execute("INSERT INTO rollup_progress VALUES ($1, $2)", [until, now])
    return until < newest


def rescale(
    connection: duckdb.DuckDBPyConnection, charge_point_id: str, quantity: str, ratio: float
) -> None:
    """Multiply what all roll-ups say of a charger's `register` or `power`.

    All of it, also of readings that are gone: a roll-up is linear in the factor of its charger.
    Belongs to the writer thread, within a transaction.
    """
    named = ("register_wh",) if quantity == "register" else ("power_w", "power_max_w")
    values = ", ".join(f"{name} = {name} * $ratio" for name in named)
    for table in ("meter_minute", "meter_quarter", "meter_day"):
        connection.execute(
            f"UPDATE {table} SET {values} WHERE charge_point_id = $charger",  # noqa: S608 -- tables of ours
            {"ratio": ratio, "charger": charge_point_id},
        )


def forget_minutes(database: Database, before: datetime) -> int:
    """Delete minutes from before an instant; quarters and days stay. Returns how many."""
    with database.transaction():
        gone = database.connection.execute(
            "DELETE FROM meter_minute WHERE minute < $1", [before]
        ).fetchone()
    return 0 if gone is None else int(gone[0])


def _work_out(
    database: Database, zone: ZoneInfo, bounds: tuple[datetime, datetime, datetime, datetime]
) -> None:
    first_minute, last_minute, first_slot, last_slot = bounds
    connection = database.connection
    source = database.readings_since(first_slot)
    connection.execute(_FORGET_MINUTES)
    connection.execute(_FORGET_QUARTERS)
    minutes = {"first": first_minute, "last": last_minute}
    slots = {"first": first_slot, "last": last_slot}
    connection.execute(_MINUTES.format(source=source), minutes)
    connection.execute(_QUARTERS.format(source=source), slots)
    connection.execute(_FORGET_DAYS, {"zone": zone.key})
    connection.execute(_DAYS, {**slots, "zone": zone.key})

"""A database of many gigabytes, made quickly: raw messages and readings that are not compressed.

To compress them takes ten times as long. What is committed afterwards is compressed as ever.
"""

from __future__ import annotations

import os
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path

from analytics.places import DuckDbFile

_ROWS = 245_760
"""Of one step: two row groups of DuckDB."""
_WORDS = 34
"""Of 32 random hexadecimal digits, in a frame of 1.2 kB."""

_FRAMES = """
    CREATE TEMP TABLE random_frame AS
    SELECT
        number,
        format(
            '[2,"f{}","MeterValues",{{"connectorId":1,"words":"{}"}}]', number,
            list_aggregate(
                list_transform(range($words), lambda word: md5((number * 1000 + word)::VARCHAR)),
                'string_agg', ','
            )
        ) AS frame,
        format('[3,"f{}",{{}}]', number) AS answer
    FROM range($rows) AS numbers(number)
"""

_MESSAGES = """
    INSERT INTO ocpp_message BY NAME
    SELECT
        'bench' AS site_id, $first + number AS seq,
        $start::TIMESTAMPTZ + to_milliseconds(number * 100) AS message_at,
        'CP-' || lpad((number % $stations)::VARCHAR, 4, '0') AS charge_point_id,
        'from-charger' AS direction,
        'f' || $first + number AS message_id, 'MeterValues' AS action, 'ocpp1.6' AS ocpp_version,
        frame, answer, 'answered' AS outcome, '' AS findings
    FROM random_frame
"""

_READINGS = """
    INSERT INTO meter_reading BY NAME
    WITH drawn AS (
        SELECT number, hash($first + number) AS noise FROM random_frame
    )
    SELECT
        'CP-' || lpad((number % $stations)::VARCHAR, 4, '0') AS charge_point_id, 1 AS connector_id,
        $start::TIMESTAMPTZ + to_milliseconds(number * 100) AS taken_at,
        $first + number AS message_seq, 1 AS layout_id,
        ($first + number) // $stations * 110 AS energy_import_wh,
        6600 - (noise % 97)::DOUBLE AS power_import_w,
        9.6 + (noise % 3)::DOUBLE / 10 AS current_l1_a,
        9.6 + (noise % 5)::DOUBLE / 10 AS current_l2_a,
        9.6 + (noise % 7)::DOUBLE / 10 AS current_l3_a,
        230 + (noise % 41)::DOUBLE / 10 AS voltage_l1_v,
        229 + (noise % 43)::DOUBLE / 10 AS voltage_l2_v,
        231 + (noise % 47)::DOUBLE / 10 AS voltage_l3_v
    FROM drawn
"""


def fill(path: Path, gigabytes: float, *, stations: int, until: datetime) -> int:
    """Fill a store's file until it has so many gigabytes, and return its messages.

    10 messages a second, all of them before `until`. It tells how far it is.
    """
    begun = told = time.perf_counter()
    wanted, written, rows = gigabytes * 1e9, 0, 0
    with DuckDbFile(path).connect({"memory_limit": "4GB", "threads": 2}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET force_compression = 'uncompressed'")
        connection.execute(_FRAMES, {"words": _WORDS, "rows": _ROWS})
        while written < wanted:
            bounds = {
                "first": rows + 1,
                "stations": stations,
                "start": until - timedelta(days=400) + timedelta(milliseconds=100) * rows,
            }
            connection.execute(_MESSAGES, bounds)
            connection.execute(_READINGS, bounds)
            rows += _ROWS
            written = path.stat().st_size
            now = time.perf_counter()
            if now - told > 10:
                told = now
                share = min(1.0, written / wanted)
                print(
                    f"  filling: {written / 1e9:5.1f} GB, {share:4.0%}, {now - begun:.0f} s",
                    flush=True,
                )
        connection.execute("CHECKPOINT")
    _settle(path)
    print(
        f"  filled: {path.stat().st_size / 1e9:.1f} GB with {rows:,} messages "
        f"in {time.perf_counter() - begun:.0f} s"
    )
    return rows


def _settle(path: Path) -> None:
    """Wait until the file is on the disk, so that its writing slows no commit."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def has_room(folder: Path, gigabytes: float) -> bool:
    """Tell whether a file of that size leaves some room beside it."""
    return shutil.disk_usage(folder).free > gigabytes * 1.2e9

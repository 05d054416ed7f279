"""Whole days rolled up, so that questions about months and years need not read every session.

A day is worked out by what answers the questions directly (`queries/days`, with the same shared
text), so both ways say the same. It is worked out once it has ended and nothing that runs began
before its end, and again when something changed it (`analytics.rolled`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.database import Database
from analytics.grid import slot_of
from analytics.kpi_declaration import EVERY_SPLIT, Split
from analytics.questions import Value, bind, question

STEP_DAYS = 7
"""Days of one step: some 0.2 s of the writer's time with 500 connectors."""

SETTLED = timedelta(hours=1)
"""So long after its end a day is worked out: what comes a little late does not do it twice."""

SPLITS: tuple[Split, ...] = EVERY_SPLIT
"""What a day is worked out for: all that there are questions about."""

GRAINS = ("day", "month", "total")
"""Periods that consist of whole days."""

_DUE = """
    WITH bounds AS (
        SELECT
            timezone($zone, min(first_at))::DATE AS first_day,
            least($settled, min(running_since)) AS until
        FROM (
            SELECT min(started_at) AS first_at, NULL AS running_since FROM session
            UNION ALL
            SELECT min(slot_start), NULL FROM session_interval
            UNION ALL
            SELECT min(starts_at), NULL FROM site_load
            UNION ALL
            SELECT NULL, min(started_at) FROM session WHERE ended_at IS NULL
        )
    ),
    days AS (
        SELECT day::DATE AS day
        FROM (
            SELECT unnest(generate_series(
                first_day::TIMESTAMP, timezone($zone, until), INTERVAL 1 DAY
            )) AS day
            FROM bounds
            WHERE first_day IS NOT NULL
        )
    ),
    due AS (
        SELECT
            day,
            timezone($zone, day::TIMESTAMP) AS starts_at,
            timezone($zone, day::TIMESTAMP + INTERVAL 1 DAY) AS ends_at
        FROM days
        ANTI JOIN rolled_day USING (day)
    ),
    newest AS (
        SELECT *
        FROM due
        WHERE ends_at <= (SELECT until FROM bounds)
        ORDER BY day DESC
        LIMIT $most
    )
    SELECT day, starts_at, ends_at
    FROM newest
    WHERE day >= (SELECT max(day) FROM newest) - $most + 1
    ORDER BY day DESC
"""


def roll_days(database: Database, zone: ZoneInfo, now: datetime, *, most: int = STEP_DAYS) -> bool:
    """Work out the newest days that are due; tell whether there may be more.

    Days are those of `zone`. Raises StoreError. Belongs to the writer thread.
    """
    connection = database.connection
    with database.transaction():
        connection.execute("DELETE FROM rolled_day WHERE timezone <> $1", [zone.key])
        due = connection.execute(
            _DUE, {"zone": zone.key, "settled": now - SETTLED, "most": most}
        ).fetchall()
        days = [(day, start.astimezone(UTC), end.astimezone(UTC)) for day, start, end in due]
        run = days[:1]
        for one in days[1:]:
            if one[2] != run[-1][1]:
                break
            run.append(one)
        if not run:
            return False
        (first, start, _), (last, _, end) = run[-1], run[0]
        values: dict[str, Value] = {
            "start": start, "end": end, "days_from": end, "days_until": end, "tail_since": end,
            "by": "day", "timezone": zone.key, "days": 0,
        }  # fmt: skip
        earliest = connection.execute(bind(question("earliest_start"), values)).fetchone()
        before = end if earliest is None or earliest[0] is None else earliest[0].astimezone(UTC)
        values["head_since"] = min(end, slot_of(before))
        for table in ("charging_day", "earning_day", "outcome_day"):
            connection.execute(
                f"DELETE FROM {table} WHERE day BETWEEN $1 AND $2",  # noqa: S608 -- a table of ours
                [first, last],
            )
            text = question(f"days/{table}")
            for split in SPLITS:
                select = bind(text, {**values, "split": split})
                connection.execute(f"INSERT INTO {table} BY NAME {select}")
        connection.execute(
            "DELETE FROM site_quarter WHERE slot_start >= $1 AND slot_start < $2", [start, end]
        )
        select = bind(question("days/site_quarter"), values)
        connection.execute(f"INSERT INTO site_quarter BY NAME {select}")
        connection.execute("DELETE FROM site_day WHERE day BETWEEN $1 AND $2", [first, last])
        select = bind(question("days/site_day"), values)
        connection.execute(f"INSERT INTO site_day BY NAME {select}")
        connection.executemany(
            "INSERT INTO rolled_day VALUES ($1, $2, $3, $4, $5)",
            [[day, begin, until, zone.key, now] for day, begin, until in run],
        )
    database.rolled.added(end)
    return True

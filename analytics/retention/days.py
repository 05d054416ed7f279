"""Whole days rolled up, so that questions about months and years need not read every session.

A day is worked out by what answers the questions directly (`queries/days`, with the same shared
text), so both ways say the same. It is worked out once it has ended and nothing that runs began
before its end, and again when something changed it (`analytics.rolled`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.database import Database
from analytics.grid import slot_of
from analytics.kpi_declaration import EVERY_SPLIT, Split
from analytics.questions import Value, bind, question

STEP_DAYS = 7
"""Days of one step: some 0.3 s of the writer's time with 500 connectors."""

SETTLED = timedelta(hours=1)
"""So long after its end a day is worked out: what comes a little late does not do it twice."""

SPLITS: tuple[Split, ...] = EVERY_SPLIT
"""What a day is worked out for: all that there are questions about."""

_BY_SUBJECT = ("charging_day", "earning_day", "outcome_day")
"""Roll-ups that are worked out once for each of `SPLITS`."""

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

_LATEST = """
    SELECT max(latest)
    FROM (
        SELECT max(slot_start) AS latest FROM session_interval WHERE slot_start < $end
        UNION ALL
        SELECT max(starts_at) FROM site_load WHERE starts_at < $end
        UNION ALL
        SELECT max(started_at) FROM session WHERE started_at < $end
        UNION ALL
        SELECT max(ended_at) FROM session WHERE ended_at < $end
    )
"""
"""When something was last before an instant: days after it have nothing to work out."""

_EVER = 10**6
"""More days than there are."""

type _Day = tuple[date, datetime, datetime]
"""A day with its first instant and that of the next."""


def roll_days(database: Database, zone: ZoneInfo, now: datetime, *, most: int = STEP_DAYS) -> bool:
    """Work out the newest days that are due; tell whether there may be more.

    Days are those of `zone`. Raises StoreError. Belongs to the writer thread.
    """
    connection = database.connection
    with database.transaction():
        connection.execute("DELETE FROM rolled_day WHERE timezone <> $1", [zone.key])
        days = _due(database, zone, now, most)
        if not days:
            return False
        until = days[0][2]
        empty = _empty(database, zone, now, days[0])
        if empty:
            _forget(database, empty)
            _note(database, empty, zone, now)
            days = _due(database, zone, now, most)
        run = days[:1]
        for one in days[1:]:
            if one[2] != run[-1][1]:
                break
            run.append(one)
        if run:
            _work_out(database, run, zone)
            _note(database, run, zone, now)
    database.rolled.added(until)
    return True


def _due(database: Database, zone: ZoneInfo, now: datetime, most: int) -> list[_Day]:
    """Return the newest days that are due, the newest first."""
    found = database.connection.execute(
        _DUE, {"zone": zone.key, "settled": now - SETTLED, "most": most}
    ).fetchall()
    return [(day, start.astimezone(UTC), end.astimezone(UTC)) for day, start, end in found]


def _empty(database: Database, zone: ZoneInfo, now: datetime, newest: _Day) -> list[_Day]:
    """Return the newest due days if nothing was in them.

    To ask of 62 days what was in them takes 75 ms, also when nothing was: a history that was
    imported may lie years back.
    """
    _, start, end = newest
    ((at,),) = database.connection.execute(_LATEST, {"end": end}).fetchall()
    latest = None if at is None else at.astimezone(UTC)
    if latest is not None and latest >= start:
        return []
    due = _due(database, zone, now, _EVER)
    return [day for day in due if latest is None or day[1] > latest]


def _work_out(database: Database, run: list[_Day], zone: ZoneInfo) -> None:
    """Put what was in days that follow each other in the place of what the roll-ups hold of it."""
    connection = database.connection
    (_, start, _), (_, _, end) = run[-1], run[0]
    values: dict[str, Value] = {
        "start": start, "end": end, "days_from": end, "days_until": end, "tail_since": end,
        "by": "day", "timezone": zone.key, "days": 0,
    }  # fmt: skip
    earliest = connection.execute(bind(question("earliest_start"), values)).fetchone()
    before = end if earliest is None or earliest[0] is None else earliest[0].astimezone(UTC)
    values["head_since"] = min(end, slot_of(before))
    _forget(database, run)
    for table in _BY_SUBJECT:
        text = question(f"days/{table}")
        for split in SPLITS:
            select = bind(text, {**values, "split": split})
            connection.execute(f"INSERT INTO {table} BY NAME {select}")
    for table in ("site_quarter", "site_day"):
        select = bind(question(f"days/{table}"), values)
        connection.execute(f"INSERT INTO {table} BY NAME {select}")


def _forget(database: Database, run: list[_Day]) -> None:
    """Delete what the roll-ups hold of the days from the last to the first of a list."""
    (first, start, _), (last, _, end) = run[-1], run[0]
    for table in (*_BY_SUBJECT, "site_day"):
        database.connection.execute(
            f"DELETE FROM {table} WHERE day BETWEEN $1 AND $2",  # noqa: S608 -- a table of ours
            [first, last],
        )
    database.connection.execute(
        "DELETE FROM site_quarter WHERE slot_start >= $1 AND slot_start < $2", [start, end]
    )


def _note(database: Database, days: list[_Day], zone: ZoneInfo, now: datetime) -> None:
    """Take note that days are in the roll-ups."""
    rows = [(*day, zone.key, now) for day in days]
    database.append("rolled_day", rows)

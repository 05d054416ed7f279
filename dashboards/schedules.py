"""Charging profiles in words: what holds until when; pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from dashboards import format as fmt

_PURPOSES = {
    "ChargePointMaxProfile": "most for the whole charger",
    "TxDefaultProfile": "default for every session",
    "TxProfile": "for one session",
    "ChargingStationExternalConstraints": "from outside, by somebody else",
    "PriorityCharging": "while a session has priority",
    "LocalGeneration": "local generation, on top of the other limits",
}
MOST_STEPS = 4
"""Steps of a schedule that are told in words; all of them are in the table's column `periods`."""

type Step = tuple[int, float | None]
"""Seconds after the start, and the limit from then on; None: no limit of its own."""


def purpose(name: str) -> str:
    """Say what a profile of an OCPP purpose is for."""
    return _PURPOSES.get(name, name)


_OFTEN = {"Daily": " every day", "Weekly": " every week"}


def steps(periods: str) -> list[Step]:
    """Read the Reader's `0:16 3600:8`, in order of time."""
    found: list[Step] = []
    for part in periods.split():
        start, _, limit = part.partition(":")
        found.append((int(start), None if limit == "-" else float(limit)))
    return sorted(found, key=lambda step: step[0])


def in_words(profile: pd.Series, now: datetime, zone: ZoneInfo) -> str:
    """Say what a row of the Reader's `profiles_in_force` allows from now on.

    `16 A on each phase until 14:30, then 6 A on each phase.`
    """
    schedule = steps(str(profile["periods"] or ""))
    if not schedule:
        return "Its schedule is not known."
    unit = str(profile["rate_unit"])
    kind = str(profile["kind"])
    start = _at(profile["schedule_start"])
    lasts_s = _number(profile["duration_s"])
    valid = _validity(profile, now, zone)
    if kind == "Dynamic":
        limit = schedule[0][1]
        return (
            f"{_limit(limit, unit)} at present; the value is renewed while it is in force{valid}."
        )
    if kind == "Recurring":
        since = "" if start is None else f" from {fmt.clock_near(start, now, zone)}"
        told = _after(schedule, lasts_s, unit)
        often = _OFTEN.get(str(profile["recurrency"]), "")
        return f"{told}; this repeats{often}, counted{since}{valid}."
    if kind == "Relative" or start is None:
        whose = "the session" if kind == "Relative" else "it was set"
        return f"{_after(schedule, lasts_s, unit)}, counted from when {whose} starts{valid}."
    return f"{_until(schedule, start, lasts_s, unit, now, zone)}{valid}."


def _until(
    schedule: list[Step],
    start: datetime,
    lasts_s: float | None,
    unit: str,
    now: datetime,
    zone: ZoneInfo,
) -> str:
    """Tell an Absolute schedule by the clock, without what is over."""

    def clock(at: datetime) -> str:
        return fmt.clock_near(at, now, zone)

    begun = [(start + timedelta(seconds=after_s), limit) for after_s, limit in schedule]
    past = [step for step in begun if step[0] <= now]
    ahead = begun[max(0, len(past) - 1) :]
    first = "" if ahead[0][0] <= now else f"from {clock(ahead[0][0])}: "
    end = None if lasts_s is None else clock(start + timedelta(seconds=lasts_s))
    return first + _told([(clock(at), limit) for at, limit in ahead], end, unit, "until {}")


def _after(schedule: list[Step], lasts_s: float | None, unit: str) -> str:
    """Tell a schedule by the time since its start."""
    first = "" if schedule[0][0] == 0 else f"after {fmt.duration(schedule[0][0])}: "
    end = None if lasts_s is None else fmt.duration(lasts_s)
    marks = [(fmt.duration(after_s), limit) for after_s, limit in schedule]
    return first + _told(marks, end, unit, "for the first {}", "up to {}")


def _told(
    marks: list[tuple[str, float | None]],
    end: str | None,
    unit: str,
    first_until: str,
    later_until: str = "until {}",
) -> str:
    """Join steps, each from its mark on, to a sentence; `end` is where the last one ends."""
    shown = marks[:MOST_STEPS]
    ends = [*(mark for mark, _ in marks[1:]), end][: len(shown)]
    parts = []
    for number, ((_, limit), until) in enumerate(zip(shown, ends, strict=True)):
        form = first_until if number == 0 else later_until
        parts.append(_limit(limit, unit) + ("" if until is None else f" {form.format(until)}"))
    left = len(marks) - len(shown)
    more = f", then {left} more {'step' if left == 1 else 'steps'}" if left else ""
    over = ", then it is over" if end is not None and not left else ""
    return ", then ".join(parts) + more + over


def _limit(limit: float | None, unit: str) -> str:
    if limit is None:
        return "no limit of its own"
    if unit == "A":
        return f"{fmt.current(limit)} on each phase"
    return f"{fmt.power(limit)} in all"


def _validity(profile: pd.Series, now: datetime, zone: ZoneInfo) -> str:
    since, until = _at(profile["valid_from"]), _at(profile["valid_to"])
    words = f"; valid from {fmt.clock_near(since, now, zone)}" if since and since > now else ""
    return words + (f"; valid until {fmt.clock_near(until, now, zone)}" if until else "")


def _known[T](value: Any, write: Callable[[Any], T]) -> T | None:
    return None if value is None or pd.isna(value) else write(value)


def _at(value: Any) -> datetime | None:
    return _known(value, lambda at: pd.Timestamp(at).to_pydatetime())


def _number(value: Any) -> float | None:
    return _known(value, float)

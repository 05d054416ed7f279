"""What one profile says at one instant, and when it may say something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from ocpp_core.domain.composite.stack import Session, Stack
from ocpp_core.domain.profile import ChargingProfile, ProfileKind, RecurrencyKind, SchedulePeriod

_CYCLES = {RecurrencyKind.DAILY: timedelta(days=1), RecurrencyKind.WEEKLY: timedelta(days=7)}
_DAWN = datetime(1, 1, 2, tzinfo=UTC)
"""Before every clock: since when a Dynamic schedule without any beginning holds, for ever."""


class Silence(StrEnum):
    """Why a profile says nothing."""

    INVALID = "invalid"
    """Before validFrom, from validTo on, or offline for too long."""
    NOT_BEGUN = "not-begun"
    """Its schedule, or the first period, has not begun; or no transaction that it counts from."""
    OVER = "over"
    """Its duration has ended, for good or until it recurs."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a schedule; a recurring one has many."""

    start: datetime
    until: datetime | None
    """The next run's start."""


def says(
    profile: ChargingProfile, at: datetime, stack: Stack, session: Session | None
) -> SchedulePeriod | Silence:
    """Return the period of a profile that holds at an instant, or why there is none."""
    if not _is_valid(profile, at, stack):
        return Silence.INVALID
    run = _run(profile, at, stack.zone, session)
    if run is None or at < run.start:
        return Silence.NOT_BEGUN
    elapsed_s = (at - run.start).total_seconds()
    ends = profile.duration_s is not None and run.start is not _DAWN
    if ends and elapsed_s >= (profile.duration_s or 0):
        return Silence.OVER
    elapsed_s -= stack.delays_s.get(profile.profile_id, 0.0)
    found: SchedulePeriod | None = None
    for period in profile.periods:
        if period.start_s > elapsed_s:
            break
        found = period
    return Silence.NOT_BEGUN if found is None else found


def changes(
    profile: ChargingProfile, after: datetime, stack: Stack, session: Session | None
) -> Iterator[datetime]:
    """Yield instants later than `after`, in no order; before the first of them nothing changes."""
    candidates = [profile.valid_from, profile.valid_to]
    if stack.offline_since is not None and profile.max_offline_duration_s is not None:
        lasts = timedelta(seconds=profile.max_offline_duration_s)
        candidates.append(stack.offline_since + lasts)
    run = _run(profile, after, stack.zone, session)
    if run is not None:
        delay_s = stack.delays_s.get(profile.profile_id, 0.0)
        candidates += [run.start, run.until]
        candidates += [
            run.start + timedelta(seconds=period.start_s + delay_s) for period in profile.periods
        ]
        if profile.duration_s is not None:
            candidates.append(run.start + timedelta(seconds=profile.duration_s))
    return (instant for instant in candidates if instant is not None and instant > after)


def _is_valid(profile: ChargingProfile, at: datetime, stack: Stack) -> bool:
    if profile.valid_from is not None and at < profile.valid_from:
        return False
    if profile.valid_to is not None and at >= profile.valid_to:
        return False
    if stack.offline_since is None or profile.max_offline_duration_s is None:
        return True
    return at < stack.offline_since + timedelta(seconds=profile.max_offline_duration_s)


def _run(
    profile: ChargingProfile, at: datetime, zone: tzinfo, session: Session | None
) -> _Run | None:
    """Return the run that an instant falls into, else the first one; None without a beginning."""
    start = profile.start
    if profile.kind is ProfileKind.DYNAMIC:
        return _Run(profile.dyn_update_time or start or profile.valid_from or _DAWN, None)
    if profile.kind is ProfileKind.RELATIVE or start is None:
        if session is None:
            return None
        start = session.started_at
    elif profile.use_local_time:
        return _local_run(profile, start, at, zone)
    cycle = _cycle(profile)
    if cycle is None:
        return _Run(start, None)
    start += cycle * max(0, (at - start) // cycle)
    return _Run(start, start + cycle)


def _local_run(profile: ChargingProfile, start: datetime, at: datetime, zone: tzinfo) -> _Run:
    """Return a run that starts by the clock on the wall, which summer time moves."""
    wall, cycle = start.replace(tzinfo=None), _cycle(profile)
    if cycle is None:
        return _Run(_utc(wall, zone), None)
    number = max(0, (at.astimezone(zone).replace(tzinfo=None) - wall) // cycle)
    if number and _utc(wall + cycle * number, zone) > at:
        number -= 1
    elif _utc(wall + cycle * (number + 1), zone) <= at:
        number += 1
    return _Run(_utc(wall + cycle * number, zone), _utc(wall + cycle * (number + 1), zone))


def _cycle(profile: ChargingProfile) -> timedelta | None:
    if profile.kind is not ProfileKind.RECURRING or profile.recurrency is None:
        return None
    return _CYCLES[profile.recurrency]


def _utc(wall: datetime, zone: tzinfo) -> datetime:
    """Return the instant of a wall time: the first of two, and a skipped one an hour later."""
    return wall.replace(tzinfo=zone).astimezone(UTC)

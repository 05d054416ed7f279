"""What a charger answers to GetCompositeSchedule, against what it should answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ocpp_core.domain.composite.flows import AC_PHASES
from ocpp_core.domain.profile import CompositeSchedule, RateUnit, SchedulePeriod

TOLERANCE_A = 0.1 + 1e-6
"""Limits on the wire are rounded to a tenth of an ampere."""
TOLERANCE_S = 2.0
"""The charger's clock at the moment of its answer is not ours, and periods begin on seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A stretch of time over which a charger reports another limit than expected."""

    start: datetime
    end: datetime
    expected_a: float
    """On each phase, A."""
    reported_a: float | None
    """None: the charger reports no limit."""

    @property
    def words(self) -> str:
        """Say it as a sentence, with times in UTC."""
        said = "no limit" if self.reported_a is None else f"{self.reported_a:.1f} A"
        return (
            f"From {self.start.astimezone(UTC):%Y-%m-%d %H:%M:%S} to "
            f"{self.end.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC it reports {said} "
            f"where {self.expected_a:.1f} A on each phase is expected."
        )


def differences(
    expected: CompositeSchedule,
    reported: CompositeSchedule | None,
    *,
    voltage_v: float,
    tolerance_a: float = TOLERANCE_A,
    tolerance_s: float = TOLERANCE_S,
) -> tuple[Difference, ...] | None:
    """Return where a charger reports another limit than expected, in order.

    None when that is unknown: no report, one without a period (which is no limit of 0), or one of
    another time. Both are compared in A on each phase, whatever units they are in (OCPP.md row
    40), over the time that both cover. Where nothing is expected to limit, the charger may report
    a limit of its own.
    """
    if reported is None or not reported.periods or not expected.periods:
        return None
    start = max(expected.start, reported.start)
    end = min(_end(expected), _end(reported))
    if start >= end:
        return None
    starts = sorted({start, *(at for each in (expected, reported) for at in _starts(each))})
    starts = [at for at in starts if start <= at < end]
    found: list[Difference] = []
    for at, until in zip(starts, [*starts[1:], end], strict=True):
        difference = _compared(expected, reported, at, until, voltage_v, tolerance_a)
        if difference is None:
            continue
        last = found[-1] if found else None
        if last is not None and last.end == at and _same(last, difference):
            found[-1] = Difference(
                start=last.start,
                end=until,
                expected_a=last.expected_a,
                reported_a=last.reported_a,
            )
        else:
            found.append(difference)
    return tuple(d for d in found if (d.end - d.start).total_seconds() > tolerance_s)


def _compared(
    expected: CompositeSchedule,
    reported: CompositeSchedule,
    at: datetime,
    until: datetime,
    voltage_v: float,
    tolerance_a: float,
) -> Difference | None:
    wanted, said = _period_at(expected, at), _period_at(reported, at)
    if wanted is None or wanted.limit is None or said is None:
        return None
    wanted_a = _amperes(wanted.limit, expected.rate_unit, wanted.phase_count, voltage_v)
    phases = said.phase_count or wanted.phase_count
    said_a = (
        None if said.limit is None else _amperes(said.limit, reported.rate_unit, phases, voltage_v)
    )
    if said_a is not None and abs(said_a - wanted_a) <= tolerance_a:
        return None
    return Difference(start=at, end=until, expected_a=wanted_a, reported_a=said_a)


def _same(one: Difference, other: Difference) -> bool:
    return (one.expected_a, one.reported_a) == (other.expected_a, other.reported_a)


def _amperes(limit: float, unit: RateUnit, phases: int | None, voltage_v: float) -> float:
    return limit if unit is RateUnit.A else limit / (voltage_v * (phases or AC_PHASES))


def _period_at(schedule: CompositeSchedule, at: datetime) -> SchedulePeriod | None:
    elapsed_s = (at - schedule.start).total_seconds()
    begun = [period for period in schedule.periods if period.start_s <= elapsed_s]
    return max(begun, key=lambda period: period.start_s, default=None)


def _starts(schedule: CompositeSchedule) -> Iterator[datetime]:
    return (schedule.start + timedelta(seconds=p.start_s) for p in schedule.periods)


def _end(schedule: CompositeSchedule) -> datetime:
    return schedule.start + timedelta(seconds=schedule.duration_s)

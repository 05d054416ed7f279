"""From registers to what a session delivered: corrected by named rules, never negative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from analytics.grid import Point
from ocpp_core.domain.quick import quick_maker
from ocpp_core.domain.registers import is_believable, is_nearer, most_energy_wh

_point = quick_maker(Point)

_LATE_S = 60.0
"""A first reading that comes later than this after the start may miss energy."""


class Trust(StrEnum):
    """How far the energy of a session can be believed."""

    METERED = "metered"
    REPAIRED = "repaired"
    """A rule corrected it; the finding says how."""
    DOUBTFUL = "doubtful"
    """Needs a person; what cannot be believed is not billed."""
    ASSUMED = "assumed"
    """The course over time was not metered."""


class Unregistered(NamedTuple):
    """What a charger without a register told at an instant."""

    at: datetime
    interval_wh: float | None
    """Energy since the value before (Energy.Active.Import.Interval)."""
    power_w: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """What is known of a session's meter."""

    started_at: datetime
    meter_start_wh: int | None
    """None: not metered at the start."""
    ended_at: datetime | None
    """None while it runs."""
    meter_stop_wh: int | None
    readings: Sequence[tuple[datetime, float]]
    """(taken at, register in Wh), in any order."""
    factor: float = 1.0
    """What readings are to be multiplied with, as a person confirmed; also start and stop where
    they are of the same unit."""
    others: Sequence[Unregistered] = ()
    """What stands in where there is no register, in the order of time."""
    power_factor: float = 1.0
    now: datetime | None = None
    """Until when a running session is known to run."""
    max_power_w: float
    """Rating of the connector, which bounds what is plausible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a session delivered."""

    energy_wh: float
    points: tuple[Point, ...]
    """Course of the energy from start to end (or now)."""
    last_energy_at: datetime | None
    """When the last energy flowed; None when none did."""
    trust: Trust
    findings: tuple[str, ...]


def settle(registers: Registers) -> Settled:
    """Work out the energy of a session from its start and stop registers and its readings.

    Rules, in order (numbers are rows of the list of known charger faults in the documentation):
    a confirmed factor mends a wrong unit (21); where there is no register, values of intervals are
    added up, else power is integrated over time;
    readings that count from the session's start while the start register does not are shifted
    (18); where the start was not metered, or its register of 0 comes before a large reading, the
    first good reading is the baseline (7, 19); readings that fall or
    rise faster than the connector can deliver are left out (20); a stop register below the start
    is replaced by the last reading (14); a total beyond what the connector can deliver is not
    billed (7, 21).
    """
    return _Settlement(registers).result()


class _Settlement:
    def __init__(self, registers: Registers) -> None:
        self._given = registers
        self._findings: list[str] = []
        self._trust = Trust.METERED
        self._start_is_known = False
        self._start_wh: float | None = registers.meter_start_wh
        self._stop_wh: float | None = registers.meter_stop_wh
        self._base = float(registers.meter_start_wh or 0)

    def result(self) -> Settled:
        given = self._given
        readings = sorted(
            (at, value)
            for at, value in given.readings
            if at >= given.started_at and (given.ended_at is None or at <= given.ended_at)
        )
        readings = self._plausible(self._with_baseline(self._shifted(self._mended(readings))))
        total_wh = self._total(readings)
        latest = readings[-1][0] if readings else given.started_at
        end = given.ended_at or max(latest, given.now or latest)
        points = [_point(at=given.started_at, energy_wh=0.0)]
        latest, reached_wh, base_wh = given.started_at, 0.0, self._base
        for at, value in readings:
            energy_wh = value - base_wh
            # What was read at the very end is the end; a total that was refused has no course.
            if latest < at < end and reached_wh <= energy_wh <= total_wh:
                points.append(_point(at=at, energy_wh=energy_wh))
                latest, reached_wh = at, energy_wh
        if end > latest:
            points.append(_point(at=end, energy_wh=total_wh))
        elif total_wh > reached_wh:
            points[-1] = _point(at=end, energy_wh=total_wh)
        return Settled(
            energy_wh=total_wh,
            points=tuple(points),
            last_energy_at=_last_energy(points),
            trust=self._trust,
            findings=tuple(self._findings),
        )

    def _mended(self, readings: list[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
        """Bring all registers to Wh, or make up for a charger that has none."""
        factor = self._given.factor
        if not readings:
            return self._added_up()
        if factor == 1.0:
            return readings
        self._repaired(f"registers were multiplied by {factor:g}, as was confirmed for the charger")
        raw = readings[0][1]
        if self._start_wh and is_nearer(self._start_wh, raw, raw * factor):
            self._start_wh *= factor
            self._base = self._start_wh
        if self._stop_wh and is_nearer(self._stop_wh, readings[-1][1], readings[-1][1] * factor):
            self._stop_wh *= factor
        return [(at, value * factor) for at, value in readings]

    def _added_up(self) -> list[tuple[datetime, float]]:
        """Return registers as they would have been, from values of intervals or from power."""
        given = self._given
        if not given.others or (self._stop_wh or 0) > self._base:
            return []
        started_at, end = given.started_at, given.ended_at
        told = [o for o in given.others if o.at >= started_at and (end is None or o.at <= end)]
        steps = [(o.at, o.interval_wh) for o in told if o.interval_wh is not None]
        powers = [(o.at, o.power_w * given.power_factor) for o in told if o.power_w is not None]
        if steps:
            self._repaired(f"no register was told; {len(steps)} values of intervals were added up")
        elif powers:
            steps = _integrated(powers, started_at, end)
            self._findings.append("no register was told; power was integrated over time")
            self._trust = Trust.ASSUMED
        total, readings = self._base, []
        for at, energy_wh in steps:
            total += energy_wh * (given.factor if self._trust is not Trust.ASSUMED else 1.0)
            readings.append((at, total))
        if readings:
            self._start_wh, self._stop_wh = self._base or None, None
            self._start_is_known = True
        return readings

    def _shifted(self, readings: list[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
        given = self._given
        highest = max((value for _, value in readings), default=None)
        start_wh = self._start_wh
        if highest is None or not start_wh or highest >= start_wh:
            return readings
        last_at = readings[-1][0]
        if highest > self._most_wh(given.started_at, last_at):
            return readings
        self._repaired("readings count from the session's start; the start register was added")
        return [(at, value + start_wh) for at, value in readings]

    def _with_baseline(
        self, readings: list[tuple[datetime, float]]
    ) -> list[tuple[datetime, float]]:
        """Find what to count from where the start register does not say it."""
        given = self._given
        if self._start_wh or self._start_is_known:
            return readings
        # Zeros before the register's first real value say that it was not read, not that it is 0.
        first = next((i for i, (_, value) in enumerate(readings) if value > 0), None)
        jumped = first is not None and readings[first][1] > self._most_wh(
            given.started_at, readings[first][0]
        )
        if self._start_wh == 0:
            if first is None or not jumped:
                return readings
            self._base = readings[first][1]
            self._repaired(
                f"start register 0 is no baseline; the first reading {self._base:.0f} Wh is"
            )
            return readings[first:]
        if not readings:
            if self._stop_wh is not None:
                self._base = self._stop_wh
                self._findings.append("the start was not metered, nor anything before the stop")
                self._trust = Trust.DOUBTFUL
            return readings
        kept = readings[first:] if first and jumped else readings
        at, self._base = kept[0]
        late_s = (at - given.started_at).total_seconds()
        if late_s > _LATE_S:
            self._repaired(
                f"the start was not metered; energy counts from the first reading {self._base:.0f} "
                f"Wh, {late_s:.0f} s later"
            )
        return kept

    def _plausible(self, readings: list[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
        kept: list[tuple[datetime, float]] = []
        at, value = self._given.started_at, self._base
        max_power_w = self._given.max_power_w
        dropped = 0
        for next_at, next_value in readings:
            rise = next_value - value
            if rise < 0 or not is_believable(rise, max_power_w, at, next_at):
                dropped += 1
                continue
            kept.append((next_at, next_value))
            at, value = next_at, next_value
        if dropped:
            self._repaired(f"{dropped} readings that fell or jumped were left out")
        return kept

    def _total(self, readings: list[tuple[datetime, float]]) -> float:
        given = self._given
        read_wh = (readings[-1][1] if readings else self._base) - self._base
        if given.ended_at is None or self._stop_wh is None:
            return read_wh
        total_wh = self._stop_wh - self._base
        if total_wh < 0:
            self._repaired(
                f"stop register {self._stop_wh:.0f} Wh is below the start; "
                + ("the last reading counts" if readings else "no energy is billed")
            )
            if not readings:
                self._trust = Trust.DOUBTFUL
            return read_wh
        if total_wh > self._most_wh(given.started_at, given.ended_at):
            self._findings.append(
                f"{total_wh:.0f} Wh is more than the connector can deliver in that time; "
                f"{read_wh:.0f} Wh by the readings count"
            )
            self._trust = Trust.DOUBTFUL
            return read_wh
        if total_wh < read_wh:
            self._repaired(
                f"stop register is {read_wh - total_wh:.0f} Wh below the last reading; "
                "the stop register counts"
            )
        return total_wh

    def _most_wh(self, start: datetime, end: datetime) -> float:
        return most_energy_wh(self._given.max_power_w, start, end)

    def _repaired(self, words: str) -> None:
        self._findings.append(words)
        if self._trust is Trust.METERED:
            self._trust = Trust.REPAIRED


_HELD = timedelta(minutes=15)
"""Power is believed to hold for so long before the first and after the last value."""
_LONGEST = timedelta(hours=1)
"""Between values that are further apart nothing is assumed."""


def _integrated(
    powers: list[tuple[datetime, float]], started_at: datetime, ended_at: datetime | None
) -> list[tuple[datetime, float]]:
    """Return the energy of each step between instants with power, Wh."""
    first_at, first_w = powers[0]
    known = [(max(started_at, first_at - _HELD), first_w), *powers]
    if ended_at is not None:
        last_at, last_w = powers[-1]
        known.append((min(ended_at, last_at + _HELD), last_w))
    return [
        (at, (before_w + power_w) / 2 * (at - before).total_seconds() / 3600)
        for (before, before_w), (at, power_w) in pairwise(known)
        if timedelta() < at - before <= _LONGEST
    ]


def _last_energy(points: Sequence[Point]) -> datetime | None:
    total_wh = points[-1].energy_wh
    if total_wh <= 0:
        return None
    # The first point that has it all: what follows is standby below the register's resolution.
    return next(point.at for point in points if point.energy_wh >= total_wh - 0.5)


def missing_events(sequences: Sequence[int]) -> str:
    """Say which events of a transaction never came; empty when none is missing.

    Source: OCPP 2.0.1 E01 to E04: seqNo counts up by one from Started to Ended.
    """
    have = sorted(set(sequences))
    gaps = [
        f"{before + 1}" if after - before == 2 else f"{before + 1} to {after - 1}"
        for before, after in pairwise(have)
        if after - before > 1
    ]
    if not gaps:
        return ""
    return f"of the events {have[0]} to {have[-1]} these never came: {', '.join(gaps)}"

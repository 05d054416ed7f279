"""Days of a database for the nightly reckoning: what was charged, and what could have been."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from ampherd.whatif.compare import within
from ampherd.whatif.inputs import power_from_database
from analytics.reader import Reader
from analytics.records import PlanQualityRecord
from ocpp_core.domain.ids import ConnectorRef, SessionId
from ocpp_core.domain.money import round_to_cents
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff import SiteTariff
from optimizer.replay import Course, Day, DayQuality, Peaks, RecordedStay, Setup, quality_of

_LEAST_S = 60.0
"""A car's power is taken from quarters of an hour in which it drew for at least this long, s."""
_AROUND = timedelta(days=3)
"""How far before and after a day the courses of its sessions are looked at."""
_MOST = 1_000_000


def missing_days(reader: Reader, *, now: datetime, most: int) -> tuple[date, ...]:
    """Return whole local days before today without a reckoning, the latest months first.

    Yesterday waits a day where a session of it still runs: what that will take is not known yet.
    A month's days follow each other, from the first that lacks it on, since each goes on from the
    peaks that the days before left; months follow until they have `most` days together.
    """
    zone = reader.site.timezone
    today = now.astimezone(zone).date()
    known = reader.data_range()
    if known is None:
        return ()
    begin, yesterday = known.start.astimezone(zone).date(), today - timedelta(days=1)
    if _goes_on(reader, _midnight(today, zone_of=reader)):
        yesterday -= timedelta(days=1)
    start, end = _midnight(begin, zone_of=reader), _midnight(today, zone_of=reader)
    there = {pd.Timestamp(day).date() for day in reader.plan_quality(start, end)["day"]}
    missing: list[date] = []
    last = yesterday
    while last >= begin and len(missing) < most:
        first = max(begin, last.replace(day=1))
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        lacking = next((n for n, day in enumerate(days) if day not in there), len(days))
        missing += days[lacking:]
        last = first.replace(day=1) - timedelta(days=1)
    return tuple(missing)


def _goes_on(reader: Reader, midnight: datetime) -> bool:
    """Tell whether a session runs on over midnight; what began longer ago is no news any more."""
    over = reader.sessions(midnight, midnight + timedelta(microseconds=1), limit=_MOST)
    since = pd.Timestamp(midnight - timedelta(days=1))
    starts = pd.to_datetime(over["started_at"], utc=True)
    return bool((over["ended_at"].isna() & (starts >= since) & (starts < midnight)).any())


def peaks_before(reader: Reader, day: date) -> Peaks:
    """Return what a day goes on from: nothing on the first of a month, and before all data."""
    if day.day == 1:
        return Peaks()
    start = _midnight(day - timedelta(days=1), zone_of=reader)
    before = reader.plan_quality(start, _midnight(day, zone_of=reader))
    if before.empty:
        return Peaks()
    row = before.iloc[-1]
    return Peaks(
        run_w=1000 * float(row["month_peak_kw"]),
        unmanaged_w=1000 * float(row["month_peak_unmanaged_kw"]),
        best_w=1000 * float(row["month_peak_best_kw"]),
    )


def reckoned(
    reader: Reader, site: Site, tariff: SiteTariff | None, first: date, last: date
) -> Iterator[DayQuality]:
    """Reckon every day from `first` to `last` anew, and before them the rest of their month.

    What the database holds of earlier reckonings is not looked at. Raises HindsightError.
    """
    peaks = Peaks()
    day = first.replace(day=1)
    while day <= last:
        found = read_day(reader, site, tariff, day, Peaks() if day.day == 1 else peaks)
        quality = quality_of(found)
        peaks = quality.peaks
        yield quality
        day += timedelta(days=1)


def read_day(
    reader: Reader, site: Site, tariff: SiteTariff | None, day: date, before: Peaks
) -> Day:
    """Return a day as it is recorded; one on which nobody charged has no stays.

    A car wants what it took that day and, where it left that day with less than its driver had
    asked for, the rest of it; of imported sessions nobody knows whether they could take more. It
    accepts what it was seen to draw at most, so that what management saved is understated rather
    than overstated. Unmanaged, a car that came the day before has charged since then. Connectors
    that the site has no more are left out. After imported sessions alone, the first day of a month
    on which charging was metered goes on from no peak.
    """
    start = _midnight(day, zone_of=reader)
    end = _midnight(day + timedelta(days=1), zone_of=reader)
    rows = reader.sessions(start, end, limit=_MOST)
    if before != Peaks() and _metered(rows):
        month = _midnight(day.replace(day=1), zone_of=reader)
        earlier = reader.sessions(month, start, limit=_MOST)
        if not earlier.empty and not _metered(earlier):
            before = Peaks()  # sessions that were taken to charge at full power have left the rest
    visits = [_visit(row, end) for row in rows.to_dict("records")]
    here = [one for one in visits if one.ref in site.connectors and one.departure > one.arrival]
    first = min([start, *(one.arrival for one in here)])
    last = max([end, *(one.departure for one in here)])
    courses = _courses(reader, max(first, start - _AROUND), min(last, end + _AROUND))
    stays, unmanaged = [], []
    charged: dict[datetime, float] = defaultdict(float)
    for one in here:
        course = courses.get(one.session_id)
        if course is None:
            continue
        today = {at: wh for at, wh in course.energy_wh.items() if start <= at < end}
        for at, energy_wh in today.items():
            charged[at] += energy_wh
        connector = site.connectors[one.ref]
        stay = RecordedStay(
            session_id=SessionId(one.session_id),
            ref=one.ref,
            arrival=one.arrival,
            departure=one.departure,
            energy_wh=one.energy_wh + one.short_wh,
            max_current_a=connector.max_current_a,
            phases=connector.phases,
            accepts_w=course.most_w or None,
        )
        alone = within(stay, start, end, site.voltage_v)
        if alone.energy_wh > 0:
            unmanaged.append(replace(alone, arrival=max(one.arrival, start)))
        wanted_wh = sum(today.values()) + (one.short_wh if one.departure <= end else 0.0)
        if wanted_wh > 0:
            stays.append(
                replace(
                    stay,
                    arrival=max(one.arrival, start),
                    departure=min(one.departure, end),
                    energy_wh=wanted_wh,
                )
            )
    power = power_from_database(reader, start=start, end=end)
    setup = Setup(
        site=site,
        stays=tuple(stays),
        start=start,
        end=end,
        tariff=tariff,
        building=power.get("building"),
        pv=power.get("pv"),
        step_s=900,
        one_bill=True,
    )
    lacking = {one.session_id for one in visits if one.ref not in site.connectors}
    return Day(
        day=day,
        setup=setup,
        unmanaged=tuple(unmanaged),
        charged_wh=dict(charged),
        elsewhere_wh=sum(
            energy_wh
            for key in lacking & set(courses)
            for at, energy_wh in courses[key].energy_wh.items()
            if start <= at < end
        ),
        before=before,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    session_id: str
    ref: ConnectorRef
    arrival: datetime
    departure: datetime
    """Of one that has not ended: the end of the day."""
    energy_wh: float
    short_wh: float
    """What it left without and had asked for."""


@dataclass(slots=True)
class _Course:
    energy_wh: dict[datetime, float] = field(default_factory=dict)
    most_w: float = 0.0


def _metered(sessions: pd.DataFrame) -> bool:
    """Tell whether the course of any was metered, and not assumed by an importer."""
    return bool(((sessions["source"] == "ocpp") | (sessions["trust"] != "assumed")).any())


def _visit(row: Mapping[Hashable, Any], end: datetime) -> _Visit:
    ended = None if pd.isna(row["ended_at"]) else _instant(row["ended_at"])
    energy_wh = 1000 * float(row["energy_kwh"])
    short_wh = 0.0
    stated = not pd.isna(row["need_stated"]) and bool(row["need_stated"])
    if ended is not None and row["source"] == "ocpp" and stated:
        asked_kwh = row["asked_kwh"]
        short_wh = 0.0 if pd.isna(asked_kwh) else max(0.0, 1000 * float(asked_kwh) - energy_wh)
    return _Visit(
        session_id=str(row["session_id"]),
        ref=ConnectorRef.parse(str(row["connector"])),
        arrival=_instant(row["started_at"]),
        departure=ended or end,
        energy_wh=energy_wh,
        short_wh=short_wh,
    )


def _courses(reader: Reader, start: datetime, end: datetime) -> dict[str, _Course]:
    found: dict[str, _Course] = defaultdict(_Course)
    for row in reader.charged_quarters(start, end).to_dict("records"):
        course, energy_wh = found[str(row["session_id"])], float(row["energy_wh"])
        course.energy_wh[_instant(row["slot_start"])] = energy_wh
        if row["charging_s"] >= _LEAST_S:
            course.most_w = max(course.most_w, energy_wh * 3600 / float(row["charging_s"]))
    return found


def record_of(quality: DayQuality, currency: str) -> PlanQualityRecord:
    """Return a reckoning as the store keeps it."""
    run, free, best = quality.run, quality.unmanaged, quality.best
    return PlanQualityRecord(
        day=quality.day,
        sessions=quality.sessions,
        wanted_wh=quality.wanted_wh,
        delivered_wh=run.delivered_wh,
        delivered_unmanaged_wh=free.delivered_wh,
        delivered_best_wh=best.delivered_wh,
        energy_cost=_money(run.energy_cost),
        energy_cost_unmanaged=_money(free.energy_cost),
        energy_cost_best=_money(best.energy_cost),
        demand_charge=_added(run),
        demand_charge_unmanaged=_added(free),
        demand_charge_best=_added(best),
        peak_w=run.peak_w,
        peak_unmanaged_w=free.peak_w,
        peak_best_w=best.peak_w,
        currency=currency,
    )


def _midnight(day: date, *, zone_of: Reader) -> datetime:
    return datetime.combine(day, time(0), zone_of.site.timezone).astimezone(UTC)


def _instant(value: object) -> datetime:
    found: datetime = pd.Timestamp(value).to_pydatetime()  # type: ignore[arg-type]
    return found.astimezone(UTC)


def _added(course: Course) -> Decimal:
    """So that the days of a month add up to its demand charge to the cent."""
    return _money(course.demand_so_far) - _money(course.demand_before)


def _money(value: float) -> Decimal:
    return round_to_cents(Decimal(repr(float(value))))

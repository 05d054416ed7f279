"""Days of a database for the nightly reckoning: what was charged, and what could have been."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pandas as pd

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


def missing_days(reader: Reader, *, now: datetime, most: int) -> tuple[date, ...]:
    """Return whole local days before today without a reckoning, the latest months first.

    A month's days follow each other, from the first that lacks it on, since each goes on from the
    peaks that the days before left; months follow until they have `most` days together.
    """
    zone = reader.site.timezone
    today = now.astimezone(zone).date()
    known = reader.data_range()
    if known is None:
        return ()
    begin, yesterday = known.start.astimezone(zone).date(), today - timedelta(days=1)
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
    asked for, the rest of it. It accepts what it was seen to draw at most, so that what management
    saved is understated rather than overstated. Connectors that the site has no more are left out.
    """
    start = _midnight(day, zone_of=reader)
    end = _midnight(day + timedelta(days=1), zone_of=reader)
    quarters = reader.charged_quarters(start, end)
    charged: dict[datetime, float] = defaultdict(float)
    taken: dict[str, float] = defaultdict(float)
    most_w: dict[str, float] = defaultdict(float)
    for row in quarters.to_dict("records"):
        if ConnectorRef.parse(str(row["connector"])) not in site.connectors:
            continue
        key, energy_wh = str(row["session_id"]), float(row["energy_wh"])
        charged[_instant(row["slot_start"])] += energy_wh
        taken[key] += energy_wh
        if row["charging_s"] >= _LEAST_S:
            most_w[key] = max(most_w[key], energy_wh * 3600 / float(row["charging_s"]))
    stays = []
    for row in reader.sessions(start, end).to_dict("records"):
        key = str(row["session_id"])
        ref = ConnectorRef.parse(str(row["connector"]))
        if ref not in site.connectors or key not in taken:
            continue
        ended = None if pd.isna(row["ended_at"]) else _instant(row["ended_at"])
        left = ended is not None and ended <= end
        asked = row["asked_kwh"] if row["need_stated"] is True else None
        short_wh = 0.0
        if left and asked is not None and not pd.isna(asked):
            short_wh = max(0.0, 1000 * (float(asked) - float(row["energy_kwh"])))
        arrival = max(_instant(row["started_at"]), start)
        departure = min(ended or end, end)
        if departure <= arrival:
            continue
        connector = site.connectors[ref]
        stays.append(
            RecordedStay(
                session_id=SessionId(key),
                ref=ref,
                arrival=arrival,
                departure=departure,
                energy_wh=taken[key] + short_wh,
                max_current_a=connector.max_current_a,
                phases=connector.phases,
                accepts_w=most_w.get(key) or None,
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
    return Day(day=day, setup=setup, charged_wh=dict(charged), before=before)


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

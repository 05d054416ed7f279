"""Days of a database for the nightly reckoning: what was charged, and what could have been."""

from __future__ import annotations

from collections import defaultdict
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
from optimizer.replay import Day, DayQuality, RecordedStay, Setup

_LEAST_S = 60.0
"""A car's power is taken from quarters of an hour in which it drew for at least this long, s."""


def missing_days(reader: Reader, *, now: datetime, most: int) -> tuple[date, ...]:
    """Return the whole local days before today without a reckoning, the latest `most`."""
    zone = reader.site.timezone
    today = now.astimezone(zone).date()
    known = reader.data_range()
    if known is None:
        return ()
    first = max(known.start.astimezone(zone).date(), today - timedelta(days=most))
    start, end = _midnight(first, zone_of=reader), _midnight(today, zone_of=reader)
    there = {pd.Timestamp(day).date() for day in reader.plan_quality(start, end)["day"]}
    days = (first + timedelta(days=n) for n in range((today - first).days))
    return tuple(day for day in days if day not in there)


def read_day(reader: Reader, site: Site, tariff: SiteTariff | None, day: date) -> Day | None:
    """Return a day as it is recorded; None when nobody charged.

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
    if not stays or not any(stay.energy_wh > 0 for stay in stays):
        return None
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
    return Day(day=day, setup=setup, charged_wh=dict(charged))


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
        demand_charge=_money(run.demand_charge),
        demand_charge_unmanaged=_money(free.demand_charge),
        demand_charge_best=_money(best.demand_charge),
        regret_share=quality.regret_share,
        currency=currency,
    )


def _midnight(day: date, *, zone_of: Reader) -> datetime:
    return datetime.combine(day, time(0), zone_of.site.timezone).astimezone(UTC)


def _instant(value: object) -> datetime:
    found: datetime = pd.Timestamp(value).to_pydatetime()  # type: ignore[arg-type]
    return found.astimezone(UTC)


def _money(value: float) -> Decimal:
    return round_to_cents(Decimal(repr(float(value))))

"""Outcomes of replays as tidy frames: units in the names, times in the site's zone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date

import pandas as pd

from ampherd.whatif.placing import PlacedStays
from ocpp_core.domain.site import Site
from optimizer.replay import DayQuality, Outcome, RecordedStay, SlotOutcome


def table(outcomes: Sequence[Outcome], placed: PlacedStays) -> pd.DataFrame:
    """Return one row for each strategy; what is not known is missing."""
    rows = [asdict(outcome.summary()) for outcome in outcomes]
    frame = pd.DataFrame(rows)
    if frame.empty:
        return frame
    currency = outcomes[0].setup.site.currency
    frame.insert(list(frame.columns).index("margin") + 1, "currency", currency)
    frame["turned_away"] = len(placed.turned_away)
    frame["turned_away_kwh"] = placed.asked_away_kwh
    for name in ("co2_kg", "cpu_median_ms", "cpu_p99_ms"):
        frame[name] = pd.to_numeric(frame[name])
    return frame


def sessions(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return one row for each strategy and session."""
    frame = pd.DataFrame(
        [
            {
                "strategy": outcome.strategy,
                "session_id": one.stay.session_id,
                "connector": str(one.stay.ref),
                "arrival": one.stay.arrival,
                "departure": one.stay.departure,
                "asked_kwh": one.stay.energy_wh / 1000,
                "delivered_kwh": one.delivered_wh / 1000,
                "share": one.share,
                "wait_min": None if one.wait_s is None else one.wait_s / 60,
                "charging_h": one.charging_s / 3600,
                "order_changes": one.changes,
                "starts": one.starts,
            }
            for outcome in outcomes
            for one in outcome.stays
        ]
    )
    return _local(frame, outcomes, "arrival", "departure")


def slots(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return one row for each strategy and interval; powers are means."""
    frame = pd.DataFrame(
        [
            {
                "strategy": outcome.strategy,
                "starts_at": slot.interval.start,
                "ends_at": slot.interval.end,
                "cars": slot.cars,
                "charging_kw": slot.charging_w / 1000,
                "building_kw": slot.interval.building_w / 1000,
                "pv_kw": slot.interval.pv_w / 1000,
                "battery_kw": slot.battery_w / 1000,
                "site_kw": slot.site_w / 1000,
                "limit_ratio": slot.limit_ratio,
                "price_per_kwh": slot.interval.price_per_kwh,
                "carbon_kg_per_kwh": slot.interval.carbon_kg_per_kwh,
            }
            for outcome in outcomes
            for slot in outcome.slots
        ]
    )
    return _local(frame, outcomes, "starts_at", "ends_at")


def _local(frame: pd.DataFrame, outcomes: Sequence[Outcome], *columns: str) -> pd.DataFrame:
    for name in columns:
        if not frame.empty:
            zone = outcomes[0].setup.site.timezone
            frame[name] = pd.to_datetime(frame[name], utc=True).dt.tz_convert(zone)
    return frame


def days(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return one row for each strategy and local day; days add up to the period's costs."""
    rows = [row for outcome in outcomes for row in _days(outcome)]
    return pd.DataFrame(rows, columns=list(_DAY))


_DAY = (
    "strategy", "day", "cars", "charging_kwh", "energy_cost", "demand_added", "wear", "cost",
    "month_peak_kw", "currency",
)  # fmt: skip


def _days(outcome: Outcome) -> Iterator[dict[str, object]]:
    setup = outcome.setup
    zone, charge = setup.site.timezone, setup.demand_charge_per_kw
    of_day: dict[date, list[SlotOutcome]] = defaultdict(list)
    for slot in outcome.slots:
        of_day[slot.interval.start.astimezone(zone).date()].append(slot)
    before: dict[str, float] = {}
    peak_w, month = 0.0, ""
    for day, slots in of_day.items():
        part = replace(outcome, slots=tuple(slots), setup=replace(setup, peak_so_far_w=0.0))
        money, added = part.money(), 0.0
        for key, watts in part.peaks_w().items():
            if key not in before:
                before[key] = max(0.0, setup.peak_so_far_w) if not before else 0.0
            added += charge * max(0.0, watts - before[key]) / 1000
            before[key] = max(before[key], watts)
            month = key
        peak_w = before[month]
        here = {s.stay.session_id for s in outcome.stays if _touches(s.stay, slots)}
        yield dict(
            zip(
                _DAY,
                (
                    outcome.strategy, day, len(here),
                    math.fsum(s.charging_w * s.interval.hours for s in slots) / 1000,
                    money.energy, added, money.wear, money.energy + added + money.wear,
                    peak_w / 1000, setup.site.currency,
                ),
                strict=True,
            )
        )  # fmt: skip


def _touches(stay: RecordedStay, slots: Sequence[SlotOutcome]) -> bool:
    return stay.arrival < slots[-1].interval.end and stay.departure > slots[0].interval.start


def managed_days(qualities: Iterable[DayQuality], site: Site) -> pd.DataFrame:
    """Return one row for each day as run, unmanaged and at best: as question `plan_quality`."""
    rows = []
    sums: dict[tuple[int, int], tuple[float, float]] = {}
    for one in qualities:
        run, free, best = one.run, one.unmanaged, one.best
        month = (one.day.year, one.day.month)
        so_far, least = sums.get(month, (0.0, 0.0))
        sums[month] = so_far, least = so_far + run.total, least + best.total
        rows.append(
            {
                "day": one.day,
                "sessions": one.sessions,
                "wanted_kwh": one.wanted_wh / 1000,
                "delivered_kwh": run.delivered_wh / 1000,
                "delivered_unmanaged_kwh": free.delivered_wh / 1000,
                "delivered_best_kwh": best.delivered_wh / 1000,
                "energy_cost": run.energy_cost,
                "energy_cost_unmanaged": free.energy_cost,
                "energy_cost_best": best.energy_cost,
                "demand_added": run.demand_charge,
                "demand_added_unmanaged": free.demand_charge,
                "demand_added_best": best.demand_charge,
                "month_peak_kw": run.peak_w / 1000,
                "month_peak_unmanaged_kw": free.peak_w / 1000,
                "month_peak_best_kw": best.peak_w / 1000,
                "managed_cost": run.total,
                "unmanaged_cost": free.total,
                "best_cost": best.total,
                "management_saving": free.total - run.total,
                "month_regret_share": so_far / least - 1 if least > 0 else None,
                "unpriced_h": one.unpriced_h,
                "elsewhere_kwh": one.elsewhere_wh / 1000,
                "currency": site.currency,
            }
        )
    return pd.DataFrame(rows)

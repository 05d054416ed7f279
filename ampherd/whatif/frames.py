"""Outcomes of replays as tidy frames: units in the names, times in the site's zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from ampherd.whatif.placing import PlacedStays
from optimizer.replay import Outcome


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

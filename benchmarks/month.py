"""A real month in closed loop: the Caltech garage, March 2019, as in the ACN-Sim study.

954 recorded sessions, 54 connectors, known departures and energies (capped at 12 h), 5-minute
steps, a new plan whenever a car comes or goes and each quarter of an hour. Money: SCE TOU-EV-4
winter prices and 15.51 $/kW for the month's peak. Needs the development data; the folder is
AMPHERD_DATA, by default `../shared/data` beside the checkout. AMPHERD_DAYS shortens the month.
"""

import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

import optimizer
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    SessionId,
    SiteId,
)
from ocpp_core.domain.plan import Fallback, SessionNeed, SiteSnapshot
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.domain.tariff.site_cost import power_bill
from ocpp_core.domain.units import Phase

DATA = Path(os.environ.get("AMPHERD_DATA", "../shared/data"))
DAYS = int(os.environ.get("AMPHERD_DAYS", "31"))
ZONE = ZoneInfo("America/Los_Angeles")
STEP = timedelta(minutes=5)
QUARTER = timedelta(minutes=15)
LONGEST = 144
"""Slots of 5 minutes after which a stay is cut, as in the study."""

DEMAND_CHARGE = 15.51
VOLTS = 208.0
MAX_A = 31.7
"""6.6 kW on 208 V, rounded down to a step."""


@dataclass(slots=True)
class Stay:
    """A car of the trace."""

    need: SessionNeed
    arrival: datetime
    asked_wh: float
    taken_wh: float = 0.0


def price_at(instant: datetime) -> float:
    """SCE TOU-EV-4, winter, $/kWh."""
    local = instant.astimezone(ZONE)
    if local.weekday() >= 5 or local.hour >= 23 or local.hour < 8:
        return 0.06087
    return 0.0869 if 12 <= local.hour < 18 else 0.07492


def trace() -> list[Stay]:
    """Read the recorded month, by arrival."""
    rows = pq.read_table(DATA / "acn_caltech_trace_2019_03.parquet").to_pylist()
    start = datetime(2019, 3, 1, tzinfo=ZONE).astimezone(UTC)
    stays = []
    for row in sorted(rows, key=lambda r: (r["arrival_slot"], r["session_id"])):
        slots = min(row["departure_slot"] - row["arrival_slot"], LONGEST)
        possible_wh = 6_600 * slots / 12
        asked_wh = min(1000 * row["requested_kwh"], possible_wh)
        arrival = start + row["arrival_slot"] * STEP
        if slots <= 0 or arrival >= start + timedelta(days=DAYS):
            continue
        need = SessionNeed(
            session_id=SessionId(str(row["session_id"])),
            ref=ConnectorRef(ChargePointId(str(row["station_id"])), ConnectorId(1)),
            phases=(Phase.L1,),
            max_current_a=MAX_A,
            energy_wh=asked_wh,
            departure=arrival + slots * STEP,
        )
        stays.append(Stay(need=need, arrival=arrival, asked_wh=asked_wh))
    return stays


def garage(stays: list[Stay], limit_w: float) -> Site:
    """All stations under one transformer limit; phases are not part of this benchmark."""
    main = CircuitId("transformer")
    refs = sorted({stay.need.ref for stay in stays})
    return Site(
        site_id=SiteId("caltech"),
        name="Caltech garage",
        timezone=ZONE,
        currency="USD",
        voltage_v=VOLTS,
        circuits=(Circuit(circuit_id=main, limit_w=limit_w),),
        charge_points=tuple(
            ChargePoint(
                charge_point_id=ref.charge_point_id,
                connectors=(
                    Connector(ref=ref, circuit_id=main, phases=(Phase.L1,), max_current_a=MAX_A),
                ),
            )
            for ref in refs
        ),
        building_circuit_id=main,
    )


def snapshot(site: Site, here: list[Stay], now: datetime, peak_w: float) -> SiteSnapshot:
    """What the planner would be told now."""
    ends = max(stay.need.departure for stay in here)
    starts = [now]
    following = now + QUARTER - (now - datetime(2019, 1, 1, tzinfo=UTC)) % QUARTER
    while following < ends:
        starts.append(following)
        following += QUARTER
    return SiteSnapshot(
        taken_at=now,
        site=site,
        slot_starts=tuple(starts),
        horizon_end=following,
        sessions=tuple(stay.need for stay in here),
        energy_price_per_kwh=tuple(map(price_at, starts)),
        feed_in_per_kwh=(0.0,) * len(starts),
        building_w=(0.0,) * len(starts),
        pv_w=(0.0,) * len(starts),
        demand_charge_per_kw=DEMAND_CHARGE,
        peak_so_far_w=peak_w,
    )


def steps(stays: list[Stay]) -> Iterator[datetime]:
    """Every 5 minutes from the first arrival to the last departure."""
    now, last = stays[0].arrival, max(stay.need.departure for stay in stays)
    while now < last:
        yield now
        now += STEP


def run(limit_w: float) -> dict[str, float]:
    """Run the month at one limit."""
    stays = trace()
    site = garage(stays, limit_w)
    coming = list(reversed(stays))
    here: list[Stay] = []
    orders: dict[SessionId, float] = {}
    starts: list[datetime] = []
    power_w: list[float] = []
    calls: list[float] = []
    fallbacks = 0
    highest_w = 0.0
    for now in steps(stays):
        leaving = [stay for stay in here if stay.need.departure <= now]
        here = [stay for stay in here if stay.need.departure > now]
        changed = bool(leaving)
        while coming and coming[-1].arrival <= now:
            here.append(coming.pop())
            changed = True
        if here and (changed or now.minute % 15 == 0):
            for stay in here:
                stay.need = _now(stay, orders)
            taken = snapshot(site, here, now, highest_w)
            began = time.process_time()
            outcome = optimizer.plan(taken)
            calls.append(1000 * (time.process_time() - began))
            fallbacks += isinstance(outcome, Fallback)
            orders = {
                slot.session_id: slot.current_a for slot in outcome.plan.slots if slot.start == now
            }
        drawn_w = 0.0
        for stay in here:
            offered_wh = orders.get(stay.need.session_id, 0.0) * VOLTS / 12
            energy_wh = min(offered_wh, stay.asked_wh - stay.taken_wh)
            stay.taken_wh += energy_wh
            drawn_w += energy_wh * 12
        starts.append(now)
        power_w.append(drawn_w)
        if (now + STEP).minute % 15 == 0 and len(power_w) >= 3:
            highest_w = max(highest_w, statistics.fmean(power_w[-3:]))
    end = starts[-1] + STEP
    bill = power_bill(
        power_w,
        starts,
        end,
        price_per_kwh=[price_at(at) for at in starts],
        feed_in_per_kwh=[0.0] * len(starts),
        demand_charge_per_kw=DEMAND_CHARGE,
    )
    calls.sort()
    return {
        "limit_kw": limit_w / 1000,
        "delivered_percent": 100
        * sum(stay.taken_wh for stay in stays)
        / sum(stay.asked_wh for stay in stays),
        "peak_kw": bill.peak_w / 1000,
        "highest_kw": max(power_w) / 1000,
        "energy_usd": bill.energy_cost,
        "demand_usd": bill.demand_charge,
        "total_usd": bill.total,
        "plans": len(calls),
        "fallbacks": fallbacks,
        "median_ms": calls[len(calls) // 2],
        "p99_ms": calls[int(0.99 * len(calls))],
    }


def _now(stay: Stay, orders: dict[SessionId, float]) -> SessionNeed:
    need = stay.need
    return SessionNeed(
        session_id=need.session_id,
        ref=need.ref,
        phases=need.phases,
        max_current_a=need.max_current_a,
        energy_wh=stay.asked_wh - stay.taken_wh,
        departure=need.departure,
        current_a=orders.get(need.session_id, 0.0),
    )


def main() -> dict[str, object]:
    """Print the table and return its numbers."""
    print("limit kW  delivered %  peak kW  energy $  demand $   total $  plans  ms: median    p99")
    rows = []
    for limit_w in (150_000.0, 50_000.0, 30_000.0):
        row = run(limit_w)
        rows.append(row)
        print(
            f"{row['limit_kw']:8.0f} {row['delivered_percent']:12.2f} {row['peak_kw']:8.2f} "
            f"{row['energy_usd']:9.0f} {row['demand_usd']:9.0f} {row['total_usd']:9.0f} "
            f"{row['plans']:6} {row['median_ms']:11.1f} {row['p99_ms']:6.1f}"
        )
    return {"days": DAYS, "limits": rows}

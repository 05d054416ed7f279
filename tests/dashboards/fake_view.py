"""A made-up site for the pages, as it is now."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from ocpp_core.domain.view import (
    CircuitView,
    ConnectorView,
    LiveView,
    PlanView,
    SessionView,
)
from tests.dashboards.fakes import (
    CONNECTORS,
    CURRENCY,
    NOW,
    building_w,
    floor,
    local_hour,
    price,
    pv_w,
)


def live_view(**changes: Any) -> LiveView:
    """A site at work, with whatever `changes` says."""
    at: datetime = changes.get("at", NOW)
    starts = [at, *(floor(at) + timedelta(minutes=15 * n) for n in range(1, 64))]
    hours = [local_hour(start) for start in starts]
    charging = [28e3 if h < 18 else (32e3 if h >= 23 else 9e3) for h in hours]
    building = [building_w(h) for h in hours]
    pv = [pv_w(h) for h in hours]
    plan = PlanView(
        plan_id="p-1", made_at=at - timedelta(seconds=95), outcome="optimal", why="", solve_ms=41.7,
        slot_starts=tuple(starts), horizon_end=starts[-1] + timedelta(minutes=15),
        site_w=tuple(c + b - p for c, b, p in zip(charging, building, pv, strict=True)),
        charging_w=tuple(charging), building_w=tuple(building), pv_w=tuple(pv),
        price_per_kwh=tuple(price(h) for h in hours), unmet=(),
    )  # fmt: skip
    view = LiveView(
        at=at, site_id="demo", name="Caltech garage", timezone="America/Los_Angeles",
        currency=CURRENCY, demo=True, speed=60.0, site_w=36_950.0, charging_w=28_450.0,
        building_w=22_300.0, pv_w=13_800.0, limit_w=44_000.0, peak_month_w=43_120.0,
        online_charge_points=5, configured_charge_points=6, connectors=_connectors(at),
        circuits=(
            CircuitView(circuit_id="grid", parent_id=None, limit_w=44e3, limit_a=63.8,
                        measured_w=36_950.0, worst_case_w=42_600.0, limit_source="configured",
                        value_of_one_ampere=0.11),
            CircuitView(circuit_id="garage", parent_id="grid", limit_w=34.5e3, limit_a=50.0,
                        measured_w=28_450.0, worst_case_w=33_100.0, limit_source="configured",
                        value_of_one_ampere=None),
        ),
        plan=plan, alarms=("CP-6 has been offline for 12 min.",),
        counters={"answered": 4211, "refused": 2},
    )  # fmt: skip
    return dataclasses.replace(view, **{k: v for k, v in changes.items() if k != "at"})


def _connectors(at: datetime) -> tuple[ConnectorView, ...]:
    def session(n: int, got: float, asked: float | None, leaves_h: float) -> SessionView:
        return SessionView(
            session_id=f"s{n}", transaction_id=n, id_token="••••4F2A",
            started_at=at - timedelta(hours=2 + n / 3), energy_wh=got, asked_wh=asked,
            departure=at + timedelta(hours=leaves_h), need_stated=n != 2,
        )  # fmt: skip

    def connector(n: int, state: str, **values: Any) -> ConnectorView:
        base: dict[str, Any] = {
            "circuit_id": "garage", "online": True, "error_code": "NoError", "power_w": 0.0,
            "current_a": 0.0, "measured_at": at - timedelta(seconds=34), "limit_a": 0.0,
            "planned_a": None, "reason": "no-session", "words": "", "session": None,
        }  # fmt: skip
        return ConnectorView(ref=CONNECTORS[n - 1], state=state, **{**base, **values})

    return (
        connector(1, "Charging", power_w=11_040.0, current_a=16.0, limit_a=16.0, planned_a=16.0,
                  reason="car", words="As fast as the car allows.",
                  session=session(1, 14_300, 22_500, 2.4)),
        connector(2, "Charging", power_w=6_900.0, current_a=10.0, limit_a=10.0, planned_a=13.4,
                  reason="circuit", words="The grid connection is full until 15:00.",
                  session=session(2, 5_120, 18_000, 3.1)),
        connector(3, "SuspendedEVSE", limit_a=0.0, planned_a=0.0, reason="price",
                  words="Waits for cheaper hours: starts at 23:00.",
                  session=session(3, 800, 31_000, 16.5)),
        connector(4, "Charging", power_w=10_510.0, current_a=15.2, limit_a=15.2, planned_a=15.2,
                  reason="peak", words="More would raise the month's peak of 43.1 kW.",
                  session=session(4, 27_900, 30_000, 0.6)),
        connector(5, "Available", words="No car."),
        connector(6, "Faulted", online=False, error_code="GroundFailure", limit_a=None,
                  measured_at=at - timedelta(minutes=12), words="No answer since 14:20."),
    )  # fmt: skip

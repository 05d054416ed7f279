"""The site now as shown to people and other systems: plain values, ready for JSON.

`GET /api/v1/live` sends a `LiveView`; the dashboards read it. Field names are the contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session that runs."""

    session_id: str
    transaction_id: int
    id_token: str
    """Masked but for its last four characters."""
    started_at: datetime
    energy_wh: float
    asked_wh: float | None
    departure: datetime | None
    need_stated: bool
    """False when the site's default stands in for what the driver did not say."""
    planned: str = ""
    """What the car is planned for by forecast, as a sentence; empty: as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorView:
    """A connector now."""

    ref: str
    circuit_id: str
    online: bool
    state: str
    """OCPP connector status, or `Unknown` before the charger reported one."""
    error_code: str
    power_w: float
    current_a: float
    """Highest measured phase current, A."""
    measured_at: datetime | None
    limit_a: float | None
    """Limit that the charger confirmed; None when it confirmed none."""
    planned_a: float | None
    """What the plan wants now; differs from `limit_a` while orders are on their way."""
    reason: str
    """A `LimitReason` value."""
    words: str
    """The reason as a sentence."""
    session: SessionView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitView:
    """A circuit now."""

    circuit_id: str
    parent_id: str | None
    limit_w: float
    """Power that its limits allow, W."""
    limit_a: float | None
    measured_w: float
    worst_case_w: float
    """Most that chargers below it may draw by all orders on their way, plus building load, W."""
    limit_source: str
    """`configured`, or who ordered the limit in force."""
    value_of_one_ampere: float | None
    """Saving by one more ampere in the current slot, in the site's currency for each hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """The plan ahead, slot by slot."""

    plan_id: str
    made_at: datetime
    outcome: str
    """`optimal`, `feasible` or `fallback`."""
    why: str
    """Words, when it is not optimal."""
    solve_ms: float
    slot_starts: tuple[datetime, ...]
    horizon_end: datetime
    site_w: tuple[float, ...]
    charging_w: tuple[float, ...]
    building_w: tuple[float, ...]
    pv_w: tuple[float, ...]
    price_per_kwh: tuple[float, ...]
    unmet: tuple[str, ...]
    """A sentence for each session that will leave with less than it asked for."""
    one_ampere: tuple[str, ...] = ()
    """What one more ampere would be worth, a sentence for each circuit that binds most."""
    notes: tuple[str, ...] = ()
    """Rules of switching that are not kept, what was missing and what stands in for it, cars that
    cannot give back: a sentence for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryView:
    """The site's stationary battery now."""

    stored_wh: float | None
    """As reported last; None: never reported."""
    capacity_wh: float
    power_w: float
    """Power that it takes, W; negative: it gives."""
    setpoint_w: float
    """What it is told to do now, W."""
    heard_at: datetime | None
    silent: bool
    """No report stands: plans do without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySetpoint:
    """What the controller of a stationary battery is told."""

    power_w: float
    """Power to take, W; negative: to give. A highest value for charging."""
    until: datetime
    """From then on 0 W, unless it was told something else."""
    words: str
    """Why, where it is not as planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePointView:
    """A charger now, as its operator needs to know it."""

    charge_point_id: str
    configured: bool
    """False for one that registered itself and waits to be configured."""
    online: bool
    stale: bool
    """Online, and silent for longer than it should be: it may be gone already."""
    registration: str
    """OCPP registration status, or empty before its first boot message."""
    vendor: str
    model: str
    serial_number: str
    firmware_version: str
    last_frame_at: datetime | None
    connectors: tuple[str, ...]
    """References of its connectors, e.g. `CP-7/1`."""
    link_since: datetime | None = None
    """Since when it is online, or offline; None: it has had no link since the server started."""
    ocpp_version: str = ""
    """Subprotocol of its link, e.g. `ocpp2.0.1`; empty while it is offline."""
    security_profile: int | None = None
    """Security profile that is asked of it (OCPP 2.0.1 A00); None: it is not configured."""
    clock_ahead_s: float | None = None
    """How far its clock is ahead of ours, s; None until messages of some minutes are in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """The whole site now."""

    at: datetime
    site_id: str
    name: str
    timezone: str
    currency: str
    demo: bool
    speed: float
    """How much faster than real time the clock runs; 1.0 outside of demonstrations."""
    site_w: float
    """Grid import: chargers + building + battery - PV, W."""
    charging_w: float
    building_w: float
    pv_w: float
    limit_w: float
    """Limit of the grid connection in force, W."""
    peak_month_w: float
    """Highest 15-minute mean of grid import this month, W."""
    online_charge_points: int
    configured_charge_points: int
    connectors: tuple[ConnectorView, ...]
    circuits: tuple[CircuitView, ...]
    plan: PlanView | None
    battery: BatteryView | None = None
    """None: the site has none."""
    alarms: tuple[str, ...]
    """What needs a person now, one sentence each."""
    trouble: str = ""
    """What every page shows on top: nothing can be stored. Empty when all is well."""
    counters: dict[str, int]
    """Messages answered, refused, unreadable, profiles sent, plans made, …"""

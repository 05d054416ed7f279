"""Small sites and snapshots for tests of the planner."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    SessionId,
    SiteId,
)
from ocpp_core.domain.plan import CircuitLimit, Reserve, SessionNeed, SiteSnapshot
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, LineLimit, Site
from ocpp_core.domain.units import THREE_PHASES, Phase

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
VOLTS = 230.0


def ref(name: str) -> ConnectorRef:
    return ConnectorRef.parse(f"{name}/1")


def circuit(
    name: str,
    *,
    under: str | None = None,
    limit_a: float | None = None,
    limit_w: float | None = None,
    lines: Sequence[tuple[float, float, float, float]] = (),
    apart_a: float | None = None,
) -> Circuit:
    """`lines`: weights of L1, L2, L3 and the limit, A."""
    return Circuit(
        circuit_id=CircuitId(name),
        parent_id=None if under is None else CircuitId(under),
        limit_a=limit_a,
        limit_w=limit_w,
        max_imbalance_a=apart_a,
        line_limits=tuple(
            LineLimit(name=f"line {n}", weight_l1=a, weight_l2=b, weight_l3=c, limit_a=most)
            for n, (a, b, c, most) in enumerate(lines, 1)
        ),
    )


def site(
    *circuits: Circuit,
    connectors: dict[str, str],
    phases: dict[str, tuple[Phase, ...]] | None = None,
    max_current_a: float = 32.0,
    building_peak_w: float = 0.0,
) -> Site:
    """`connectors`: charge point and its circuit."""
    points = []
    for name, at in connectors.items():
        connector = Connector(
            ref=ConnectorRef(ChargePointId(name), ConnectorId(1)),
            circuit_id=CircuitId(at),
            phases=(phases or {}).get(name, THREE_PHASES),
            max_current_a=max_current_a,
        )
        points.append(ChargePoint(charge_point_id=ChargePointId(name), connectors=(connector,)))
    return Site(
        site_id=SiteId("test"),
        name="Test",
        timezone=ZoneInfo("UTC"),
        currency="EUR",
        voltage_v=VOLTS,
        circuits=circuits,
        charge_points=tuple(points),
        building_circuit_id=circuits[0].circuit_id,
        building_peak_w=building_peak_w,
    )


def car(
    name: str,
    *,
    kwh: float,
    hours: float,
    phases: tuple[Phase, ...] = THREE_PHASES,
    max_a: float = 32.0,
    min_a: float = 6.0,
    priority: int = 0,
    current_a: float = 0.0,
) -> SessionNeed:
    """`hours`: until it leaves."""
    return SessionNeed(
        session_id=SessionId(f"session-{name}"),
        ref=ref(name),
        phases=phases,
        max_current_a=max_a,
        min_current_a=min_a,
        energy_wh=kwh * 1000,
        departure=START + timedelta(hours=hours),
        priority=priority,
        current_a=current_a,
    )


def snapshot(
    on: Site,
    *cars: SessionNeed,
    slot_h: Sequence[float] = (1.0,) * 4,
    price: Sequence[float] | float = 0.2,
    feed_in: Sequence[float] | float = 0.0,
    building_w: Sequence[float] | float = 0.0,
    pv_w: Sequence[float] | float = 0.0,
    demand_charge: float = 0.0,
    peak_w: float = 0.0,
    reserves: tuple[Reserve, ...] = (),
    limits: tuple[CircuitLimit, ...] = (),
) -> SiteSnapshot:
    starts = [START]
    for hours in slot_h:
        starts.append(starts[-1] + timedelta(hours=hours))

    def each(value: Sequence[float] | float) -> tuple[float, ...]:
        return (value,) * len(slot_h) if isinstance(value, int | float) else tuple(value)

    return SiteSnapshot(
        taken_at=START,
        site=on,
        slot_starts=tuple(starts[:-1]),
        horizon_end=starts[-1],
        sessions=cars,
        reserves=reserves,
        limits=limits,
        energy_price_per_kwh=each(price),
        feed_in_per_kwh=each(feed_in),
        building_w=each(building_w),
        pv_w=each(pv_w),
        demand_charge_per_kw=demand_charge,
        peak_so_far_w=peak_w,
    )

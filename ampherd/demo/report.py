"""How a simulated time went: what was delivered, what it cost, and what it would have cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ampherd.demo.visits import Placed
from ampherd.runtime.view import circuit_limit_w
from ocpp_core.domain.ids import ConnectorRef, IdToken, SessionId
from ocpp_core.domain.money import round_to_cents
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff import SiteTariff
from ocpp_core.domain.tariff.site_cost import power_bill
from ocpp_core.sim.cars import RecordedVisit, car_for, physical_energy_wh
from ocpp_core.sim.truth import Curve, GroundTruth
from optimizer.replay import UNMANAGED, Pilots, RecordedStay, Series, Setup, hindsight, simulate

SLOT = timedelta(minutes=15)
_FEASIBLE_SLOT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What `ampherd demo --headless --json` prints; docs/demo.md explains each field."""

    sessions_recorded: int
    sessions_stored: int
    energy_asked_wh: float
    energy_feasible_wh: float
    """The most that any management could deliver under the limits, the whole time known."""
    energy_delivered_wh: float
    peak_w: float
    """Highest grid import that flowed, W."""
    limit_w: float
    seconds_above_limit: float
    """Longest time that any limit of any circuit was exceeded, PV not counted as a help."""
    energy_cost: float
    """What charging added to the energy bill."""
    energy_cost_unmanaged: float
    demand_charge: float
    """For the highest quarter of an hour of the period, building included."""
    demand_charge_unmanaged: float
    revenue: float
    currency: str
    messages_answered: int
    profiles_sent: int
    database: str
    sessions_turned_away: int
    rows_rejected: int

    def to_json(self) -> dict[str, object]:
        """Return the fields as JSON takes them."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Energy and demand cost of a period, as run and unmanaged."""

    energy: Decimal
    energy_unmanaged: Decimal
    demand: Decimal
    demand_unmanaged: Decimal


def visit_of(placed: Placed) -> RecordedVisit:
    """Return the visit that plays a recorded session; the driver states the truth."""
    session = placed.session
    return RecordedVisit(
        visit_id=f"{session.station}@{session.arrival.isoformat()}",
        ref=placed.ref,
        arrival=session.arrival,
        departure=placed.departure,
        energy_wh=session.energy_wh,
        id_token=token_of(placed.ref),
        asked_wh=session.energy_wh,
        announced_departure=placed.departure,
    )


def token_of(ref: ConnectorRef) -> IdToken:
    """Return the card that is used at a connector."""
    return IdToken(f"DEMO-{ref.charge_point_id}-{ref.connector_id}"[:20])


def starts_between(start: datetime, end: datetime, step: timedelta) -> tuple[datetime, ...]:
    """Return the starts of steps that cover [start, end)."""
    count = max(1, -(-(end - start) // step))
    return tuple(start + number * step for number in range(count))


def stays_of(site: Site, visits: Sequence[RecordedVisit]) -> tuple[RecordedStay, ...]:
    """Return what the visits could take: never more than the car takes unmanaged in its stay."""
    stays = []
    for visit in visits:
        connector = site.connectors[visit.ref]
        car = car_for(visit, connector, site.voltage_v)
        stays.append(
            RecordedStay(
                session_id=SessionId(visit.visit_id),
                ref=visit.ref,
                arrival=visit.arrival,
                departure=visit.departure,
                energy_wh=min(visit.energy_wh, physical_energy_wh(visit, car)),
                max_current_a=car.max_current_a,
                phases=connector.phases[: car.phase_count],
            )
        )
    return tuple(stays)


def feasible_wh(
    site: Site,
    visits: Sequence[RecordedVisit],
    start: datetime,
    end: datetime,
    truth: GroundTruth,
) -> float:
    """Return the most energy that could be delivered under the site's limits, Wh."""
    starts = starts_between(start, end, _FEASIBLE_SLOT)
    load_w = means_over(truth.load, starts, _FEASIBLE_SLOT)
    charging_w = means_over(truth.charging, starts, _FEASIBLE_SLOT)
    step_s = _FEASIBLE_SLOT.total_seconds()
    building = Series(
        starts=starts,
        values=tuple(max(0.0, a - b) for a, b in zip(load_w, charging_w, strict=True)),
        last_s=step_s,
    )
    setup = Setup(
        site=site,
        stays=stays_of(site, visits),
        start=start,
        end=starts[-1] + _FEASIBLE_SLOT,
        building=building,
        step_s=int(step_s),
    )
    return hindsight(setup).delivered_wh


def means_over(curve: Curve, starts: Sequence[datetime], step: timedelta) -> tuple[float, ...]:
    """Return the curve's mean in each step; 0 where it says nothing."""
    known = dict(curve.means(int(step.total_seconds())))
    return tuple(known.get(start, 0.0) for start in starts)


def costs(
    site: Site,
    tariff: SiteTariff | None,
    visits: Sequence[RecordedVisit],
    start: datetime,
    end: datetime,
    truth: GroundTruth,
) -> Costs:
    """Return what the period cost as run and as it would have cost unmanaged.

    Unmanaged cars charge at once at full power, whatever the limits.
    """
    if tariff is None:
        nothing = Decimal(0)
        return Costs(
            energy=nothing, energy_unmanaged=nothing, demand=nothing, demand_unmanaged=nothing
        )
    starts = starts_between(start, end, SLOT)
    prices = tuple(float(tariff.import_price_per_kwh(at) or 0) for at in starts)
    feed_in = (float(tariff.feed_in_per_kwh),) * len(starts)
    grid_w = means_over(truth.grid, starts, SLOT)
    run_w = means_over(truth.charging, starts, SLOT)
    base_w = [grid - run for grid, run in zip(grid_w, run_w, strict=True)]
    free_w = _unmanaged_w(site, visits, starts)

    def billed(charging_w: Sequence[float]) -> tuple[float, float]:
        total = power_bill(
            [b + c for b, c in zip(base_w, charging_w, strict=True)],
            starts,
            starts[-1] + SLOT,
            price_per_kwh=prices,
            feed_in_per_kwh=feed_in,
            demand_charge_per_kw=float(tariff.demand_charge_per_kw),
        )
        return total.energy_cost, total.demand_charge

    without, _ = billed([0.0] * len(starts))
    energy, demand = billed(run_w)
    energy_free, demand_free = billed(free_w)
    return Costs(
        energy=_money(energy - without),
        energy_unmanaged=_money(energy_free - without),
        demand=_money(demand),
        demand_unmanaged=_money(demand_free),
    )


def _unmanaged_w(
    site: Site, visits: Sequence[RecordedVisit], starts: Sequence[datetime]
) -> tuple[float, ...]:
    """Return the mean charging power of each slot when each car charges at once at full power."""
    end = starts[-1] + SLOT
    free = Setup(
        site=site,
        stays=stays_of(site, visits),
        start=starts[0],
        end=end,
        pilots=Pilots(continuous=True),
        step_s=int(SLOT.total_seconds()),
    )
    energy_wh = dict.fromkeys(starts, 0.0)
    for slot in simulate(free, UNMANAGED).slots:
        at = starts[0] + (slot.interval.start - starts[0]) // SLOT * SLOT
        energy_wh[at] += slot.charging_w * slot.interval.hours
    return tuple(wh / (SLOT.total_seconds() / 3600) for wh in energy_wh.values())


def grid_limit_w(site: Site) -> float:
    """Return the power that the grid connection carries, W."""
    return circuit_limit_w(site.root, None, site.voltage_v)


def _money(value: float) -> Decimal:
    return round_to_cents(Decimal(repr(value)))

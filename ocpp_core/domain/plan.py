"""What the planner is given and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ocpp_core.domain.ids import CircuitId, ConnectorRef, PlanId, SessionId
from ocpp_core.domain.site import Site
from ocpp_core.domain.units import MIN_CHARGING_CURRENT_A, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Taper:
    """Near the end a battery takes less: below `rest_wh` missing, power falls in proportion."""

    rest_wh: float
    """Energy missing below which power falls, Wh."""
    least_share: float = 0.1
    """Share of full power that is left at the very end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharge:
    """What a car may give back to the site (V2G), where car and charger can."""

    max_current_a: float
    """The lowest of connector, cable and car, A on each phase."""
    min_current_a: float = MIN_CHARGING_CURRENT_A
    """Lowest current at which it gives, A."""
    available_wh: float
    """Energy in its battery now, beyond what must always stay in it, Wh."""
    charge_efficiency: float = 0.95
    """Stored for each Wh taken."""
    discharge_efficiency: float = 0.95
    """Given for each Wh stored."""
    wear_per_kwh: float = 0.0
    """What a kWh given costs its owner, in the site's currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNeed:
    """A car that wants energy, as the planner sees it."""

    session_id: SessionId
    ref: ConnectorRef
    phases: tuple[Phase, ...]
    """Supply phases that the car loads."""
    max_current_a: float
    """The lowest of connector, cable and car, A on each phase."""
    min_current_a: float = MIN_CHARGING_CURRENT_A
    energy_wh: float
    """Still wanted, Wh."""
    departure: datetime
    priority: int = 0
    """Higher goes first when not everybody can be served."""
    current_a: float = 0.0
    """Order in force now, A; plans change it no more than they gain from."""
    plugged_in_at: datetime | None = None
    """When it came; None when unknown, which counts as now."""
    step_a: float = 0.1
    """Steps in which its charger can be ordered, A."""
    accepts_w: float | None = None
    """Most that the car was seen to take, when that is less than its orders allow, W."""
    taper: Taper | None = None
    discharge: Discharge | None = None
    """None where it gives nothing back."""
    unmet_price_per_kwh: float | None = None
    """Price of energy that it does not get; None for the site's."""
    weight: float = 1.0
    """Its share beside others' where energy is shared out evenly: 2 counts as two cars."""
    taken_wh: float = 0.0
    """What it has got already in this session, Wh; counts where energy is shared out evenly."""
    min_run_s: float | None = None
    """Shortest time for which it charges once it started, s; None for the site's."""
    max_starts: int | None = None
    """How often it may start in its session; None for the site's."""
    starts: int = 0
    """How often it has started so far; one that charges has once."""
    running_since: datetime | None = None
    """Since when it is ordered to charge without a break; None when it is not, or unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Current that must be kept free for a connector which does not follow orders."""

    ref: ConnectorRef
    current_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitLimit:
    """A limit that stands in for the configured one, e.g. ordered by the grid operator."""

    circuit_id: CircuitId
    limit_a: float | None = None
    limit_w: float | None = None
    start: datetime | None = None
    """From when it holds; None for already."""
    end: datetime | None = None
    """Until when; None for as long as anybody plans."""
    words: str = ""
    """Who asks for it and why, e.g. `grid operator, event 7`."""

    def holds_within(self, start: datetime, end: datetime) -> bool:
        """Tell whether it holds at any time between two instants."""
        return (self.start is None or self.start < end) and (self.end is None or self.end > start)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedArrival:
    """A car that is not there yet, as history expects it; it is planned for and ordered nothing."""

    arrival: datetime
    departure: datetime
    energy_wh: float
    max_current_a: float
    phases: tuple[Phase, ...]
    circuit_id: CircuitId
    cars: float = 1.0
    """How many such cars are expected; may be a part of one. Energy and current are of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteBattery:
    """A stationary battery behind the site's meter."""

    circuit_id: CircuitId
    """Circuit that it charges from and feeds into."""
    capacity_wh: float
    energy_wh: float
    """Stored now, Wh."""
    max_charge_w: float
    max_discharge_w: float
    charge_efficiency: float = 0.95
    """Stored for each Wh taken."""
    discharge_efficiency: float = 0.95
    """Given for each Wh stored."""
    cycle_cost_per_kwh: float = 0.0
    """Wear for each kWh given, in the site's currency."""
    reserve_wh: float = 0.0
    """Energy that stays in it, Wh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSnapshot:
    """Everything a plan depends on; equal snapshots give equal plans."""

    taken_at: datetime
    site: Site
    slot_starts: tuple[datetime, ...]
    """Ascending, the first one is `taken_at`; slot t lasts until the next start."""
    horizon_end: datetime
    """End of the last slot."""
    sessions: tuple[SessionNeed, ...]
    reserves: tuple[Reserve, ...] = ()
    limits: tuple[CircuitLimit, ...] = ()
    energy_price_per_kwh: tuple[float, ...]
    """For each slot, in the site's currency."""
    feed_in_per_kwh: tuple[float, ...]
    building_w: tuple[float, ...]
    """Building load expected in each slot, W; energy and the month's peak are reckoned with it."""
    pv_w: tuple[float, ...]
    """PV expected in each slot, W; lowers cost, never relied on for a limit."""
    demand_charge_per_kw: float = 0.0
    peak_so_far_w: float = 0.0
    """Highest 15-minute mean of grid import this month so far, W."""
    expected_peak_w: float = 0.0
    """Peak that the month is expected to reach anyhow, W: up to it, importing raises no charge."""
    expected_arrivals: tuple[ExpectedArrival, ...] = ()
    battery: SiteBattery | None = None
    carbon_kg_per_kwh: tuple[float, ...] = ()
    """Marginal emissions of grid power in each slot; empty when unknown."""
    quarter_wh: float | None = None
    """Grid import since the running clock quarter of an hour began, Wh; None when not metered."""
    building_high_w: tuple[float, ...] = ()
    """Building load that limits leave room for in each slot, W, where it is more than expected;
    empty: what is expected."""


class SplitPolicy(StrEnum):
    """Who gets how much when any split of the site's power among cars costs the same."""

    FAIRNESS = "fairness"
    """The smallest share of the energy that a car wants is as large as possible."""
    LEAST_LAXITY = "least-laxity"
    """Who can wait least goes first."""
    FEWEST_INTERRUPTIONS = "fewest-interruptions"
    """Who charges goes on."""
    FIRST_COME = "first-come"
    """Who came first goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """How to plan."""

    unmet_price_per_kwh: float = 20.0
    """Price of energy that is not delivered; any value above every energy price is exact."""
    early_price_per_kwh: float = 1e-4
    """Tiny preference for charging early, for each hour, so that plans do not procrastinate."""
    late_price_per_kwh: float = 5.0
    """Premium for charging in the last `margin_s` of a stay: a car that tapers takes there only a
    part of what it is offered, and that part may never come. At most half of what an undelivered
    kWh costs, so that a car in need still charges to its last minute."""
    margin_s: float = 900.0
    policy: SplitPolicy = SplitPolicy.FAIRNESS
    energy_first: bool = True
    """Raise the price of unmet energy above every energy price and the demand charge."""
    time_limit_s: float = 5.0
    carbon_price_per_kg: float = 0.0
    """What a kg of CO2 is worth avoiding, in the site's currency."""
    imbalance_price_per_a: float = 0.0
    """What an ampere between the highest and the lowest phase is worth avoiding, for each hour."""
    change_price_per_a: float = 0.0
    """Price of an ampere by which an order changes against the one in force, in the first slots:
    a calm plan; 0 for none."""
    calm_slots: int = 2
    """How many slots that counts for."""
    ramp_w_per_slot: float | None = None
    """Most by which charging as a whole may rise from one slot to the next, W."""
    min_run_s: float = 0.0
    """Shortest time for which a car charges once it started, s; energy and limits go first."""
    max_starts: int | None = None
    """How often a car may start in its session; None for as often as it pays."""
    engine: str = "auto"
    """`auto`, or `pulp` or `aggregate` by name."""
    milp_s: float = 0.0
    """Time in which a mixed-integer program may improve on the repaired plan, s; 0 for none."""


class LimitReason(StrEnum):
    """Why a connector's limit is not higher."""

    CAR = "car"
    """As fast as the car or its connector allows."""
    EVENT = "event"
    """A limit that somebody ordered for these hours."""
    LINE = "line"
    """A line is full that carries several phases."""
    BALANCE = "balance"
    """More would unbalance the phases."""
    RAMP = "ramp"
    """The site may not rise faster."""
    RUN = "run"
    """It started and charges for a while, or may not start again."""
    GIVES_BACK = "gives-back"
    """The car feeds the site."""
    CIRCUIT = "circuit"
    """A circuit is full."""
    PRICE = "price"
    """Cheaper hours suffice."""
    PEAK = "peak"
    """More would raise the month's peak."""
    MINIMUM_CURRENT = "minimum-current"
    """What is left is below the minimum current, so the car waits."""
    DONE = "done"
    """The energy asked for is delivered."""
    NO_SESSION = "no-session"
    FALLBACK = "fallback"
    """No plan could be made; shares are equal."""
    FAIL_SAFE = "fail-safe"
    """The persistent default, until an order is confirmed."""
    BY_HAND = "by-hand"
    """Only people set this charger's limits."""
    GUARD = "guard"
    """The increase waits until others have confirmed their decrease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSlot:
    """The order for one connector in one slot."""

    ref: ConnectorRef
    session_id: SessionId
    start: datetime
    end: datetime
    current_a: float
    """0 or at least the minimum current, A on each phase, one decimal; below 0 where the car gives
    back."""
    power_w: float
    """Mean expected, below 0 where the car gives back, W; less than what `current_a` allows in the
    slot in which the car gets done."""
    reason: LimitReason
    words: str
    """The reason as a sentence for people."""
    binding_circuit: CircuitId | None = None
    """The circuit that allows no more, when that is the reason."""
    binding_phase: Phase | None = None
    """Its phase; None when its power is limited, or no circuit is the reason."""
    value_per_a: float = 0.0
    """What one more ampere on each phase for this connector in this slot would save, were nothing
    in its way, in the site's currency; 0 where it would save nothing or no price is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitPrice:
    """What one more ampere on each phase of a circuit would save in a slot."""

    circuit_id: CircuitId
    start: datetime
    value_per_a: float
    """In the site's currency for the whole slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitValue:
    """What one more ampere on each phase of a circuit would be worth over the planned hours."""

    circuit_id: CircuitId
    saved: float
    """All in all, energy that is not delivered counted at its price, in the site's currency."""
    energy_saved: float
    """Part of it: cost of energy; negative when more is delivered and paid for."""
    demand_saved: float
    """Part of it: demand charge of the month."""
    delivered_wh: float
    """Energy that cars would get besides, Wh."""
    hours: float
    """Length of the planned hours, h."""

    def money_in_a_month(self, days: float = 30.0) -> float:
        """Return what a month of such hours would cost less: energy each day, the demand once.

        Energy that cars would get besides is not money, and not part of it.
        """
        by_hour = self.energy_saved / self.hours if self.hours > 0 else 0.0
        return by_hour * 24 * days + self.demand_saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """Energy that a session will not get before it leaves, and why."""

    session_id: SessionId
    ref: ConnectorRef
    energy_wh: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A shortest run or a number of starts that a plan does not keep, and why."""

    session_id: SessionId
    ref: ConnectorRef
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """How evenly cars get what they want, by their shares of it at the end of the plan."""

    jain_index: float
    """1 when all shares are equal, 1/n when one of n cars gets everything (Jain, Chiu, Hawe, A
    Quantitative Measure of Fairness, DEC-TR-301, 1984)."""
    least_share: float
    """The smallest share, from 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Orders for every session over the horizon."""

    plan_id: PlanId
    made_at: datetime
    horizon_end: datetime
    slot_starts: tuple[datetime, ...]
    slots: Sequence[PlanSlot]
    """By connector, then by start; one for each slot of each session's window. A tuple, or
    `plan_rows.PlanRows`."""
    site_w: tuple[float, ...]
    """Planned grid import for each slot (chargers + building - PV), W."""
    charging_w: tuple[float, ...]
    """Planned charging power less what cars give back, for each slot, W."""
    battery_w: tuple[float, ...] = ()
    """Planned power of the battery, below 0 where it gives; empty without one, W."""
    unmet: tuple[Unmet, ...] = ()
    broken_rules: tuple[BrokenRule, ...] = ()
    """Run times and starts that could be kept only without energy, or above a limit."""
    circuit_prices: tuple[CircuitPrice, ...] = ()
    circuit_values: tuple[CircuitValue, ...] = ()
    """Of the circuits that bind most."""
    fairness: Fairness | None = None
    """None when no car wants anything."""
    cost: float = 0.0
    """Energy and demand cost of the horizon that charging causes, in the site's currency."""
    bound: float | None = None
    """Objective that no plan can beat, or None when unknown."""
    objective: float | None = None
    solve_s: float = 0.0
    engine: str = ""
    notes: tuple[str, ...] = ()
    """What was wrong or missing in the snapshot and what stood in for it; whom room is left for."""

    def __repr__(self) -> str:
        """Return a small table that an operator can read."""
        lines = [f"plan {self.plan_id} of {self.made_at:%Y-%m-%d %H:%M}Z by {self.engine}"]
        lines += [
            f"  {slot.ref!s:<20} {slot.current_a:5.1f} A  {slot.words}"
            for slot in self.slots
            if slot.start == self.slot_starts[0]
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimal:
    """The plan costs no more than any other, within `gap`."""

    plan: Plan
    gap: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feasible:
    """The plan keeps every limit, but is further from the bound than a rounding error."""

    plan: Plan
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """The solver gave nothing usable; shares by a fixed rule keep every limit."""

    plan: Plan
    why: str
    findings: tuple[str, ...] = field(default=())
    """What the independent check found wrong with the solver's plan."""


type PlanOutcome = Optimal | Feasible | Fallback

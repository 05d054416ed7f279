"""The site: a tree of circuits with their limits, and the chargers that hang on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorId, ConnectorRef, SiteId
from ocpp_core.domain.units import MIN_CHARGING_CURRENT_A, THREE_PHASES, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLimit:
    """A limit on the current of one line, where that is not the sum of one phase's loads.

    Loads between two lines (delta) add up in each line with an angle, and so do secondary currents
    in the lines that feed a transformer. What counts is the magnitude of the sum of
    `weight * current * e^(j * angle)` over L1, L2, L3 at 0, -120 and 120 degrees, at unity power
    factor. Example: the line between the loads AB (L1) and CA (L3) has weights 1, 0, -1.
    """

    name: str
    """What people call the line, e.g. `A secondary`."""
    weight_l1: float
    weight_l2: float
    weight_l3: float
    limit_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A fuse or a contract limit; loads below it may not exceed it together."""

    circuit_id: CircuitId
    parent_id: CircuitId | None = None
    """The circuit that feeds this one; None for the grid connection, of which there is one."""
    limit_a: float | None = None
    """Limit on each phase, A; None when only power is limited."""
    limit_w: float | None = None
    """Limit on the sum over phases, W; None when only current is limited."""
    line_limits: tuple[LineLimit, ...] = ()
    """Limits on lines that carry a sum of phases with their angles."""
    max_imbalance_a: float | None = None
    """Most by which the highest phase may be planned above the lowest, A; a goal of plans, not a
    fuse; None when it does not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One socket or cable that one car uses at a time."""

    ref: ConnectorRef
    circuit_id: CircuitId
    phases: tuple[Phase, ...] = THREE_PHASES
    """Phases of the supply that it loads, after rotation."""
    max_current_a: float
    """Rating of the connector on each phase, A."""
    min_current_a: float = MIN_CHARGING_CURRENT_A
    step_a: float = 0.1
    """Steps in which it can be ordered, A."""
    fewest_phases: int = 1
    """Phases that every car here uses at least; counts where limits are told in W."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePoint:
    """One charger, which keeps one OCPP connection."""

    charge_point_id: ChargePointId
    connectors: tuple[Connector, ...]
    managed: bool = True
    """False: only people set its limits (an acceptance test, a charger under repair); it counts
    at its rating all the time."""
    register_factor: float = 1.0
    """What its energy readings are multiplied with: it bears a wrong unit (OCPP.md row 21)."""
    power_factor: float = 1.0
    """The same of its power readings."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site as configured; building one checks that its parts fit together."""

    site_id: SiteId
    name: str
    timezone: ZoneInfo
    """IANA zone of calendars, tariffs and display."""
    currency: str
    """ISO 4217."""
    voltage_v: float
    """Nominal volts from phase to neutral."""
    circuits: tuple[Circuit, ...]
    charge_points: tuple[ChargePoint, ...]
    building_circuit_id: CircuitId
    """Circuit on which the building's own load weighs."""
    building_peak_w: float = 0.0
    """Building load that is assumed wherever it is not measured, W."""
    fail_safe_a: float = 0.0
    """Current that each connector falls back to when Ampherd is silent, A on each phase."""

    def __post_init__(self) -> None:
        faults = tuple(_faults(self))
        if faults:
            raise ConfigurationError(f"site {self.site_id}: {faults[0]}", faults=faults)

    @cached_property
    def connectors(self) -> dict[ConnectorRef, Connector]:
        """Every connector by its reference, in the order of the configuration."""
        return {c.ref: c for point in self.charge_points for c in point.connectors}

    @cached_property
    def circuits_by_id(self) -> dict[CircuitId, Circuit]:
        """Every circuit by its id."""
        return {c.circuit_id: c for c in self.circuits}

    @cached_property
    def root(self) -> Circuit:
        """The grid connection."""
        return next(c for c in self.circuits if c.parent_id is None)

    def feeders(self, circuit_id: CircuitId) -> Iterator[Circuit]:
        """Yield the circuit and all that feed it, up to the grid connection."""
        at: CircuitId | None = circuit_id
        while at is not None:
            circuit = self.circuits_by_id[at]
            yield circuit
            at = circuit.parent_id

    def connectors_below(self, circuit_id: CircuitId) -> tuple[Connector, ...]:
        """Return the connectors that load `circuit_id`, directly or through circuits below it."""
        return tuple(
            connector
            for connector in self.connectors.values()
            if any(c.circuit_id == circuit_id for c in self.feeders(connector.circuit_id))
        )

    def building_weighs_on(self, circuit_id: CircuitId) -> bool:
        """Tell whether the building's load counts against `circuit_id`."""
        return any(c.circuit_id == circuit_id for c in self.feeders(self.building_circuit_id))


def _faults(site: Site) -> Iterator[str]:
    ids = [c.circuit_id for c in site.circuits]
    if len(set(ids)) != len(ids):
        yield "two circuits share an id"
    roots = [c for c in site.circuits if c.parent_id is None]
    if len(roots) != 1:
        yield f"one circuit must have no parent (the grid connection), not {len(roots)}"
    known = set(ids)
    parents = {c.circuit_id: c.parent_id for c in site.circuits}
    for circuit in site.circuits:
        if circuit.parent_id is not None and circuit.parent_id not in known:
            yield f"circuit {circuit.circuit_id}: its parent {circuit.parent_id} is not defined"
        if circuit.limit_a is None and circuit.limit_w is None and not circuit.line_limits:
            yield f"circuit {circuit.circuit_id}: needs limit_a, limit_w or line_limits"
        for line in circuit.line_limits:
            if not (line.weight_l1 or line.weight_l2 or line.weight_l3):
                yield f"circuit {circuit.circuit_id}: line {line.name} weighs no phase"
        seen: set[CircuitId] = set()
        at: CircuitId | None = circuit.circuit_id
        while at is not None and at in known:
            if at in seen:
                yield f"circuit {circuit.circuit_id}: feeds itself"
                break
            seen.add(at)
            at = parents[at]
    refs = [c.ref for point in site.charge_points for c in point.connectors]
    if len(set(refs)) != len(refs):
        yield "two connectors share a reference"
    if site.building_circuit_id not in known:
        yield f"building circuit {site.building_circuit_id} is not defined"
    for point in site.charge_points:
        for connector in point.connectors:
            if connector.circuit_id not in known:
                yield f"connector {connector.ref}: circuit {connector.circuit_id} is not defined"
            if connector.ref.connector_id < ConnectorId(1):
                yield f"connector {connector.ref}: connectors count from 1"
            if not connector.phases:
                yield f"connector {connector.ref}: needs at least one phase"

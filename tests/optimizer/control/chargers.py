"""Chargers that read profiles as OCPP says, independent of the guard's books: the oracle."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ocpp_core.domain.commands import Accepted, CommandResult, Rejected, SetProfile
from ocpp_core.domain.composite import (
    V16,
    Place,
    Session,
    Stack,
    StackingRules,
    limit_at,
    next_change,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    SiteId,
    TransactionId,
)
from ocpp_core.domain.plan import LimitReason
from ocpp_core.domain.profile import ChargingProfile, ProfilePurpose, RateUnit
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, LineLimit, Site
from ocpp_core.domain.units import THREE_PHASES, Phase
from optimizer.control import Target
from optimizer.control.forms import OrderForm
from tests.lines import magnitude_a

START = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
VOLTS = 230.0


def ref(name: str, number: int = 1) -> ConnectorRef:
    return ConnectorRef(ChargePointId(name), ConnectorId(number))


def want(limit_a: float) -> Target:
    return Target(limit_a=limit_a, reason=LimitReason.CAR, words="As fast as the car allows.")


def circuit(
    name: str,
    parent: str | None = None,
    *,
    a: float | None = None,
    w: float | None = None,
    lines: Sequence[tuple[float, float, float, float]] = (),
) -> Circuit:
    """`lines`: weights of L1, L2, L3 and the limit, A."""
    return Circuit(
        circuit_id=CircuitId(name),
        parent_id=None if parent is None else CircuitId(parent),
        limit_a=a,
        limit_w=w,
        line_limits=tuple(
            LineLimit(name=f"line {n}", weight_l1=l1, weight_l2=l2, weight_l3=l3, limit_a=most)
            for n, (l1, l2, l3, most) in enumerate(lines, 1)
        ),
    )


def point(
    name: str,
    on: str = "main",
    *,
    rating_a: float = 32,
    count: int = 1,
    phases: str = "123",
    fewest: int = 1,
) -> ChargePoint:
    return ChargePoint(
        charge_point_id=ChargePointId(name),
        connectors=tuple(
            Connector(
                ref=ref(name, number + 1),
                circuit_id=CircuitId(on),
                phases=tuple(Phase(f"L{p}") for p in phases),
                max_current_a=rating_a,
                fewest_phases=fewest,
            )
            for number in range(count)
        ),
    )


def site(
    *points: ChargePoint,
    circuits: Iterable[Circuit] = (),
    fail_safe_a: float = 0,
    building_peak_w: float = 0,
) -> Site:
    circuits = tuple(circuits) or (circuit("main", a=40),)
    return Site(
        site_id=SiteId("test"),
        name="Test",
        timezone=ZoneInfo("Europe/Berlin"),
        currency="EUR",
        voltage_v=VOLTS,
        circuits=circuits,
        charge_points=points,
        building_circuit_id=circuits[0].circuit_id,
        building_peak_w=building_peak_w,
        fail_safe_a=fail_safe_a,
    )


@dataclass
class Outlet:
    connector: Connector
    profiles: tuple[ChargingProfile, ...] = ()
    transaction_id: TransactionId | None = None


@dataclass(frozen=True, kw_only=True)
class Nature:
    """What a charger takes and what not, and how it understands watts."""

    units: frozenset[RateUnit] = frozenset(RateUnit)
    highest_level: int = 9
    takes_zero: bool = True
    takes_tx: bool = True
    """False: no TxProfile, in the running session neither."""
    sums_watts: bool = False
    """A limit in W is one for the sum, whichever phases a car uses, and `numberPhases` ignored."""

    @property
    def form(self) -> OrderForm:
        """The form of orders that it takes."""
        return OrderForm(
            rate_unit=RateUnit.A if RateUnit.A in self.units else RateUnit.W,
            session_purpose=ProfilePurpose.TX if self.takes_tx else ProfilePurpose.TX_DEFAULT,
            takes_zero=self.takes_zero,
        )

    def refuses(self, profile: ChargingProfile) -> bool:
        return (
            profile.rate_unit not in self.units
            or profile.stack_level > self.highest_level
            or (profile.purpose is ProfilePurpose.TX and not self.takes_tx)
            or (not self.takes_zero and any(p.limit == 0 for p in profile.periods))
        )


@dataclass
class ModelCharger:
    """Profiles by the book; unanswered commands in limbo may still be applied, in their order."""

    charge_point: ChargePoint
    clock_off_s: float = 0.0
    rules: StackingRules = V16
    nature: Nature = Nature()
    limbo: list[SetProfile] = field(default_factory=list)
    outlets: dict[ConnectorId, Outlet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outlets = {c.ref.connector_id: Outlet(c) for c in self.charge_point.connectors}

    def handle(self, command: SetProfile) -> CommandResult:
        outlet, new = self.outlets[command.connector_id], command.profile
        if self.nature.refuses(new):
            return Rejected(status="Rejected")
        if new.purpose is ProfilePurpose.TX and new.transaction_id != outlet.transaction_id:
            return Rejected(status="Rejected")
        outlet.profiles = tuple(_replaced(outlet.profiles, new))
        return Accepted()

    def start(self, connector_id: ConnectorId, transaction_id: TransactionId) -> None:
        self.outlets[connector_id].transaction_id = transaction_id

    def stop(self, connector_id: ConnectorId) -> None:
        outlet = self.outlets[connector_id]
        outlet.transaction_id = None
        outlet.profiles = tuple(p for p in outlet.profiles if p.purpose is not ProfilePurpose.TX)

    def reboot(self, *, keeps_session_profiles: bool, keeps_defaults: bool = True) -> None:
        for outlet in self.outlets.values():
            outlet.profiles = tuple(
                p
                for p in outlet.profiles
                if (keeps_session_profiles or p.purpose is not ProfilePurpose.TX)
                and (keeps_defaults or p.purpose is not ProfilePurpose.TX_DEFAULT)
            )

    def applies_a(self, connector_id: ConnectorId, at: datetime) -> float:
        """What the running session may draw now; 0 without one."""
        outlet = self.outlets[connector_id]
        if outlet.transaction_id is None:
            return 0.0
        return self._limit_a(outlet, outlet.profiles, outlet.transaction_id, at)

    def might_apply_a(self, connector_id: ConnectorId, at: datetime) -> float:
        """The highest limit at an instant should we fall silent now.

        Over every subset of the commands in limbo, over the running session going on, and over it
        having ended and another one having begun unseen.
        """
        outlet = self.outlets[connector_id]
        mine = [c.profile for c in self.limbo if c.connector_id == connector_id]
        mine = [p for p in mine if not self.nature.refuses(p)]
        ids = sorted({p.profile_id for p in mine})
        highest = 0.0
        for chosen in itertools.product(
            *([None, *(p for p in mine if p.profile_id == number)] for number in ids)
        ):
            profiles = outlet.profiles
            for new in chosen:
                if new is not None:
                    profiles = tuple(_replaced(profiles, new))
            for running in {None, outlet.transaction_id}:
                highest = max(highest, self._limit_a(outlet, profiles, running, at))
        return highest

    def _limit_a(
        self,
        outlet: Outlet,
        profiles: tuple[ChargingProfile, ...],
        running: TransactionId | None,
        at: datetime,
    ) -> float:
        """What a session may draw; `running` is None for one that we do not know of."""
        own_time, number = at + timedelta(seconds=self.clock_off_s), outlet.connector.ref
        stack = self._stack(number.connector_id, profiles, running)
        limit_a = limit_at(stack, number.connector_id, own_time).limit_a
        rating_a = outlet.connector.max_current_a
        return rating_a if limit_a is None else min(limit_a, rating_a)

    def _stack(
        self,
        connector_id: ConnectorId,
        profiles: tuple[ChargingProfile, ...],
        running: TransactionId | None,
    ) -> Stack:
        session = Session(started_at=START, transaction_id=running)
        return Stack(
            rules=self.rules,
            voltage_v=VOLTS,
            profiles={connector_id: tuple(map(self._understood, profiles))},
            places={connector_id: Place(session=session)},
        )

    def _understood(self, profile: ChargingProfile) -> ChargingProfile:
        """A charger that limits the sum gives all of it to the few phases that a car uses."""
        if not self.nature.sums_watts or profile.rate_unit is RateUnit.A:
            return profile
        phases = self.charge_point.connectors[0].fewest_phases
        return replace(
            profile,
            rate_unit=RateUnit.A,
            periods=tuple(
                replace(p, limit=(p.limit or 0.0) / VOLTS / phases, phase_count=None)
                for p in profile.periods
            ),
        )

    def breaks(self, after: datetime) -> Iterator[datetime]:
        """Yield the later instants at which a limit may change by itself."""
        off = timedelta(seconds=self.clock_off_s)
        for number, outlet in self.outlets.items():
            late = tuple(c.profile for c in self.limbo if c.connector_id == number)
            stack = self._stack(number, (*outlet.profiles, *late), outlet.transaction_id)
            own = next_change(stack, number, after + off)
            while own is not None:
                yield own - off
                own = next_change(stack, number, own)


def _replaced(
    profiles: tuple[ChargingProfile, ...], new: ChargingProfile
) -> Iterator[ChargingProfile]:
    """OCPP 1.6 section 5.16.2: same id, or same purpose and stack level, is replaced."""
    for old in profiles:
        same_place = old.purpose is new.purpose and old.stack_level == new.stack_level
        if old.profile_id != new.profile_id and not same_place:
            yield old
    yield new


@dataclass(frozen=True, kw_only=True)
class Load:
    """A sum that must not pass its limit."""

    circuit_id: CircuitId
    phase: Phase | None
    line: str = ""
    value: float
    limit: float

    @property
    def passes(self) -> bool:
        return self.value > self.limit + 1e-3


def loads(
    site: Site,
    currents_a: dict[ConnectorRef, float],
    building_w: float,
    lowered: dict[CircuitId, float] | None = None,
) -> list[Load]:
    """Add up by hand what flows through each circuit on each phase."""
    found = []
    for circuit in site.circuits:
        below = site.connectors_below(circuit.circuit_id)
        building = building_w if site.building_weighs_on(circuit.circuit_id) else 0.0
        limit_a = min(
            circuit.limit_a if circuit.limit_a is not None else 1e9,
            (lowered or {}).get(circuit.circuit_id, 1e9),
        )
        for phase in THREE_PHASES:
            amps = sum(currents_a[c.ref] for c in below if phase in c.phases)
            found.append(
                Load(
                    circuit_id=circuit.circuit_id,
                    phase=phase,
                    value=amps + building / 3 / site.voltage_v,
                    limit=limit_a,
                )
            )
        if circuit.limit_w is not None:
            watts = sum(currents_a[c.ref] * len(c.phases) * site.voltage_v for c in below)
            found.append(
                Load(
                    circuit_id=circuit.circuit_id,
                    phase=None,
                    value=watts + building,
                    limit=circuit.limit_w,
                )
            )
        for line in circuit.line_limits:
            on_phase = [
                sum(currents_a[c.ref] for c in below if p in c.phases) for p in THREE_PHASES
            ]
            base_a = building / 3 / site.voltage_v
            corners = itertools.product(*((base_a, base_a + amps) for amps in on_phase))
            found.append(
                Load(
                    circuit_id=circuit.circuit_id,
                    phase=None,
                    line=line.name,
                    value=max(magnitude_a(line, *corner) for corner in corners),
                    limit=line.limit_a,
                )
            )
    return found

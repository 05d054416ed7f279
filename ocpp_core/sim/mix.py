"""Who is in a made-up fleet: how many chargers, of which versions, with which faults and cars."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorId, ConnectorRef
from ocpp_core.domain.site import ChargePoint, Connector
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.faults import Fault
from ocpp_core.sim.link import LinkPolicy
from ocpp_core.sim.traits import ChargerTraits


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFault:
    """A fault and how many of the chargers have it."""

    fault: Fault
    chargers: float = 1.0
    """Share of the chargers, 0 to 1; who they are depends on the seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarMix:
    """The cars that come and go, all at random."""

    stay_s: float = 30.0
    """Mean stay, s."""
    gap_s: float = 5.0
    """Mean time between two cars at a connector, s."""
    energy_wh: tuple[float, float] | None = None
    """Least and most that a car wants, Wh; None: about what it can get during a stay."""
    max_current_a: tuple[float, ...] = (16.0, 32.0)
    """Cars' own limits on each phase, A; one of them, evenly."""
    one_phase_share: float = 0.5
    """Share of cars that charge on one phase; the others do on three."""
    tokens: tuple[str, ...] = ()
    """Tokens that drivers present in turn; empty: made up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetMix:
    """A made-up fleet; the same seed gives the same fleet."""

    chargers: int = 10
    connectors: int = 1
    """Of each charger."""
    prefix: str = "SIM-"
    """Identities are PREFIX001, PREFIX002, …"""
    max_current_a: float = 32.0
    """Rating of each connector on each of three phases, A."""
    versions: Mapping[Version, float] = field(default_factory=lambda: {Version.V16: 1.0})
    """Weights."""
    meter_interval_s: int = 60
    cars: CarMix = field(default_factory=CarMix)
    faults: tuple[SharedFault, ...] = ()
    seed: int = 0

    def points(self) -> tuple[ChargePoint, ...]:
        """Return the charge points with three-phase connectors."""
        return tuple(
            ChargePoint(
                charge_point_id=(identity := ChargePointId(f"{self.prefix}{number:03d}")),
                connectors=tuple(
                    Connector(
                        ref=ConnectorRef(identity, ConnectorId(connector)),
                        circuit_id=CircuitId("grid"),
                        max_current_a=self.max_current_a,
                    )
                    for connector in range(1, self.connectors + 1)
                ),
            )
            for number in range(1, self.chargers + 1)
        )

    def traits(self, policy: LinkPolicy | None = None) -> tuple[ChargerTraits, ...]:
        """Return the traits of each charger, in the order of `points`."""
        versions = self._versions()
        having = [self._chosen(number, shared) for number, shared in enumerate(self.faults)]
        return tuple(
            ChargerTraits(
                version=versions[charger],
                faults=tuple(
                    shared.fault
                    for shared, chosen in zip(self.faults, having, strict=True)
                    if charger in chosen
                ),
                policy=policy or LinkPolicy(),
            )
            for charger in range(self.chargers)
        )

    def _versions(self) -> list[Version]:
        """Give each version its share as exactly as whole chargers can, in a mixed order."""
        weights = {v: w for v, w in self.versions.items() if w > 0}
        total = sum(weights.values())
        exact = {v: self.chargers * w / total for v, w in weights.items()}
        counts = {v: int(share) for v, share in exact.items()}
        by_rest = sorted(exact, key=lambda v: counts[v] - exact[v])
        for version in by_rest[: self.chargers - sum(counts.values())]:
            counts[version] += 1
        listed = [version for version, count in counts.items() for _ in range(count)]
        random.Random(f"{self.seed}/versions").shuffle(listed)  # noqa: S311 - repeatable
        return listed

    def _chosen(self, number: int, shared: SharedFault) -> frozenset[int]:
        count = round(shared.chargers * self.chargers)
        chance = random.Random(f"{self.seed}/{number}/{shared.fault.kind}")  # noqa: S311 - see above
        return frozenset(chance.sample(range(self.chargers), count))

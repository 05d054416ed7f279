"""Made-up traffic against any central system: a fleet of chargers with cars that come and go."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ocpp_core.domain.car import Car
from ocpp_core.domain.clock import AlarmClock, sleep
from ocpp_core.domain.ids import ChargePointId, IdToken
from ocpp_core.domain.site import Connector
from ocpp_core.sim.charger import SimulatedCharger
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.link import LinkPolicy
from ocpp_core.sim.mix import CarMix, FleetMix
from ocpp_core.sim.terminal import AnsweredListener
from ocpp_core.sim.witness import Witness

_MOST_TOLD = 50
"""Lines of violations and refusals in a summary, the most frequent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSummary:
    """How it went; everything is counted from the start."""

    chargers: int
    versions: Mapping[str, int]
    connected: int
    """Chargers that are connected and accepted now."""
    ever_connected: int
    sent: int
    """CALLs of the chargers, each attempt."""
    answered: int
    refused: int
    """Answered with CALLERROR."""
    timed_out: int
    link_lost: int
    """Sent and unanswered when the link died."""
    waiting: int
    """Transaction messages that are not delivered."""
    discarded: int
    """Transaction messages that were given up."""
    messages: Mapping[str, int]
    """Answered CALLs by action."""
    orders: Mapping[str, int]
    """CALLs of the server by action."""
    plugged: int
    """Cars that came."""
    energy_wh: float
    """What cars took."""
    faults: Mapping[str, int]
    """What went wrong on purpose, by the word of the fault."""
    violations: Mapping[str, int]
    """What the server did against the specification, in words."""
    refusals: Mapping[str, int]
    """Refusals of either side, in words."""
    failures: Mapping[str, int]
    """Why chargers are not connected, in words."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


class Fleet:
    """Chargers with cars that come and go, until cancelled."""

    def __init__(
        self,
        url: str,
        mix: FleetMix,
        *,
        clock: AlarmClock,
        password: bytes | None = None,
        passwords: Mapping[ChargePointId, bytes] | None = None,
        tls: ssl.SSLContext | None = None,
        policy: LinkPolicy | None = None,
        on_answered: AnsweredListener | None = None,
    ) -> None:
        self.mix = mix
        self._clock = clock
        self._plugged = 0
        self._violations: Counter[str] = Counter()
        witnesses = {version: Witness(version, self._violations) for version in Version}
        self.chargers = tuple(
            SimulatedCharger(
                point=point,
                url=url,
                clock=clock,
                password=(passwords or {}).get(point.charge_point_id, password),
                meter_interval_s=mix.meter_interval_s,
                traits=traits,
                on_answered=on_answered,
                seed=mix.seed,
                tls=tls,
                witness=witnesses[traits.version],
            )
            for point, traits in zip(mix.points(), mix.traits(policy), strict=True)
        )

    async def run(self) -> None:
        """Be a fleet; a fault of the simulation itself is raised here."""
        async with asyncio.TaskGroup() as group:
            for charger in self.chargers:
                group.create_task(charger.run())
                for connector in charger.point.connectors:
                    # Made-up cars need no secrets; what matters is that a seed repeats them.
                    chance = random.Random(f"{self.mix.seed}/{connector.ref}")  # noqa: S311
                    group.create_task(self._cars(charger, connector, chance))

    def summary(self) -> FleetSummary:
        """Return how it went so far."""
        counted: Counter[str] = Counter()
        refusals: Counter[str] = Counter()
        failures: Counter[str] = Counter()
        orders: Counter[str] = Counter()
        for charger in self.chargers:
            counted += charger.counters
            orders += charger.terminal.link.orders
            refusals.update(charger.findings)
            if not charger.connected and charger.terminal.link.last_failure:
                failures[charger.terminal.link.last_failure[:200]] += 1
        outlets = [bay.outlet for c in self.chargers for bay in c.bays.values()]
        for outlet in outlets:
            outlet.advance(self._clock.now())
        ends = ("answered", "refused", "timed-out", "link-lost")
        return FleetSummary(
            chargers=len(self.chargers),
            versions=dict(Counter(c.traits.version.value for c in self.chargers)),
            connected=sum(c.connected for c in self.chargers),
            ever_connected=sum(c.terminal.link.connects > 0 for c in self.chargers),
            sent=sum(counted[end] for end in ends),
            answered=counted["answered"],
            refused=counted["refused"],
            timed_out=counted["timed-out"],
            link_lost=counted["link-lost"],
            waiting=sum(c.queued for c in self.chargers),
            discarded=sum(len(c.discarded) for c in self.chargers),
            messages={name: n for name, n in sorted(counted.items()) if name[:1].isupper()},
            orders=_sorted(orders),
            plugged=self._plugged,
            energy_wh=round(sum(outlet.register_wh for outlet in outlets), 3),
            faults=_sorted(
                Counter(
                    {
                        name.removeprefix("fault:"): count
                        for name, count in counted.items()
                        if name.startswith("fault:")
                    }
                )
            ),
            violations=dict(self._violations.most_common(_MOST_TOLD)),
            refusals=dict(refusals.most_common(_MOST_TOLD)),
            failures=dict(failures.most_common(_MOST_TOLD)),
        )

    async def _cars(
        self, charger: SimulatedCharger, connector: Connector, chance: random.Random
    ) -> None:
        mix, number = self.mix.cars, 0
        while True:
            await sleep(self._clock, chance.expovariate(1 / mix.gap_s))
            number += 1
            car = _car(mix, connector, charger.voltage_v, chance)
            if mix.tokens:
                token = IdToken(chance.choice(mix.tokens))
            else:
                token = IdToken(f"TAG-{connector.ref.charge_point_id[-12:]}-{number % 100:02d}")
            self._plugged += 1
            await charger.plug_in(connector.ref.connector_id, car, token)
            await sleep(self._clock, max(1.0, chance.expovariate(1 / mix.stay_s)))
            await charger.unplug(connector.ref.connector_id)


def _car(mix: CarMix, connector: Connector, voltage_v: float, chance: random.Random) -> Car:
    if mix.energy_wh is None:
        most_w = connector.max_current_a * 3 * voltage_v
        energy_wh = chance.uniform(0.2, 1.2) * mix.stay_s * most_w / 3600
    else:
        energy_wh = chance.uniform(*mix.energy_wh)
    return Car(
        energy_wh=energy_wh,
        max_current_a=min(connector.max_current_a, chance.choice(mix.max_current_a)),
        phase_count=1 if chance.random() < mix.one_phase_share else 3,
        voltage_v=voltage_v,
    )


def _sorted(counted: Counter[str]) -> dict[str, int]:
    return {name: counted[name] for name in sorted(counted)}

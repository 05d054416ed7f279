"""Endless made-up traffic against any central system, with a journal of what it answered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from typing import IO

import msgspec

from ocpp_core.domain.car import Car
from ocpp_core.domain.clock import AlarmClock, sleep
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorId, ConnectorRef, IdToken
from ocpp_core.domain.site import ChargePoint, Connector
from ocpp_core.sim.charger import ChargerTraits, SimulatedCharger
from ocpp_core.sim.link import LinkPolicy
from ocpp_core.sim.terminal import AnsweredCall


def synthetic_points(
    count: int, *, connectors: int = 1, prefix: str = "SIM-", max_current_a: float = 32.0
) -> tuple[ChargePoint, ...]:
    """Return charge points `SIM-001`, `SIM-002`, … with three-phase connectors."""
    return tuple(
        ChargePoint(
            charge_point_id=(identity := ChargePointId(f"{prefix}{number:03d}")),
            connectors=tuple(
                Connector(
                    ref=ConnectorRef(identity, ConnectorId(connector)),
                    circuit_id=CircuitId("grid"),
                    max_current_a=max_current_a,
                )
                for connector in range(1, connectors + 1)
            ),
        )
        for number in range(1, count + 1)
    )


class Journal:
    """Writes one JSON line for each answered CALL, and flushes it before anything else happens."""

    def __init__(self, file: IO[bytes], now: Callable[[], datetime]) -> None:
        self._file = file
        self._now = now
        self._encode = msgspec.json.Encoder().encode

    def __call__(self, call: AnsweredCall) -> None:
        """Take note of an answered CALL."""
        line = {
            "at": self._now(),
            "charge_point_id": call.charge_point_id,
            "message_id": call.message_id,
            "action": call.action,
            "payload": call.payload,
            "answer": call.answer,
        }
        self._file.write(self._encode(line) + b"\n")
        self._file.flush()


async def run_simulator(
    url: str,
    points: tuple[ChargePoint, ...],
    *,
    clock: AlarmClock,
    seed: int = 0,
    stay_s: float = 30.0,
    gap_s: float = 5.0,
    meter_interval_s: int = 2,
    password: bytes | None = None,
    journal: Journal | None = None,
    policy: LinkPolicy | None = None,
) -> None:
    """Let cars come and go at every connector until cancelled, each stay and gap at random.

    `stay_s` and `gap_s` are means; the same seed gives the same cars.
    """
    traits = ChargerTraits(policy=policy or LinkPolicy())
    async with asyncio.TaskGroup() as group:
        for point in points:
            charger = SimulatedCharger(
                point=point,
                url=url,
                clock=clock,
                password=password,
                meter_interval_s=meter_interval_s,
                traits=traits,
                on_answered=journal,
                seed=seed,
            )
            group.create_task(charger.run())
            for connector in point.connectors:
                # Made-up cars need no secrets; what matters is that a seed repeats them.
                chance = random.Random(f"{seed}/{connector.ref}")  # noqa: S311 - see above
                group.create_task(_cars(charger, connector, clock, chance, stay_s, gap_s))


async def _cars(
    charger: SimulatedCharger,
    connector: Connector,
    clock: AlarmClock,
    chance: random.Random,
    stay_s: float,
    gap_s: float,
) -> None:
    number = 0
    connector_id = connector.ref.connector_id
    while True:
        await sleep(clock, chance.expovariate(1 / gap_s))
        number += 1
        car = Car(
            energy_wh=chance.uniform(0.2, 1.2) * stay_s * connector.max_current_a * 690 / 3600,
            max_current_a=min(connector.max_current_a, chance.choice((16.0, 32.0))),
            phase_count=chance.choice((1, 3)),
            voltage_v=charger.voltage_v,
        )
        token = IdToken(f"TAG-{connector.ref.charge_point_id[-12:]}-{number % 100:02d}"[-20:])
        await charger.plug_in(connector_id, car, token)
        await sleep(clock, max(1.0, chance.expovariate(1 / stay_s)))
        await charger.unplug(connector_id)

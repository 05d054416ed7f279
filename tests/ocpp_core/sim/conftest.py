"""A server, a clock and a charger for tests of the simulators."""

from collections.abc import AsyncIterator, Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ocpp_core.domain.clock import PacedClock
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorId, ConnectorRef
from ocpp_core.domain.site import ChargePoint, Connector
from ocpp_core.sim.charger import SimulatedCharger
from ocpp_core.sim.link import LinkPolicy
from ocpp_core.sim.traits import ChargerTraits
from tests.ocpp_core.sim.csms import TestCsms

START = datetime(2026, 3, 2, 8, tzinfo=UTC)

QUICK = LinkPolicy(call_timeout_s=5, first_backoff_s=0.01, longest_backoff_s=0.05)

TRAITS = {field.name for field in fields(ChargerTraits)}

type MakeCharger = Callable[..., SimulatedCharger]


def point(connectors: int = 1, identity: str = "CP-1") -> ChargePoint:
    name = ChargePointId(identity)
    return ChargePoint(
        charge_point_id=name,
        connectors=tuple(
            Connector(
                ref=ConnectorRef(name, ConnectorId(number)),
                circuit_id=CircuitId("grid"),
                max_current_a=32,
            )
            for number in range(1, connectors + 1)
        ),
    )


class Timeline:
    """A paced clock that a test moves itself."""

    def __init__(self) -> None:
        self.clock = PacedClock(START, 1)

    async def passes(self, **duration: float) -> None:
        """Let simulated time pass, with everything that it causes."""
        await self.clock.advance_to(self.clock.now() + timedelta(**duration))


@pytest.fixture
async def csms() -> AsyncIterator[TestCsms]:
    async with TestCsms() as server:
        yield server


@pytest.fixture
def time() -> Timeline:
    return Timeline()


@pytest.fixture
def charger(csms: TestCsms, time: Timeline) -> MakeCharger:
    def make(connectors: int = 1, **changes: Any) -> SimulatedCharger:
        traits = {name: changes.pop(name) for name in TRAITS & changes.keys()}
        return SimulatedCharger(
            point=point(connectors),
            clock=time.clock,
            traits=ChargerTraits(**{"policy": QUICK, **traits}),
            **{"url": csms.url, **changes},
        )

    return make

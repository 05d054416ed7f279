"""A central system and a simulated charger that talk over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from ocpp_core.domain.clock import PacedClock
from ocpp_core.domain.commands import Command, CommandResult
from ocpp_core.domain.events import Transfer, TransferStatusChanged
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import RefusedRequest, SignedCertificate
from ocpp_core.sim.charger import SimulatedCharger
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.link import LinkPolicy
from ocpp_core.sim.traits import ChargerTraits
from tests.ocpp_core.csms.rig import START, MakeRig, Rig, charge_point
from tests.ocpp_core.sim.test_certificates import Authority

CP1 = ChargePointId("CP1")


class CaringAuthority:
    """Signs as a site's authority does."""

    def __init__(self) -> None:
        self.root = Authority()

    def sign(
        self, csr_pem: str, charge_point_id: ChargePointId
    ) -> SignedCertificate | RefusedRequest:
        del charge_point_id
        return SignedCertificate(
            chain_pem=self.root.sign(csr_pem), serial_number="1F", expires_at=START
        )


@dataclass
class Pair:
    """A server and a charger that talk."""

    rig: Rig
    charger: SimulatedCharger
    clock: PacedClock

    async def send(self, command: Command) -> CommandResult:
        return await self.rig.system.send(CP1, command)

    async def passes(self, **duration: float) -> None:
        await self.clock.advance_to(self.clock.now() + timedelta(**duration))

    def transfers(self, kind: Transfer) -> list[tuple[str, int | None]]:
        return [
            (event.status, event.request_id)
            for message in self.rig.ledger.messages
            if isinstance(event := message.event, TransferStatusChanged) and event.transfer is kind
        ]

    def events[T](self, kind: type[T]) -> list[T]:
        return [m.event for m in self.rig.ledger.messages if isinstance(m.event, kind)]


@asynccontextmanager
async def talking(make_rig: MakeRig, version: Version) -> AsyncIterator[Pair]:
    """Start both; the charger has booted."""
    rig = await make_rig(authority=CaringAuthority(), certificate_delay_s=0.0)
    clock = PacedClock(START, 1)
    charger = SimulatedCharger(
        point=charge_point("CP1"),
        url=rig.url("").rstrip("/"),
        clock=clock,
        traits=ChargerTraits(
            version=version, policy=LinkPolicy(first_backoff_s=0.01, longest_backoff_s=0.05)
        ),
    )
    async with charger:
        await charger.ready()
        yield Pair(rig, charger, clock)

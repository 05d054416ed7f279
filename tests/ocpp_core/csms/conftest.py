"""Central systems for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.memory_ledger import MemoryLedger
from ocpp_core.csms.server import CentralSystem, CentralSystemOptions
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ChargePointId, IdToken
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.security import SecurityProfile
from ocpp_core.domain.tokens import KnownToken, MemoryTokenBook
from tests.ocpp_core.csms.rig import START, MakeRig, Recorder, Rig, site


@pytest.fixture
async def make_rig() -> AsyncIterator[MakeRig]:
    """Start central systems with the options that a test wants."""
    async with AsyncExitStack() as stack:

        async def make(
            *, passwords: dict[ChargePointId, bytes] | None = None, **options: Any
        ) -> Rig:
            credentials = options.pop("credentials", None)
            live, listener, ledger = LiveSite(site()), Recorder(), MemoryLedger()
            clock = ManualClock(START)
            tokens = MemoryTokenBook(
                [
                    KnownToken(id_token=IdToken("GOOD")),
                    KnownToken(id_token=IdToken("BAD"), status=AuthorizationStatus.BLOCKED),
                ]
            )
            system = CentralSystem(
                live=live,
                ledger=ledger,
                tokens=tokens,
                clock=clock,
                listener=listener,
                credentials=credentials
                or MemoryCredentials(keys=passwords, others=SecurityProfile.NONE),
                options=CentralSystemOptions(**{"port": 0} | options),
            )
            await system.start()
            stack.push_async_callback(system.stop)
            return Rig(system, ledger, live, listener, clock, stack)

        yield make


@pytest.fixture
async def rig(make_rig: MakeRig) -> Rig:
    return await make_rig()

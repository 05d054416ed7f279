"""Central systems for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from ocpp_core.csms.handshake import Throttle
from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.memory_ledger import MemoryLedger
from ocpp_core.csms.server import CentralSystem, CentralSystemOptions
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ChargePointId, IdToken
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.ports import CertificateAuthority, Credentials
from ocpp_core.domain.security import SecurityProfile
from ocpp_core.domain.tokens import KnownToken, MemoryTokenBook
from tests.ocpp_core.csms.rig import START, MakeRig, Recorder, Rig, site

TOKENS = (
    KnownToken(id_token=IdToken("GOOD")),
    KnownToken(id_token=IdToken("BAD"), status=AuthorizationStatus.BLOCKED),
)


@asynccontextmanager
async def new_rig(
    *,
    passwords: dict[ChargePointId, bytes] | None = None,
    credentials: Credentials | None = None,
    throttle_of: Throttle | None = None,
    authority: CertificateAuthority | None = None,
    tokens: Sequence[KnownToken] = TOKENS,
    **options: Any,
) -> AsyncIterator[Rig]:
    """Start a central system; without credentials it asks those for one who have one."""
    live, listener, ledger = LiveSite(site()), Recorder(), MemoryLedger()
    clock = ManualClock(START)
    system = CentralSystem(
        live=live,
        ledger=ledger,
        tokens=MemoryTokenBook(tokens),
        clock=clock,
        listener=listener,
        credentials=credentials or MemoryCredentials(keys=passwords, others=SecurityProfile.NONE),
        authority=authority,
        throttle=throttle_of,
        options=CentralSystemOptions(**{"port": 0} | options),
    )
    await system.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(system.stop)
        yield Rig(system, ledger, live, listener, clock, stack)


@pytest.fixture
async def make_rig() -> AsyncIterator[MakeRig]:
    """Start central systems with the options that a test wants."""
    async with AsyncExitStack() as stack:

        async def make(**options: Any) -> Rig:
            return await stack.enter_async_context(new_rig(**options))

        yield make


@pytest.fixture
async def rig(make_rig: MakeRig) -> Rig:
    return await make_rig()

"""A central system with a real store, and chargers that say odd things over a real socket."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analytics.store import Store
from analytics.writer import CommitPolicy
from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.server import CentralSystem, CentralSystemOptions
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, IdToken
from ocpp_core.domain.live import LiveConnector, LiveSite
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.security import SecurityProfile
from ocpp_core.domain.site import Site
from ocpp_core.domain.tokens import KnownToken, MemoryTokenBook
from tests.analytics.builders import SITE_TARIFF, TARIFF, make_site
from tests.ocpp_core.csms.rig import START, Charger, Recorder, Rig

CHARGERS = 80
"""One for each test of a module, with two connectors each."""


@dataclass
class Depot:
    """The store of a module's tests, and which of its chargers are taken."""

    path: Path
    site: Site = field(default_factory=lambda: make_site(chargers=CHARGERS, connectors=2))
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.clock = ManualClock(START)
        self.store = self.open()

    def open(self) -> Store:
        return Store.open(
            self.path,
            site=self.site,
            driver_tariff=TARIFF,
            site_tariff=SITE_TARIFF,
            clock=self.clock,
            policy=CommitPolicy(window_s=0),
        )

    def close(self) -> None:
        asyncio.run(self.store.close())

    async def reopen(self) -> None:
        """End the process that owns the file, as far as its memory goes, and start another."""
        await self.store.close()
        self.store = self.open()


@dataclass
class Yard:
    """One test's charger and everything around it."""

    depot: Depot
    rig: Rig
    name: str

    @property
    def live(self) -> LiveSite:
        return self.rig.live

    @property
    def messages(self) -> list[StoredMessage]:
        return self.rig.listener.messages

    def connector(self, number: int = 1) -> LiveConnector:
        found = self.live.connector(ConnectorRef(ChargePointId(self.name), ConnectorId(number)))
        assert found is not None
        return found

    async def charger(self, version: str = "ocpp1.6") -> Charger:
        return await self.rig.charger(self.name, subprotocols=(version,))

    async def says(self, *frames: list[Any], by: Charger | None = None) -> list[Any]:
        """Send CALLs one after another and return their answers.

        Whatever they say: each is answered under its id and kept as it was on the wire, the link
        stays, and nothing went wrong inside.
        """
        charger = by or await self.charger()
        answers = []
        for frame in frames:
            await charger.send(frame)
            answers.append(await charger.receive())
        assert [frame[1] for frame in frames] == [answer[1] for answer in answers]
        kept = {frame for (frame,) in self.rows("SELECT frame FROM ocpp_message WHERE {mine}")}
        assert {json.dumps(frame) for frame in frames} <= kept
        assert await charger.is_alive()
        assert 0 == self.rig.count("internal_errors")
        return answers

    async def result(self, action: str, payload: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Send one CALL and return the payload of its CALLRESULT."""
        (answer,) = await self.says([2, f"r{next(_ids)}", action, payload], **options)
        assert 3 == answer[0], answer
        result: dict[str, Any] = answer[2]
        return result

    async def starts(self, by: Charger | None = None, **changes: Any) -> int:
        """Start a transaction and return its id."""
        payload = {
            "connectorId": 1,
            "idTag": "A",
            "meterStart": 1000,
            "timestamp": "2026-03-01T09:00:00Z",
        } | changes
        number: int = (await self.result("StartTransaction", payload, by=by))["transactionId"]
        return number

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """Select from the tables; `{mine}` stands for the rows of this test's charger."""
        select = select.replace("{mine}", f"charge_point_id = '{self.name}'")
        with self.depot.store._database.connection.cursor() as cursor:
            return cursor.execute(select).fetchall()

    def samples(self) -> list[tuple[Any, ...]]:
        """Return what was measured: measurand, phase, value, unit and whether it is doubted."""
        return self.rows(
            "SELECT measurand, phase, value, unit, doubt <> '' FROM meter_sample WHERE {mine} "
            "ORDER BY ALL"
        )

    def findings(self) -> str:
        """Return every finding about this charger's messages."""
        found = self.rows("SELECT findings FROM ocpp_message WHERE {mine} ORDER BY seq")
        return "\n".join(words for (words,) in found if words)

    def sessions(self) -> list[tuple[Any, ...]]:
        """Return transaction, kWh, trust and whether it has ended, of each session."""
        return self.rows(
            "SELECT transaction_id, energy_wh / 1000, trust, ended_at IS NOT NULL FROM session "
            "WHERE {mine} ORDER BY transaction_id"
        )


_ids = itertools.count(1)


@asynccontextmanager
async def serving(depot: Depot, name: str | None = None, **options: Any) -> AsyncIterator[Yard]:
    """Start a server that knows what its store knows."""
    live, listener = LiveSite(depot.site), Recorder()
    depot.store._writer._loop = None  # each test has an event loop of its own
    depot.store.load_live(live)
    tokens = MemoryTokenBook(
        [
            KnownToken(id_token=IdToken("A")),
            KnownToken(id_token=IdToken("BAD"), status=AuthorizationStatus.BLOCKED),
        ]
    )
    system = CentralSystem(
        live=live,
        ledger=depot.store,
        tokens=tokens,
        clock=depot.clock,
        listener=listener,
        credentials=MemoryCredentials(others=SecurityProfile.NONE),
        options=CentralSystemOptions(**{"port": 0} | options),
    )
    await system.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(system.stop)
        # Nothing here asks the rig for its ledger: that is the store.
        rig = Rig(system, None, live, listener, depot.clock, stack)  # type: ignore[arg-type]
        yield Yard(depot, rig, name or f"CP-{next(depot.numbers)}")

"""A central system on a loopback socket, and raw WebSocket clients that play the charger."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ocpp_core.csms.memory_ledger import MemoryLedger
from ocpp_core.csms.server import CentralSystem
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    SiteId,
)
from ocpp_core.domain.live import LinkChange, LiveSite
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site

START = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
GRID = CircuitId("grid")


def charge_point(name: str, connectors: int = 2) -> ChargePoint:
    return ChargePoint(
        charge_point_id=ChargePointId(name),
        connectors=tuple(
            Connector(
                ref=ConnectorRef(ChargePointId(name), ConnectorId(number)),
                circuit_id=GRID,
                max_current_a=32.0,
            )
            for number in range(1, connectors + 1)
        ),
    )


def site() -> Site:
    return Site(
        site_id=SiteId("test"),
        name="Test",
        timezone=ZoneInfo("Europe/Berlin"),
        currency="EUR",
        voltage_v=230.0,
        circuits=(Circuit(circuit_id=GRID, limit_a=100.0),),
        charge_points=(charge_point("CP1"), charge_point("CP2"), charge_point("RDAM|123")),
        building_circuit_id=GRID,
    )


class Recorder:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.messages: list[StoredMessage] = []
        self.links: list[LinkChange] = []
        self.on_commit: Callable[[StoredMessage], None] = lambda _: None

    def committed(self, message: StoredMessage) -> None:
        self.messages.append(message)
        self.on_commit(message)

    def link_changed(self, change: LinkChange) -> None:
        self.links.append(change)


@dataclass
class Charger:
    """The charger's end of a link."""

    socket: ClientConnection
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def send(self, frame: object) -> None:
        """Send a frame: text and bytes as they are, anything else as JSON."""
        if isinstance(frame, bytes):
            await self.socket.send(frame, text=True)
        else:
            await self.socket.send(frame if isinstance(frame, str) else json.dumps(frame))

    async def receive(self) -> Any:
        async with asyncio.timeout(5):
            return json.loads(await self.socket.recv())

    async def call(self, action: str, payload: object, message_id: str | None = None) -> Any:
        """Send a CALL and return the frame that answers it."""
        message_id = message_id or f"m{next(self._ids)}"
        await self.send([2, message_id, action, payload])
        answer = await self.receive()
        assert message_id == answer[1]
        return answer

    async def result(self, action: str, payload: object) -> Any:
        """Send a CALL and return the payload of its CALLRESULT."""
        answer = await self.call(action, payload)
        assert 3 == answer[0], answer
        return answer[2]

    async def start(self, **changes: object) -> int:
        """Start a transaction and return its id."""
        payload = start_payload(**changes)
        transaction_id: int = (await self.result("StartTransaction", payload))["transactionId"]
        return transaction_id

    async def closed(self) -> tuple[int, str]:
        """Wait for the server to close; return code and reason."""
        async with asyncio.timeout(5):
            await self.socket.wait_closed()
        closing = self.socket.protocol.close_rcvd
        return (closing.code, closing.reason) if closing else (1006, "")

    def abort(self) -> None:
        """Vanish without a goodbye."""
        self.socket.transport.abort()

    async def is_alive(self) -> bool:
        return "currentTime" in await self.result("Heartbeat", {})


def start_payload(**changes: object) -> dict[str, object]:
    return {
        "connectorId": 1,
        "idTag": "GOOD",
        "meterStart": 100,
        "timestamp": "2026-03-01T09:59:00Z",
    } | changes


def stop_payload(transaction_id: int, **changes: object) -> dict[str, object]:
    return {
        "transactionId": transaction_id,
        "idTag": "GOOD",
        "meterStop": 5100,
        "timestamp": "2026-03-01T10:30:00Z",
    } | changes


@dataclass
class Rig:
    """Everything around one central system."""

    system: CentralSystem
    ledger: MemoryLedger
    live: LiveSite
    listener: Recorder
    clock: ManualClock
    stack: AsyncExitStack

    def url(self, name: str, path: str = "/ocpp/", *, secure: bool = False) -> str:
        if secure:
            return f"wss://127.0.0.1:{self.system.tls_port}{path}{name}"
        return f"ws://127.0.0.1:{self.system.port}{path}{name}"

    async def charger(
        self,
        name: str = "CP1",
        *,
        path: str = "/ocpp/",
        subprotocols: tuple[str, ...] | None = ("ocpp1.6",),
        **options: Any,
    ) -> Charger:
        """Connect a charger, closed at the end of the test."""
        offered = None if subprotocols is None else [Subprotocol(s) for s in subprotocols]
        url = self.url(name, path, secure="ssl" in options)
        socket = await self.stack.enter_async_context(
            connect(url, subprotocols=offered, compression=None, **options)
        )
        return Charger(socket)

    def count(self, name: str) -> int:
        return self.system.counters[name]


async def eventually(condition: Callable[[], bool]) -> None:
    """Let the loop run until `condition` holds; for effects at the far end of a socket."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the server has no event for each of its effects
            await asyncio.sleep(0.001)


type MakeRig = Callable[..., Awaitable[Rig]]

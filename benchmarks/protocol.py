"""Server CPU for one MeterValues, without storage: socket, frame, decode, decide, answer.

50 chargers on loopback, each sending its next message when the last one is answered. They run in a
process of their own and speak raw frames, so that the CPU of this process is the server's alone.
Nothing is durable here: the ledger forgets.
"""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import multiprocessing.connection
import os
import statistics
import time
from zoneinfo import ZoneInfo

import structlog

from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.memory_ledger import MemoryLedger
from ocpp_core.csms.server import CentralSystem, CentralSystemOptions
from ocpp_core.domain.clock import SystemClock
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorId, ConnectorRef, SiteId
from ocpp_core.domain.live import LinkChange, LiveSite
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.security import SecurityProfile
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.domain.tokens import MemoryTokenBook

CHARGERS = 50
ROUNDS = 5
MESSAGES = 200
"""By each charger in each round."""

SAMPLES = [
    {"value": "1234567", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
    {"value": "11040.0", "measurand": "Power.Active.Import", "unit": "W"},
    *(
        {"value": "16.0", "measurand": "Current.Import", "phase": phase, "unit": "A"}
        for phase in ("L1", "L2", "L3")
    ),
    *(
        {"value": "230.1", "measurand": "Voltage", "phase": f"{phase}-N", "unit": "V"}
        for phase in ("L1", "L2", "L3")
    ),
]


class _Nobody:
    """A listener that does nothing."""

    def committed(self, message: StoredMessage) -> None:
        """Take no note."""

    def link_changed(self, change: LinkChange) -> None:
        """Take no note."""


def main() -> dict[str, object]:
    """Run the benchmark, print its table and return its numbers."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        import uvloop  # noqa: PLC0415 - it does not exist everywhere
    except ImportError:
        result = asyncio.run(_measure())
        loop = "asyncio"
    else:
        result = uvloop.run(_measure())
        loop = "uvloop"
    cpu_us, rate = result
    print(f"{'server CPU / MeterValues':<28}{'answered / s':>14}  loop")
    middle = statistics.median(cpu_us)
    spread = f"({min(cpu_us):.1f}-{max(cpu_us):.1f})"
    print(f"{middle:.1f} us {spread:<20}{statistics.median(rate):>14,.0f}  {loop}")
    return {
        "cpu_us_per_message": [round(value, 2) for value in cpu_us],
        "cpu_us_median": round(middle, 2),
        "answered_per_s": [round(value) for value in rate],
        "chargers": CHARGERS,
        "messages_per_round": CHARGERS * MESSAGES,
        "durable": False,
        "loop": loop,
    }


async def _measure() -> tuple[list[float], list[float]]:
    system = CentralSystem(
        live=LiveSite(_site()),
        ledger=MemoryLedger(keep=False),
        tokens=MemoryTokenBook(),
        clock=SystemClock(),
        listener=_Nobody(),
        credentials=MemoryCredentials(others=SecurityProfile.NONE),
        options=CentralSystemOptions(port=0),
    )
    cpu_us: list[float] = []
    rate: list[float] = []
    async with system:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        load = context.Process(target=_load, args=(system.port, theirs), daemon=True)
        load.start()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, ours.recv)  # connected and warm
        for _ in range(ROUNDS):
            before, begun = time.process_time(), time.perf_counter()
            ours.send("go")
            await loop.run_in_executor(None, ours.recv)
            spent, took = time.process_time() - before, time.perf_counter() - begun
            cpu_us.append(spent * 1e6 / (CHARGERS * MESSAGES))
            rate.append(CHARGERS * MESSAGES / took)
        ours.send(None)
        await loop.run_in_executor(None, load.join)
        refused = system.counters["messages_refused"] + system.counters["internal_errors"]
    if refused:
        raise RuntimeError(f"{refused} messages were refused: the numbers mean nothing")
    return cpu_us, rate


def _load(port: int, pipe: multiprocessing.connection.Connection) -> None:
    asyncio.run(_generate(port, pipe))


async def _generate(port: int, pipe: multiprocessing.connection.Connection) -> None:
    links = [await _connect(port, number) for number in range(CHARGERS)]

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
        for number in range(count):
            writer.write(_frame(number))
            header = await reader.readexactly(2)
            await reader.readexactly(header[1])

    await asyncio.gather(*(run(*link, 20) for link in links))
    pipe.send("ready")
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, pipe.recv):
        await asyncio.gather(*(run(*link, MESSAGES) for link in links))
        pipe.send("done")
    for _, writer in links:
        writer.close()


async def _connect(port: int, number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        (
            f"GET /ocpp/CP{number} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
        ).encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def _frame(number: int) -> bytes:
    """Return a masked text frame; the mask is zero, which costs the server the same."""
    payload = {
        "connectorId": 1,
        "meterValue": [{"timestamp": _STARTED, "sampledValue": SAMPLES}],
    }
    # A new id for each message: a repeated one would be answered from memory.
    text = json.dumps([2, f"{os.getpid()}-{time.monotonic_ns()}-{number}", "MeterValues", payload])
    data = text.encode()
    return b"\x81\xfe" + len(data).to_bytes(2) + bytes(4) + data


_STARTED = "2026-03-01T10:00:00Z"


def _site() -> Site:
    grid = CircuitId("grid")
    points = [ChargePointId(f"CP{number}") for number in range(CHARGERS)]
    return Site(
        site_id=SiteId("bench"),
        name="Benchmark",
        timezone=ZoneInfo("UTC"),
        currency="EUR",
        voltage_v=230.0,
        circuits=(Circuit(circuit_id=grid, limit_a=1000.0),),
        charge_points=tuple(
            ChargePoint(
                charge_point_id=point,
                connectors=(
                    Connector(
                        ref=ConnectorRef(point, ConnectorId(1)),
                        circuit_id=grid,
                        max_current_a=32.0,
                    ),
                ),
            )
            for point in points
        ),
        building_circuit_id=grid,
    )

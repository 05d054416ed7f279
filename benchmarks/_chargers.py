"""Chargers in a process of their own, for a server that runs in this one.

They speak raw frames over loopback, so that the CPU of this process is the server's alone (event
loop and writer thread). A MeterValues of 8 values, about 1.2 kB, is answered after its commit.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import multiprocessing.connection
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from analytics.store import Store
from ocpp_core.csms.server import CentralSystem
from ocpp_core.domain.live import LinkChange
from ocpp_core.domain.messages import StoredMessage

SAMPLES = [
    {
        "value": value,
        "context": "Sample.Periodic",
        "format": "Raw",
        "measurand": measurand,
        **({"phase": phase} if phase else {}),
        "location": "Outlet",
        "unit": unit,
    }
    for value, measurand, phase, unit in (
        ("1234567", "Energy.Active.Import.Register", "", "Wh"),
        ("11040.0", "Power.Active.Import", "", "W"),
        *(("16.0", "Current.Import", phase, "A") for phase in ("L1", "L2", "L3")),
        *(("230.1", "Voltage", f"{phase}-N", "V") for phase in ("L1", "L2", "L3")),
    )
]
STARTED = datetime(2026, 3, 1, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One load."""

    name: str
    stations: int
    messages: int
    """By all stations together."""
    rate: float | None = None
    """Messages a second; None: each station sends when its last message is answered."""


class Nobody:
    """A listener that does nothing."""

    def committed(self, message: StoredMessage) -> None:
        """Take no note."""

    def link_changed(self, change: LinkChange) -> None:
        """Take no note."""


def looped(measured: Coroutine[Any, Any, dict[str, float]]) -> dict[str, float]:
    """Run on the event loop that the server has in earnest."""
    try:
        import uvloop  # noqa: PLC0415 -- it does not exist everywhere
    except ImportError:
        return asyncio.run(measured)
    return uvloop.run(measured)


async def under_load(case: Case, system: CentralSystem, store: Store) -> dict[str, float]:
    """Put a load on the server and return what a message took."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    load = context.Process(target=_load, args=(case, system.port, theirs), daemon=True)
    load.start()
    theirs.close()  # so that the death of the chargers ends the wait for them
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, ours.recv)  # connected and warm
    cpu, wall = time.process_time(), time.perf_counter()
    ours.send("go")
    latencies: list[float] = await loop.run_in_executor(None, ours.recv)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    await loop.run_in_executor(None, load.join)
    counters = {**system.counters, **store.counters}
    refused = counters["messages_refused"] + counters["internal_errors"]
    if refused or len(latencies) != case.messages:
        raise RuntimeError(f"{refused} messages were refused: the numbers mean nothing")
    if counters["messages_stored"] < case.messages:
        raise RuntimeError("messages were answered and not stored")
    latencies.sort()
    return {
        "cpu_us_per_message": cpu / case.messages * 1e6,
        "answered_per_s": case.messages / wall,
        "p50_ms": latencies[len(latencies) // 2] * 1e3,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1e3,
    }


# The chargers, in a process of their own ----------------------------------------------------------

type _Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def _load(case: Case, port: int, pipe: multiprocessing.connection.Connection) -> None:
    asyncio.run(_generate(case, port, pipe))


async def _generate(case: Case, port: int, pipe: multiprocessing.connection.Connection) -> None:
    links = [await _connect(port, number) for number in range(case.stations)]
    await asyncio.gather(*(_exchange(link, 0) for link in links))
    pipe.send("ready")
    await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
    if case.rate is None:
        each = case.messages // case.stations
        taken = await asyncio.gather(*(_closed(link, each) for link in links))
    else:
        begin = time.perf_counter() + 0.05
        taken = await asyncio.gather(
            *(_paced(link, case, number, begin) for number, link in enumerate(links))
        )
    pipe.send([latency for latencies in taken for latency in latencies])
    for _, writer in links:
        writer.close()


async def _closed(link: _Link, count: int) -> list[float]:
    latencies = []
    for number in range(1, count + 1):
        due = time.perf_counter()
        await _exchange(link, number)
        latencies.append(time.perf_counter() - due)
    return latencies


async def _paced(link: _Link, case: Case, first: int, begin: float) -> list[float]:
    """Send every station's share of the rate; latency counts from when a message was due."""
    latencies = []
    for number in range(1, case.messages // case.stations + 1):
        due = begin + (first + (number - 1) * case.stations) / (case.rate or 1)
        if (pause := due - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        await _exchange(link, number)
        latencies.append(time.perf_counter() - due)
    return latencies


async def _exchange(link: _Link, number: int) -> None:
    reader, writer = link
    writer.write(_frame(number))
    header = await reader.readexactly(2)
    await reader.readexactly(header[1])


async def _connect(port: int, number: int) -> _Link:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        (
            f"GET /ocpp/CP-{number:04d} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
        ).encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def _frame(number: int) -> bytes:
    """Return a masked text frame; the mask is zero, which costs the server the same."""
    at = STARTED + timedelta(minutes=number)
    payload = {
        "connectorId": 1,
        "meterValue": [{"timestamp": at.isoformat(), "sampledValue": SAMPLES}],
    }
    data = json.dumps([2, f"m{number}", "MeterValues", payload]).encode()
    return b"\x81\xfe" + len(data).to_bytes(2) + bytes(4) + data

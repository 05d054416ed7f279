"""The store alone: what a durable message costs, and how long a commit takes.

Messages are handed over as the server does, on an event loop, already decoded: no sockets, no
JSON. CPU is that of the whole process (loop and writer thread). A message is done when it is
committed.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from analytics.store import Store
from analytics.writer import CommitPolicy
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.events import (
    ACCEPTED_TOKEN,
    EmptyReply,
    Metered,
    SessionStarted,
    SessionStopped,
    StartReply,
    StopReply,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    MessageId,
    SiteId,
    TariffId,
    TransactionId,
)
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.metering import Measurand, MeterSample, Reading, Unit, readings_of
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.domain.tariff import DriverTariff
from ocpp_core.domain.units import Phase

RUNS = 5
STATIONS = 500
MESSAGES = 10_000
START = datetime(2026, 1, 1, tzinfo=UTC)
TARIFF = DriverTariff(
    tariff_id=TariffId("bench"),
    version=1,
    currency="EUR",
    energy_price_per_kwh=Decimal("0.39"),
)
FRAME = '[2,"%s","MeterValues",{"connectorId":1,"meterValue":[%s]}]'
PADDING = "x" * 1_100
"""Frames are kept raw: this makes one 1.2 kB, as MeterValues with 8 values are."""


def site(stations: int) -> Site:
    """Return a site of one-connector chargers."""
    grid = CircuitId("grid")
    return Site(
        site_id=SiteId("bench"),
        name="Benchmark",
        timezone=ZoneInfo("Europe/Berlin"),
        currency="EUR",
        voltage_v=230,
        circuits=(Circuit(circuit_id=grid, limit_w=1e6),),
        charge_points=tuple(
            ChargePoint(
                charge_point_id=_point(number),
                connectors=(
                    Connector(
                        ref=ConnectorRef(_point(number), ConnectorId(1)),
                        circuit_id=grid,
                        max_current_a=32,
                    ),
                ),
            )
            for number in range(stations)
        ),
        building_circuit_id=grid,
    )


def _point(number: int) -> ChargePointId:
    return ChargePointId(f"CP-{number:04d}")


def readings(stations: int, rounds: int, first: int = 0) -> Iterator[StoredMessage]:
    """Yield MeterValues with 8 samples, a station after the other, round after round."""
    for turn in range(first, first + rounds):
        at = START + timedelta(minutes=turn)
        readings = _readings(at, turn)
        for number in range(stations):
            yield _message(
                number,
                at,
                f"m{turn}-{number}",
                "MeterValues",
                Metered(connector_id=ConnectorId(1), transaction_id=None, readings=readings),
            )


def sessions(stations: int, first: int = 0) -> Iterator[StoredMessage]:
    """Yield the session mix: a start, eight readings and a stop at each station."""
    start = START + timedelta(days=first)
    for step in range(10):
        at = start + timedelta(minutes=15 * step)
        for number in range(stations):
            transaction_id = TransactionId(1 + first * stations + number)
            name = f"s{first}-{step}-{number}"
            if step == 0:
                event = SessionStarted(
                    connector_id=ConnectorId(1),
                    id_token=IdToken(f"TOKEN{number}"),
                    at=at,
                    meter_start_wh=1000,
                )
                message = _message(number, at, name, "StartTransaction", event)
                reply = StartReply(transaction_id=transaction_id, token=ACCEPTED_TOKEN)
                yield replace(message, reply=reply)
            elif step == 9:
                stop = SessionStopped(
                    transaction_id=transaction_id, at=at, meter_stop_wh=1000 + 2000 * step
                )
                message = _message(number, at, name, "StopTransaction", stop)
                yield replace(message, reply=StopReply())
            else:
                metered = Metered(
                    connector_id=ConnectorId(1),
                    transaction_id=transaction_id,
                    readings=_readings(at, step),
                )
                yield _message(number, at, name, "MeterValues", metered)


def _readings(at: datetime, step: int) -> tuple[Reading, ...]:
    phased = [
        MeterSample(taken_at=at, measurand=measurand, value=value, unit=unit, phase=phase)
        for measurand, value, unit in (
            (Measurand.CURRENT_IMPORT, 11.6, Unit.A),
            (Measurand.VOLTAGE, 230.4, Unit.V),
        )
        for phase in Phase
    ]
    samples = (
        MeterSample(
            taken_at=at,
            measurand=Measurand.ENERGY_IMPORT_REGISTER,
            value=1000.0 + 2000 * step,
            unit=Unit.WH,
        ),
        MeterSample(taken_at=at, measurand=Measurand.POWER_IMPORT, value=8000.0, unit=Unit.W),
        *phased,
    )
    return readings_of(samples)


def _message(
    number: int,
    at: datetime,
    name: str,
    action: str,
    event: Metered | SessionStarted | SessionStopped,
) -> StoredMessage:
    return StoredMessage(
        at=at,
        charge_point_id=_point(number),
        direction=Direction.FROM_CHARGER,
        message_id=MessageId(name),
        action=action,
        ocpp_version="ocpp1.6",
        frame=FRAME % (name, PADDING),
        answer=f'[3,"{name}",{{}}]',
        outcome=Outcome.ANSWERED,
        event=event,
        reply=EmptyReply(),
    )


async def _closed_loop(store: Store, messages: list[StoredMessage], stations: int) -> list[float]:
    """Each station sends its next message when the last one is committed; latencies in s."""
    latencies: list[float] = []

    async def station(number: int) -> None:
        for message in messages[number::stations]:
            due = time.perf_counter()
            await store.append(message)
            latencies.append(time.perf_counter() - due)

    await asyncio.gather(*(station(number) for number in range(stations)))
    return latencies


async def _open_loop(store: Store, messages: list[StoredMessage], rate: float) -> list[float]:
    """Messages come at a fixed rate; latency counts from when each was due."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    begin = loop.time()
    waiting: list[asyncio.Future[None]] = []

    def done(due: float, _: asyncio.Future[None]) -> None:
        latencies.append(loop.time() - due)

    for number, message in enumerate(messages):
        due = begin + number / rate
        if (pause := due - loop.time()) > 0.001:
            await asyncio.sleep(pause)
        future = store.append(message)
        future.add_done_callback(partial(done, due))
        waiting.append(future)
    await asyncio.gather(*waiting)
    return latencies


def _run(kind: str, stations: int, count: int, rate: float | None = None) -> dict[str, float]:
    if kind == "sessions":
        turns = max(1, count // (10 * stations))
        messages = [message for turn in range(turns) for message in sessions(stations, turn)]
    else:
        messages = list(readings(stations, max(1, count // stations)))

    async def measured() -> dict[str, float]:
        with tempfile.TemporaryDirectory() as folder:
            store = Store.open(
                Path(folder) / "bench.duckdb",
                site=site(stations),
                driver_tariff=TARIFF,
                clock=ManualClock(START),
                policy=CommitPolicy(),
            )
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            if rate is None:
                latencies = await _closed_loop(store, messages, stations)
            else:
                latencies = await _open_loop(store, messages, rate)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            commits = store.counters["commits"]
            stored = store.counters["messages_stored"]
            await store.close()
        if stored != len(messages):
            raise RuntimeError(f"{stored} of {len(messages)} messages stored")
        ordered = sorted(latencies)
        return {
            "cpu_us_per_message": cpu / len(messages) * 1e6,
            "messages_per_s": len(messages) / wall,
            "p50_ms": ordered[len(ordered) // 2] * 1e3,
            "p99_ms": ordered[int(len(ordered) * 0.99)] * 1e3,
            "messages_per_commit": len(messages) / commits,
        }

    return asyncio.run(measured())


CASES: tuple[tuple[str, str, int, int, float | None], ...] = (
    ("readings, 500 stations, closed loop", "readings", 500, MESSAGES, None),
    ("session mix, 500 stations, closed loop", "sessions", 500, MESSAGES, None),
    ("readings, 50 stations, closed loop", "readings", 50, MESSAGES // 4, None),
    ("readings, 500 a second", "readings", 500, 1_500, 500.0),
    ("readings, 5,000 a second", "readings", 500, MESSAGES, 5_000.0),
)


def main() -> dict[str, object]:
    """Run every case `RUNS` times, interleaved, and print medians with their range."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name, *_ in CASES}
    for _ in range(RUNS):
        for name, kind, stations, count, rate in CASES:
            found[name].append(_run(kind, stations, count, rate))
    print(f"{'case':<42}{'µs CPU/msg':>22}{'msg/s':>9}{'p50 ms':>8}{'p99 ms':>8}{'per commit':>12}")
    result: dict[str, object] = {}
    for name, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        low = min(run["cpu_us_per_message"] for run in runs)
        high = max(run["cpu_us_per_message"] for run in runs)
        cpu = f"{middle['cpu_us_per_message']:.1f} ({low:.1f}-{high:.1f})"
        print(
            f"{name:<42}{cpu:>22}{middle['messages_per_s']:>9.0f}{middle['p50_ms']:>8.1f}"
            f"{middle['p99_ms']:>8.1f}{middle['messages_per_commit']:>12.1f}"
        )
        result[name] = {key: round(value, 2) for key, value in middle.items()}
    return result

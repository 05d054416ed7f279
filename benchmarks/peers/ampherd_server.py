"""Our own server: durable when it is given the path of a database, else the ledger forgets."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import AsyncExitStack
from zoneinfo import ZoneInfo

import structlog

from analytics.store import Store
from benchmarks._messages import TARIFF
from ocpp_core.csms.garbage import collect_seldom
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

STATIONS = 5_000
DURABLE_STATIONS = 500
GRID = CircuitId("grid")


class _Nobody:
    def committed(self, message: StoredMessage) -> None:
        """Take no note."""

    def link_changed(self, change: LinkChange) -> None:
        """Take no note."""


def _point(number: int) -> ChargePoint:
    name = ChargePointId(f"LOAD-{number:05d}")
    ref = ConnectorRef(name, ConnectorId(1))
    connector = Connector(ref=ref, circuit_id=GRID, max_current_a=32.0)
    return ChargePoint(charge_point_id=name, connectors=(connector,))


async def _main(database: str | None) -> None:
    stations = STATIONS if database is None else DURABLE_STATIONS
    clock = SystemClock()
    site = Site(
        site_id=SiteId("bench"),
        name="Benchmark",
        timezone=ZoneInfo("UTC"),
        currency="EUR",
        voltage_v=230.0,
        circuits=(Circuit(circuit_id=GRID, limit_a=1000.0),),
        charge_points=tuple(map(_point, range(1, stations + 1))),
        building_circuit_id=GRID,
    )
    live = LiveSite(site)
    store = None
    if database is not None:
        store = Store.open(database, site=site, driver_tariff=TARIFF, clock=clock)
        store.load_live(live)
    system = CentralSystem(
        live=live,
        ledger=MemoryLedger(keep=False) if store is None else store,
        tokens=MemoryTokenBook(),
        clock=clock,
        listener=_Nobody(),
        credentials=MemoryCredentials(others=SecurityProfile.NONE),
        options=CentralSystemOptions(port=0),
    )
    async with AsyncExitStack() as stack:
        if store is not None:
            await stack.enter_async_context(store)
        await stack.enter_async_context(system)
        collect_seldom()  # as `ampherd serve` does
        print(system.port, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        counters = system.counters
        wrong = counters["internal_errors"]
        # A round that ends cuts sessions off, which the next one's starts are told about.
        wrong += counters["messages_with_findings"] if store is None else 0
        wrong += 0 if store is None else store.counters["messages_refused"]
    if wrong:
        sys.exit(f"{wrong} messages were not taken as they are: the numbers mean nothing")


if __name__ == "__main__":
    _database = sys.argv[1] if len(sys.argv) > 1 else None
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        import uvloop
    except ImportError:
        asyncio.run(_main(_database))
    else:
        uvloop.run(_main(_database))

"""A site in earnest: the system on the wall clock, with the dashboards beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass

from ampherd.config import Config
from ampherd.runtime.processes import DashboardsProcess
from ampherd.runtime.system import System
from ocpp_core.csms.garbage import collect_seldom
from ocpp_core.domain.clock import SystemClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the parts of a running site answer."""

    dashboards: str | None
    api: str
    ocpp: str | None
    ocpp_tls: str | None
    sql: str
    database: str

    def to_json(self) -> dict[str, str | None]:
        """Return the fields as JSON takes them."""
        return asdict(self)


def pages_of(system: System) -> DashboardsProcess:
    """Return the dashboards of a running system."""
    server = system.config.server
    return DashboardsProcess(
        host=server.dashboards_host,
        port=server.dashboards_port,
        api_url=system.api.url,
        api_token=system.viewer_token,
        store_url=system.sql_url,
        store_token=system.sql_token,
    )


async def run_site(
    config: Config, started: Callable[[Addresses], None], *, dashboards: bool
) -> None:
    """Run a site until cancelled."""
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(System(config, SystemClock()))
        pages = await stack.enter_async_context(pages_of(system)) if dashboards else None
        started(
            Addresses(
                dashboards=None if pages is None else pages.url,
                api=f"{system.api.url}/api/v1",
                ocpp=system.ocpp_url if config.server.ocpp_plain else None,
                ocpp_tls=None if config.security.tls is None else system.ocpp_tls_url,
                sql=system.sql_url,
                database=str(config.store_path),
            )
        )
        collect_seldom()
        await asyncio.Event().wait()

"""Processes that the server starts beside itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket

import httpx
import structlog

from dashboards import launch
from ocpp_core.domain.errors import AmpherdError
from ocpp_core.domain.lifecycle import Startable

log = structlog.get_logger(__name__)

_START_S = 45.0
_POLL_S = 0.1


class DashboardsProcess(Startable):
    """The Streamlit server; it ends with us."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        api_url: str,
        api_token: str,
        store_url: str,
        store_token: str,
    ) -> None:
        self._host = host
        self._port = port
        self._environment = launch.environment(
            api_url=api_url, api_token=api_token, store_url=store_url, store_token=store_token
        )
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where a browser on this machine opens the pages."""
        return f"http://{self._reachable}:{self._port}"

    @property
    def _reachable(self) -> str:
        return "127.0.0.1" if self._host in {"0.0.0.0", "::"} else self._host  # noqa: S104 - compared, not bound

    async def start(self) -> None:
        """Start and return once pages can be opened; raises AmpherdError when they cannot."""
        self._port = self._port or free_port(self._host)
        self._process = await asyncio.create_subprocess_exec(
            *launch.command(self._port, address=self._host),
            env={**os.environ, **self._environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # a terminal's Ctrl-C is for us; we end it ourselves
        )
        try:
            async with asyncio.timeout(_START_S):
                await self._ready(self._process)
        except TimeoutError:
            await self.stop()
            raise AmpherdError(f"the dashboards did not start within {_START_S:g} s") from None
        except BaseException:
            await self.stop()
            raise

    async def _ready(self, process: asyncio.subprocess.Process) -> None:
        health = launch.health_url(self._port, address=self._reachable)
        async with httpx.AsyncClient(trust_env=False) as client:
            while not await _answers(client, health):
                if process.returncode is not None:
                    raise AmpherdError(
                        f"the dashboards ended at once (exit {process.returncode})",
                        hint=f"Is port {self._port} free? Set server.dashboards_port.",
                    )
                await asyncio.sleep(_POLL_S)

    async def stop(self) -> None:
        """End the process and wait until it is gone."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def free_port(host: str) -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False

"""The HTTP server inside the running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from ocpp_core.domain.errors import AmpherdError
from ocpp_core.domain.lifecycle import Startable

_DRAIN_S = 3
"""How long requests under way may take when the server stops."""


class _Server(uvicorn.Server):
    """Leaves signals to the program that it runs in, and says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class ApiServer(Startable):
    """Serves one application on one address; start and stop, or `async with`.

    A port of 0 takes any free one; `port` and `url` tell which.
    """

    def __init__(self, app: FastAPI, *, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._wanted_port = port
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self.port = port
        """The real port, once started."""

    @property
    def url(self) -> str:
        """Where a client on this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(self._host, self._host)  # noqa: S104 - compared, not bound
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"
        return f"http://{host}:{self.port}"

    async def start(self) -> None:
        """Listen and return; raises AmpherdError when the address cannot be had."""
        listening = _bind(self._host, self._wanted_port)
        self.port = listening.getsockname()[1]
        self._server = _Server(
            uvicorn.Config(
                self._app,
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_DRAIN_S,
            )
        )
        self._serving = asyncio.create_task(
            self._server.serve(sockets=[listening]), name="http-api"
        )
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait([ready, self._serving], return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await self._serving
            raise AmpherdError("the HTTP API did not start; the log says why")

    async def stop(self) -> None:
        """End live streams, let requests under way finish, close; twice is once."""
        server, serving = self._server, self._serving
        self._server = self._serving = None
        if server is None or serving is None:
            return
        self._app.state.stopping.set()
        server.should_exit = True
        await serving


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.create_server(address[:2], family=family, backlog=128)
    except OSError as error:
        hint = ""
        if error.errno == errno.EADDRINUSE:
            hint = "Another program has it: set server.api_port, or 0 for any free port."
        raise AmpherdError(
            f"the HTTP API cannot listen on {host}:{port}: {error.strerror or error}", hint=hint
        ) from error
    listening.setblocking(False)
    return listening

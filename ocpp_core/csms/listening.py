"""The two ports: plain connections become links at once, those of the TLS port once encrypted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ocpp_core.csms.context import log
from ocpp_core.csms.counts import Count, Counts
from ocpp_core.csms.link import Link
from ocpp_core.csms.options import CentralSystemOptions
from ocpp_core.csms.tlsdoor import TlsDoor


class Ports:
    """Listens on the ports of the options; a `TlsHost` for the connections to the TLS port."""

    def __init__(
        self,
        options: CentralSystemOptions,
        *,
        new_link: Callable[[], Link],
        counts: Counts,
    ) -> None:
        self._options = options
        self._new_link = new_link
        self._counts = counts
        self._plain: asyncio.Server | None = None
        self._encrypted: asyncio.Server | None = None
        self._closing = False
        self.doors: set[TlsDoor] = set()
        """Connections that are not encrypted yet."""

    @property
    def is_open(self) -> bool:
        """Tell whether there is something to close."""
        return self._plain is not None or self._encrypted is not None

    @property
    def port(self) -> int:
        """The port of plain connections, 0: none; the configured one before the start."""
        return _port(self._plain, self._options.port)

    @property
    def tls_port(self) -> int:
        """The port of TLS connections, 0: none; the configured one before the start."""
        return _port(self._encrypted, self._options.tls_port)

    async def open(self) -> None:
        """Listen; raises OSError, and leaves nothing open, when an address cannot be had."""
        loop, options = asyncio.get_running_loop(), self._options
        self._closing = False
        try:
            if options.port is not None:
                self._plain = await loop.create_server(
                    self._new_link, options.host, options.port, backlog=options.backlog
                )
            if options.tls_port is not None:
                self._encrypted = await loop.create_server(
                    self._new_door, options.host, options.tls_port, backlog=options.backlog
                )
        except OSError:
            self.close()
            await self.wait_closed()
            raise

    def close(self) -> None:
        """Take no more connections, and drop those that are not encrypted yet."""
        self._closing = True
        for server in (self._plain, self._encrypted):
            if server is not None:
                server.close()
        for door in tuple(self.doors):
            door.abort()

    async def wait_closed(self) -> None:
        """Return when no connection is left."""
        for server in (self._plain, self._encrypted):
            if server is not None:
                await server.wait_closed()
        self._plain = self._encrypted = None

    # TlsHost -----------------------------------------------------------------------------------

    def tls_failed(self, address: str, reason: str) -> None:
        """Count and log a connection that was never encrypted."""
        if not self._closing:
            self._counts[Count.TLS_HANDSHAKES_FAILED] += 1
            log.warning("TLS handshake failed", address=address, reason=reason)

    def door_opened(self, door: TlsDoor) -> None:
        """Keep a connection while it is being encrypted."""
        self.doors.add(door)

    def door_closed(self, door: TlsDoor) -> None:
        """Let go of it."""
        self.doors.discard(door)

    def _new_door(self) -> TlsDoor:
        assert self._options.tls is not None  # noqa: S101 - options refuse a TLS port without
        return TlsDoor(
            self,
            asyncio.get_running_loop(),
            context=self._options.tls,
            inside=self._new_link,
            timeout_s=self._options.handshake_timeout_s,
        )


def _port(server: asyncio.Server | None, configured: int | None) -> int:
    if server is None or not server.sockets:
        return configured or 0
    port: int = server.sockets[0].getsockname()[1]
    return port

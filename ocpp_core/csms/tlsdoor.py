"""The TLS port: encrypts a connection, then hands it to a link; a failure is told with its address.

asyncio's own TLS servers drop a failed handshake without a word, and whoever installs a charger
needs to read why it does not come in.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, cast

CIPHERS = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
)
"""TLS 1.2 suites: the four that OCPP asks of a server (2.0.1 part 2, A00; test case TC_086), and
the ECDHE suites of RSA certificates before the two without forward secrecy."""


def server_context() -> ssl.SSLContext:
    """Return a context for our side, without certificates yet: TLS 1.2 and 1.3, no compression."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(CIPHERS))
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    return context


class TlsHost(Protocol):
    """Who a door reports to."""

    def tls_failed(self, address: str, reason: str) -> None:
        """Take note of a connection that was never encrypted."""
        ...

    def door_opened(self, door: TlsDoor) -> None:
        """Keep a door while it is under way."""
        ...

    def door_closed(self, door: TlsDoor) -> None:
        """Let go of a door."""
        ...


class TlsDoor(asyncio.Protocol):
    """One connection to the TLS port, until it is encrypted."""

    def __init__(
        self,
        host: TlsHost,
        loop: asyncio.AbstractEventLoop,
        *,
        context: Callable[[], ssl.SSLContext],
        inside: Callable[[], asyncio.Protocol],
        timeout_s: float,
    ) -> None:
        self._host = host
        self._loop = loop
        self._context = context
        self._inside = inside
        self._timeout_s = timeout_s
        self._early: list[bytes] = []
        """What came with the last message of the TLS handshake."""
        self._over = False
        self._plain: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin TLS."""
        self._host.door_opened(self)
        self._plain = cast("asyncio.Transport", transport)
        # At once and not in the next turn: uvloop reads as soon as this returns, pause or not.
        self._task = asyncio.Task(
            self._encrypt(self._plain), loop=self._loop, name="TLS handshake", eager_start=True
        )

    def data_received(self, data: bytes) -> None:
        """Keep what comes before the link takes over."""
        self._early.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that nobody is there any more."""
        del exc
        self._over = True

    def abort(self) -> None:
        """Drop the connection."""
        if self._task is not None:
            self._task.cancel()
        if self._plain is not None:
            self._plain.abort()

    async def _encrypt(self, plain: asyncio.Transport) -> None:
        name = plain.get_extra_info("peername")
        address = str(name[0]) if name else ""
        try:
            encrypted = await self._loop.start_tls(
                plain,
                self,
                self._context(),
                server_side=True,
                ssl_handshake_timeout=self._timeout_s,
                ssl_shutdown_timeout=self._timeout_s,
            )
        except (OSError, ValueError) as error:  # SSLError and the timeout are OSErrors
            self._host.tls_failed(address, _words(error))
            plain.abort()
            return
        finally:
            self._host.door_closed(self)
        if encrypted is None or self._over:
            self._host.tls_failed(address, "the peer went away")
            return
        link = self._inside()
        encrypted.set_protocol(link)
        link.connection_made(encrypted)
        for data in self._early:
            with suppress(ConnectionError):
                link.data_received(data)


def _words(error: Exception) -> str:
    """Return what a person can use of an OpenSSL message."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the client's certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return str(error) or type(error).__name__

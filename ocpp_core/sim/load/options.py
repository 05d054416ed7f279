"""What load is put on a server."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit


class Mode(StrEnum):
    """What the chargers do once they are asked to work."""

    BOOT = "boot"
    """Connect, BootNotification, StatusNotification: all of that is measured."""
    IDLE = "idle"
    """Booted, then silent."""
    METER = "meter"
    """One reading of eight values after another, within one transaction."""
    SESSION = "session"
    """Whole transactions, one after another: start, readings, stop, status."""


SUBPROTOCOLS = {"1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1", "2.1": "ocpp2.1"}
"""Versions that the chargers speak, and their names in the handshake."""

_PORTS = {"ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """One run; raises ValueError for what makes no sense."""

    url: str
    """Up to where the identity follows, e.g. `ws://127.0.0.1:9000/ocpp`."""
    mode: Mode = Mode.METER
    version: str = "1.6"
    stations: int = 50
    identity: str = "LOAD-{:05d}"
    """Format of an identity; its number counts from `first`."""
    first: int = 1
    password: str | None = None
    """Basic authentication, the same for all."""
    tls: ssl.SSLContext | None = None
    """For `wss`; None: the trust of the system."""
    rate: float | None = None
    """Messages a second by all stations together (open loop: latencies count from when a message
    was due); None: each station sends when its last message is answered (closed loop)."""
    messages: int | None = None
    """Messages by all stations together, after which the run ends."""
    duration_s: float = 10.0
    """Time after which it ends at the latest, without connecting and booting."""
    readings: int = 10
    """Readings in a transaction of `Mode.SESSION`."""
    at_once: int = 250
    """Connections that are made at the same time."""
    timeout_s: float = 30.0
    """A message that is not answered by then is lost, and its connection dropped."""

    def __post_init__(self) -> None:
        for name in ("stations", "duration_s", "readings", "at_once", "timeout_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0")
        if self.rate is not None and self.rate <= 0:
            raise ValueError("rate must be above 0")
        if self.messages is not None and self.messages < self.stations:
            raise ValueError("messages must be at least one for each station")
        if self.version not in SUBPROTOCOLS:
            raise ValueError(f"version must be one of {', '.join(SUBPROTOCOLS)}")
        parts = urlsplit(self.url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(f"{self.url!r} is no ws:// or wss:// URL")
        try:
            names = {self.name_of(0), self.name_of(1)}
        except (IndexError, KeyError, ValueError):
            names = set()
        if len(names) != 2:
            raise ValueError(f"identity {self.identity!r} has no place for a number, like {{:05d}}")

    @property
    def host(self) -> str:
        """Where to connect to."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Where to connect to."""
        parts = urlsplit(self.url)
        return parts.port or _PORTS[parts.scheme]

    @property
    def context(self) -> ssl.SSLContext | None:
        """TLS, when the URL asks for it."""
        if urlsplit(self.url).scheme != "wss":
            return None
        return self.tls or ssl.create_default_context()

    def name_of(self, number: int) -> str:
        """Return the identity of a station, counted from 0."""
        return self.identity.format(self.first + number)

    def path_of(self, name: str) -> str:
        """Return the path that a station connects to."""
        return f"{urlsplit(self.url).path.rstrip('/')}/{quote(name, safe='')}"

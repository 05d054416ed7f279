"""How the server behaves: named policies with their defaults."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ocpp_core.csms.knock import Network
from ocpp_core.csms.throttle import ThrottlePolicy
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.protocol.versions import SUBPROTOCOLS


@dataclass(frozen=True, slots=True, kw_only=True)
class CentralSystemOptions:
    """Everything that can be tuned; times are of the wall clock unless said otherwise."""

    host: str = "127.0.0.1"
    port: int | None = 9000
    """For plain connections; 0 takes a free one, None opens none."""
    tls_port: int | None = None
    """For TLS; 0 takes a free one, None opens none."""
    tls: Callable[[], ssl.SSLContext] | None = None
    """Asked at every connection to the TLS port, so that a renewed certificate counts at once."""
    path: str = "/ocpp"
    """Prefix of every charger's URL; its identity follows."""
    proxies: tuple[Network, ...] = ()
    """Proxies that end TLS for us: from their addresses alone, X-Forwarded-For and -Proto count."""
    proxy_subject_header: str = ""
    """Header in which they pass on the subject of a client certificate that they verified."""
    allow_self_registration: bool = False
    """Accept unknown identities as pending instead of answering 404."""
    assumed_versions: Mapping[ChargePointId, str] = field(default_factory=dict)
    """Subprotocol of chargers that offer none, e.g. `ocpp1.6`."""

    cars_give: bool = False
    """Cars may give back where they and their chargers can (OCPP 2.1)."""
    heartbeat_interval_s: int = 300
    """Told to chargers; of the site's clock."""
    pending_interval_s: int = 60
    """When a pending charger may boot again; of the site's clock."""
    command_timeout_s: float = 30.0
    command_timeouts_s: Mapping[ChargePointId, float] = field(default_factory=dict)
    """Of chargers that need another one: some answer after a minute (evcc-io/evcc#26837)."""
    longest_timeout_s: float = 180.0
    """A charger that was seen to be slow is waited for at most this long."""
    certificate_delay_s: float = 5.0
    """Between the answer to SignCertificate and the certificate; some chargers need the time."""
    ping_interval_s: float = 25.0
    """Chargers behind mobile networks lose a link that is silent for longer than 30 s."""
    pong_limit_s: float = 75.0
    """Silence after which a link is dead whose charger has answered pings before."""
    idle_limit_s: float = 900.0
    """Silence after which any other link is dead; at least three heartbeats count."""
    recheck_interval_s: float = 10.0
    """How often links that stand are held against passwords, certificates and registrations."""
    handshake_timeout_s: float = 10.0
    close_timeout_s: float = 2.0
    """How long a peer has to end a link that we closed."""
    drain_timeout_s: float = 5.0
    """How long a stop waits for answers that are being committed."""

    max_frame_bytes: int = 1 << 20
    queue_messages: int = 64
    """Messages of one charger that may wait; beyond that its socket is not read."""
    queue_bytes: int = 1 << 20
    remembered_answers: int = 16
    """Answers of each charger that are given again when a message id is repeated."""
    compression: bool = False
    """Offer permessage-deflate; costs 50 KiB and 10 us a message for each link."""
    backlog: int = 4096
    throttle: ThrottlePolicy = field(default_factory=ThrottlePolicy)

    def __post_init__(self) -> None:
        for name in (
            "ping_interval_s", "pong_limit_s", "idle_limit_s", "recheck_interval_s",
            "command_timeout_s",
        ):  # fmt: skip
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0")
        if self.queue_messages < 1 or self.queue_bytes < 1 or self.max_frame_bytes < 1:
            raise ValueError("queues and frames need room for at least one message")
        unknown = sorted(set(self.assumed_versions.values()) - set(SUBPROTOCOLS))
        if unknown:
            raise ValueError(f"no such OCPP version can be assumed: {', '.join(unknown)}")
        if (self.tls_port is None) != (self.tls is None):
            raise ValueError("a TLS port needs certificates, and the other way round")

"""Who knocks: what of a handshake request and its connection decides about admission.

Behind a proxy that ends TLS, its headers stand for what the connection would have said. They count
from the proxy's own address only: everybody else could write them too.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from websockets.datastructures import Headers
from websockets.headers import parse_subprotocol

from ocpp_core.domain.security import ClientSubject

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The other end of a connection."""

    address: str
    secure: bool = False
    """The connection is encrypted (TLS)."""
    subject: ClientSubject | None = None
    """Of the client certificate; it was verified, else there would be no connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """What of a handshake request matters here."""

    path: str
    peer: Peer
    authorization: str | None
    offered: tuple[str, ...]
    """Subprotocols in the charger's order of preference."""


class ProxyRule(Protocol):
    """Whose headers are believed; `CentralSystemOptions` is one."""

    @property
    def proxies(self) -> tuple[Network, ...]:
        """Return the addresses of proxies that end TLS for us."""
        ...

    @property
    def proxy_subject_header(self) -> str:
        """Return the header with the subject of the client certificate; empty: none."""
        ...


def peer_of(transport: asyncio.BaseTransport) -> Peer:
    """Return who is at the other end of a transport."""
    name = transport.get_extra_info("peername")
    certificate = transport.get_extra_info("peercert")
    return Peer(
        address=str(name[0]) if name else "",
        secure=transport.get_extra_info("ssl_object") is not None,
        subject=_subject_of_certificate(certificate) if certificate else None,
    )


def knock_of(path: str, headers: Headers, peer: Peer, rule: ProxyRule) -> Knock:
    """Read a request; raises `InvalidHeaderFormat` or `MultipleValuesError` for bad headers."""
    return Knock(
        path=path,
        peer=_behind_proxy(peer, headers, rule) if _is_proxy(peer, rule) else peer,
        authorization=headers.get("Authorization"),
        offered=tuple(
            name
            for line in headers.get_all("Sec-WebSocket-Protocol")
            for name in parse_subprotocol(line)
        ),
    )


def subject_of_name(text: str) -> ClientSubject | None:
    """Read a distinguished name as proxies write it; None when it names nobody for certain.

    `CN=CP-1,O=Depot` (RFC 4514, with its escapes) or `/O=Depot/CN=CP-1` (the older form).
    """
    if text.startswith("/"):
        parts = [part.partition("=")[::2] for part in text[1:].split("/")]
    else:
        parts = [part.partition("=")[::2] for part in _split(text)]
    return _subject((name.strip().upper(), value) for name, value in parts)


def _is_proxy(peer: Peer, rule: ProxyRule) -> bool:
    if not rule.proxies or not peer.address:
        return False
    address = ipaddress.ip_address(peer.address.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in rule.proxies)


def _behind_proxy(proxy: Peer, headers: Headers, rule: ProxyRule) -> Peer:
    # A proxy adds to what was there: only the last entry is its own.
    address = _last(headers, "X-Forwarded-For")
    secure = _last(headers, "X-Forwarded-Proto").casefold() in {"https", "wss"}
    subject = None
    if secure and rule.proxy_subject_header:
        values = headers.get_all(rule.proxy_subject_header)
        subject = subject_of_name(values[0]) if len(values) == 1 else None
    return replace(proxy, address=address or proxy.address, secure=secure, subject=subject)


def _last(headers: Headers, name: str) -> str:
    values = headers.get_all(name)
    return values[-1].rpartition(",")[2].strip() if values else ""


def _subject_of_certificate(certificate: Mapping[str, object]) -> ClientSubject | None:
    names = certificate.get("subject")
    if not isinstance(names, tuple):
        return None
    short = {"commonName": "CN", "organizationName": "O"}
    found = _subject((short.get(kind, kind), value) for group in names for kind, value in group)
    if found is None:
        return None
    until = certificate.get("notAfter")
    return replace(
        found,
        serial_number=str(certificate.get("serialNumber", "")),
        expires_at=None
        if until is None
        else datetime.fromtimestamp(ssl.cert_time_to_seconds(str(until)), UTC),
    )


def _subject(parts: Iterable[tuple[str, str]]) -> ClientSubject | None:
    """Return O and CN when each is there once: who is named twice is named by nobody."""
    values = list(parts)
    names = [value for kind, value in values if kind == "CN"]
    organizations = [value for kind, value in values if kind == "O"]
    if len(names) != 1 or len(organizations) > 1:
        return None
    return ClientSubject(organization="".join(organizations), common_name=names[0])


def _split(text: str) -> Iterator[str]:
    """Split a name at its commas and plus signs and undo RFC 4514's escapes."""
    for part in re.findall(r"(?:\\.|[^\\,+])+", text, re.DOTALL):
        yield _unescaped(part.lstrip(" "))


def _unescaped(text: str) -> str:
    def byte_runs(found: re.Match[str]) -> str:
        return bytes.fromhex(found[0].replace("\\", "")).decode("utf-8", "replace")

    return re.sub(
        r"\\(.)", r"\1", re.sub(r"(?:\\[0-9A-Fa-f]{2})+", byte_runs, text), flags=re.DOTALL
    )

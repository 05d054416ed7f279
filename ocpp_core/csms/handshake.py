"""Who may connect: path, identity, security profile, subprotocol. Decided from a request alone.

Sources: OCPP 1.6-J sections 3.1 and 3.2 with errata 3.4. What proves an identity: `proof`.
"""

from __future__ import annotations

import asyncio
import http
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

from ocpp_core.csms.counts import Count
from ocpp_core.csms.knock import Knock
from ocpp_core.csms.proof import Insufficient, Proof, prove
from ocpp_core.domain.errors import AmpherdError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.ports import Credentials
from ocpp_core.domain.security import SecurityProfile
from ocpp_core.protocol import versions

MAX_IDENTITY_CHARACTERS = 48
"""OCPP 2.0.1 part 4 section 3.1.1; 1.6 names no limit."""


class Throttle(Protocol):
    """Slows down whoever guesses passwords."""

    def wait_s(self, address: str, identity: str) -> float:
        """Return how long this one has to wait before its next try, s; 0: not at all."""
        ...

    def failed(self, address: str, identity: str) -> int:
        """Take note of a wrong password; return the failures of this address and identity."""
        ...

    def probed(self, address: str, identity: str) -> None:
        """Take note that an address asked for an identity that is not its own."""
        ...

    def succeeded(self, address: str, identity: str) -> None:
        """Take note of the right password."""
        ...

    def alerts(self) -> tuple[str, ...]:
        """Say who guesses, one sentence each."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPolicy:
    """What of the server's options decides about admission."""

    path: str
    known: Collection[ChargePointId]
    allow_self_registration: bool
    assumed_versions: Mapping[ChargePointId, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The charger may connect."""

    charge_point_id: ChargePointId
    subprotocol: str | None
    """None: nothing in common; the link is opened and closed at once (1.6-J section 3.2)."""
    offered: tuple[str, ...]
    """What the charger named, in its order of preference."""
    announce: bool
    """Name the subprotocol in the response; not when the charger offered none."""
    proof: Proof
    """What the connection proved."""
    kept: asyncio.Future[None] | None = None
    """Done when that is on record, which it has to be before the charger is let in; None: it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """The handshake ends with an HTTP error."""

    status: http.HTTPStatus
    reason: str
    """For our log; the peer gets the status only."""
    identity: str = ""
    retry_after_s: float = 0.0
    count: Count | None = None
    """Counted beside `CONNECTIONS_REFUSED`."""


def admit(
    knock: Knock,
    door: DoorPolicy,
    credentials: Credentials,
    throttle: Throttle,
    keep: Callable[[], asyncio.Future[None]],
) -> Admitted | TurnedAway:
    """Decide on a handshake; `keep` begins to write down how chargers came in."""
    identity = identity_of(knock.path, door.path)
    if identity is None:
        return TurnedAway(status=http.HTTPStatus.NOT_FOUND, reason="the path names no charger")
    try:
        return _decide(identity, knock, door, credentials, throttle, keep)
    except AmpherdError as error:  # credentials that cannot be read or kept let nobody in
        return TurnedAway(
            status=http.HTTPStatus.SERVICE_UNAVAILABLE, reason=str(error), identity=identity
        )


def not_kept(outcome: Admitted, reason: str) -> TurnedAway:
    """Turn away whoever's security profile could not be put on record (A05)."""
    return TurnedAway(
        status=http.HTTPStatus.SERVICE_UNAVAILABLE,
        reason=reason,
        identity=outcome.charge_point_id,
    )


def _decide(
    identity: ChargePointId,
    knock: Knock,
    door: DoorPolicy,
    credentials: Credentials,
    throttle: Throttle,
    keep: Callable[[], asyncio.Future[None]],
) -> Admitted | TurnedAway:
    address = knock.peer.address
    known = identity in door.known
    if not known and not door.allow_self_registration:
        throttle.probed(address, identity)
        return TurnedAway(
            status=http.HTTPStatus.NOT_FOUND,
            reason=_unknown_words(identity, door.known),
            identity=identity,
        )
    access = credentials.access(identity)
    if access.profile is not SecurityProfile.NONE and not access.anonymous:
        wait_s = throttle.wait_s(address, identity)
        if wait_s > 0.0:
            return TurnedAway(
                status=http.HTTPStatus.TOO_MANY_REQUESTS,
                reason=f"too many wrong passwords: not asked for another {wait_s:.0f} s",
                identity=identity,
                retry_after_s=wait_s,
                count=Count.CONNECTIONS_THROTTLED,
            )
    proof = prove(knock, identity, access, credentials)
    if isinstance(proof, Insufficient):
        if proof.count is Count.CREDENTIALS_WRONG:
            throttle.failed(address, identity)
        return TurnedAway(
            status=proof.status, reason=proof.reason, identity=identity, count=proof.count
        )
    kept: asyncio.Future[None] | None = None
    if known and proof.profile is not SecurityProfile.NONE:
        throttle.succeeded(address, identity)
        if credentials.used(identity, proof.profile, proof.key):
            kept = keep()
    chosen = versions.choose(knock.offered)
    announce = chosen is not None
    if chosen is None and not knock.offered:
        chosen = door.assumed_versions.get(identity)
    return Admitted(
        charge_point_id=identity,
        subprotocol=chosen,
        offered=knock.offered,
        announce=announce,
        proof=proof,
        kept=kept,
    )


def identity_of(path: str, prefix: str) -> ChargePointId | None:
    """Return the charger's identity: the one segment behind the prefix, decoded once.

    Doubled slashes are tolerated: URLs are typed with and without one at the end.
    """
    segments = [segment for segment in path.partition("?")[0].split("/") if segment]
    expected = [segment for segment in prefix.split("/") if segment]
    if len(segments) != len(expected) + 1 or segments[:-1] != expected:
        return None
    try:
        identity = unquote(segments[-1], errors="strict")
    except UnicodeDecodeError:
        return None
    if not 1 <= len(identity) <= MAX_IDENTITY_CHARACTERS or not identity.isprintable():
        return None
    return ChargePointId(identity)


def _unknown_words(identity: ChargePointId, known: Collection[ChargePointId]) -> str:
    folded = identity.casefold()
    near = next((name for name in known if name.casefold() == folded), None)
    return "unknown charger" + (f"; {near!r} is another one: case counts" if near else "")

"""Who may connect: path, identity, security profile, subprotocol. Decided from a request alone.

Sources: OCPP 1.6-J sections 3.1, 3.2 and 6.2 with errata 3.4; OCPP 2.0.1 part 2, A00 and A05;
RFC 7617.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import http
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

from ocpp_core.csms.counts import Count
from ocpp_core.csms.knock import Knock
from ocpp_core.domain.errors import AmpherdError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.ports import Credentials
from ocpp_core.domain.security import Access, KeyHash, SecurityProfile
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
    profile: SecurityProfile = SecurityProfile.NONE
    """What the connection proved."""


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


@dataclass(frozen=True, slots=True)
class _Proof:
    profile: SecurityProfile
    key: KeyHash | None = None


def admit(
    knock: Knock, door: DoorPolicy, credentials: Credentials, throttle: Throttle
) -> Admitted | TurnedAway:
    """Decide on a handshake."""
    identity = identity_of(knock.path, door.path)
    if identity is None:
        return TurnedAway(status=http.HTTPStatus.NOT_FOUND, reason="the path names no charger")
    try:
        return _decide(identity, knock, door, credentials, throttle)
    except AmpherdError as error:  # credentials that cannot be read or kept let nobody in
        return TurnedAway(
            status=http.HTTPStatus.SERVICE_UNAVAILABLE, reason=str(error), identity=identity
        )


def _decide(
    identity: ChargePointId,
    knock: Knock,
    door: DoorPolicy,
    credentials: Credentials,
    throttle: Throttle,
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
    proof = _proof(knock, identity, access, credentials)
    if isinstance(proof, TurnedAway):
        if proof.count is Count.CREDENTIALS_WRONG:
            throttle.failed(address, identity)
        return proof
    if known and proof.profile is not SecurityProfile.NONE:
        throttle.succeeded(address, identity)
        credentials.used(identity, proof.profile, proof.key)
    chosen = versions.choose(knock.offered)
    announce = chosen is not None
    if chosen is None and not knock.offered:
        chosen = door.assumed_versions.get(identity)
    return Admitted(
        charge_point_id=identity,
        subprotocol=chosen,
        offered=knock.offered,
        announce=announce,
        profile=proof.profile,
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


def password_of(authorization: str, identity: str) -> bytes | None:
    """Return the password of a Basic header when its user is `identity`; None otherwise.

    Bytes, since a key need not be text; and the header is not split at its first colon, since an
    identity may hold one although OCPP 2.x forbids it.
    """
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.casefold() != "basic":
        return None
    encoded = encoded.strip().rstrip("=")
    try:
        given = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    user = identity.encode() + b":"
    if not hmac.compare_digest(given[: len(user)], user):
        return None
    return given[len(user) :]


def _proof(
    knock: Knock, identity: ChargePointId, access: Access, credentials: Credentials
) -> _Proof | TurnedAway:
    """Return what the connection proves, or why that is not enough."""
    asked, secure = access.profile, knock.peer.secure
    if access.anonymous:
        if asked >= SecurityProfile.BASIC_TLS and not secure:
            return _below(identity, access, "a plain connection")
        return _Proof(SecurityProfile.NONE)
    if asked >= SecurityProfile.BASIC_TLS and not secure:
        # Before the password is looked at: it has just crossed the network for all to read.
        sent = "; its password was sent readable: change it" if knock.authorization else ""
        return _below(identity, access, "a plain connection", sent)
    named = _certificate_fault(knock, access, credentials)
    if named is None:
        return _Proof(SecurityProfile.MUTUAL_TLS)
    if asked is SecurityProfile.MUTUAL_TLS:
        if knock.peer.subject is None:
            return _below(identity, access, named)
        return TurnedAway(
            status=http.HTTPStatus.FORBIDDEN,
            reason=named,
            identity=identity,
            count=Count.CREDENTIALS_WRONG,
        )
    key = None
    if knock.authorization is not None:
        password = password_of(knock.authorization, identity)
        if password is not None:
            key = _matching(access.keys, password)
    if key is not None:
        return _Proof(SecurityProfile.BASIC_TLS if secure else SecurityProfile.BASIC, key)
    if asked is SecurityProfile.NONE:
        return _Proof(SecurityProfile.NONE)
    if not access.keys:
        reason = "no password is set for it, and its profile asks for one"
    else:
        reason = "no password" if knock.authorization is None else "wrong password"
    # No header is a charger that was not told its key, not somebody who guesses.
    guessed = knock.authorization is not None and bool(access.keys)
    return TurnedAway(
        status=http.HTTPStatus.UNAUTHORIZED,
        reason=reason,
        identity=identity,
        count=Count.CREDENTIALS_WRONG if guessed else None,
    )


def _matching(keys: tuple[KeyHash, ...], password: bytes) -> KeyHash | None:
    found = [key for key in keys if key.matches(password)]
    return found[0] if found else None


def _certificate_fault(knock: Knock, access: Access, credentials: Credentials) -> str | None:
    """Say what is wrong with the client certificate; None when it is the charger's own."""
    subject = knock.peer.subject
    if not knock.peer.secure or subject is None:
        return "no client certificate"
    if credentials.is_revoked(subject.serial_number):
        return f"its certificate {subject.serial_number} is revoked"
    if not credentials.operator or subject.organization != credentials.operator:
        return f"its certificate says O = {subject.organization!r}, not {credentials.operator!r}"
    if not access.common_name or subject.common_name != access.common_name:
        return f"its certificate says CN = {subject.common_name!r}, not {access.common_name!r}"
    return None


def _below(identity: ChargePointId, access: Access, offered: str, further: str = "") -> TurnedAway:
    """Refuse a profile below the charger's own (A00.FR.002, A05)."""
    own = "has used" if access.reached else "is set to"
    return TurnedAway(
        status=http.HTTPStatus.FORBIDDEN,
        reason=f"{offered}, while the charger {own} security profile {access.profile:d}{further}",
        identity=identity,
        count=Count.CONNECTIONS_BELOW_PROFILE,
    )


def _unknown_words(identity: ChargePointId, known: Collection[ChargePointId]) -> str:
    folded = identity.casefold()
    near = next((name for name in known if name.casefold() == folded), None)
    return "unknown charger" + (f"; {near!r} is another one: case counts" if near else "")

"""Who may connect: path, identity, Basic authentication, subprotocol. Pure functions of a request.

Sources: OCPP 1.6-J sections 3.1, 3.2 and 6.2 with errata 3.4; RFC 7617.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import http
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

from ocpp_core.csms.options import CentralSystemOptions
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.protocol import versions

MAX_IDENTITY_CHARACTERS = 48
"""OCPP 2.0.1 part 4 section 3.1.1; 1.6 names no limit."""


class Throttle(Protocol):
    """Slows down whoever guesses passwords."""

    def allows(self, address: str, identity: str) -> bool:
        """Tell whether a password may be tried now."""
        ...

    def failed(self, address: str, identity: str) -> None:
        """Take note of a wrong password."""
        ...

    def succeeded(self, address: str, identity: str) -> None:
        """Take note of the right password."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The charger may connect."""

    charge_point_id: ChargePointId
    subprotocol: str | None
    """None: nothing in common; the link is opened and closed at once (1.6-J section 3.2)."""
    announce: bool
    """Name the subprotocol in the response; not when the charger offered none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """The handshake ends with an HTTP error."""

    status: http.HTTPStatus
    reason: str
    """For our log; the peer gets the status only."""
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """What of a handshake request matters here."""

    path: str
    address: str
    authorization: str | None
    offered: tuple[str, ...]
    """Subprotocols in the charger's order of preference."""


def admit(
    knock: Knock,
    known: Collection[ChargePointId],
    options: CentralSystemOptions,
    throttle: Throttle,
) -> Admitted | TurnedAway:
    """Decide on a handshake."""
    identity = identity_of(knock.path, options.path)
    if identity is None:
        return TurnedAway(status=http.HTTPStatus.NOT_FOUND, reason="the path names no charger")
    if identity not in known and not options.allow_self_registration:
        return TurnedAway(
            status=http.HTTPStatus.NOT_FOUND, reason="unknown charger", identity=identity
        )
    password = options.passwords.get(identity)
    if password is not None:
        if not throttle.allows(knock.address, identity):
            return TurnedAway(
                status=http.HTTPStatus.TOO_MANY_REQUESTS,
                reason="too many wrong passwords",
                identity=identity,
            )
        if knock.authorization is None or not _is_right(knock.authorization, identity, password):
            # No header is a charger that was not told its key, not somebody who guesses.
            if knock.authorization is not None:
                throttle.failed(knock.address, identity)
            return TurnedAway(
                status=http.HTTPStatus.UNAUTHORIZED,
                reason="no password" if knock.authorization is None else "wrong password",
                identity=identity,
            )
        throttle.succeeded(knock.address, identity)
    chosen = versions.choose(knock.offered)
    if chosen is None and not knock.offered:
        assumed = options.assumed_versions.get(identity)
        return Admitted(charge_point_id=identity, subprotocol=assumed, announce=False)
    return Admitted(charge_point_id=identity, subprotocol=chosen, announce=chosen is not None)


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


def _is_right(authorization: str, identity: str, password: bytes) -> bool:
    """Compare a Basic header with the charger's key, in constant time.

    The key is bytes, not text; chargers send it raw or as the hex that they were given.
    """
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.casefold() != "basic":
        return False
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        return False
    user = identity.encode() + b":"
    # The identity may hold a colon, so the header is not split at the first one.
    right_user = hmac.compare_digest(given[: len(user)], user)
    sent = given[len(user) :]
    forms = [password, *_unhexed(password)]
    sents = [sent, *_unhexed(sent)]
    right_key = [hmac.compare_digest(form, one) for form in forms for one in sents]
    return right_user and any(right_key)


def _unhexed(key: bytes) -> list[bytes]:
    if len(key) < 16:  # a short word that happens to look like hex is a word
        return []
    try:
        return [bytes.fromhex(key.decode("ascii"))]
    except ValueError:
        return []

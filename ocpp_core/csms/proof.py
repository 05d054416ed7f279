"""What a connection proves of the charger behind it, when it is made and for as long as it stands.

Sources: OCPP 1.6-J section 6.2; OCPP 2.0.1 part 2, A00, A01 and A05; RFC 7617.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import http
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from ocpp_core.csms.counts import Count
from ocpp_core.csms.knock import Knock
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.ports import Credentials
from ocpp_core.domain.security import Access, ClientSubject, KeyHash, SecurityProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a connection has proved."""

    profile: SecurityProfile
    secure: bool = False
    """It is encrypted, whatever it has proved."""
    key: KeyHash | None = None
    """The key that was used, of profiles 1 and 2."""
    subject: ClientSubject | None = None
    """Of the certificate that was used, of profile 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insufficient:
    """A connection proves less than is asked."""

    status: http.HTTPStatus
    reason: str
    """For our log."""
    count: Count | None = None


def prove(
    knock: Knock, identity: ChargePointId, access: Access, credentials: Credentials
) -> Proof | Insufficient:
    """Return what a new connection proves, or why that is not enough."""
    asked, secure = access.profile, knock.peer.secure
    if access.anonymous:
        if asked >= SecurityProfile.BASIC_TLS and not secure:
            return _below(access, "a plain connection")
        return Proof(profile=SecurityProfile.NONE, secure=secure)
    if asked >= SecurityProfile.BASIC_TLS and not secure:
        # Before the password is looked at: it has just crossed the network for all to read.
        sent = "; its password was sent readable: change it" if knock.authorization else ""
        return _below(access, "a plain connection", sent)
    subject = knock.peer.subject if secure else None
    revoked = () if subject is None else credentials.revoked()
    fault = certificate_fault(subject, access, credentials.operator, revoked)
    if fault is None:
        return Proof(profile=SecurityProfile.MUTUAL_TLS, secure=True, subject=subject)
    if asked is SecurityProfile.MUTUAL_TLS:
        if subject is None:
            return _below(access, fault)
        return Insufficient(
            status=http.HTTPStatus.FORBIDDEN, reason=fault, count=Count.CREDENTIALS_WRONG
        )
    key = None
    if knock.authorization is not None:
        password = password_of(knock.authorization, identity)
        if password is not None:
            key = _matching(access.keys, password)
    if key is not None:
        profile = SecurityProfile.BASIC_TLS if secure else SecurityProfile.BASIC
        return Proof(profile=profile, secure=secure, key=key)
    if asked is SecurityProfile.NONE:
        return Proof(profile=SecurityProfile.NONE, secure=secure)
    if not access.keys:
        reason = "no password is set for it, and its profile asks for one"
    else:
        reason = "no password" if knock.authorization is None else "wrong password"
    # No header is a charger that was not told its key, not somebody who guesses.
    guessed = knock.authorization is not None and bool(access.keys)
    return Insufficient(
        status=http.HTTPStatus.UNAUTHORIZED,
        reason=reason,
        count=Count.CREDENTIALS_WRONG if guessed else None,
    )


def lapsed(
    proof: Proof, access: Access, *, operator: str, revoked: Container[str], now: datetime
) -> str | None:
    """Say why a connection that stands would not be let in again; None when it would.

    A key that was changed over this very connection still counts for it: whoever holds it has
    taken the new one (`Access.superseded`). `now` is of the wall clock, as certificates are.
    """
    if access.profile >= SecurityProfile.BASIC_TLS and not proof.secure:
        return f"security profile {access.profile:d} is asked now, and this is a plain connection"
    if access.anonymous:
        return None
    if proof.profile is SecurityProfile.MUTUAL_TLS:
        fault = certificate_fault(proof.subject, access, operator, revoked)
        until = None if proof.subject is None else proof.subject.expires_at
        if fault is None and until is not None and now >= until:
            return f"its certificate ended at {until:%Y-%m-%dT%H:%M:%SZ}"
        return fault
    if access.profile > proof.profile:
        return f"security profile {access.profile:d} is asked now, {proof.profile:d} was shown"
    if proof.key is not None and proof.key not in (*access.keys, *access.superseded):
        return "the password that it came in with counts no more"
    return None


def certificate_fault(
    subject: ClientSubject | None, access: Access, operator: str, revoked: Container[str]
) -> str | None:
    """Say what is wrong with the client certificate; None when it is the charger's own."""
    if subject is None:
        return "no client certificate"
    if subject.serial_number in revoked:
        return f"its certificate {subject.serial_number} is revoked"
    if not operator or subject.organization != operator:
        return f"its certificate says O = {subject.organization!r}, not {operator!r}"
    if not access.common_name or subject.common_name != access.common_name:
        return f"its certificate says CN = {subject.common_name!r}, not {access.common_name!r}"
    return None


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


def _matching(keys: tuple[KeyHash, ...], password: bytes) -> KeyHash | None:
    found = [key for key in keys if key.matches(password)]
    return found[0] if found else None


def _below(access: Access, offered: str, further: str = "") -> Insufficient:
    """Refuse a profile below the charger's own (A00.FR.002, A05)."""
    own = "has used" if access.reached else "is set to"
    return Insufficient(
        status=http.HTTPStatus.FORBIDDEN,
        reason=f"{offered}, while the charger {own} security profile {access.profile:d}{further}",
        count=Count.CONNECTIONS_BELOW_PROFILE,
    )

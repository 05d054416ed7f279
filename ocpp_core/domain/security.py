"""How chargers prove who they are: profiles, keys, certificates. Values and pure functions.

Sources: OCPP 1.6 security whitepaper edition 3 and OCPP 2.0.1 part 2, block A.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

KEY_BYTES = 20
"""Random bytes of a key that we make: the longest that OCPP 1.6 chargers take."""
_SALT_BYTES = 16
_SHORTEST_HEX = 16
"""A shorter word that happens to look like hex is a word."""


class SecurityProfile(IntEnum):
    """How a charger's connection is secured (OCPP 2.0.1 A00); a higher one is a better one."""

    NONE = 0
    """Nothing is asked."""
    BASIC = 1
    """HTTP Basic authentication over a plain connection: for networks that are trusted."""
    BASIC_TLS = 2
    """HTTP Basic authentication over TLS."""
    MUTUAL_TLS = 3
    """TLS with a certificate of the charger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHash:
    """A charger's key as it may be kept: salted, and the same for the raw and the hex form."""

    salt: str
    """Hex."""
    sha256: str
    """Hex, of the salt's bytes and the canonical key."""

    @classmethod
    def of(cls, key: bytes, *, salt: bytes | None = None) -> KeyHash:
        """Hash a key. Guessing is not slowed down: keys that we make have 160 random bits."""
        used = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
        return cls(salt=used.hex(), sha256=hashlib.sha256(used + canonical_key(key)).hexdigest())

    def matches(self, key: bytes) -> bool:
        """Tell whether `key` is the one that was hashed, in constant time."""
        given = KeyHash.of(key, salt=bytes.fromhex(self.salt))
        return hmac.compare_digest(self.sha256, given.sha256)


def canonical_key(key: bytes) -> bytes:
    """Return the one form of a key: hex, as AuthorizationKey carries it, is turned back.

    Chargers send the key raw or as the hex that they were given, and people configure either; both
    sides are brought to the same form. Bytes, never text: keys need not be UTF-8 (OCPP.md row 63).
    """
    while len(key) >= _SHORTEST_HEX:
        try:
            # Not fromhex on the text as it is: that skips blanks.
            plain = bytes.fromhex(key.decode("ascii")) if key.isalnum() else None
        except ValueError:
            plain = None
        if plain is None:
            return key
        key = plain
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What is asked of one charger."""

    profile: SecurityProfile
    """The least that is accepted: the configured profile, or a higher one that it has reached."""
    keys: tuple[KeyHash, ...] = ()
    """Every key that counts now: two while it is not known whether a change reached the charger."""
    superseded: tuple[KeyHash, ...] = ()
    """Keys of connections over which the charger took a key of these: they may stand (A01)."""
    common_name: str = ""
    """CN of its certificate."""
    reached: bool = False
    """The profile is above the configured one since the charger has used it (A05)."""
    anonymous: bool = False
    """It is not configured and registers itself: of the profile, only TLS is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSubject:
    """Whom a verified client certificate names."""

    organization: str
    common_name: str
    serial_number: str = ""
    """Of the certificate, upper-case hex; empty when a proxy verified it."""
    expires_at: datetime | None = None
    """When the certificate ends; None when a proxy verified it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCertificate:
    """A certificate that our authority issued."""

    chain_pem: str
    """The certificate, then those of its issuers."""
    serial_number: str
    """Upper-case hex."""
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequest:
    """A certificate request that is not signed."""

    reason: str
    """For the log and the operator, one sentence."""

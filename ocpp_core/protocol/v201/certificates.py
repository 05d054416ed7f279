"""Hashes that name certificates (OCPP 2.x CertificateHashDataType)."""

from __future__ import annotations

from ocpp_core.domain.commands import CertificateHash, CertificateUse, InstalledCertificate
from ocpp_core.protocol.message import Answer
from ocpp_core.protocol.words import reduced, spellings

_USES = spellings(CertificateUse)


class Hash(Answer, frozen=True):
    """A hash as a charger reports it."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


def to_wire_hash(value: CertificateHash) -> dict[str, str]:
    """Write a hash."""
    return {
        "hashAlgorithm": value.algorithm,
        "issuerNameHash": value.issuer_name_hash,
        "issuerKeyHash": value.issuer_key_hash,
        "serialNumber": value.serial_number,
    }


def from_wire_hash(wire: Hash, use_word: str) -> InstalledCertificate:
    """Read a hash; a use that is not known is none."""
    use = _USES.get(reduced(use_word))
    return InstalledCertificate(
        use=None if use is None else CertificateUse(use),
        hash=CertificateHash(
            algorithm=wire.hash_algorithm,
            issuer_name_hash=wire.issuer_name_hash,
            issuer_key_hash=wire.issuer_key_hash,
            serial_number=wire.serial_number,
        ),
    )

"""How OCPP 1.6 names certificates and what they are for (security whitepaper)."""

from __future__ import annotations

from ocpp.v16 import datatypes, enums

from ocpp_core.domain.commands import CertificateHash, CertificateUse, Unsupported

_USES = {
    CertificateUse.CSMS_ROOT: enums.CertificateUse.central_system_root_certificate,
    CertificateUse.MANUFACTURER_ROOT: enums.CertificateUse.manufacturer_root_certificate,
}


def wire_use(use: CertificateUse) -> enums.CertificateUse | Unsupported:
    """Write what a root is trusted for."""
    wire = _USES.get(use)
    return Unsupported(reason=f"OCPP 1.6 has no {use}") if wire is None else wire


def wire_hash(name: CertificateHash) -> datatypes.CertificateHashData | Unsupported:
    """Write a certificate's name."""
    try:
        algorithm = enums.HashAlgorithm(name.algorithm)
    except ValueError:
        return Unsupported(reason=f"OCPP 1.6 has no hash algorithm {name.algorithm[:20]!r}")
    return datatypes.CertificateHashData(
        hash_algorithm=algorithm,
        issuer_name_hash=name.issuer_name_hash,
        issuer_key_hash=name.issuer_key_hash,
        serial_number=name.serial_number,
    )

"""Certificates in chargers (1.6 security whitepaper; OCPP 2.0.1 A02, A03, M03 to M05)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CertificateUse(StrEnum):
    """What a root certificate is trusted for, in the words of OCPP 2.0.1."""

    CSMS_ROOT = "CSMSRootCertificate"
    """1.6: CentralSystemRootCertificate."""
    MANUFACTURER_ROOT = "ManufacturerRootCertificate"
    V2G_ROOT = "V2GRootCertificate"
    MO_ROOT = "MORootCertificate"
    V2G_CHAIN = "V2GCertificateChain"
    """Only in what a charger reports."""
    OEM_ROOT = "OEMRootCertificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateHash:
    """How OCPP names a certificate."""

    algorithm: str
    """SHA256, SHA384 or SHA512."""
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledCertificate:
    """A certificate that a charger says it keeps."""

    use: CertificateUse | None
    """None: the charger did not say."""
    hash: CertificateHash


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSignedCertificate:
    """Hand a charger the certificate that it asked for (CertificateSigned)."""

    chain_pem: str
    use: str = "ChargingStationCertificate"
    """Or `V2GCertificate` (OCPP 2.x)."""
    request_id: int | None = None
    """Number of the charger's request (OCPP 2.1); None: it had none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallCertificate:
    """Let the charger trust a root certificate."""

    use: CertificateUse
    certificate_pem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteCertificate:
    """Let the charger forget a certificate."""

    hash: CertificateHash


@dataclass(frozen=True, slots=True, kw_only=True)
class GetInstalledCertificates:
    """Ask which certificates the charger keeps; no use named: all (1.6 asks for one use)."""

    use: CertificateUse | None = None

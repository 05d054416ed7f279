"""The certificates and the key of a simulated charger, the same in every OCPP version.

Sources: OCPP 1.6 security whitepaper, use cases A02 and M03 to M05; OCPP 2.0.1 chapters A and M.
The hash algorithm is SHA256 over the DER of the issuer's name and over its public key.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ocpp_core.domain.commands import CertificateHash, CertificateUse, InstalledCertificate


class InstallOutcome(StrEnum):
    """How an installation ends (InstallCertificateStatusEnumType)."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    """It is no certificate."""
    FAILED = "Failed"
    """There is no room."""


class DeleteOutcome(StrEnum):
    """How a deletion ends (DeleteCertificateStatusEnumType)."""

    ACCEPTED = "Accepted"
    NOT_FOUND = "NotFound"


class CertificateStore:
    """Roots that are trusted, and the charger's own key with its certificate chain."""

    def __init__(self, *, serial_number: str, max_roots: int = 8) -> None:
        self._serial_number = serial_number
        self._max_roots = max_roots
        """CertificateStoreMaxLength."""
        self._roots: dict[CertificateHash, CertificateUse] = {}
        self._key: ec.EllipticCurvePrivateKey | None = None
        self.chain_pem = ""
        """The charger's own certificate and what it was signed with; empty until it is signed."""

    def install(self, use: CertificateUse, certificate_pem: str) -> InstallOutcome:
        """Trust a root; one that is trusted already is replaced."""
        try:
            certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
            name = hash_of(certificate)
        except ValueError:
            return InstallOutcome.REJECTED
        if name not in self._roots and len(self._roots) >= self._max_roots:
            return InstallOutcome.FAILED
        self._roots[name] = use
        return InstallOutcome.ACCEPTED

    def delete(self, name: CertificateHash) -> DeleteOutcome:
        """Forget a root."""
        found = self._roots.pop(name, None)
        return DeleteOutcome.NOT_FOUND if found is None else DeleteOutcome.ACCEPTED

    def installed(self, use: CertificateUse | None = None) -> tuple[InstalledCertificate, ...]:
        """Return the roots that are trusted, for one use or for all."""
        return tuple(
            InstalledCertificate(use=kept, hash=name)
            for name, kept in self._roots.items()
            if use is None or kept is use
        )

    def request_pem(self, *, operator: str) -> str:
        """Make a new key and return the request to have it certified (a PKCS #10 CSR)."""
        names = {NameOID.ORGANIZATION_NAME: operator, NameOID.COMMON_NAME: self._serial_number}
        subject = x509.Name(
            [x509.NameAttribute(kind, name) for kind, name in names.items() if name]
        )
        self._key = ec.generate_private_key(ec.SECP256R1())
        request = x509.CertificateSigningRequestBuilder().subject_name(subject)
        signed = request.sign(self._key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()

    def take_signed(self, chain_pem: str) -> bool:
        """Keep a certificate if it is for the key that was asked for last."""
        try:
            chain = x509.load_pem_x509_certificates(chain_pem.encode())
        except ValueError:
            return False
        if self._key is None or not chain or chain[0].public_key() != self._key.public_key():
            return False
        self.chain_pem = chain_pem
        return True


def is_certificate(pem: str) -> bool:
    """Tell whether a text is a certificate."""
    try:
        x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        return False
    return True


def hash_of(certificate: x509.Certificate) -> CertificateHash:
    """Name a root certificate as OCPP does; it has issued itself."""
    key = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return CertificateHash(
        algorithm="SHA256",
        issuer_name_hash=hashlib.sha256(certificate.issuer.public_bytes()).hexdigest(),
        issuer_key_hash=hashlib.sha256(key).hexdigest(),
        serial_number=f"{certificate.serial_number:x}",
    )

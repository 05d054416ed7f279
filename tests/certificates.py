"""Certificates as a test wants them, right or wrong, made without any code of ours."""

from __future__ import annotations

import ipaddress
import itertools
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC)
"""TLS compares with the wall clock, so these certificates are dated by it."""
type Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Identity:
    """A certificate with its key, in files."""

    certificate: Path
    key: Path


@dataclass
class TestAuthority:
    """An authority whose certificates may be wrong."""

    __test__ = False

    folder: Path
    organization: str = "Test Operator"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self._name = _name(f"Root of {self.folder.name}", self.organization)
        builder = self._builder(self._name, self.key.public_key(), NOW + timedelta(days=30))
        self._root = (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_CA_USE, critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.root = self.folder / "root.pem"
        self.root.write_bytes(_pem(self._root))

    def server(self, *, key: Key | None = None) -> Identity:
        """Issue a server certificate for the loopback addresses."""
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        return self._issue("localhost", self.organization, ExtendedKeyUsageOID.SERVER_AUTH,
                           NOW + timedelta(days=1), key=key, extension=names)  # fmt: skip

    def charger(
        self, name: str, *, organization: str | None = None, expired: bool = False
    ) -> Identity:
        """Issue a client certificate."""
        until = NOW - timedelta(hours=1) if expired else NOW + timedelta(days=1)
        return self._issue(
            name, organization or self.organization, ExtendedKeyUsageOID.CLIENT_AUTH, until
        )

    def _issue(
        self,
        name: str,
        organization: str,
        use: x509.ObjectIdentifier,
        until: datetime,
        *,
        key: Key | None = None,
        extension: x509.ExtensionType | None = None,
    ) -> Identity:
        own = key or ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_name(name, organization), own.public_key(), until)
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        if extension is not None:
            builder = builder.add_extension(extension, critical=False)
        stem = self.folder / f"{next(self._numbers)}"
        certificate, key_file = stem.with_suffix(".pem"), stem.with_suffix(".key")
        certificate.write_bytes(_pem(builder.sign(self.key, hashes.SHA256())))
        key_file.write_bytes(
            own.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return Identity(certificate, key_file)

    def _builder(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
        until: datetime,
    ) -> x509.CertificateBuilder:
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=2))
            .not_valid_after(until)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(authority, critical=False)
        )


def client_context(
    root: Path,
    identity: Identity | None = None,
    *,
    ciphers: str | None = None,
    version: ssl.TLSVersion | None = None,
) -> ssl.SSLContext:
    """Return what a charger connects with, also one of yesterday."""
    context = ssl.create_default_context(cafile=str(root))
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if ciphers is not None:
        context.set_ciphers(ciphers)
        context.maximum_version = version or ssl.TLSVersion.TLSv1_2
    if identity is not None:
        context.load_cert_chain(identity.certificate, identity.key)
    return context


_CA_USE = x509.KeyUsage(
    digital_signature=True, content_commitment=False, key_encipherment=False,
    data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
    encipher_only=False, decipher_only=False,
)  # fmt: skip


def _name(name: str, organization: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)

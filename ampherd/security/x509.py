"""Certificates of a site's own authority: made and checked by pure functions.

EC keys on P-256, and SHA-256. One root signs servers and chargers itself: a site has tens of
certificates, not tiers of issuers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ocpp_core.domain.security import RefusedRequest, SignedCertificate

MIN_EC_BITS = 256
MIN_RSA_BITS = 2048
_BACKDATED = timedelta(days=1)
"""Chargers' clocks may be behind when they see their certificate first."""
_LONGEST_NAME = 64
"""X.520 upper bound of O and CN."""

type PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """An authority that can sign."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    """Make a private key."""
    return ec.generate_private_key(ec.SECP256R1())


def new_rsa_key() -> rsa.RSAPrivateKey:
    """Make a private key for chargers that speak the RSA suites only."""
    return rsa.generate_private_key(public_exponent=65537, key_size=MIN_RSA_BITS)


def new_root(operator: str, *, now: datetime, days: int) -> Root:
    """Make an authority for an operator; its certificate is its own."""
    key = new_key()
    name = _name(operator, f"{operator} OCPP root"[:_LONGEST_NAME])
    certificate = (
        _builder(name, name, key.public_key(), key.public_key(), now, days)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Root(certificate=certificate, key=key)


def server_certificate(
    root: Root,
    key: PublicKey,
    *,
    operator: str,
    hosts: Sequence[str],
    now: datetime,
    days: int,
) -> SignedCertificate:
    """Sign a server's key for the names and addresses that chargers reach it by."""
    names = x509.SubjectAlternativeName([_alternative(host) for host in hosts])
    builder = _builder(
        _name(operator, hosts[0]), root.certificate.subject, key, root.key.public_key(), now, days
    ).add_extension(names, critical=False)
    return _signed(root, builder, key, ExtendedKeyUsageOID.SERVER_AUTH)


def charger_certificate(
    root: Root,
    key: PublicKey,
    *,
    operator: str,
    common_name: str,
    now: datetime,
    days: int,
) -> SignedCertificate:
    """Sign a charger's key: O is the operator, CN names the charger (OCPP 2.0.1 A00)."""
    name, issuer = _name(operator, common_name), root.certificate.subject
    builder = _builder(name, issuer, key, root.key.public_key(), now, days)
    return _signed(root, builder, key, ExtendedKeyUsageOID.CLIENT_AUTH)


def sign_csr(
    csr_pem: str,
    root: Root,
    *,
    operator: str,
    common_name: str,
    now: datetime,
    days: int,
) -> SignedCertificate | RefusedRequest:
    """Check a charger's request (PKCS #10, PEM) and sign it.

    The request must be signed by its own key, which must be strong, and name this operator and this
    charger. What extensions it asks for is not heeded: the certificate is a charger's, no more.
    """
    try:
        request = x509.load_pem_x509_csr(csr_pem.encode())
        key = request.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return RefusedRequest(reason="the request is not PKCS #10 in PEM, or of no known kind")
    fault = _request_fault(request, operator=operator, common_name=common_name)
    if fault is not None or not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        return RefusedRequest(reason=fault or "")
    if _spki(key) == _spki(root.key.public_key()):
        return RefusedRequest(reason="the request holds the authority's own key")
    return charger_certificate(
        root, key, operator=operator, common_name=common_name, now=now, days=days
    )


def _request_fault(
    request: x509.CertificateSigningRequest, *, operator: str, common_name: str
) -> str | None:
    match request.public_key():
        case ec.EllipticCurvePublicKey() as key if key.curve.key_size < MIN_EC_BITS:
            return f"the key has {key.curve.key_size} bits, below {MIN_EC_BITS} (elliptic curve)"
        case rsa.RSAPublicKey() as key if key.key_size < MIN_RSA_BITS:
            return f"the key has {key.key_size} bits, below {MIN_RSA_BITS} (RSA)"
        case ec.EllipticCurvePublicKey() | rsa.RSAPublicKey():
            pass
        case _:
            return "the key is neither of an elliptic curve nor RSA"
    try:
        weak = isinstance(request.signature_hash_algorithm, hashes.MD5 | hashes.SHA1)
        valid = request.is_signature_valid
    except (UnsupportedAlgorithm, InvalidSignature, ValueError):
        weak, valid = False, False
    if weak:
        return "the request is signed with a hash that is broken"
    if not valid:
        return "the request is not signed by the key that it holds"
    for oid, letter, wanted in (
        (NameOID.ORGANIZATION_NAME, "O", operator),
        (NameOID.COMMON_NAME, "CN", common_name),
    ):
        found = [str(one.value) for one in request.subject.get_attributes_for_oid(oid)]
        if found != [wanted]:
            said = " and ".join(repr(value) for value in found) or "nothing"
            return f"the request says {letter} = {said}, not {wanted!r}"
    return None


def private_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    """Write a private key; the file that takes it must be its owner's only."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def certificate_pem(certificate: x509.Certificate) -> str:
    """Write a certificate."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def serial_of(certificate: x509.Certificate) -> str:
    """Return the serial number as Python's TLS shows it: upper-case hex of whole bytes."""
    text = f"{certificate.serial_number:X}"
    return text if len(text) % 2 == 0 else f"0{text}"


# ------------------------------------------------------------------------------------------------


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: PublicKey,
    issuer_key: PublicKey,
    now: datetime,
    days: int,
) -> x509.CertificateBuilder:
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(authority, critical=False)
    )


def _signed(
    root: Root,
    builder: x509.CertificateBuilder,
    key: PublicKey,
    use: x509.ObjectIdentifier,
) -> SignedCertificate:
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(enciphers=isinstance(key, rsa.RSAPublicKey)), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .sign(root.key, hashes.SHA256())
    )
    return SignedCertificate(
        chain_pem=certificate_pem(certificate) + certificate_pem(root.certificate),
        serial_number=serial_of(certificate),
        expires_at=certificate.not_valid_after_utc,
    )


def _usage(*, signs: bool = False, enciphers: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=enciphers,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(organization: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _spki(key: PublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )

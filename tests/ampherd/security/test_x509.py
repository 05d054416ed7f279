"""What a charger's request must be before it is signed, and what the certificate then is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from ampherd.security.x509 import (
    Root,
    charger_certificate,
    new_key,
    new_root,
    serial_of,
    server_certificate,
    sign_csr,
)
from ocpp_core.domain.security import RefusedRequest, SignedCertificate

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROOT = new_root("Depot", now=NOW, days=3650)
type AnyKey = (
    ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | dsa.DSAPrivateKey
)


def request(
    key: AnyKey | None = None,
    *,
    names: tuple[tuple[x509.ObjectIdentifier, str], ...] = (
        (NameOID.ORGANIZATION_NAME, "Depot"),
        (NameOID.COMMON_NAME, "CP-1"),
    ),
    extension: x509.ExtensionType | None = None,
) -> str:
    own = key or new_key()
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(oid, value) for oid, value in names])
    )
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    algorithm = None if isinstance(own, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(own, algorithm).public_bytes(serialization.Encoding.PEM).decode()


def sign(csr_pem: str, root: Root = ROOT) -> SignedCertificate | RefusedRequest:
    return sign_csr(csr_pem, root, operator="Depot", common_name="CP-1", now=NOW, days=730)


def refusal(csr_pem: str) -> str:
    answer = sign(csr_pem)
    assert isinstance(answer, RefusedRequest)
    return answer.reason


def certificate(answer: SignedCertificate | RefusedRequest) -> x509.Certificate:
    assert isinstance(answer, SignedCertificate)
    leaf, root = x509.load_pem_x509_certificates(answer.chain_pem.encode())
    leaf.verify_directly_issued_by(root)
    return leaf


def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@pytest.mark.parametrize(
    "key",
    [new_key(), ec.generate_private_key(ec.SECP384R1()), rsa_key(2048)],
    ids=["P-256", "P-384", "RSA 2048"],
)
def test_a_right_request_becomes_a_certificate_of_its_key(key: AnyKey) -> None:
    answer = sign(request(key))
    signed = certificate(answer)

    assert key.public_key() == signed.public_key()
    assert "CN=CP-1,O=Depot" == signed.subject.rfc4514_string()
    assert NOW + timedelta(days=730) == signed.not_valid_after_utc
    assert isinstance(answer, SignedCertificate)
    assert serial_of(signed) == answer.serial_number
    assert signed.not_valid_after_utc == answer.expires_at


def test_a_certificate_of_a_charger_is_a_clients_and_no_issuers() -> None:
    wanted = x509.BasicConstraints(ca=True, path_length=None)
    signed = certificate(sign(request(extension=wanted)))

    basic = signed.extensions.get_extension_for_class(x509.BasicConstraints).value
    use = signed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert not basic.ca
    assert [ExtendedKeyUsageOID.CLIENT_AUTH] == list(use)


ORGANIZATION, NAME = NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME


@pytest.mark.parametrize(
    ("csr_pem", "words"),
    [
        (request(names=((ORGANIZATION, "Depot"), (NAME, "CP-2"))), "CN = 'CP-2', not 'CP-1'"),
        (request(names=((ORGANIZATION, "Depot"),)), "CN = nothing"),
        (
            request(names=((ORGANIZATION, "Depot"), (NAME, "CP-1"), (NAME, "CP-2"))),
            "CN = 'CP-1' and 'CP-2'",
        ),
        (request(names=((ORGANIZATION, "Evil"), (NAME, "CP-1"))), "O = 'Evil', not 'Depot'"),
        (request(names=((NAME, "CP-1"),)), "O = nothing"),
        (request(rsa_key(1024)), "1024 bits, below 2048"),
        (request(ec.generate_private_key(ec.SECP224R1())), "224 bits, below 256"),
        (request(ed25519.Ed25519PrivateKey.generate()), "neither of an elliptic curve nor RSA"),
        (request(dsa.generate_private_key(2048)), "neither of an elliptic curve nor RSA"),
        (request(ROOT.key), "the authority's own key"),
        ("", "not PKCS #10"),
        ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", "PKCS"),
    ],
)
def test_any_other_request_is_refused_with_a_reason(csr_pem: str, words: str) -> None:
    assert words in refusal(csr_pem)


def test_a_request_that_its_key_did_not_sign_is_refused() -> None:
    """Else anybody could have somebody's public key certified."""
    whole = x509.load_pem_x509_csr(request().encode()).public_bytes(serialization.Encoding.DER)
    broken = x509.load_der_x509_csr(whole[:-1] + bytes([whole[-1] ^ 1]))

    assert "not signed by the key" in refusal(
        broken.public_bytes(serialization.Encoding.PEM).decode()
    )


@given(st.text())
def test_any_text_is_refused(text: str) -> None:
    assert isinstance(sign(text), RefusedRequest)


def test_a_server_has_every_name_and_address_that_it_is_reached_by() -> None:
    signed = certificate(
        server_certificate(
            ROOT,
            new_key().public_key(),
            operator="Depot",
            hosts=("ampherd.lan", "192.168.1.10", "fd00::1"),
            now=NOW,
            days=730,
        )
    )
    names = signed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert ["ampherd.lan"] == names.get_values_for_type(x509.DNSName)
    assert ["192.168.1.10", "fd00::1"] == [
        str(address) for address in names.get_values_for_type(x509.IPAddress)
    ]


def test_a_certificate_already_counts_for_a_clock_that_is_behind() -> None:
    answer = charger_certificate(
        ROOT, new_key().public_key(), operator="Depot", common_name="CP-1", now=NOW, days=1
    )

    assert certificate(answer).not_valid_before_utc < NOW - timedelta(hours=12)

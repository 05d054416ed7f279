"""Rules of a simulated charger's certificate store, in any OCPP version."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ocpp_core.domain.commands import CertificateUse
from ocpp_core.sim.certificates import CertificateStore, DeleteOutcome, InstallOutcome

FROM = datetime(2026, 1, 1, tzinfo=UTC)
CSMS, MAKER = CertificateUse.CSMS_ROOT, CertificateUse.MANUFACTURER_ROOT


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


class Authority:
    """A root that signs what it is asked for."""

    def __init__(self, name: str = "Root") -> None:
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._signed(self._name, self._key.public_key())

    def sign(self, csr_pem: str) -> str:
        request = x509.load_pem_x509_csr(csr_pem.encode())
        key = request.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return pem(self._signed(request.subject, key)) + pem(self.root)

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(0x1F)
            .not_valid_before(FROM)
            .not_valid_after(FROM + timedelta(days=365))
            .sign(self._key, hashes.SHA256())
        )


def store(**options: int) -> CertificateStore:
    return CertificateStore(serial_number="CP-1", **options)


def test_a_root_is_installed_listed_by_use_and_deleted_by_its_hash() -> None:
    subject = store()
    assert InstallOutcome.ACCEPTED is subject.install(CSMS, pem(Authority().root))
    (installed,) = subject.installed(CSMS)

    assert () == subject.installed(MAKER)
    assert (installed,) == subject.installed()
    assert ("SHA256", "1f", 64) == (
        installed.hash.algorithm,
        installed.hash.serial_number,
        len(installed.hash.issuer_key_hash),
    )
    assert DeleteOutcome.ACCEPTED is subject.delete(installed.hash)
    assert DeleteOutcome.NOT_FOUND is subject.delete(installed.hash)


def test_what_is_no_certificate_is_rejected_and_a_full_store_fails() -> None:
    subject = store(max_roots=1)
    root = pem(Authority().root)

    assert InstallOutcome.REJECTED is subject.install(CSMS, "no certificate")
    assert InstallOutcome.ACCEPTED is subject.install(CSMS, root)
    assert InstallOutcome.ACCEPTED is subject.install(MAKER, root)
    assert InstallOutcome.FAILED is subject.install(CSMS, pem(Authority("Other").root))


def test_a_certificate_is_kept_only_for_the_key_that_was_asked_for_last() -> None:
    subject, authority = store(), Authority()
    first = authority.sign(subject.request_pem(operator="Depot"))
    second = authority.sign(subject.request_pem(operator="Depot"))

    assert not subject.take_signed(first)
    assert not subject.take_signed("no certificate")
    assert "" == subject.chain_pem
    assert subject.take_signed(second)
    assert second == subject.chain_pem


def test_a_request_names_charger_and_operator() -> None:
    request = x509.load_pem_x509_csr(store().request_pem(operator="Depot").encode())

    assert request.is_signature_valid
    assert ["Depot", "CP-1"] == [attribute.value for attribute in request.subject]
    nameless = x509.load_pem_x509_csr(store().request_pem(operator="").encode())
    assert ["CP-1"] == [attribute.value for attribute in nameless.subject]

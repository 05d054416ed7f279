"""The site's authority in its folder, and the server's certificates as they are read."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ampherd.config import TlsFiles
from ampherd.security.authority import Purpose, SiteAuthority
from ampherd.security.tls import ServerCertificates
from ampherd.security.x509 import new_key, private_pem
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.errors import AmpherdError, ConfigurationError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import RefusedRequest, SignedCertificate
from tests.ampherd.security.test_x509 import request

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CP1 = ChargePointId("CP-1")


@pytest.fixture
def authority(tmp_path: Path) -> SiteAuthority:
    made = SiteAuthority(tmp_path / "tls", "Depot", ManualClock(NOW), {CP1: "CP-1"})
    made.init()
    return made


def files(authority: SiteAuthority) -> TlsFiles:
    folder = authority.folder
    return TlsFiles(
        certificate=folder / "server.pem",
        key=folder / "server.key",
        rsa=(folder / "server-rsa.pem", folder / "server-rsa.key"),
        client_ca=folder / "ca.pem",
    )


def test_everything_that_it_writes_is_its_owners_only(authority: SiteAuthority) -> None:
    authority.issue_server(["localhost"])
    authority.issue_charger(CP1)

    written = [path for path in authority.folder.rglob("*") if path.is_file()]
    assert {"ca.key", "server.key", "server-rsa.key", "CP-1.key"} <= {p.name for p in written}
    assert {0o600} == {
        path.stat().st_mode & 0o777 for path in written if not path.name.endswith(".lock")
    }


def test_it_is_made_once(authority: SiteAuthority) -> None:
    before = (authority.folder / "ca.pem").read_bytes()

    with pytest.raises(AmpherdError, match="there is an authority"):
        authority.init()
    assert before == (authority.folder / "ca.pem").read_bytes()


def test_the_list_says_what_was_issued_and_when_it_ends(authority: SiteAuthority) -> None:
    authority.issue_server(["ampherd.lan", "10.0.0.1"])
    authority.issue_charger(CP1, days=10)

    assert [Purpose.ROOT, Purpose.SERVER, Purpose.SERVER, Purpose.CHARGER] == [
        entry.purpose for entry in authority.entries()
    ]
    assert NOW + timedelta(days=10) == authority.entries()[-1].expires_at
    assert "CP-1" == authority.entries()[-1].charge_point_id


def test_a_request_is_signed_for_the_charger_that_sent_it(authority: SiteAuthority) -> None:
    """The `CertificateAuthority` of the domain, for SignCertificate."""
    signed = authority.sign(request(), CP1)
    other = authority.sign(request(), ChargePointId("CP-2"))

    assert isinstance(signed, SignedCertificate)
    assert (authority.folder / "chargers" / "CP-1.pem").read_text() == signed.chain_pem
    assert isinstance(other, RefusedRequest)
    assert signed.serial_number == authority.entries()[-1].serial_number


def test_without_an_authority_nothing_is_signed(tmp_path: Path) -> None:
    none = SiteAuthority(tmp_path, "Depot", ManualClock(NOW))

    assert isinstance(none.sign(request(), CP1), RefusedRequest)
    with pytest.raises(AmpherdError, match="no authority"):
        none.issue_charger(CP1)
    assert () == none.entries()


def test_revoking_is_seen_by_a_server_that_runs(authority: SiteAuthority) -> None:
    serial = authority.issue_charger(CP1).serial_number
    server = SiteAuthority(authority.folder, "Depot", ManualClock(NOW))
    assert serial not in server.revoked()

    (revoked,) = authority.revoke("CP-1")

    assert serial in server.revoked()
    assert (serial, NOW) == (revoked.serial_number, revoked.revoked_at)
    assert () == authority.revoke("CP-1")
    assert () == authority.revoke("ABCDEF")


def test_a_serial_number_is_written_as_tls_shows_it(authority: SiteAuthority) -> None:
    """Else a revoked certificate would not be recognised."""
    for _ in range(20):
        serial = authority.issue_charger(CP1).serial_number
        path = authority.folder / "chargers" / "CP-1.pem"
        decoded = ssl._ssl._test_decode_cert(str(path))  # type: ignore[attr-defined]
        assert decoded["serialNumber"] == serial


def test_a_name_with_odd_letters_stays_in_its_folder(authority: SiteAuthority) -> None:
    authority.issue_charger(ChargePointId("../x|1"))

    assert (authority.folder / "chargers" / ".._x_1.key").exists()


def test_a_damaged_list_is_named_since_nobody_knew_what_is_revoked(
    authority: SiteAuthority,
) -> None:
    (authority.folder / "issued.json").write_text("{")

    with pytest.raises(AmpherdError, match=r"issued\.json"):
        authority.revoked()


class TestServerCertificates:
    def test_a_renewed_one_is_read_again(self, authority: SiteAuthority) -> None:
        authority.issue_server(["localhost"])
        certificates = ServerCertificates(files(authority))
        first = certificates.context()
        assert first is certificates.context()

        authority.issue_server(["localhost"])

        assert first is not certificates.context()

    def test_one_that_cannot_be_used_leaves_the_last_good_one(
        self, authority: SiteAuthority
    ) -> None:
        authority.issue_server(["localhost"])
        certificates = ServerCertificates(files(authority))
        first = certificates.context()
        (authority.folder / "server.pem").write_text("broken")

        assert first is certificates.context()

    def test_chargers_are_asked_for_a_certificate_only_with_a_client_ca(
        self, authority: SiteAuthority
    ) -> None:
        authority.issue_server(["localhost"])
        named = files(authority)
        without = TlsFiles(certificate=named.certificate, key=named.key, rsa=None, client_ca=None)

        assert ssl.CERT_OPTIONAL is ServerCertificates(named).context().verify_mode
        assert ssl.CERT_NONE is ServerCertificates(without).context().verify_mode

    def test_its_end_is_called_to_mind(self, authority: SiteAuthority) -> None:
        authority.issue_server(["localhost"], days=100)
        certificates = ServerCertificates(files(authority))

        assert () == certificates.alarms(NOW)
        assert "ends on" in certificates.alarms(NOW + timedelta(days=80))[0]
        assert "ended on" in certificates.alarms(NOW + timedelta(days=101))[0]

    def test_a_missing_one_says_how_to_make_it(self, authority: SiteAuthority) -> None:
        with pytest.raises(ConfigurationError, match=r"there is no .*server\.pem") as caught:
            ServerCertificates(files(authority))
        assert "ampherd cert server" in caught.value.hint

    def test_a_key_of_another_certificate_is_refused(self, authority: SiteAuthority) -> None:
        authority.issue_server(["localhost"])
        (authority.folder / "server.key").write_bytes(private_pem(new_key()))

        with pytest.raises(ConfigurationError, match="key values mismatch"):
            ServerCertificates(files(authority))

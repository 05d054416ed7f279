"""Security profiles, certificates and proxies in the configuration."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import SecurityProfile
from tests.ampherd.config.conftest import Faults, Load

CP1 = ChargePointId("CP-1")
TLS = "\n[server]\nocpp_tls_port = 9443\n"


def test_a_charger_has_the_password_profile_unless_another_is_written(load: Load) -> None:
    assert SecurityProfile.BASIC is load().security.chargers[CP1].profile


def test_the_site_has_a_default_and_a_charger_its_own(load: Load, valid: str) -> None:
    text = valid + TLS + "security_profile = 2\n"
    own = text.replace('id = "CP-1"', 'id = "CP-1"\nsecurity_profile = 0')

    assert SecurityProfile.BASIC_TLS is load(text).security.chargers[CP1].profile
    assert SecurityProfile.NONE is load(own).security.chargers[CP1].profile


def test_a_variable_sets_the_default(load: Load) -> None:
    config = load(AMPHERD_SERVER__SECURITY_PROFILE="0")

    assert SecurityProfile.NONE is config.security.chargers[CP1].profile


def test_certificates_are_in_the_folder_of_ampherd_cert_unless_named(
    load: Load, valid: str, tmp_path: Path
) -> None:
    tls = load(valid + TLS + "security_profile = 3\n").security.tls
    named = load(valid + TLS + 'tls_certificate = "own.pem"\ntls_key = "/keys/own.key"\n')

    assert tls is not None
    assert tmp_path / "tls" / "server.pem" == tls.certificate
    assert tmp_path / "tls" / "ca.pem" == tls.client_ca
    assert named.security.tls is not None
    assert tmp_path / "own.pem" == named.security.tls.certificate
    assert Path("/keys/own.key") == named.security.tls.key
    assert named.security.tls.client_ca is None
    assert load().security.tls is None


def test_names_in_certificates_are_those_of_site_and_charger_unless_given(
    load: Load, valid: str
) -> None:
    text = valid + TLS + 'operator = "Power Ltd"\n'
    given = text.replace('id = "CP-1"', 'id = "CP-1"\ncertificate_cn = "SN-1"')

    assert ("Garage", "CP-1") == (
        load().security.operator,
        load().security.chargers[CP1].common_name,
    )
    assert ("Power Ltd", "SN-1") == (
        load(given).security.operator,
        load(given).security.chargers[CP1].common_name,
    )


def test_proxies_are_addresses_and_networks(load: Load, valid: str) -> None:
    text = valid + '\n[server]\nproxies = ["10.0.0.2", "fd00::/8"]\nsecurity_profile = 2\n'

    assert (
        ipaddress.ip_network("10.0.0.2/32"),
        ipaddress.ip_network("fd00::/8"),
    ) == load(text).security.proxies


@pytest.mark.parametrize(
    ("server", "fault"),
    [
        ("security_profile = 2", "security profile 2 needs TLS, and no TLS port is open"),
        ("security_profile = 4", "should be 0, 1, 2 or 3, not 4"),
        ("security_profile = true", "should be a number, not True"),
        ("ocpp_plain = false", "neither a plain nor a TLS port is open"),
        ('proxy_subject_header = "X"', "no proxy is trusted"),
        ('proxies = ["proxy.lan"]', "should be an IP address or network"),
        ('proxies = ["::1"]\nsecurity_profile = 3', "and the proxy passes none on"),
        ("ocpp_tls_port = 9443\nocpp_plain = false", "security profile 1 is for plain"),
        ("ocpp_tls_port = 9000", "ocpp_tls_port and ocpp_port are both 9000"),
    ],
)
def test_what_no_connection_could_have_is_a_fault(
    faults: Faults, valid: str, server: str, fault: str
) -> None:
    (found,) = faults(f"{valid}\n[server]\n{server}\n")

    assert fault in found
    assert found.startswith("site.toml:")

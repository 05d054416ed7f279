"""OCPP 1.6 security whitepaper, as the OCA's test procedure has it for a Central System."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from websockets.exceptions import InvalidStatus

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect, Server
from tests.conformance.requests import certificate_request
from tests.conformance.station import SIGNING_S
from tests.conformance.v16 import boot, booted

AT = "2026-03-01T12:00:00Z"
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "a1",
    "issuerKeyHash": "b2",
    "serialNumber": "c3",
}
TOLD_HASH = {
    "algorithm": "SHA256",
    "issuer_name_hash": "a1",
    "issuer_key_hash": "b2",
    "serial_number": "c3",
}
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"


@case("TC_073_CSMS", "Update charge point password for HTTP Basic authentication")
async def test_a_new_password_counts_once_the_charger_has_it(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.client.post(f"/charge-points/{api.charger}/password")
    asking = api.later(ordered)
    payload = await station.asked("ChangeConfiguration", {"status": "Accepted"})
    assert "accepted" == (await asking).json()["result"]
    await station.socket.close()

    assert "AuthorizationKey" == payload["key"]
    with pytest.raises(InvalidStatus):
        await connect()
    again = await connect(password=bytes.fromhex(payload["value"]))
    assert "Accepted" == (await boot(again))["status"]


@case("TC_074_CSMS", "Update charge point certificate by request of the Central System")
async def test_a_charger_gets_the_certificate_that_it_asks_for(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command("trigger-message", message="SignChargePointCertificate")
    payload = await station.asked("ExtendedTriggerMessage", {"status": "Accepted"})
    assert {"requestedMessage": "SignChargePointCertificate"} == payload
    assert "accepted" == (await ordered)["result"]
    answer = await station.result("SignCertificate", {"csr": certificate_request(station.name)})
    signed = await station.asked("CertificateSigned", {"status": "Accepted"}, wait_s=SIGNING_S)

    assert {"status": "Accepted"} == answer
    chain = x509.load_pem_x509_certificates(signed["certificateChain"].encode())
    [common_name] = chain[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert station.name == common_name.value


@case("TC_075_1_CSMS", "Install certificate, ManufacturerRootCertificate")
@case("TC_075_2_CSMS", "Install certificate, CentralSystemRootCertificate")
@pytest.mark.parametrize(
    ("use", "written"),
    [
        ("ManufacturerRootCertificate", "ManufacturerRootCertificate"),
        ("CSMSRootCertificate", "CentralSystemRootCertificate"),
    ],
)
async def test_a_root_certificate_is_installed_and_read_back(
    connect: Connect, api: Api, use: str, written: str
) -> None:
    station = await booted(await connect())
    ordered = api.command("install-certificate", use=use, certificate_pem=PEM)
    payload = await station.asked("InstallCertificate", {"status": "Accepted"})
    assert {"certificateType": written, "certificate": PEM} == payload
    assert "accepted" == (await ordered)["result"]

    listed = api.command("get-installed-certificates", use=use)
    payload = await station.asked(
        "GetInstalledCertificateIds", {"status": "Accepted", "certificateHashData": [HASH]}
    )
    assert {"certificateType": written} == payload
    assert [TOLD_HASH] == [one["hash"] for one in (await listed)["certificates"]]


@case("TC_076_CSMS", "Delete a specific certificate from the charge point")
async def test_a_certificate_is_deleted(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command("delete-certificate", hash=TOLD_HASH)
    payload = await station.asked("DeleteCertificate", {"status": "Accepted"})

    assert {"certificateHashData": HASH} == payload
    assert "accepted" == (await ordered)["result"]


@case("TC_077_CSMS", "Invalid ChargePointCertificate security event")
async def test_an_invalid_certificate_for_a_charger_is_reported(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    await station.result("SignCertificate", {"csr": certificate_request(station.name)})
    await station.asked("CertificateSigned", {"status": "Rejected"}, wait_s=SIGNING_S)
    event = {"type": "InvalidChargePointCertificate", "timestamp": AT}

    assert {} == await station.result("SecurityEventNotification", event)
    [told] = await api.get("/charge-points/{id}/security-events")
    assert "InvalidChargePointCertificate" == told["kind"]


@case("TC_078_CSMS", "Invalid CentralSystemCertificate security event")
async def test_an_invalid_root_certificate_is_reported(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command("install-certificate", use="CSMSRootCertificate", certificate_pem=PEM)
    await station.asked("InstallCertificate", {"status": "Rejected"})
    event = {"type": "InvalidCentralSystemCertificate", "timestamp": AT}

    assert {} == await station.result("SecurityEventNotification", event)
    assert "rejected" == (await ordered)["result"]
    [told] = await api.get("/charge-points/{id}/security-events")
    assert "InvalidCentralSystemCertificate" == told["kind"]


@case("TC_083_CSMS", "Upgrade charge point security profile, accepted")
async def test_a_charger_moves_to_tls_and_never_back(
    connect: Connect, api: Api, trusting: ssl.SSLContext
) -> None:
    station = await booted(await connect())
    ordered = api.command("change-configuration", key="SecurityProfile", value="2")
    payload = await station.asked("ChangeConfiguration", {"status": "Accepted"})
    assert {"key": "SecurityProfile", "value": "2"} == payload
    assert "accepted" == (await ordered)["result"]
    await station.socket.close()
    secure = await connect(tls=trusting)

    assert "Accepted" == (await boot(secure))["status"]
    await secure.socket.close()
    with pytest.raises(InvalidStatus):
        await connect()


@case("TC_085_CSMS", "Basic authentication, valid user name and password")
async def test_a_charger_with_its_password_is_let_in(connect: Connect) -> None:
    station = await connect()

    assert "Accepted" == (await boot(station))["status"]


@pytest.mark.parametrize(
    "wrong", [{"password": "another password!"}, {"password": None}, {"user": "CP-999"}]
)
async def test_a_charger_without_its_password_is_not(
    connect: Connect, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(**wrong)

    assert 401 == refused.value.response.status_code


@case("TC_086_CSMS", "TLS, server-side certificate, valid certificate")
async def test_the_server_shows_a_certificate_that_chargers_trust(
    connect: Connect, trusting: ssl.SSLContext
) -> None:
    station = await connect(tls=trusting)

    assert "Accepted" == (await boot(station))["status"]


@case("TC_087_CSMS", "TLS, client-side certificate, valid certificate")
async def test_a_charger_may_show_a_certificate_of_its_own(
    connect: Connect, server: Server, trusting: ssl.SSLContext, charger_name: str
) -> None:
    server.run("cert", "charger", charger_name)
    tls = server.folder / "tls"
    [certificate] = tls.rglob(f"*{charger_name}*.pem")
    trusting.load_cert_chain(certificate, certificate.with_suffix(".key"))
    station = await connect(tls=trusting)

    assert "Accepted" == (await boot(station))["status"]


@case("TC_088_CSMS", "WebSocket subprotocol negotiation")
@pytest.mark.parametrize("version", ["ocpp0.1", "ocpp1.6"])
async def test_a_version_that_is_not_spoken_ends_the_connection(
    connect: Connect, version: str
) -> None:
    station = await connect(version)

    if version == "ocpp1.6":
        assert "ocpp1.6" == station.socket.subprotocol
        assert "Accepted" == (await boot(station))["status"]
    else:
        assert station.socket.subprotocol is None
        await station.socket.wait_closed()
        assert station.socket.close_code == 1002

"""OCPP 2.0.1 A: security, as the OCA's test procedure has it for a CSMS."""

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
from tests.conformance.v201 import VERSION, boot, booted

PASSWORD = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
PRIORITY = {
    "component": {"name": "OCPPCommCtrlr"},
    "variable": {"name": "NetworkConfigurationPriority"},
}


@case("TC_A_01_CSMS", "Basic authentication: valid user name and password")
async def test_a_charger_with_its_password_is_let_in(connect: Connect) -> None:
    station = await connect(VERSION)

    assert VERSION == station.socket.subprotocol
    assert "Accepted" == (await boot(station))["status"]


@case("TC_A_02_CSMS", "Basic authentication: user name is not the charging station's id")
@case("TC_A_03_CSMS", "Basic authentication: invalid password")
@pytest.mark.parametrize(
    "wrong", [{"user": "CP-999"}, {"password": "another password!"}, {"password": None}]
)
async def test_a_charger_without_its_password_is_not(
    connect: Connect, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(VERSION, **wrong)

    assert 401 == refused.value.response.status_code


@case("TC_A_04_CSMS", "TLS, server-side certificate: valid certificate")
async def test_the_server_shows_a_certificate_that_chargers_trust(
    connect: Connect, trusting: ssl.SSLContext
) -> None:
    station = await connect(VERSION, tls=trusting)

    assert "Accepted" == (await boot(station))["status"]


@case("TC_A_06_CSMS", "TLS, server-side certificate: TLS version too low")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
async def test_a_charger_with_an_old_tls_is_not_let_in(
    connect: Connect, trusting: ssl.SSLContext
) -> None:
    trusting.set_ciphers("ALL:@SECLEVEL=0")
    trusting.minimum_version = trusting.maximum_version = ssl.TLSVersion.TLSv1_1

    with pytest.raises((ssl.SSLError, ConnectionError)):
        await connect(VERSION, tls=trusting)


@case("TC_A_07_CSMS", "TLS, client-side certificate: valid certificate")
async def test_a_charger_may_show_a_certificate_of_its_own(
    connect: Connect, server: Server, trusting: ssl.SSLContext, charger_name: str
) -> None:
    server.run("cert", "charger", charger_name)
    [certificate] = (server.folder / "tls").rglob(f"*{charger_name}*.pem")
    trusting.load_cert_chain(certificate, certificate.with_suffix(".key"))
    station = await connect(VERSION, tls=trusting)

    assert "Accepted" == (await boot(station))["status"]


@case("TC_A_09_CSMS", "Update password for HTTP Basic authentication: Accepted")
@case("TC_A_10_CSMS", "Update password for HTTP Basic authentication: Rejected")
@pytest.mark.parametrize("word", ["Accepted", "Rejected"])
async def test_a_new_password_counts_once_the_charger_has_it(
    connect: Connect, api: Api, word: str
) -> None:
    station = await booted(await connect(VERSION))
    asking = api.later(api.client.post(f"/charge-points/{api.charger}/password"))
    answer = {"setVariableResult": [PASSWORD | {"attributeStatus": word}]}
    [ordered] = (await station.asked("SetVariables", answer))["setVariableData"]
    assert word.lower() == (await asking).json()["result"]
    await station.socket.close()

    new = bytes.fromhex(ordered.pop("attributeValue"))
    assert PASSWORD == ordered
    if word == "Accepted":
        with pytest.raises(InvalidStatus):
            await connect(VERSION)
        again = await connect(VERSION, password=new)
    else:
        with pytest.raises(InvalidStatus):
            await connect(VERSION, password=new)
        again = await connect(VERSION)
    assert "Accepted" == (await boot(again))["status"]


@case("TC_A_11_CSMS", "Update charging station certificate by request of the CSMS: success")
async def test_a_charger_gets_the_certificate_that_it_asks_for(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("trigger-message", message="SignChargingStationCertificate")
    payload = await station.asked("TriggerMessage", {"status": "Accepted"})
    answer = await station.result(
        "SignCertificate",
        {"csr": certificate_request(station.name), "certificateType": "ChargingStationCertificate"},
    )
    signed = await station.asked("CertificateSigned", {"status": "Accepted"}, wait_s=SIGNING_S)

    assert {"requestedMessage": "SignChargingStationCertificate"} == payload
    assert "accepted" == (await ordered)["result"]
    assert {"status": "Accepted"} == answer
    assert "ChargingStationCertificate" == signed["certificateType"]
    chain = x509.load_pem_x509_certificates(signed["certificateChain"].encode())
    [common_name] = chain[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert station.name == common_name.value


@case("TC_A_19_CSMS", "Upgrade charging station security profile: Accepted")
async def test_a_charger_moves_to_tls_and_never_back(
    connect: Connect, server: Server, api: Api, trusting: ssl.SSLContext
) -> None:
    station = await booted(await connect(VERSION))
    profile = api.command("set-network-profile", slot=2, url=server.ocpp_tls, security_profile=2)
    payload = await station.asked("SetNetworkProfile", {"status": "Accepted"})
    assert 2 == payload["connectionData"]["securityProfile"]
    assert "accepted" == (await profile)["result"]
    setting = api.command(
        "change-configuration", key="OCPPCommCtrlr.NetworkConfigurationPriority", value="2,1"
    )
    done = {"setVariableResult": [PRIORITY | {"attributeStatus": "RebootRequired"}]}
    await station.asked("SetVariables", done)
    assert "accepted" == (await setting)["result"]
    resetting = api.command("reset", kind="Soft")
    await station.asked("Reset", {"status": "Accepted"})
    assert "accepted" == (await resetting)["result"]
    await station.socket.close()
    secure = await connect(VERSION, tls=trusting)

    assert "Accepted" == (await boot(secure, "ScheduledReset"))["status"]
    await secure.socket.close()
    with pytest.raises(InvalidStatus):
        await connect(VERSION)

"""OCPP 2.0.1 L, M, N and P, as the OCA's test procedure has them for a CSMS.

Firmware, certificates, logs, and what vendors add.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.station import Station
from tests.conformance.v201 import AT, VERSION, WRITTEN_AT, boot, booted

LOCATION = "https://files.example/firmware.bin"
SIGNED = {"signing_certificate": "-----BEGIN CERTIFICATE-----", "signature": "c2lnbmF0dXJl"}
FETCHED = ("Downloading", "Downloaded", "SignatureVerified")


async def progress(station: Station, action: str, *words: str, **more: Any) -> None:
    """Tell how a transfer goes on; each message has an empty answer."""
    for word in words:
        assert {} == await station.result(action, {"status": word} | more)


async def reported(api: Api, transfer: str) -> list[str]:
    """Return what a charger told of its transfers, in order."""
    rows = await api.get("/charge-points/{id}/transfers")
    return [
        row["status"]
        for row in reversed(rows)
        if (row["transfer"], row["step"]) == (transfer, "reported")
    ]


async def updating(station: Station, api: Api, word: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Order a signed firmware; return what the charger got, and how it ended."""
    ordered = api.command("update-firmware", location=LOCATION, retrieve_at=AT, **SIGNED)
    payload = await station.asked("UpdateFirmware", {"status": word})
    return payload, await ordered


@case("TC_L_01_CSMS", "Secure firmware update: installation successful")
@case("TC_L_02_CSMS", "Secure firmware update: InstallScheduled")
@case("TC_L_03_CSMS", "Secure firmware update: DownloadScheduled")
@case("TC_L_06_CSMS", "Secure firmware update: InvalidSignature")
@case("TC_L_07_CSMS", "Secure firmware update: DownloadFailed")
@case("TC_L_08_CSMS", "Secure firmware update: InstallVerificationFailed")
@case("TC_L_09_CSMS", "Secure firmware update: InstallationFailed")
@pytest.mark.parametrize(
    "words",
    [
        (*FETCHED, "Installing", "InstallRebooting", "Installed"),
        (*FETCHED, "InstallScheduled", "Installing", "Installed"),
        ("DownloadScheduled", *FETCHED, "Installing", "Installed"),
        ("Downloading", "Downloaded", "InvalidSignature"),
        ("Downloading", "DownloadFailed"),
        (*FETCHED, "Installing", "InstallVerificationFailed"),
        (*FETCHED, "Installing", "InstallationFailed"),
    ],
    ids=lambda words: f"{words[0]}-{words[-2]}-{words[-1]}",
)
async def test_a_firmware_update_is_followed_to_its_end(
    connect: Connect, api: Api, words: tuple[str, ...]
) -> None:
    station = await booted(await connect(VERSION))
    payload, result = await updating(station, api, "Accepted")
    await progress(station, "FirmwareStatusNotification", *words, requestId=payload["requestId"])
    if words[-1] == "InvalidSignature":
        event = {"type": "InvalidFirmwareSignature", "timestamp": AT}
        assert {} == await station.result("SecurityEventNotification", event)
        [told] = await api.get("/charge-points/{id}/security-events")
        assert "InvalidFirmwareSignature" == told["kind"]
    if words[-1] == "Installed":
        assert "Accepted" == (await boot(station, "FirmwareUpdate"))["status"]

    assert {
        "location": LOCATION,
        "retrieveDateTime": WRITTEN_AT,
        "signingCertificate": SIGNED["signing_certificate"],
        "signature": SIGNED["signature"],
    } == payload["firmware"]
    assert "accepted" == result["result"]
    assert list(words) == await reported(api, "firmware")


@case("TC_L_04_CSMS", "Secure firmware update: RevokedCertificate")
@case("TC_L_05_CSMS", "Secure firmware update: InvalidCertificate")
@pytest.mark.parametrize("word", ["RevokedCertificate", "InvalidCertificate"])
async def test_a_firmware_of_a_signer_that_is_not_trusted_is_refused(
    connect: Connect, api: Api, word: str
) -> None:
    station = await booted(await connect(VERSION))
    _, result = await updating(station, api, word)

    assert ("rejected", word) == (result["result"], result["status"])


@case("TC_L_10_CSMS", "Secure firmware update: AcceptedCanceled")
@case("TC_L_11_CSMS", "Secure firmware update: unable to cancel")
@pytest.mark.parametrize(
    ("word", "result"), [("AcceptedCanceled", "accepted"), ("Rejected", "rejected")]
)
async def test_a_second_firmware_comes_instead_of_the_first_or_not(
    connect: Connect, api: Api, word: str, result: str
) -> None:
    station = await booted(await connect(VERSION))
    first, _ = await updating(station, api, "Accepted")
    await progress(
        station, "FirmwareStatusNotification", "Downloading", requestId=first["requestId"]
    )
    second, ended = await updating(station, api, word)

    assert first["requestId"] != second["requestId"]
    assert (result, word) == (ended["result"], ended["status"])
    going_on = second if result == "accepted" else first
    await progress(
        station, "FirmwareStatusNotification", "Downloaded", requestId=going_on["requestId"]
    )


# M: certificates -------------------------------------------------------------------------------

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
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


@case("TC_M_01_CSMS", "Install CA certificate: CSMSRootCertificate")
@case("TC_M_02_CSMS", "Install CA certificate: ManufacturerRootCertificate")
@case("TC_M_05_CSMS", "Install CA certificate: Failed")
@pytest.mark.parametrize(("word", "result"), [("Accepted", "accepted"), ("Failed", "rejected")])
@pytest.mark.parametrize("use", ["CSMSRootCertificate", "ManufacturerRootCertificate"])
async def test_a_root_certificate_is_installed(
    connect: Connect, api: Api, use: str, word: str, result: str
) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("install-certificate", use=use, certificate_pem=PEM)
    payload = await station.asked("InstallCertificate", {"status": word})

    assert {"certificateType": use, "certificate": PEM} == payload
    assert result == (await ordered)["result"]


@case("TC_M_13_CSMS", "Retrieve certificates: ManufacturerRootCertificate")
@case("TC_M_18_CSMS", "Retrieve certificates: all certificate types")
@case("TC_M_19_CSMS", "Retrieve certificates: no matching certificate found")
@pytest.mark.parametrize("use", ["ManufacturerRootCertificate", None])
@pytest.mark.parametrize("found", [True, False])
async def test_certificates_are_read(
    connect: Connect, api: Api, use: str | None, found: bool
) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("get-installed-certificates", **({} if use is None else {"use": use}))
    kept = {"certificateType": "ManufacturerRootCertificate", "certificateHashData": HASH}
    answer: dict[str, Any] = {"status": "NotFound"}
    if found:
        answer = {"status": "Accepted", "certificateHashDataChain": [kept]}
    payload = await station.asked("GetInstalledCertificateIds", answer)

    assert ({} if use is None else {"certificateType": [use]}) == payload
    result = await ordered
    assert "accepted" == result["result"]
    assert ([TOLD_HASH] if found else []) == [one["hash"] for one in result.get("certificates", [])]
    rows = await api.get("/charge-points/{id}/certificates")
    assert (["c3"] if found else []) == [row["serial_number"] for row in rows]


@case("TC_M_20_CSMS", "Delete a certificate from the charging station: success")
@case("TC_M_21_CSMS", "Delete a certificate from the charging station: Failed")
@pytest.mark.parametrize(("word", "result"), [("Accepted", "accepted"), ("Failed", "rejected")])
async def test_a_certificate_is_deleted(connect: Connect, api: Api, word: str, result: str) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("delete-certificate", hash=TOLD_HASH)
    payload = await station.asked("DeleteCertificate", {"status": word})

    assert {"certificateHashData": HASH} == payload
    assert result == (await ordered)["result"]


# N: logs ---------------------------------------------------------------------------------------


async def logging(
    station: Station, api: Api, kind: str, answer: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Order a log; return what the charger got, and how it ended."""
    ordered = api.command("get-log", kind=kind, location="https://files.example/")
    payload = await station.asked("GetLog", answer)
    return payload, await ordered


@case("TC_N_25_CSMS", "Retrieve log information: diagnostics log, success")
@case("TC_N_35_CSMS", "Retrieve log information: security log, success")
@pytest.mark.parametrize("kind", ["DiagnosticsLog", "SecurityLog"])
async def test_a_log_is_uploaded(connect: Connect, api: Api, kind: str) -> None:
    station = await booted(await connect(VERSION))
    payload, result = await logging(
        station, api, kind, {"status": "Accepted", "filename": "log.zip"}
    )
    number = payload["requestId"]
    words = ("Uploading", "Uploaded")
    await progress(station, "LogStatusNotification", *words, requestId=number)

    assert kind == payload["logType"]
    assert {"remoteLocation": "https://files.example/"} == payload["log"]
    assert ("accepted", "log.zip") == (result["result"], result["file_name"])
    assert list(words) == await reported(api, "log")


@case("TC_N_34_CSMS", "Retrieve log information: Rejected")
async def test_a_log_that_there_is_not_is_refused(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    _, result = await logging(station, api, "DiagnosticsLog", {"status": "Rejected"})

    assert "rejected" == result["result"]


@case("TC_N_36_CSMS", "Retrieve log information: second request")
async def test_a_second_log_comes_instead_of_the_first(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    first, _ = await logging(
        station, api, "DiagnosticsLog", {"status": "Accepted", "filename": "1.zip"}
    )
    await progress(station, "LogStatusNotification", "Uploading", requestId=first["requestId"])
    second, result = await logging(
        station, api, "DiagnosticsLog", {"status": "AcceptedCanceled", "filename": "2.zip"}
    )
    await progress(
        station, "LogStatusNotification", "AcceptedCanceled", requestId=first["requestId"]
    )
    await progress(
        station, "LogStatusNotification", "Uploading", "Uploaded", requestId=second["requestId"]
    )

    assert first["requestId"] != second["requestId"]
    assert ("accepted", "AcceptedCanceled") == (result["result"], result["status"])
    assert ["Uploading", "AcceptedCanceled", "Uploading", "Uploaded"] == await reported(api, "log")


# P: vendors ------------------------------------------------------------------------------------


@case("TC_P_02_CSMS", "Data transfer to the CSMS: Rejected, unknown vendorId or messageId")
async def test_a_vendors_message_is_refused_politely(connect: Connect) -> None:
    station = await booted(await connect(VERSION))
    answer = await station.result(
        "DataTransfer", {"vendorId": "org.example", "messageId": "m", "data": {"x": 1}}
    )

    assert {"status": "UnknownVendorId"} == answer


@case("TC_P_03_CSMS", "CustomData: receive custom data")
async def test_a_vendors_additions_change_nothing(connect: Connect, api: Api) -> None:
    station = await connect(VERSION)
    custom: dict[str, Any] = {"customData": {"vendorId": "org.example", "more": {"x": 1}}}
    booted_with = await boot(station, **custom)
    beat = await station.result("Heartbeat", custom)

    assert "Accepted" == booted_with["status"]
    assert {"currentTime"} == set(beat)
    [kept] = await api.get("/messages", charge_point_id=api.charger, action="Heartbeat")
    assert "org.example" in kept["frame"]

"""OCPP 1.6 Firmware Management, and logs and firmware of the security whitepaper."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.station import Station
from tests.conformance.v16 import boot, booted

AT = "2026-03-01T12:00:00Z"
WRITTEN_AT = "2026-03-01T12:00:00.000Z"
LOCATION = "ftp://files.example/firmware.bin"


async def progress(station: Station, action: str, *words: str, **more: Any) -> None:
    """Tell how a transfer goes on; each message has an empty answer."""
    for word in words:
        assert {} == await station.result(action, {"status": word} | more)


@case("TC_044_1_CSMS", "Firmware update, download and install")
@case("TC_044_2_CSMS", "Firmware update, download failed")
@case("TC_044_3_CSMS", "Firmware update, installation failed")
@pytest.mark.parametrize(
    "words",
    [
        ("Downloading", "Downloaded", "Installing", "Installed"),
        ("Downloading", "DownloadFailed"),
        ("Downloading", "Downloaded", "Installing", "InstallationFailed"),
    ],
    ids=lambda words: words[-1],
)
async def test_a_firmware_update_is_followed_to_its_end(
    connect: Connect, api: Api, words: tuple[str, ...]
) -> None:
    station = await booted(await connect())
    ordered = api.command(
        "update-firmware", location=LOCATION, retrieve_at=AT, retries=2, retry_interval_s=30
    )
    payload = await station.asked("UpdateFirmware", {})
    await progress(station, "FirmwareStatusNotification", *words)

    expected = {"location": LOCATION, "retrieveDate": WRITTEN_AT, "retries": 2, "retryInterval": 30}
    assert expected == payload
    assert "accepted" == (await ordered)["result"]
    if words[-1] == "Installed":
        assert "Accepted" == (await boot(station))["status"]


@case("TC_045_1_CSMS", "Get diagnostics")
@case("TC_045_2_CSMS", "Get diagnostics, upload failed")
@pytest.mark.parametrize("end", ["Uploaded", "UploadFailed"])
async def test_diagnostics_are_uploaded(connect: Connect, api: Api, end: str) -> None:
    station = await booted(await connect())
    ordered = api.command("get-diagnostics", location="ftp://files.example/", since=AT, until=AT)
    payload = await station.asked("GetDiagnostics", {"fileName": "diagnostics.zip"})
    await progress(station, "DiagnosticsStatusNotification", "Uploading", end)

    expected = {"location": "ftp://files.example/", "startTime": WRITTEN_AT, "stopTime": WRITTEN_AT}
    assert expected == payload
    result = await ordered
    assert ("accepted", "diagnostics.zip") == (result["result"], result["file_name"])


@case("TC_079_CSMS", "Get security log")
async def test_a_security_log_is_uploaded(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    ordered = api.command("get-log", kind="SecurityLog", location="https://files.example/")
    payload = await station.asked("GetLog", {"status": "Accepted", "filename": "security.log"})
    number = payload["requestId"]
    await progress(station, "LogStatusNotification", "Uploading", "Uploaded", requestId=number)

    assert "SecurityLog" == payload["logType"]
    assert {"remoteLocation": "https://files.example/"} == payload["log"]
    result = await ordered
    assert ("accepted", "security.log") == (result["result"], result["file_name"])


@case("TC_080_CSMS", "Secure firmware update")
@case("TC_081_CSMS", "Secure firmware update, invalid signature")
@pytest.mark.parametrize(
    "words",
    [
        ("Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed"),
        ("Downloading", "Downloaded", "InvalidSignature"),
    ],
    ids=lambda words: words[-1],
)
async def test_a_signed_firmware_is_checked_by_the_charger(
    connect: Connect, api: Api, words: tuple[str, ...]
) -> None:
    station = await booted(await connect())
    ordered = api.command(
        "update-firmware",
        location="https://files.example/firmware.bin",
        retrieve_at=AT,
        signing_certificate="-----BEGIN CERTIFICATE-----",
        signature="c2lnbmF0dXJl",
    )
    payload = await station.asked("SignedUpdateFirmware", {"status": "Accepted"})
    number = payload["requestId"]
    await progress(station, "SignedFirmwareStatusNotification", *words, requestId=number)
    if words[-1] == "InvalidSignature":
        event = {"type": "InvalidFirmwareSignature", "timestamp": AT}
        assert {} == await station.result("SecurityEventNotification", event)

    expected = {
        "location": "https://files.example/firmware.bin",
        "retrieveDateTime": WRITTEN_AT,
        "signingCertificate": "-----BEGIN CERTIFICATE-----",
        "signature": "c2lnbmF0dXJl",
    }
    assert expected == payload["firmware"]
    assert "accepted" == (await ordered)["result"]

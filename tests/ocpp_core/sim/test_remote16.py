"""What a 1.6 charger does beside charging: lists, reservations, files, certificates."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ocpp_core.domain.car import Car
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.sim.charger import SimulatedCharger
from ocpp_core.sim.stamp import utc
from ocpp_core.sim.transfers import TransferTraits
from tests.ocpp_core.sim.conftest import START, MakeCharger, Timeline
from tests.ocpp_core.sim.csms import TestCsms
from tests.ocpp_core.sim.test_certificates import Authority, pem

ONE, TWO = ConnectorId(1), ConnectorId(2)
TAG, OTHER = IdToken("TAG-1"), IdToken("TAG-2")
CAR = Car(energy_wh=10_000, max_current_a=16, phase_count=3, voltage_v=230)


async def ask(csms: TestCsms, action: str, **payload: Any) -> dict[str, Any]:
    return await csms.ask("CP-1", action, payload)


async def status(csms: TestCsms, action: str, **payload: Any) -> str:
    return str((await ask(csms, action, **payload))["status"])


def told(csms: TestCsms, action: str) -> list[tuple[str, int | None]]:
    return [(f.payload["status"], f.payload.get("requestId")) for f in csms.of(action)]


# Local list and cache ----------------------------------------------------------------------------


def listed(*entries: tuple[str, str | None]) -> list[dict[str, Any]]:
    return [
        {"idTag": name} if state is None else {"idTag": name, "idTagInfo": {"status": state}}
        for name, state in entries
    ]


async def update(csms: TestCsms, version: int, kind: str, *entries: tuple[str, str | None]) -> str:
    return await status(
        csms, "SendLocalList",
        listVersion=version, updateType=kind, localAuthorizationList=listed(*entries),
    )  # fmt: skip


async def test_the_local_list_has_versions_and_conflicts(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        assert {"listVersion": 0} == await ask(csms, "GetLocalListVersion")
        assert "Accepted" == await update(csms, 4, "Full", ("A", "Accepted"), ("B", "Blocked"))
        assert "VersionMismatch" == await update(csms, 4, "Differential", ("C", "Accepted"))
        assert "Failed" == await update(csms, 5, "Differential", ("C", "Invalid"), ("c", None))
        assert "Accepted" == await update(csms, 5, "Differential", ("A", None))
        assert {"listVersion": 5} == await ask(csms, "GetLocalListVersion")
        await ask(csms, "ChangeConfiguration", key="LocalAuthListEnabled", value="false")
        assert {"listVersion": -1} == await ask(csms, "GetLocalListVersion")
        assert "NotSupported" == await update(csms, 6, "Full")


async def offline(subject: SimulatedCharger, csms: TestCsms) -> None:
    await csms.vanish()
    while subject.connected:
        await subject.clock.sleep_until(subject.clock.now())


@pytest.mark.parametrize(
    ("state", "starts"), [("Accepted", True), ("Blocked", False), (None, True)]
)
async def test_offline_the_list_decides_and_what_is_not_on_it_goes_by_the_key(
    csms: TestCsms, charger: MakeCharger, state: str | None, starts: bool
) -> None:
    async with charger() as subject:
        await subject.ready()
        await update(csms, 1, "Full", *([] if state is None else [(str(TAG), state)]))
        await offline(subject, csms)
        assert starts is (await subject.plug_in(ONE, CAR, TAG) is not None)


async def test_offline_what_the_server_said_before_counts_until_the_cache_is_cleared(
    csms: TestCsms, charger: MakeCharger
) -> None:
    csms.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Blocked"}}
    async with charger(connectors=2) as subject:
        await subject.ready()
        assert await subject.plug_in(ONE, CAR, TAG) is None
        assert await subject.plug_in(TWO, CAR, OTHER) is None
        await subject.unplug(ONE)
        await subject.unplug(TWO)
        await ask(csms, "ChangeConfiguration", key="AllowOfflineTxForUnknownId", value="false")
        await update(csms, 1, "Full", (str(OTHER), "Accepted"))
        assert "Accepted" == await status(csms, "ClearCache")
        await ask(csms, "ChangeConfiguration", key="AuthorizationCacheEnabled", value="false")
        assert "Rejected" == await status(csms, "ClearCache")
        await offline(subject, csms)
        assert await subject.plug_in(ONE, CAR, TAG) is None  # forgotten, and nobody knows it
        assert await subject.plug_in(TWO, CAR, OTHER) is not None


async def test_a_listed_token_need_not_be_asked_for_where_the_key_says_so(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        await update(csms, 1, "Full", (str(TAG), "Accepted"))
        await ask(csms, "ChangeConfiguration", key="LocalPreAuthorize", value="true")
        assert await subject.plug_in(ONE, CAR, TAG) is not None

    assert [] == csms.of("Authorize")


# Reservations ------------------------------------------------------------------------------------


async def reserve(csms: TestCsms, number: int, connector_id: int, **fields: Any) -> str:
    return await status(
        csms, "ReserveNow",
        **{
            "reservationId": number, "connectorId": connector_id, "idTag": TAG,
            "expiryDate": utc(START + timedelta(minutes=30)),
        } | fields,
    )  # fmt: skip


async def test_a_reserved_connector_is_kept_for_its_token_which_uses_it_up(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        assert "Accepted" == await reserve(csms, 7, 1)
        await csms.arrived("StatusNotification", 3)
        assert "Rejected" == await status(csms, "RemoteStartTransaction", idTag=OTHER)
        assert await subject.plug_in(ONE, CAR, OTHER) is None
        await subject.unplug(ONE)
        assert await subject.plug_in(ONE, CAR, TAG) is not None
        assert "Rejected" == await status(csms, "CancelReservation", reservationId=7)

    assert ["Available", "Reserved", "Preparing", "Reserved", "Preparing"] == csms.statuses()[:5]
    assert 7 == csms.of("StartTransaction")[0].payload["reservationId"]


async def test_a_reservation_ends_by_itself_or_is_given_up(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(connectors=2) as subject:
        await subject.ready()
        await csms.arrived("StatusNotification", 3)
        assert "Accepted" == await reserve(csms, 7, 1)
        assert "Accepted" == await reserve(csms, 8, 2)
        assert "Accepted" == await status(csms, "CancelReservation", reservationId=8)
        await time.passes(minutes=31)
        assert await subject.plug_in(ONE, CAR, OTHER) is not None

    assert ["Available", "Reserved", "Available"] == csms.statuses()[:3]
    assert "Available" == csms.statuses(2)[-1]
    assert "reservationId" not in csms.of("StartTransaction")[0].payload


async def test_what_cannot_be_reserved_says_why(csms: TestCsms, charger: MakeCharger) -> None:
    async with charger(connectors=2) as subject:
        await subject.ready()
        await subject.plug_in(ONE, CAR, TAG)
        await ask(csms, "ChangeAvailability", connectorId=2, type="Inoperative")
        await csms.arrived("StatusNotification", 6)
        assert "Occupied" == await reserve(csms, 1, 1)
        assert "Unavailable" == await reserve(csms, 1, 2)
        assert "Rejected" == await reserve(csms, 1, 9)
        assert "Rejected" == await reserve(csms, 1, 1, expiryDate=utc(START))


async def test_a_card_of_the_group_may_use_a_reservation_when_the_list_knows_it(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        member = {"idTag": OTHER, "idTagInfo": {"status": "Accepted", "parentIdTag": "G"}}
        await ask(
            csms, "SendLocalList",
            listVersion=1, updateType="Full", localAuthorizationList=[member],
        )  # fmt: skip
        assert "Accepted" == await reserve(csms, 7, 1, parentIdTag="g")
        assert await subject.plug_in(ONE, CAR, OTHER) is not None


# Availability, unlocking, vendor data ------------------------------------------------------------


async def test_a_connector_goes_out_of_service_when_its_transaction_is_over(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        await subject.plug_in(ONE, CAR, TAG)
        answer = await status(csms, "ChangeAvailability", connectorId=1, type="Inoperative")
        assert "Scheduled" == answer
        assert subject.bays[ONE].transaction is not None
        await subject.unplug(ONE)
        await csms.arrived("StatusNotification", 5)

    assert "Unavailable" == csms.statuses()[-1]


async def test_unlocking_ends_the_transaction_first(csms: TestCsms, charger: MakeCharger) -> None:
    async with charger() as subject:
        await subject.ready()
        await subject.plug_in(ONE, CAR, TAG)
        assert "Unlocked" == await status(csms, "UnlockConnector", connectorId=1)
        stop = (await csms.arrived("StopTransaction"))[0]

    assert "UnlockCommand" == stop.payload["reason"]


@pytest.mark.parametrize("word", ["UnlockFailed", "NotSupported"])
async def test_a_lock_may_fail_or_not_exist(
    csms: TestCsms, charger: MakeCharger, word: str
) -> None:
    async with charger(unlock=word) as subject:
        await subject.ready()
        assert word == await status(csms, "UnlockConnector", connectorId=1)


async def test_its_own_vendors_echo_is_answered(csms: TestCsms, charger: MakeCharger) -> None:
    async with charger() as subject:
        await subject.ready()
        answer = await ask(csms, "DataTransfer", vendorId="Ampherd", messageId="Echo", data="x")

    assert {"status": "Accepted", "data": "x"} == answer


async def test_a_new_password_is_taken_in_hex_and_never_told(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        for value, word in (
            ("00" * 15, "Rejected"),
            ("no hex", "Rejected"),
            ("0A" * 16, "Accepted"),
        ):
            answer = await status(csms, "ChangeConfiguration", key="AuthorizationKey", value=value)
            assert word == answer
        read = await ask(csms, "GetConfiguration", key=["AuthorizationKey"])

    assert {"configurationKey": [], "unknownKey": ["AuthorizationKey"]} == read


# Files -------------------------------------------------------------------------------------------

QUICK = TransferTraits(download_s=10, install_s=20, upload_s=5)


async def test_a_firmware_is_installed_and_the_charger_boots_with_it(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(transfers=QUICK) as subject:
        await subject.ready()
        assert {} == await ask(
            csms, "UpdateFirmware", location="ftp://x/fw/2.7.bin", retrieveDate=utc(START)
        )
        await time.passes(minutes=1)
        boots = await csms.arrived("BootNotification", 2)

    assert ["Downloading", "Downloaded", "Installing", "Installed"] == [
        word for word, _ in told(csms, "FirmwareStatusNotification")
    ]
    assert ["1.0", "2.7"] == [boot.payload["firmwareVersion"] for boot in boots]


def firmware(certificate: str) -> dict[str, Any]:
    return {
        "location": "https://x/2.8.bin",
        "retrieveDateTime": utc(START),
        "signingCertificate": certificate,
        "signature": "c2lnbmVk",
    }


async def test_a_signed_firmware_tells_its_number_and_fails_where_it_is_told_to(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    traits = TransferTraits(download_s=10, failure="InvalidSignature")
    async with charger(transfers=traits) as subject:
        await subject.ready()
        good = firmware(pem(Authority().root))
        assert "Accepted" == await status(csms, "SignedUpdateFirmware", requestId=5, firmware=good)
        await time.passes(seconds=5)
        again = await status(csms, "SignedUpdateFirmware", requestId=6, firmware=good)
        assert "AcceptedCanceled" == again
        asked = {"requestedMessage": "FirmwareStatusNotification"}
        await ask(csms, "ExtendedTriggerMessage", **asked)
        await time.passes(minutes=1)

    assert [
        ("Downloading", 5),
        ("Downloading", 6),
        ("Downloading", 6),
        ("Downloaded", 6),
        ("InvalidSignature", 6),
    ] == told(csms, "SignedFirmwareStatusNotification")
    assert 1 == len(csms.of("BootNotification"))


async def test_a_firmware_whose_certificate_is_none_is_refused(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        answer = await status(csms, "SignedUpdateFirmware", requestId=5, firmware=firmware("none"))

    assert "InvalidCertificate" == answer


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("", ["Uploading", "Uploaded"]),
        ("UploadFailed", ["Uploading", "UploadFailed"]),
    ],
)
async def test_diagnostics_are_uploaded_and_tell_how_it_goes(
    csms: TestCsms, charger: MakeCharger, time: Timeline, failure: str, words: list[str]
) -> None:
    async with charger(transfers=TransferTraits(failure=failure)) as subject:
        await subject.ready()
        answer = await ask(csms, "GetDiagnostics", location="ftp://x/d")
        await time.passes(minutes=1)
        await ask(csms, "TriggerMessage", requestedMessage="DiagnosticsStatusNotification")
        await csms.arrived("DiagnosticsStatusNotification", 3)

    assert {"fileName": "CP-1-diagnostics.log"} == answer
    assert [*words, "Idle"] == [w for w, _ in told(csms, "DiagnosticsStatusNotification")]


async def test_a_log_is_uploaded_under_its_number(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(transfers=QUICK) as subject:
        await subject.ready()
        log = {"logType": "SecurityLog", "requestId": 8, "log": {"remoteLocation": "ftp://x"}}
        answer = await ask(csms, "GetLog", **log)
        await time.passes(minutes=1)
        await ask(csms, "ExtendedTriggerMessage", requestedMessage="LogStatusNotification")
        await csms.arrived("LogStatusNotification", 3)

    assert {"status": "Accepted", "filename": "CP-1-log.log"} == answer
    assert [("Uploading", 8), ("Uploaded", 8), ("Idle", None)] == told(
        csms, "LogStatusNotification"
    )


# Certificates ------------------------------------------------------------------------------------


async def test_roots_are_installed_listed_and_deleted(csms: TestCsms, charger: MakeCharger) -> None:
    kind = "CentralSystemRootCertificate"
    async with charger() as subject:
        await subject.ready()
        empty = await ask(csms, "GetInstalledCertificateIds", certificateType=kind)
        root = pem(Authority().root)
        assert "Accepted" == await status(
            csms, "InstallCertificate", certificateType=kind, certificate=root
        )
        assert "Rejected" == await status(
            csms, "InstallCertificate", certificateType=kind, certificate="none"
        )
        full = await ask(csms, "GetInstalledCertificateIds", certificateType=kind)
        (name,) = full["certificateHashData"]
        assert "Accepted" == await status(csms, "DeleteCertificate", certificateHashData=name)
        assert "NotFound" == await status(csms, "DeleteCertificate", certificateHashData=name)

    assert {"status": "NotFound"} == empty


async def test_asked_to_renew_its_certificate_it_makes_a_key_and_takes_what_fits(
    csms: TestCsms, charger: MakeCharger
) -> None:
    csms.answers["SignCertificate"] = lambda _: {"status": "Accepted"}
    async with charger() as subject:
        await subject.ready()
        asked = {"requestedMessage": "SignChargePointCertificate"}
        assert "Accepted" == await status(csms, "ExtendedTriggerMessage", **asked)
        (request,) = await csms.arrived("SignCertificate")
        chain = Authority().sign(request.payload["csr"])
        assert "Rejected" == await status(csms, "CertificateSigned", certificateChain="none")
        event = (await csms.arrived("SecurityEventNotification"))[0]
        assert "Accepted" == await status(csms, "CertificateSigned", certificateChain=chain)
        assert chain == subject.upkeep.certificates.chain_pem

    assert "InvalidChargePointCertificate" == event.payload["type"]

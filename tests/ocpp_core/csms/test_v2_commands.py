"""Commands to chargers of OCPP 2.0.1 and 2.1, played by the PyPI distribution `ocpp`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from ocpp.exceptions import NotSupportedError

from ocpp_core.domain.commands import (
    Accepted,
    CancelReservation,
    CertificateHash,
    CertificateUse,
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    ClearProfile,
    Command,
    CommandResult,
    ConfigurationEntry,
    DeleteCertificate,
    GetBaseReport,
    GetComposite,
    GetConfiguration,
    GetDiagnostics,
    GetInstalledCertificates,
    GetLocalListVersion,
    GetLog,
    GetProfiles,
    GetReport,
    GetTransactionStatus,
    GetVariables,
    InstallCertificate,
    InstalledCertificate,
    LocalListEntry,
    LogKind,
    Rejected,
    RemoteStart,
    RemoteStop,
    ReserveNow,
    Reset,
    SendLocalList,
    SendRaw,
    SendSignedCertificate,
    SendVendorData,
    SetNetworkProfile,
    SetProfile,
    SetVariables,
    TimedOut,
    TransactionStatus,
    TriggerMessage,
    UnlockConnector,
    Unsupported,
    UpdateCost,
    UpdateDynamicSchedule,
    UpdateFirmware,
    UsePriorityCharging,
    VariableQuery,
    VariableValue,
)
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import (
    ChargePointId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    SessionId,
    StationTransactionId,
    TransactionId,
)
from ocpp_core.domain.live import KnownTransaction
from ocpp_core.domain.messages import Outcome
from ocpp_core.domain.profile import (
    ChargingProfile,
    CompositeSchedule,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from ocpp_core.domain.variables import VariableName, VariableResult
from tests.ocpp_core.csms.ocpp_client import client
from tests.ocpp_core.csms.rig import START, Rig

CP1 = ChargePointId("CP1")
ONE = ConnectorId(1)
VERSIONS = ("ocpp2.0.1", "ocpp2.1")
TX = TransactionId(7)
HASH = CertificateHash(
    algorithm="SHA256", issuer_name_hash="n", issuer_key_hash="k", serial_number="1f"
)
WIRE_HASH = {
    "hash_algorithm": "SHA256",
    "issuer_name_hash": "n",
    "issuer_key_hash": "k",
    "serial_number": "1f",
}
NAME = VariableName(component="OCPPCommCtrlr", variable="HeartbeatInterval")
WIRE_NAME = {
    "component": {"name": "OCPPCommCtrlr"},
    "variable": {"name": "HeartbeatInterval"},
    "attribute_status": "Accepted",
}
PROFILE = ChargingProfile(
    profile_id=12,
    purpose=ProfilePurpose.TX,
    kind=ProfileKind.ABSOLUTE,
    periods=(SchedulePeriod(start_s=0, limit=8.1),),
    start=START,
    duration_s=900,
    transaction_id=TX,
)
SAID_OK = {"status": "Accepted"}
SET = (VariableResult(name=NAME, status="Accepted"),)
READ = (VariableResult(name=NAME, status="Accepted", value="60"),)

CASES: list[tuple[Command, str, dict[str, Any], CommandResult]] = [
    (CancelReservation(reservation_id=4), "CancelReservation", SAID_OK, Accepted()),
    (
        ChangeAvailability(connector_id=ONE, operative=False),
        "ChangeAvailability",
        {"status": "Scheduled"},
        Accepted(status="Scheduled"),
    ),
    (
        ChangeConfiguration(key="HeartbeatInterval", value="60"),
        "SetVariables",
        {"set_variable_result": [WIRE_NAME]},
        Accepted(variables=SET),
    ),
    (ClearCache(), "ClearCache", {"status": "Rejected"}, Rejected(status="Rejected")),
    (
        ClearProfile(profile_id=12),
        "ClearChargingProfile",
        {"status": "Unknown"},
        Rejected(status="Unknown"),
    ),
    (
        DeleteCertificate(hash=HASH),
        "DeleteCertificate",
        {"status": "NotFound"},
        Rejected(status="NotFound"),
    ),
    (
        GetBaseReport(),
        "GetBaseReport",
        {"status": "EmptyResultSet"},
        Accepted(status="EmptyResultSet"),
    ),
    (
        GetComposite(connector_id=ONE, duration_s=60),
        "GetCompositeSchedule",
        {
            "status": "Accepted",
            "schedule": {
                "evse_id": 1,
                "duration": 60,
                "schedule_start": "2026-03-01T10:00:00Z",
                "charging_rate_unit": "A",
                "charging_schedule_period": [{"start_period": 0, "limit": 8.1}],
            },
        },
        Accepted(
            composite=CompositeSchedule(
                start=datetime(2026, 3, 1, 10, tzinfo=UTC),
                duration_s=60,
                rate_unit=RateUnit.A,
                periods=(SchedulePeriod(start_s=0, limit=8.1),),
            )
        ),
    ),
    (
        GetConfiguration(keys=("HeartbeatInterval", "BlinkRepeat")),
        "GetVariables",
        {"get_variable_result": [WIRE_NAME | {"attribute_value": "60"}]},
        Accepted(
            configuration=(
                ConfigurationEntry(key="HeartbeatInterval", value="60", readonly=False),
            ),
            unknown_keys=("BlinkRepeat",),
            variables=READ,
        ),
    ),
    (
        GetDiagnostics(location="ftp://x"),
        "GetLog",
        {"status": "Accepted", "filename": "d.zip"},
        Accepted(file_name="d.zip"),
    ),
    (
        GetInstalledCertificates(use=CertificateUse.CSMS_ROOT),
        "GetInstalledCertificateIds",
        {
            "status": "Accepted",
            "certificate_hash_data_chain": [
                {
                    "certificate_hash_data": WIRE_HASH,
                    "certificate_type": "CSMSRootCertificate",
                }
            ],
        },
        Accepted(certificates=(InstalledCertificate(use=CertificateUse.CSMS_ROOT, hash=HASH),)),
    ),
    (
        GetLocalListVersion(),
        "GetLocalListVersion",
        {"version_number": 5},
        Accepted(local_list_version=5),
    ),
    (
        GetLog(kind=LogKind.SECURITY, location="ftp://x"),
        "GetLog",
        {"status": "AcceptedCanceled"},
        Accepted(status="AcceptedCanceled"),
    ),
    (
        GetProfiles(),
        "GetChargingProfiles",
        {"status": "NoProfiles"},
        Accepted(status="NoProfiles"),
    ),
    (
        GetReport(variables=(NAME,)),
        "GetReport",
        {"status": "NotSupported"},
        Unsupported(reason="NotSupported"),
    ),
    (
        GetTransactionStatus(transaction_id=TX),
        "GetTransactionStatus",
        {"messages_in_queue": True, "ongoing_indicator": False},
        Accepted(transaction=TransactionStatus(ongoing=False, messages_in_queue=True)),
    ),
    (
        GetVariables(variables=(VariableQuery(name=NAME),)),
        "GetVariables",
        {"get_variable_result": [WIRE_NAME | {"attribute_value": "60"}]},
        Accepted(variables=READ),
    ),
    (
        InstallCertificate(use=CertificateUse.CSMS_ROOT, certificate_pem="PEM"),
        "InstallCertificate",
        {"status": "Failed", "status_info": {"reason_code": "InvalidCert"}},
        Rejected(status="Failed", reason="InvalidCert"),
    ),
    (
        RemoteStart(id_token=IdToken("GOOD"), connector_id=ONE),
        "RequestStartTransaction",
        {"status": "Accepted", "transaction_id": "ab-9"},
        Accepted(transaction_station_id="ab-9"),
    ),
    (RemoteStop(transaction_id=TX), "RequestStopTransaction", SAID_OK, Accepted()),
    (
        ReserveNow(reservation_id=4, id_token=IdToken("GOOD"), expires_at=START),
        "ReserveNow",
        {"status": "Occupied"},
        Rejected(status="Occupied"),
    ),
    (Reset(), "Reset", {"status": "Scheduled"}, Accepted(status="Scheduled")),
    (
        SendLocalList(
            version=2,
            entries=(
                LocalListEntry(id_token=IdToken("GOOD"), status=AuthorizationStatus.ACCEPTED),
            ),
        ),
        "SendLocalList",
        {"status": "VersionMismatch"},
        Rejected(status="VersionMismatch"),
    ),
    (SendSignedCertificate(chain_pem="CHAIN"), "CertificateSigned", SAID_OK, Accepted()),
    (
        SendVendorData(vendor="v", message="m", data="d"),
        "DataTransfer",
        {"status": "Accepted", "data": "done"},
        Accepted(data='"done"'),
    ),
    (
        SetNetworkProfile(slot=1, url="wss://x/ocpp", security_profile=2),
        "SetNetworkProfile",
        {"status": "Failed"},
        Rejected(status="Failed"),
    ),
    (SetProfile(connector_id=ONE, profile=PROFILE), "SetChargingProfile", SAID_OK, Accepted()),
    (
        SetVariables(variables=(VariableValue(name=NAME, value="60"),)),
        "SetVariables",
        {"set_variable_result": [WIRE_NAME | {"attribute_status": "RebootRequired"}]},
        Accepted(
            status="RebootRequired",
            variables=(VariableResult(name=NAME, status="RebootRequired"),),
        ),
    ),
    (
        TriggerMessage(message="StatusNotification", connector_id=ONE),
        "TriggerMessage",
        {"status": "NotImplemented"},
        Unsupported(reason="NotImplemented"),
    ),
    (
        UnlockConnector(connector_id=ONE),
        "UnlockConnector",
        {"status": "OngoingAuthorizedTransaction"},
        Rejected(status="OngoingAuthorizedTransaction"),
    ),
    (UpdateCost(transaction_id=TX, total_cost=Decimal("4.20")), "CostUpdated", {}, Accepted()),
    (
        UpdateFirmware(location="https://x/f", retrieve_at=START),
        "UpdateFirmware",
        {"status": "RevokedCertificate"},
        Rejected(status="RevokedCertificate"),
    ),
    (
        SendRaw(action="SetMonitoringLevel", payload='{"severity":4}'),
        "SetMonitoringLevel",
        SAID_OK,
        Accepted(data='{"status":"Accepted"}'),
    ),
]
CASES_21: list[tuple[Command, str, dict[str, Any], CommandResult]] = [
    (
        UpdateDynamicSchedule(profile_id=12, limit=8.123456),
        "UpdateDynamicSchedule",
        SAID_OK,
        Accepted(),
    ),
    (
        UsePriorityCharging(transaction_id=TX, activate=True),
        "UsePriorityCharging",
        {"status": "NoProfile"},
        Rejected(status="NoProfile"),
    ),
]


def know_transaction(rig: Rig) -> None:
    """Let the server know a transaction that the charger calls ab-7."""
    rig.live.remember(
        KnownTransaction(
            session_id=SessionId("s"),
            transaction_id=TX,
            ref=ConnectorRef(CP1, ONE),
            id_token=IdToken("GOOD"),
            status=AuthorizationStatus.ACCEPTED,
            started_at=START,
            meter_start_wh=0,
            station_id=StationTransactionId("ab-7"),
        )
    )


@pytest.mark.parametrize(
    ("version", "command", "action", "answer", "result"),
    [(version, *case) for version in VERSIONS for case in CASES]
    + [("ocpp2.1", *case) for case in CASES_21],
)
async def test_a_command_reaches_a_charger_and_ends_as_it_says(
    rig: Rig,
    version: str,
    command: Command,
    action: str,
    answer: dict[str, Any],
    result: CommandResult,
) -> None:
    know_transaction(rig)
    async with client(rig, version) as charger:
        charger.answer(action, **answer)
        outcome = await rig.system.send(CP1, command)

    assert result == outcome
    assert [action] == [heard for heard, _ in charger.heard]


def test_the_cases_have_every_command() -> None:
    assert set(Command.__value__.__args__) == {type(case[0]) for case in (*CASES, *CASES_21)}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_profile_names_the_transaction_as_the_charger_does(rig: Rig, version: str) -> None:
    know_transaction(rig)
    async with client(rig, version) as charger:
        charger.answer("SetChargingProfile", status="Accepted")
        await rig.system.send(CP1, SetProfile(connector_id=ONE, profile=PROFILE))

    [(_, payload)] = charger.heard
    assert (1, "ab-7") == (payload["evse_id"], payload["charging_profile"]["transaction_id"])


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_transaction_that_the_charger_started_is_limited_and_stopped_by_its_name(
    rig: Rig, version: str
) -> None:
    async with client(rig, version) as charger:
        started = charger.calls.TransactionEvent(
            event_type="Started",
            timestamp="2026-03-01T10:00:00Z",
            trigger_reason="Authorized",
            seq_no=0,
            transaction_info={"transaction_id": "their-own-name", "charging_state": "Charging"},
            evse={"id": 1, "connector_id": 1},
            id_token={"id_token": "GOOD", "type": "ISO14443"},
        )
        await charger.point.call(started, suppress=False)
        [known] = rig.live.transactions.values()
        charger.answer("SetChargingProfile", status="Accepted")
        charger.answer("RequestStopTransaction", status="Accepted")
        profile = replace(PROFILE, transaction_id=known.transaction_id)
        limited = await rig.system.send(CP1, SetProfile(connector_id=ONE, profile=profile))
        stopped = await rig.system.send(CP1, RemoteStop(transaction_id=known.transaction_id))

    assert (Accepted(), Accepted()) == (limited, stopped)
    assert ["their-own-name", "their-own-name"] == [
        charger.heard[0][1]["charging_profile"]["transaction_id"],
        charger.heard[1][1]["transaction_id"],
    ]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_transaction_whose_name_is_not_known_is_told_and_nothing_sent(
    rig: Rig, version: str
) -> None:
    async with client(rig, version) as charger:
        outcome = await rig.system.send(CP1, RemoteStop(transaction_id=TX))

    assert Unsupported(reason="what the charger calls transaction 7 is not known") == outcome
    assert [] == charger.heard
    assert [] == rig.ledger.messages


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_order_gets_its_number_and_is_recorded_with_it(rig: Rig, version: str) -> None:
    command = RemoteStart(id_token=IdToken("GOOD"))
    async with client(rig, version) as charger:
        charger.answer("RequestStartTransaction", status="Accepted")
        await rig.system.send(CP1, command)

    [(_, payload)] = charger.heard
    number = payload["remote_start_id"]
    assert 0 < number < 2**31
    assert {replace(command, request_id=number)} == {m.command for m in rig.ledger.messages}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_password_is_set_and_not_kept(rig: Rig, version: str) -> None:
    """The 1.6 key of the password reaches SecurityCtrlr.BasicAuthPassword."""
    async with client(rig, version) as charger:
        charger.answer("SetVariables", set_variable_result=[WIRE_NAME])
        outcome = await rig.system.send(
            CP1, ChangeConfiguration(key="AuthorizationKey", value="hunter2hunter2hunter2")
        )

    [(_, payload)] = charger.heard
    [data] = payload["set_variable_data"]
    assert isinstance(outcome, Accepted)
    assert ("SecurityCtrlr", "BasicAuthPassword", "hunter2hunter2hunter2") == (
        data["component"]["name"], data["variable"]["name"], data["attribute_value"],
    )  # fmt: skip
    assert rig.ledger.messages
    assert "hunter2" not in repr(rig.ledger.messages)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_message_that_the_charger_does_not_know_is_unsupported(
    rig: Rig, version: str
) -> None:
    async with client(rig, version) as charger:
        charger.answers["ClearCache"] = NotSupportedError("no cache here")
        outcome = await rig.system.send(CP1, ClearCache())

    assert isinstance(outcome, Unsupported)
    assert "no cache here" in outcome.reason
    assert {Outcome.SENT, Outcome.REFUSED} == {m.outcome for m in rig.ledger.messages}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_report_that_is_never_answered_holds_nothing_up(rig: Rig, version: str) -> None:
    """Quirk v2-report-while-booting: it times out, and what comes next gets through."""
    charger = await rig.charger(subprotocols=(version,))
    reported = asyncio.create_task(rig.system.send(CP1, GetBaseReport(), timeout_s=0.05))
    await charger.receive()
    cleared = asyncio.create_task(rig.system.send(CP1, ClearCache()))
    call = await charger.receive()
    await charger.send([3, call[1], {"status": "Accepted"}])

    assert TimedOut(after_s=0.05) == await reported
    assert "ClearCache" == call[2]
    assert Accepted() == await cleared
    assert await charger.is_alive()

"""Our commands beside the messages of OCPP 2.0.1 and 2.1 that say them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ocpp_core.domain.commands import (
    CancelReservation,
    CertificateHash,
    CertificateUse,
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    ClearProfile,
    Command,
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
    ListUpdate,
    LocalListEntry,
    LogKind,
    RemoteStart,
    RemoteStop,
    ReportBase,
    ReserveNow,
    Reset,
    ResetKind,
    SendLocalList,
    SendRaw,
    SendSignedCertificate,
    SendVendorData,
    SetNetworkProfile,
    SetVariables,
    TriggerMessage,
    UnlockConnector,
    UpdateCost,
    UpdateDynamicSchedule,
    UpdateFirmware,
    UsePriorityCharging,
    VariableQuery,
    VariableValue,
)
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import ProfilePurpose, RateUnit
from ocpp_core.domain.variables import VariableAttribute, VariableName
from ocpp_core.protocol.v21.schemas import SCHEMAS as SCHEMAS_21
from ocpp_core.protocol.v201.schemas import SCHEMAS
from tests.ocpp_core.protocol.names import Names

VERSIONS = ("ocpp2.0.1", "ocpp2.1")
SCHEMAS_OF = {"ocpp2.0.1": SCHEMAS, "ocpp2.1": SCHEMAS_21}
NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
WRITTEN = "2026-03-01T10:05:00.000Z"
ONE, TWO, WHOLE = ConnectorId(1), ConnectorId(2), ConnectorId(0)
TX = TransactionId(7)
NAMES = Names({7: "ab-7"})
HASH = CertificateHash(
    algorithm="SHA256", issuer_name_hash="n", issuer_key_hash="k", serial_number="1f"
)
WIRE_HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "n",
    "issuerKeyHash": "k",
    "serialNumber": "1f",
}
HEARTBEAT = VariableName(component="OCPPCommCtrlr", variable="HeartbeatInterval")
POWER = VariableName.parse("EVSE@2.Power")
WIRE_HEARTBEAT = {
    "component": {"name": "OCPPCommCtrlr"},
    "variable": {"name": "HeartbeatInterval"},
}
WIRE_POWER = {"component": {"name": "EVSE", "evse": {"id": 2}}, "variable": {"name": "Power"}}
FIRMWARE = UpdateFirmware(location="https://x/f.bin", retrieve_at=NOW, request_id=9)
LOG = GetLog(kind=LogKind.SECURITY, location="ftp://x/logs", request_id=8)
NETWORK = SetNetworkProfile(slot=1, url="wss://x/ocpp", security_profile=2)

SAID: list[tuple[Command, str, dict[str, Any]]] = [
    (CancelReservation(reservation_id=4), "CancelReservation", {"reservationId": 4}),
    (
        ChangeAvailability(connector_id=WHOLE, operative=False),
        "ChangeAvailability",
        {"operationalStatus": "Inoperative"},
    ),
    (
        ChangeAvailability(connector_id=TWO, operative=True),
        "ChangeAvailability",
        {"evse": {"id": 2}, "operationalStatus": "Operative"},
    ),
    (
        ChangeAvailability(connector_id=TWO, operative=True, plug_id=1),
        "ChangeAvailability",
        {"evse": {"id": 2, "connectorId": 1}, "operationalStatus": "Operative"},
    ),
    (
        ChangeConfiguration(key="heartbeatinterval", value="60"),
        "SetVariables",
        {"setVariableData": [WIRE_HEARTBEAT | {"attributeValue": "60"}]},
    ),
    (
        ChangeConfiguration(key="EVSE@2.Power", value="7"),
        "SetVariables",
        {"setVariableData": [WIRE_POWER | {"attributeValue": "7"}]},
    ),
    (
        ChangeConfiguration(key="TransactionMessageAttempts", value="5"),
        "SetVariables",
        {
            "setVariableData": [
                {
                    "component": {"name": "OCPPCommCtrlr"},
                    "variable": {"name": "MessageAttempts", "instance": "TransactionEvent"},
                    "attributeValue": "5",
                }
            ]
        },
    ),
    (ClearCache(), "ClearCache", {}),
    (ClearProfile(profile_id=3), "ClearChargingProfile", {"chargingProfileId": 3}),
    (
        ClearProfile(connector_id=ONE, purpose=ProfilePurpose.CHARGE_POINT_MAX, stack_level=0),
        "ClearChargingProfile",
        {
            "chargingProfileCriteria": {
                "evseId": 1,
                "chargingProfilePurpose": "ChargingStationMaxProfile",
                "stackLevel": 0,
            }
        },
    ),
    (DeleteCertificate(hash=HASH), "DeleteCertificate", {"certificateHashData": WIRE_HASH}),
    (
        GetBaseReport(base=ReportBase.SUMMARY, request_id=3),
        "GetBaseReport",
        {"requestId": 3, "reportBase": "SummaryInventory"},
    ),
    (
        GetComposite(connector_id=ONE, duration_s=60, rate_unit=RateUnit.A),
        "GetCompositeSchedule",
        {"evseId": 1, "duration": 60, "chargingRateUnit": "A"},
    ),
    (
        GetConfiguration(keys=("HeartbeatInterval", "EVSE@2.Power", "BlinkRepeat")),
        "GetVariables",
        {"getVariableData": [WIRE_HEARTBEAT, WIRE_POWER]},
    ),
    (
        GetDiagnostics(
            location="ftp://x/d", since=NOW, retries=2, retry_interval_s=5, request_id=6
        ),
        "GetLog",
        {
            "logType": "DiagnosticsLog",
            "requestId": 6,
            "retries": 2,
            "retryInterval": 5,
            "log": {"remoteLocation": "ftp://x/d", "oldestTimestamp": WRITTEN},
        },
    ),
    (GetInstalledCertificates(), "GetInstalledCertificateIds", {}),
    (
        GetInstalledCertificates(use=CertificateUse.CSMS_ROOT),
        "GetInstalledCertificateIds",
        {"certificateType": ["CSMSRootCertificate"]},
    ),
    (GetLocalListVersion(), "GetLocalListVersion", {}),
    (
        replace(LOG, until=NOW),
        "GetLog",
        {
            "logType": "SecurityLog",
            "requestId": 8,
            "log": {"remoteLocation": "ftp://x/logs", "latestTimestamp": WRITTEN},
        },
    ),
    (
        GetProfiles(request_id=5, connector_id=WHOLE, profile_ids=(1, 2)),
        "GetChargingProfiles",
        {"requestId": 5, "evseId": 0, "chargingProfile": {"chargingProfileId": [1, 2]}},
    ),
    (
        GetProfiles(request_id=5, purpose=ProfilePurpose.TX, stack_level=3),
        "GetChargingProfiles",
        {
            "requestId": 5,
            "chargingProfile": {"chargingProfilePurpose": "TxProfile", "stackLevel": 3},
        },
    ),
    (
        GetProfiles(request_id=5, connector_id=TWO, source="EMS"),
        "GetChargingProfiles",
        {"requestId": 5, "evseId": 2, "chargingProfile": {"chargingLimitSource": ["EMS"]}},
    ),
    (
        # K09 wants one criterion at least: every source there is.
        GetProfiles(request_id=5),
        "GetChargingProfiles",
        {"requestId": 5, "chargingProfile": {"chargingLimitSource": ["EMS", "Other", "SO", "CSO"]}},
    ),
    (
        GetReport(variables=(POWER,), criteria=("Problem",), request_id=2),
        "GetReport",
        {
            "requestId": 2,
            "componentVariable": [WIRE_POWER],
            "componentCriteria": ["Problem"],
        },
    ),
    (GetTransactionStatus(), "GetTransactionStatus", {}),
    (GetTransactionStatus(transaction_id=TX), "GetTransactionStatus", {"transactionId": "ab-7"}),
    (
        GetVariables(
            variables=(
                VariableQuery(name=POWER),
                VariableQuery(name=HEARTBEAT, attribute=VariableAttribute.MAX_SET),
            )
        ),
        "GetVariables",
        {"getVariableData": [WIRE_POWER, WIRE_HEARTBEAT | {"attributeType": "MaxSet"}]},
    ),
    (
        InstallCertificate(use=CertificateUse.V2G_ROOT, certificate_pem="PEM"),
        "InstallCertificate",
        {"certificateType": "V2GRootCertificate", "certificate": "PEM"},
    ),
    (
        RemoteStart(id_token=IdToken("A"), connector_id=ONE, request_id=11),
        "RequestStartTransaction",
        {"remoteStartId": 11, "idToken": {"idToken": "A", "type": "ISO14443"}, "evseId": 1},
    ),
    (
        RemoteStart(id_token=IdToken("A"), request_id=11, token_type="Central"),
        "RequestStartTransaction",
        {"remoteStartId": 11, "idToken": {"idToken": "A", "type": "Central"}},
    ),
    (RemoteStop(transaction_id=TX), "RequestStopTransaction", {"transactionId": "ab-7"}),
    (
        ReserveNow(
            reservation_id=4,
            id_token=IdToken("A"),
            expires_at=NOW,
            connector_id=ONE,
            group_token=IdToken("G"),
        ),
        "ReserveNow",
        {
            "id": 4,
            "idToken": {"idToken": "A", "type": "ISO14443"},
            "expiryDateTime": WRITTEN,
            "evseId": 1,
            "groupIdToken": {"idToken": "G", "type": "Central"},
        },
    ),
    (
        ReserveNow(
            reservation_id=4, id_token=IdToken("A"), expires_at=NOW, connector_id=WHOLE,
        ),
        "ReserveNow",
        {
            "id": 4,
            "idToken": {"idToken": "A", "type": "ISO14443"},
            "expiryDateTime": WRITTEN,
        },
    ),
    (Reset(), "Reset", {"type": "OnIdle"}),
    (Reset(kind=ResetKind.HARD, connector_id=TWO), "Reset", {"type": "Immediate", "evseId": 2}),
    (
        SendLocalList(
            version=2,
            entries=(
                LocalListEntry(
                    id_token=IdToken("A"),
                    status=AuthorizationStatus.ACCEPTED,
                    expires_at=NOW,
                    group_token=IdToken("G"),
                ),
                LocalListEntry(
                    id_token=IdToken("B"),
                    status=AuthorizationStatus.NO_CREDIT,
                    token_type="eMAID",
                ),
            ),
        ),
        "SendLocalList",
        {
            "versionNumber": 2,
            "updateType": "Full",
            "localAuthorizationList": [
                {
                    "idToken": {"idToken": "A", "type": "ISO14443"},
                    "idTokenInfo": {
                        "status": "Accepted",
                        "cacheExpiryDateTime": WRITTEN,
                        "groupIdToken": {"idToken": "G", "type": "Central"},
                    },
                },
                {
                    "idToken": {"idToken": "B", "type": "eMAID"},
                    "idTokenInfo": {"status": "NoCredit"},
                },
            ],
        },
    ),
    (SendLocalList(version=2), "SendLocalList", {"versionNumber": 2, "updateType": "Full"}),
    (
        SendLocalList(
            version=3,
            update=ListUpdate.DIFFERENTIAL,
            entries=(LocalListEntry(id_token=IdToken("A"), status=None),),
        ),
        "SendLocalList",
        {
            "versionNumber": 3,
            "updateType": "Differential",
            "localAuthorizationList": [{"idToken": {"idToken": "A", "type": "ISO14443"}}],
        },
    ),
    (
        SendSignedCertificate(chain_pem="CHAIN"),
        "CertificateSigned",
        {"certificateChain": "CHAIN", "certificateType": "ChargingStationCertificate"},
    ),
    (
        SendVendorData(vendor="v", message="m", data="d"),
        "DataTransfer",
        {"vendorId": "v", "messageId": "m", "data": "d"},
    ),
    (SendVendorData(vendor="v"), "DataTransfer", {"vendorId": "v"}),
    (
        NETWORK,
        "SetNetworkProfile",
        {
            "configurationSlot": 1,
            "connectionData": {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": "wss://x/ocpp",
                "messageTimeout": 30,
                "securityProfile": 2,
                "ocppInterface": "Wired0",
            },
        },
    ),
    (
        SetVariables(
            variables=(
                VariableValue(name=POWER, value="1"),
                VariableValue(name=HEARTBEAT, value="2", attribute=VariableAttribute.TARGET),
            )
        ),
        "SetVariables",
        {
            "setVariableData": [
                WIRE_POWER | {"attributeValue": "1"},
                WIRE_HEARTBEAT | {"attributeValue": "2", "attributeType": "Target"},
            ]
        },
    ),
    (
        TriggerMessage(message="StatusNotification", connector_id=TWO),
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 1}},
    ),
    (
        TriggerMessage(message="MeterValues", connector_id=TWO),
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "evse": {"id": 2}},
    ),
    (
        TriggerMessage(message="SignChargePointCertificate"),
        "TriggerMessage",
        {"requestedMessage": "SignChargingStationCertificate"},
    ),
    (
        TriggerMessage(message="DiagnosticsStatusNotification"),
        "TriggerMessage",
        {"requestedMessage": "LogStatusNotification"},
    ),
    (
        UnlockConnector(connector_id=TWO, plug_id=3),
        "UnlockConnector",
        {"evseId": 2, "connectorId": 3},
    ),
    (
        UpdateCost(transaction_id=TX, total_cost=Decimal("4.20")),
        "CostUpdated",
        {"transactionId": "ab-7", "totalCost": 4.2},
    ),
    (
        replace(
            FIRMWARE, install_at=NOW, retries=1, signing_certificate="CERT", signature="SIG"
        ),
        "UpdateFirmware",
        {
            "requestId": 9,
            "retries": 1,
            "firmware": {
                "location": "https://x/f.bin",
                "retrieveDateTime": WRITTEN,
                "installDateTime": WRITTEN,
                "signingCertificate": "CERT",
                "signature": "SIG",
            },
        },
    ),
    (
        SendRaw(action="ClearVariableMonitoring", payload='{"id":[1]}'),
        "ClearVariableMonitoring",
        {"id": [1]},
    ),
]  # fmt: skip
SAID_21: list[tuple[Command, str, dict[str, Any]]] = [
    (
        SendSignedCertificate(chain_pem="CHAIN", request_id=3),
        "CertificateSigned",
        {
            "certificateChain": "CHAIN",
            "certificateType": "ChargingStationCertificate",
            "requestId": 3,
        },
    ),
    (
        TriggerMessage(message="MyOwn"),
        "TriggerMessage",
        {"requestedMessage": "CustomTrigger", "customTrigger": "MyOwn"},
    ),
    (
        UpdateDynamicSchedule(profile_id=3, limit=6.12345678, setpoint=-1.23456789),
        "UpdateDynamicSchedule",
        {"chargingProfileId": 3, "scheduleUpdate": {"limit": 6.123456, "setpoint": -1.234567}},
    ),
    (
        UsePriorityCharging(transaction_id=TX, activate=True),
        "UsePriorityCharging",
        {"transactionId": "ab-7", "activate": True},
    ),
    (
        InstallCertificate(use=CertificateUse.OEM_ROOT, certificate_pem="PEM"),
        "InstallCertificate",
        {"certificateType": "OEMRootCertificate", "certificate": "PEM"},
    ),
    (
        SendRaw(action="GetTariffs", payload='{"evseId":0}'),
        "GetTariffs",
        {"evseId": 0},
    ),
]

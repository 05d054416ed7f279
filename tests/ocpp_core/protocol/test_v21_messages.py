"""What OCPP 2.1 adds to what chargers tell."""

from __future__ import annotations

from typing import Any

import pytest

from ocpp_core.domain.events import (
    CertificateRequested,
    ChargingLimitNotified,
    ChargingNeedsNotified,
    DomainEvent,
    DynamicUpdatePulled,
    EnergyTransfer,
    PriorityChargingNotified,
    ReservationEnded,
    StationNoted,
    Transfer,
    TransferStatusChanged,
    WebPaymentStarted,
)
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.protocol.faults import Fault
from ocpp_core.protocol.v21.translator import TRANSLATOR as V21
from ocpp_core.protocol.v201.translator import TRANSLATOR as V201
from tests.ocpp_core.protocol.v2 import refused, taken

type Payload = dict[str, Any]
AT = "2026-03-01T10:00:00Z"
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "a",
    "issuerKeyHash": "b",
    "serialNumber": "c",
    "responderURL": "http://ocsp.example",
}


@pytest.mark.parametrize(
    ("action", "payload", "event"),
    [
        (
            "NotifyWebPaymentStarted",
            {"evseId": 1, "timeout": 90},
            WebPaymentStarted(connector_id=ConnectorId(1), timeout_s=90),
        ),
        (
            "NotifyPriorityCharging",
            {"transactionId": "t1", "activated": True},
            PriorityChargingNotified(station_transaction_id="t1", activated=True),
        ),
        (
            "PullDynamicScheduleUpdate",
            {"chargingProfileId": 5},
            DynamicUpdatePulled(profile_id=5),
        ),
        (
            "SignCertificate",
            {"csr": "PEM", "requestId": 8, "hashRootCertificate": HASH},
            CertificateRequested(csr_pem="PEM", request_id=8),
        ),
        (
            "ReservationStatusUpdate",
            {"reservationId": 3, "reservationUpdateStatus": "NoTransaction"},
            ReservationEnded(reservation_id=3, status="NoTransaction"),
        ),
        (
            "NotifyChargingLimit",
            {"chargingLimit": {"chargingLimitSource": "PV", "isLocalGeneration": True}},
            ChargingLimitNotified(
                connector_id=None, source="PV", grid_critical=False, local_generation=True
            ),
        ),
        (
            "FirmwareStatusNotification",
            {
                "status": "DownloadFailed",
                "statusInfo": {"reasonCode": "NotFound", "additionalInfo": "404"},
            },
            TransferStatusChanged(
                transfer=Transfer.FIRMWARE, status="DownloadFailed", reason="NotFound: 404"
            ),
        ),
        (
            "LogStatusNotification",
            {"status": "UploadFailure", "statusInfo": {"reasonCode": "OutOfStorage"}},
            TransferStatusChanged(
                transfer=Transfer.LOG, status="UploadFailure", reason="OutOfStorage"
            ),
        ),
        (
            "NotifyEVChargingNeeds",
            {
                "evseId": 1,
                "timestamp": AT,
                "chargingNeeds": {
                    "requestedEnergyTransfer": "AC_BPT",
                    "availableEnergyTransfer": ["AC_three_phase", "AC_BPT"],
                    "controlMode": "DynamicControl",
                    "v2xChargingParameters": {
                        "maxChargePower": 3700,
                        "maxChargePower_L2": 3700,
                        "maxChargePower_L3": 3600,
                        "maxDischargePower": 5000,
                        "minChargeCurrent": 6,
                        "maxChargeCurrent": 16,
                        "evTargetEnergyRequest": 30000,
                        "evMaxV2XEnergyRequest": 10000,
                        "evMinV2XEnergyRequest": -9000,
                        "evMinEnergyRequest": -15000,
                        "targetSoC": 80,
                    },
                },
            },
            ChargingNeedsNotified(
                connector_id=ConnectorId(1),
                transfer=EnergyTransfer.AC_BPT,
                energy_wh=30000.0,
                min_current_a=6.0,
                max_current_a=16.0,
                max_power_w=11000.0,
                bidirectional=True,
                max_discharge_power_w=5000.0,
                available_wh=9000.0,
            ),
        ),
        (
            "NotifySettlement",
            {
                "pspRef": "r",
                "status": "Settled",
                "settlementAmount": 12.3,
                "settlementTime": AT,
            },
            StationNoted(action="NotifySettlement", summary="Settled, 12.3"),
        ),
        (
            "NotifyDERAlarm",
            {"controlType": "HVMustTrip", "gridEventFault": "OverVoltage", "timestamp": AT},
            StationNoted(action="NotifyDERAlarm", summary="OverVoltage began"),
        ),
        (
            "NotifyDERAlarm",
            {"controlType": "HVMustTrip", "alarmEnded": True, "timestamp": AT},
            StationNoted(action="NotifyDERAlarm", summary="HVMustTrip ended"),
        ),
        (
            "NotifyDERStartStop",
            {"controlId": "c1", "started": True, "timestamp": AT},
            StationNoted(action="NotifyDERStartStop", summary="c1 began"),
        ),
        (
            "ReportDERControl",
            {"requestId": 4},
            StationNoted(action="ReportDERControl", summary="the answer to 4"),
        ),
        (
            "ClosePeriodicEventStream",
            {"id": 1},
            StationNoted(action="ClosePeriodicEventStream", summary="stream 1"),
        ),
    ],
)
def test_what_a_message_means(action: str, payload: Payload, event: DomainEvent) -> None:
    assert (event, ()) == taken(V21, action, payload)


@pytest.mark.parametrize(
    ("action", "payload", "field"),
    [
        ("SignCertificate", {"csr": "PEM", "requestId": 8}, "requestId"),
        (
            "FirmwareStatusNotification",
            {"status": "Idle", "statusInfo": {"reasonCode": "a"}},
            "statusInfo",
        ),
        (
            "NotifyChargingLimit",
            {"chargingLimit": {"chargingLimitSource": "SO", "isLocalGeneration": False}},
            "chargingLimit.isLocalGeneration",
        ),
    ],
)
def test_a_field_of_2_1_is_odd_in_2_0_1_and_costs_nothing(
    action: str, payload: Payload, field: str
) -> None:
    _, newer = taken(V21, action, payload)
    _, older = taken(V201, action, payload)

    assert () == newer
    assert (f"field {field} does not exist: ignored",) == older


@pytest.mark.parametrize(
    "action", ["BatterySwap", "VatNumberValidation", "GetCertificateChainStatus"]
)
def test_what_is_left_out_is_not_supported(action: str) -> None:
    assert Fault.NOT_SUPPORTED == refused(V21, action, {}).fault
    assert Fault.NOT_IMPLEMENTED == refused(V201, action, {}).fault

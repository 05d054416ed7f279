"""What chargers of OCPP 2.0.1 and 2.1 tell, message by message, beside transactions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ocpp_core.domain.events import (
    AuthorizationAsked,
    Booted,
    CertificateRequested,
    ChargingLimitCleared,
    ChargingLimitNotified,
    ChargingNeedsNotified,
    ChargingScheduleNotified,
    ConnectorStatus,
    DomainEvent,
    EnergyTransfer,
    Heartbeat,
    LockReported,
    ProfilesReported,
    ReservationEnded,
    SecurityEventReported,
    SettingsReported,
    StatesChanged,
    StationNoted,
    StatusChanged,
    Transfer,
    TransferStatusChanged,
    VendorDataSent,
)
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.domain.profile import CompositeSchedule, ProfilePurpose, RateUnit, SchedulePeriod
from ocpp_core.domain.variables import VariableAttribute, VariableName, VariableReport
from ocpp_core.protocol.dialect import Dialect
from ocpp_core.protocol.faults import Fault
from ocpp_core.protocol.v201.translator import TRANSLATOR as V201
from tests.ocpp_core.protocol.v2 import BOTH, NOW, TEN, refused, taken

type Payload = dict[str, Any]
both = pytest.mark.parametrize("version", BOTH, ids=lambda version: str(version.subprotocol))

AT = "2026-03-01T10:00:00Z"
STATION = {"vendorName": "V", "model": "M"}
STATUS = {"timestamp": AT, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
SCHEDULE = {
    "id": 1,
    "chargingRateUnit": "A",
    "duration": 900,
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
}
COMPOSITE = CompositeSchedule(
    start=TEN,
    duration_s=900,
    rate_unit=RateUnit.A,
    periods=(SchedulePeriod(start_s=0, limit=16.0),),
)
PROFILE = {
    "id": 5,
    "stackLevel": 1,
    "chargingProfilePurpose": "ChargingStationMaxProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": [SCHEDULE | {"startSchedule": AT}],
}
AVAILABILITY = {
    "eventId": 1,
    "timestamp": AT,
    "trigger": "Delta",
    "actualValue": "Occupied",
    "component": {"name": "Connector", "evse": {"id": 2, "connectorId": 1}},
    "variable": {"name": "AvailabilityState"},
    "eventNotificationType": "HardWiredNotification",
}


def notify(*events: Payload) -> Payload:
    return {"generatedAt": AT, "seqNo": 0, "eventData": list(events)}


@both
@pytest.mark.parametrize(
    ("action", "payload", "event"),
    [
        ("Heartbeat", {}, Heartbeat()),
        ("Heartbeat", {"customData": {"vendorId": "V", "x": 1}}, Heartbeat()),
        (
            "BootNotification",
            {
                "reason": "Watchdog",
                "chargingStation": STATION
                | {
                    "serialNumber": "S",
                    "firmwareVersion": "1.2",
                    "modem": {"iccid": "", "imsi": ""},
                },
            },
            Booted(
                vendor="V", model="M", serial_number="S", firmware_version="1.2", reason="Watchdog"
            ),
        ),
        (
            "StatusNotification",
            STATUS,
            StatusChanged(
                connector_id=ConnectorId(1),
                plug_id=1,
                status=ConnectorStatus.AVAILABLE,
                at=TEN,
            ),
        ),
        (
            "Authorize",
            {"idToken": {"idToken": "DE*ABC", "type": "eMAID"}},
            AuthorizationAsked(id_token=IdToken("DE*ABC"), token_type="eMAID"),
        ),
        (
            "ClearedChargingLimit",
            {"chargingLimitSource": "SO"},
            ChargingLimitCleared(connector_id=None, source="SO"),
        ),
        (
            "ClearedChargingLimit",
            {"chargingLimitSource": "EMS", "evseId": 2},
            ChargingLimitCleared(connector_id=ConnectorId(2), source="EMS"),
        ),
        (
            "NotifyChargingLimit",
            {
                "chargingLimit": {"chargingLimitSource": "SO", "isGridCritical": True},
                "evseId": 1,
                "chargingSchedule": [SCHEDULE | {"startSchedule": AT}],
            },
            ChargingLimitNotified(
                connector_id=ConnectorId(1),
                source="SO",
                grid_critical=True,
                schedules=(COMPOSITE,),
            ),
        ),
        (
            "NotifyEVChargingSchedule",
            {"evseId": 1, "timeBase": AT, "chargingSchedule": SCHEDULE},
            ChargingScheduleNotified(connector_id=ConnectorId(1), schedule=COMPOSITE),
        ),
        (
            "NotifyEVChargingNeeds",
            {
                "evseId": 1,
                "maxScheduleTuples": 12,
                "chargingNeeds": {
                    "requestedEnergyTransfer": "AC_three_phase",
                    "departureTime": "2026-03-01T18:00:00Z",
                    "acChargingParameters": {
                        "energyAmount": 20000,
                        "evMinCurrent": 6,
                        "evMaxCurrent": 32,
                        "evMaxVoltage": 400,
                    },
                },
            },
            ChargingNeedsNotified(
                connector_id=ConnectorId(1),
                transfer=EnergyTransfer.AC_THREE_PHASE,
                departure=TEN + timedelta(hours=8),
                energy_wh=20000.0,
                min_current_a=6.0,
                max_current_a=32.0,
                max_schedule_periods=12,
            ),
        ),
        (
            "NotifyEVChargingNeeds",
            {
                "evseId": 1,
                "chargingNeeds": {
                    "requestedEnergyTransfer": "DC",
                    "dcChargingParameters": {
                        "evMaxCurrent": 200,
                        "evMaxVoltage": 800,
                        "evMaxPower": 150000,
                        "stateOfCharge": 40,
                        "fullSoC": 100,
                    },
                },
            },
            ChargingNeedsNotified(
                connector_id=ConnectorId(1),
                transfer=EnergyTransfer.DC,
                max_current_a=200.0,
                max_power_w=150000.0,
                state_of_charge_percent=40.0,
            ),
        ),
        (
            "FirmwareStatusNotification",
            {"status": "Installed", "requestId": 4},
            TransferStatusChanged(transfer=Transfer.FIRMWARE, status="Installed", request_id=4),
        ),
        (
            "LogStatusNotification",
            {"status": "Uploading", "requestId": 4},
            TransferStatusChanged(transfer=Transfer.LOG, status="Uploading", request_id=4),
        ),
        (
            "SecurityEventNotification",
            {"type": "TamperDetectionActivated", "timestamp": AT, "techInfo": "lid"},
            SecurityEventReported(kind="TamperDetectionActivated", at=TEN, info="lid"),
        ),
        (
            "ReservationStatusUpdate",
            {"reservationId": 3, "reservationUpdateStatus": "Expired"},
            ReservationEnded(reservation_id=3, status="Expired"),
        ),
        (
            "SignCertificate",
            {"csr": "PEM", "certificateType": "V2GCertificate"},
            CertificateRequested(csr_pem="PEM", use="V2GCertificate"),
        ),
        (
            "SignCertificate",
            {"csr": "PEM"},
            CertificateRequested(csr_pem="PEM", use="ChargingStationCertificate"),
        ),
        (
            "DataTransfer",
            {"vendorId": "V", "messageId": "m", "data": {"a": [1, None]}},
            VendorDataSent(vendor="V", message="m", data='{"a":[1,null]}'),
        ),
        ("DataTransfer", {"vendorId": "V", "data": "x"}, VendorDataSent(vendor="V", data="x")),
        ("DataTransfer", {"vendorId": "V"}, VendorDataSent(vendor="V")),
        (
            "NotifyEvent",
            notify(AVAILABILITY),
            StatusChanged(
                connector_id=ConnectorId(2), plug_id=1, status=ConnectorStatus.OCCUPIED, at=TEN
            ),
        ),
        (
            "NotifyEvent",
            notify(
                AVAILABILITY
                | {
                    "component": {"name": "Fan", "instance": "2"},
                    "variable": {"name": "Problem"},
                    "actualValue": "true",
                    "techInfo": "stuck",
                    "cleared": True,
                }
            ),
            StationNoted(action="NotifyEvent", summary="Fan[2].Problem is true (cleared): stuck"),
        ),
        (
            "NotifyMonitoringReport",
            {"requestId": 1, "seqNo": 0, "generatedAt": AT},
            StationNoted(action="NotifyMonitoringReport", summary="0 variables monitored"),
        ),
        (
            "NotifyDisplayMessages",
            {"requestId": 1},
            StationNoted(action="NotifyDisplayMessages", summary="0 messages on display"),
        ),
        (
            "NotifyCustomerInformation",
            {"requestId": 1, "seqNo": 2, "generatedAt": AT, "data": "Jane"},
            StationNoted(action="NotifyCustomerInformation", summary="part 2 of the answer to 1"),
        ),
        (
            "PublishFirmwareStatusNotification",
            {"status": "Published", "location": ["http://a"]},
            StationNoted(action="PublishFirmwareStatusNotification", summary="Published"),
        ),
    ],
)
def test_what_a_message_means(
    version: Dialect, action: str, payload: Payload, event: DomainEvent
) -> None:
    assert (event, ()) == taken(version, action, payload)


@both
def test_a_report_tells_every_attribute_of_every_variable(version: Dialect) -> None:
    payload = {
        "requestId": 1,
        "generatedAt": AT,
        "seqNo": 2,
        "tbc": True,
        "reportData": [
            {
                "component": {"name": "EVSE", "evse": {"id": 2}},
                "variable": {"name": "Power"},
                "variableAttribute": [
                    {"value": "11000", "mutability": "ReadOnly", "constant": True},
                    {"type": "MaxSet", "value": "22000"},
                ],
                "variableCharacteristics": {
                    "dataType": "decimal",
                    "unit": "W",
                    "minLimit": 0,
                    "maxLimit": 22000.5,
                    "supportsMonitoring": True,
                },
            },
            {
                "component": {"name": "AuthCtrlr"},
                "variable": {"name": "Key"},
                "variableAttribute": [{"mutability": "WriteOnly", "persistent": True}],
                "variableCharacteristics": {
                    "dataType": "OptionList",
                    "valuesList": "a, b",
                    "supportsMonitoring": False,
                },
            },
        ],
    }
    event, findings = taken(version, "NotifyReport", payload)

    power = VariableName(component="EVSE", variable="Power", connector_id=ConnectorId(2))
    known: dict[str, Any] = {
        "data_type": "decimal",
        "unit": "W",
        "min_limit": 0.0,
        "max_limit": 22000.5,
    }
    assert () == findings
    assert event == SettingsReported(
        request_id=1,
        sequence=2,
        more=True,
        at=TEN,
        variables=(
            VariableReport(name=power, value="11000", readonly=True, persistent=True, **known),
            VariableReport(name=power, attribute=VariableAttribute.MAX_SET, value="22000", **known),
            VariableReport(
                name=VariableName(component="AuthCtrlr", variable="Key"),
                write_only=True,
                persistent=True,
                data_type="OptionList",
                values=("a", "b"),
            ),
        ),
    )


@both
def test_reported_profiles_are_read(version: Dialect) -> None:
    payload = {
        "requestId": 9,
        "chargingLimitSource": "CSO",
        "evseId": 0,
        "tbc": True,
        "chargingProfile": [PROFILE, PROFILE | {"chargingProfilePurpose": "Wish"}],
    }
    event, findings = taken(version, "ReportChargingProfiles", payload)

    assert isinstance(event, ProfilesReported)
    assert (9, 0, "CSO", True) == (
        event.request_id,
        event.connector_id,
        event.source,
        event.more,
    )
    assert [(5, ProfilePurpose.CHARGE_POINT_MAX, TEN)] == [
        (profile.profile_id, profile.purpose, profile.start) for profile in event.profiles
    ]
    assert ("charging profile 5: purpose 'Wish' is not known",) == findings


@both
def test_states_of_several_connectors_may_come_in_one_event(version: Dialect) -> None:
    third = AVAILABILITY | {"component": {"name": "Connector", "evse": {"id": 3}}}
    other = AVAILABILITY | {"variable": {"name": "Problem"}}
    event, findings = taken(version, "NotifyEvent", notify(AVAILABILITY, other, third))

    assert isinstance(event, StatesChanged)
    assert [(2, 1), (3, None)] == [
        (change.connector_id, change.plug_id) for change in event.changes
    ]
    assert () == findings


LOCK = {
    "component": {"name": "ConnectorPlugRetentionLock", "evse": {"id": 2, "connectorId": 1}},
    "variable": {"name": "Problem"},
}


@both
@pytest.mark.parametrize(
    ("said", "failed"),
    [
        ({"actualValue": "true"}, True),
        ({"actualValue": "True"}, True),
        ({"actualValue": "false"}, False),
        ({"actualValue": "true", "cleared": True}, False),
    ],
)
def test_a_lock_that_fails_is_told_and_that_it_no_longer_does(
    version: Dialect, said: Payload, failed: bool
) -> None:
    """G05."""
    event, findings = taken(version, "NotifyEvent", notify(AVAILABILITY | LOCK | said))
    lock = LockReported(connector_id=ConnectorId(2), plug_id=1, failed=failed)

    assert StatesChanged(locks=(lock,)) == event
    assert () == findings


def test_a_lock_and_a_state_may_come_in_one_message() -> None:
    failing = AVAILABILITY | LOCK | {"actualValue": "true"}
    event, _ = taken(V201, "NotifyEvent", notify(AVAILABILITY, failing))

    assert isinstance(event, StatesChanged)
    assert (1, 1) == (len(event.changes), len(event.locks))


def test_many_events_are_counted() -> None:
    other = AVAILABILITY | {"variable": {"name": "Problem"}}
    event, _ = taken(V201, "NotifyEvent", notify(*[other] * 5))

    assert isinstance(event, StationNoted)
    assert event.summary.endswith("; and 2 more")


# Faults ------------------------------------------------------------------------------------------


def test_evse_0_is_the_charger_as_a_whole() -> None:
    """Row v2-status-0-0 of the list of quirks."""
    event, findings = taken(V201, "StatusNotification", STATUS | {"evseId": 0, "connectorId": 0})

    assert isinstance(event, StatusChanged)
    assert (0, None) == (event.connector_id, event.plug_id)
    assert ("EVSE 0 is none: read as the charger as a whole",) == findings


@pytest.mark.parametrize(
    ("action", "payload", "finding"),
    [
        ("StatusNotification", STATUS | {"connectorId": 0}, "connector 0 is none"),
        (
            "StatusNotification",
            STATUS | {"connectorStatus": "Charging"},
            "status Charging is a word of OCPP 1.6",
        ),
        ("StatusNotification", STATUS | {"evseId": "1"}, "evseId is a string"),
        (
            "StatusNotification",
            {"connectorStatus": "Available", "evseId": 1},
            "field timestamp is missing: time of receipt taken",
        ),
        (
            "StatusNotification",
            {"connectorStatus": "Available", "evseId": "1"},
            "field connectorId is missing: read as the EVSE as a whole",
        ),
        (
            "SecurityEventNotification",
            {"type": "X"},
            "field timestamp is missing: time of receipt taken",
        ),
        (
            "NotifyReport",
            {"requestId": 1, "seqNo": 0},
            "field generatedAt is missing: time of receipt taken",
        ),
        (
            "StatusNotification",
            STATUS | {"errorCode": "NoError"},
            "field errorCode does not exist: ignored",
        ),
        ("statusNotification", STATUS, "action 'statusNotification' read as StatusNotification"),
        (
            "BootNotification",
            {"reason": "PowerUp", "chargingStation": STATION | {"model": "M" * 21}},
            "field model has 21 characters where 20 are allowed",
        ),
        (
            "Authorize",
            {"idToken": {"idToken": "A", "type": "ISO14443"}, "certificate": "PEM"},
            "a contract certificate came with the token: it is not verified here",
        ),
        (
            "NotifyEVChargingNeeds",
            {"evseId": 1, "chargingNeeds": {"requestedEnergyTransfer": "Steam"}},
            "energy transfer 'Steam' is not known",
        ),
        (
            "SecurityEventNotification",
            {"type": "X", "timestamp": "1970-01-01T00:00:00Z"},
            "is no set clock: time of receipt taken",
        ),
        (
            "NotifyReport",
            {
                "requestId": 1,
                "generatedAt": AT,
                "seqNo": 0,
                "reportData": [
                    {
                        "component": {"name": "A"},
                        "variable": {"name": "B"},
                        "variableAttribute": [{"type": "Wish"}],
                    }
                ],
            },
            "A.B: attribute 'Wish' is not known: left out",
        ),
    ],
)
def test_a_cosmetic_fault_is_told(action: str, payload: Payload, finding: str) -> None:
    _, findings = taken(V201, action, payload)

    assert any(finding in text for text in findings), findings


def test_a_report_loses_only_what_cannot_be_read() -> None:
    good = {
        "component": {"name": "A"},
        "variable": {"name": "B"},
        "variableAttribute": [{"value": 7}],
    }
    payload = {
        "requestId": 1,
        "generatedAt": AT,
        "seqNo": 0,
        "reportData": [{"component": 1}, good],
    }
    event, findings = taken(V201, "NotifyReport", payload)

    assert isinstance(event, SettingsReported)
    assert ["7"] == [variable.value for variable in event.variables]
    assert any(finding.startswith("left out: reportData.0") for finding in findings)


def test_a_schedule_that_says_nothing_is_only_noted() -> None:
    payload = {
        "evseId": 1,
        "timeBase": AT,
        "chargingSchedule": {"id": 1, "chargingRateUnit": "VA", "chargingSchedulePeriod": []},
    }
    event, findings = taken(V201, "NotifyEVChargingSchedule", payload)

    assert isinstance(event, StationNoted)
    assert any("rate unit 'VA' is not known" in finding for finding in findings)


@pytest.mark.parametrize(
    ("action", "payload", "fault"),
    [
        ("StatusNotification", {"evseId": 1}, Fault.OCCURRENCE),
        ("StatusNotification", STATUS | {"connectorStatus": "Melting"}, Fault.PROPERTY),
        ("StatusNotification", STATUS | {"evseId": -1}, Fault.PROPERTY),
        ("BootNotification", {"reason": "PowerUp", "chargingStation": 5}, Fault.TYPE),
        ("BootNotification", [], Fault.FORMATION),
        ("GetVariables", {}, Fault.NOT_SUPPORTED),
        ("StartTransaction", {}, Fault.NOT_IMPLEMENTED),
        ("NotifyPriorityCharging", {}, Fault.NOT_IMPLEMENTED),
    ],
)
def test_what_cannot_be_understood_is_refused(action: str, payload: object, fault: Fault) -> None:
    assert fault == refused(V201, action, payload).fault


def test_a_state_without_a_set_clock_is_of_now() -> None:
    event, _ = taken(V201, "StatusNotification", STATUS | {"timestamp": "0001-01-01T00:00:00Z"})

    assert isinstance(event, StatusChanged)
    assert NOW == event.at
    assert datetime(2026, 3, 1, 10, 5, tzinfo=UTC) == NOW

"""What chargers of OCPP 2.0.1 and 2.1 answer to our commands, as typed outcomes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocpp_core.domain.commands import (
    Accepted,
    CertificateUse,
    ChangeConfiguration,
    Command,
    CommandResult,
    ConfigurationEntry,
    GetComposite,
    GetConfiguration,
    GetInstalledCertificates,
    GetLocalListVersion,
    GetTransactionStatus,
    GetVariables,
    InstalledCertificate,
    Offline,
    Rejected,
    RemoteStart,
    SendRaw,
    SendVendorData,
    SetProfile,
    SetVariables,
    TimedOut,
    TransactionStatus,
    Unsupported,
    UpdateCost,
    VariableQuery,
    VariableValue,
)
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.domain.profile import (
    ChargingProfile,
    CompositeSchedule,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from ocpp_core.domain.variables import VariableName, VariableResult
from ocpp_core.protocol.translator import UnreadableAnswer
from ocpp_core.protocol.v21.schemas import SCHEMAS as SCHEMAS_21
from ocpp_core.protocol.v201.schemas import SCHEMAS
from ocpp_core.protocol.versions import translator_for
from tests.ocpp_core.protocol.answer_payloads import allowed_by, mutated
from tests.ocpp_core.protocol.said_v2 import (
    HASH,
    HEARTBEAT,
    LOG,
    NOW,
    ONE,
    POWER,
    SAID,
    SAID_21,
    VERSIONS,
    WIRE_HASH,
    WIRE_HEARTBEAT,
    WIRE_POWER,
)

SCHEMAS_OF = {"ocpp2.0.1": SCHEMAS, "ocpp2.1": SCHEMAS_21}
TX_DEFAULT = ChargingProfile(
    profile_id=1,
    purpose=ProfilePurpose.TX_DEFAULT,
    kind=ProfileKind.ABSOLUTE,
    periods=(SchedulePeriod(start_s=0, limit=16.0),),
    start=NOW,
)
COMMANDS_OF: list[tuple[Command, str]] = [
    *((command, action) for command, action, _ in SAID),
    (SetProfile(connector_id=ONE, profile=TX_DEFAULT), "SetChargingProfile"),
]
COMMAND_OF = {
    action: command for command, action in COMMANDS_OF if not isinstance(command, SendRaw)
}
COMMAND_OF_21 = COMMAND_OF | {
    action: command for command, action, _ in SAID_21 if not isinstance(command, SendRaw)
}

REFUSED = Rejected(status="Rejected")
OUTCOMES: dict[str, dict[str, CommandResult]] = {
    "CancelReservation": {"Accepted": Accepted(), "Rejected": REFUSED},
    "CertificateSigned": {"Accepted": Accepted(), "Rejected": REFUSED},
    "ChangeAvailability": {
        "Accepted": Accepted(),
        "Rejected": REFUSED,
        "Scheduled": Accepted(status="Scheduled"),
    },
    "ClearCache": {"Accepted": Accepted(), "Rejected": REFUSED},
    "ClearChargingProfile": {"Accepted": Accepted(), "Unknown": Rejected(status="Unknown")},
    "DataTransfer": {
        "Accepted": Accepted(),
        "Rejected": REFUSED,
        "UnknownMessageId": Rejected(status="UnknownMessageId"),
        "UnknownVendorId": Rejected(status="UnknownVendorId"),
    },
    "DeleteCertificate": {
        "Accepted": Accepted(),
        "Failed": Rejected(status="Failed"),
        "NotFound": Rejected(status="NotFound"),
    },
    "GetBaseReport": {
        "Accepted": Accepted(),
        "Rejected": REFUSED,
        "NotSupported": Unsupported(reason="NotSupported"),
        "EmptyResultSet": Accepted(status="EmptyResultSet"),
    },
    "GetChargingProfiles": {"Accepted": Accepted(), "NoProfiles": Accepted(status="NoProfiles")},
    "GetCompositeSchedule": {"Accepted": Accepted(), "Rejected": REFUSED},
    "GetInstalledCertificateIds": {"Accepted": Accepted(), "NotFound": Accepted(status="NotFound")},
    "GetLog": {
        "Accepted": Accepted(),
        "Rejected": REFUSED,
        "AcceptedCanceled": Accepted(status="AcceptedCanceled"),
    },
    "GetReport": {
        "Accepted": Accepted(),
        "Rejected": REFUSED,
        "NotSupported": Unsupported(reason="NotSupported"),
        "EmptyResultSet": Accepted(status="EmptyResultSet"),
    },
    "InstallCertificate": {
        "Accepted": Accepted(),
        "Failed": Rejected(status="Failed"),
        "Rejected": REFUSED,
    },
    "RequestStartTransaction": {"Accepted": Accepted(), "Rejected": REFUSED},
    "RequestStopTransaction": {"Accepted": Accepted(), "Rejected": REFUSED},
    "ReserveNow": {
        "Accepted": Accepted(),
        "Faulted": Rejected(status="Faulted"),
        "Occupied": Rejected(status="Occupied"),
        "Rejected": REFUSED,
        "Unavailable": Rejected(status="Unavailable"),
    },
    "Reset": {
        "Accepted": Accepted(),
        "Rejected": REFUSED,
        "Scheduled": Accepted(status="Scheduled"),
    },
    "SendLocalList": {
        "Accepted": Accepted(),
        "Failed": Rejected(status="Failed"),
        "VersionMismatch": Rejected(status="VersionMismatch"),
    },
    "SetChargingProfile": {"Accepted": Accepted(), "Rejected": REFUSED},
    "SetNetworkProfile": {
        "Accepted": Accepted(),
        "Rejected": REFUSED,
        "Failed": Rejected(status="Failed"),
    },
    "TriggerMessage": {
        "Accepted": Accepted(),
        "Rejected": REFUSED,
        "NotImplemented": Unsupported(reason="NotImplemented"),
    },
    "UnlockConnector": {
        "Unlocked": Accepted(status="Unlocked"),
        "UnlockFailed": Rejected(status="UnlockFailed"),
        "OngoingAuthorizedTransaction": Rejected(status="OngoingAuthorizedTransaction"),
        "UnknownConnector": Rejected(status="UnknownConnector"),
    },
    "UpdateDynamicSchedule": {"Accepted": Accepted(), "Rejected": REFUSED},
    "UpdateFirmware": {
        "Accepted": Accepted(),
        "Rejected": REFUSED,
        "AcceptedCanceled": Accepted(status="AcceptedCanceled"),
        "InvalidCertificate": Rejected(status="InvalidCertificate"),
        "RevokedCertificate": Rejected(status="RevokedCertificate"),
    },
    "UsePriorityCharging": {
        "Accepted": Accepted(),
        "Rejected": REFUSED,
        "NoProfile": Rejected(status="NoProfile"),
    },
}


def answered(version: str, command: Command, answer: object) -> CommandResult | UnreadableAnswer:
    return translator_for(version).decode_answer(
        command, msgspec.Raw(json.dumps(answer).encode()), NOW
    )


@pytest.mark.parametrize(
    ("version", "known"), [("ocpp2.0.1", COMMAND_OF), ("ocpp2.1", COMMAND_OF_21)]
)
def test_the_table_of_outcomes_has_every_status_word_of_the_version(
    version: str, known: dict[str, Command]
) -> None:
    spoken = {
        action: set(status["enum"])
        for action in known
        if (status := SCHEMAS_OF[version].response(action)["properties"].get("status"))
    }

    assert spoken == {
        action: set(outcomes) for action, outcomes in OUTCOMES.items() if action in known
    }


@pytest.mark.parametrize(
    ("action", "word", "result"),
    [(action, word, result) for action, of in OUTCOMES.items() for word, result in of.items()],
)
def test_every_status_word_has_its_typed_outcome(
    action: str, word: str, result: CommandResult
) -> None:
    command = COMMAND_OF_21[action]

    assert result == answered("ocpp2.1", command, {"status": word})
    shouted = answered("ocpp2.1", command, {"status": word.upper(), "colour": "red"})
    assert type(result) is type(shouted)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("info", "reason"),
    [
        ({"reasonCode": "NoWay"}, "NoWay"),
        ({"reasonCode": "NoWay", "additionalInfo": "at all"}, "NoWay: at all"),
        ("just so", "just so"),
        ({"reasonCode": 5}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_a_charger_s_reason_is_kept_in_words_in_whatever_shape(
    version: str, info: object, reason: str
) -> None:
    command = SetProfile(connector_id=ONE, profile=TX_DEFAULT)

    assert Rejected(status="Rejected", reason=reason) == answered(
        version, command, {"status": "Rejected", "statusInfo": info}
    )
    assert Accepted(reason=reason) == answered(
        version, command, {"status": "Accepted", "statusInfo": info}
    )


@pytest.mark.parametrize("action", sorted(OUTCOMES))
def test_a_word_that_is_not_known_is_a_refusal_with_that_word(action: str) -> None:
    assert Rejected(status="Perhaps") == answered(
        "ocpp2.1", COMMAND_OF_21[action], {"status": "Perhaps"}
    )


def variable(wire: dict[str, Any], status: str, **more: Any) -> dict[str, Any]:
    return wire | {"attributeStatus": status} | more


def set_both(*results: dict[str, Any]) -> CommandResult | UnreadableAnswer:
    command = SetVariables(
        variables=(VariableValue(name=POWER, value="1"), VariableValue(name=HEARTBEAT, value="2"))
    )
    return answered("ocpp2.0.1", command, {"setVariableResult": list(results)})


def test_variables_are_accepted_when_each_of_them_is() -> None:
    assert Accepted(
        variables=(
            VariableResult(name=POWER, status="Accepted"),
            VariableResult(name=HEARTBEAT, status="Accepted"),
        )
    ) == set_both(variable(WIRE_POWER, "Accepted"), variable(WIRE_HEARTBEAT, "Accepted"))


def test_a_variable_that_needs_a_restart_is_told() -> None:
    result = set_both(variable(WIRE_POWER, "Accepted"), variable(WIRE_HEARTBEAT, "RebootRequired"))

    assert isinstance(result, Accepted)
    assert "RebootRequired" == result.status


def test_one_refused_variable_makes_a_refusal_that_names_each() -> None:
    results = (
        VariableResult(name=POWER, status="Accepted"),
        VariableResult(name=HEARTBEAT, status="UnknownVariable", reason="NotFound: no"),
    )

    assert Rejected(
        status="UnknownVariable",
        reason="OCPPCommCtrlr.HeartbeatInterval: UnknownVariable (NotFound: no)",
        variables=results,
    ) == set_both(
        variable(WIRE_POWER, "Accepted"),
        variable(
            WIRE_HEARTBEAT,
            "UnknownVariable",
            attributeStatusInfo={"reasonCode": "NotFound", "additionalInfo": "no"},
        ),
    )


def test_a_charger_that_answers_for_some_only_did_not_accept_all() -> None:
    assert Rejected(
        status="Incomplete",
        reason="the charger answered for 1 of 2 variables",
        variables=(VariableResult(name=POWER, status="Accepted"),),
    ) == set_both(variable(WIRE_POWER, "Accepted"))


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("Accepted", Accepted),
        ("RebootRequired", Accepted),
        ("Rejected", Rejected),
        ("UnknownComponent", Rejected),
        ("NotSupportedAttributeType", Rejected),
    ],
)
def test_a_setting_named_by_its_1_6_key_ends_as_its_variable_does(
    status: str, result: type[CommandResult]
) -> None:
    outcome = answered(
        "ocpp2.1",
        ChangeConfiguration(key="HeartbeatInterval", value="60"),
        {"setVariableResult": [variable(WIRE_HEARTBEAT, status)]},
    )

    assert isinstance(outcome, result)
    assert not isinstance(outcome, Accepted | Rejected) or status == outcome.status


def test_settings_come_back_under_the_names_they_were_asked_by() -> None:
    command = GetConfiguration(keys=("heartbeatInterval", "EVSE@2.Power", "BlinkRepeat", "A.B"))
    answer = {
        "getVariableResult": [
            variable(WIRE_POWER, "Rejected"),
            variable({"component": {"name": "A"}, "variable": {"name": "B"}}, "UnknownComponent"),
            variable(WIRE_HEARTBEAT, "Accepted", attributeValue=60),
        ]
    }
    result = answered("ocpp2.0.1", command, answer)

    assert isinstance(result, Accepted)
    assert (
        ConfigurationEntry(key="heartbeatInterval", value="60", readonly=False),
        ConfigurationEntry(key="EVSE@2.Power", value=None, readonly=False),
    ) == result.configuration
    assert ("BlinkRepeat", "A.B") == result.unknown_keys


def test_a_charger_that_writes_names_in_its_own_way_is_read_by_place() -> None:
    odd = {"component": {"name": "Comm"}, "variable": {"name": "HB"}}
    result = answered(
        "ocpp2.0.1",
        GetConfiguration(keys=("HeartbeatInterval",)),
        {"getVariableResult": [variable(odd, "Accepted", attributeValue="60")]},
    )

    assert isinstance(result, Accepted)
    assert (
        ConfigurationEntry(key="HeartbeatInterval", value="60", readonly=False),
    ) == result.configuration


def test_variables_are_read_each_with_its_own_word() -> None:
    command = GetVariables(variables=(VariableQuery(name=POWER), VariableQuery(name=HEARTBEAT)))
    results = [
        variable(WIRE_POWER, "Accepted", attributeValue="7"),
        variable(WIRE_HEARTBEAT, "UnknownVariable"),
    ]

    assert Accepted(
        variables=(
            VariableResult(name=POWER, status="Accepted", value="7"),
            VariableResult(name=HEARTBEAT, status="UnknownVariable"),
        )
    ) == answered("ocpp2.0.1", command, {"getVariableResult": results})
    assert Rejected(
        status="UnknownVariable",
        variables=(VariableResult(name=HEARTBEAT, status="UnknownVariable"),),
    ) == answered("ocpp2.0.1", command, {"getVariableResult": results[1:]})


COMPOSITE = {
    "evseId": 1,
    "duration": 600,
    "scheduleStart": "2026-03-01T11:00:00+01:00",
    "chargingRateUnit": "W",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 3700.5, "numberPhases": 1}],
}


@pytest.mark.parametrize(
    ("command", "answer", "result"),
    [
        (
            GetComposite(connector_id=ONE, duration_s=60),
            {"status": "Accepted", "schedule": COMPOSITE},
            Accepted(
                composite=CompositeSchedule(
                    start=datetime(2026, 3, 1, 10, tzinfo=UTC),
                    duration_s=600,
                    rate_unit=RateUnit.W,
                    periods=(SchedulePeriod(start_s=0, limit=3700.5, phase_count=1),),
                )
            ),
        ),
        (
            GetComposite(connector_id=ONE, duration_s=60),
            {"status": "Accepted", "schedule": COMPOSITE | {"chargingRateUnit": "VA"}},
            Accepted(reason="the schedule: rate unit 'VA' is not known"),
        ),
        (
            RemoteStart(id_token=IdToken("A"), request_id=1),
            {"status": "Accepted", "transactionId": "tx-1"},
            Accepted(transaction_station_id="tx-1"),
        ),
        (GetLocalListVersion(), {"versionNumber": 0}, Accepted(local_list_version=0)),
        (GetLocalListVersion(), {"versionNumber": "5"}, Accepted(local_list_version=5)),
        (LOG, {"status": "Accepted", "filename": "s.log"}, Accepted(file_name="s.log")),
        (
            GetTransactionStatus(),
            {"messagesInQueue": True},
            Accepted(transaction=TransactionStatus(ongoing=None, messages_in_queue=True)),
        ),
        (
            GetTransactionStatus(),
            {"messagesInQueue": False, "ongoingIndicator": True},
            Accepted(transaction=TransactionStatus(ongoing=True, messages_in_queue=False)),
        ),
        (
            SendVendorData(vendor="v"),
            {"status": "Accepted", "data": {"a": 1}},
            Accepted(data='{"a":1}'),
        ),
        (
            SendVendorData(vendor="v"),
            {"status": "Rejected", "data": "busy"},
            Rejected(status="Rejected", reason='"busy"'),
        ),
        (
            GetInstalledCertificates(),
            {
                "status": "Accepted",
                "certificateHashDataChain": [
                    {
                        "certificateHashData": WIRE_HASH,
                        "certificateType": "V2GCertificateChain",
                        "childCertificateHashData": [WIRE_HASH],
                    },
                    {"certificateHashData": WIRE_HASH, "certificateType": "Odd"},
                ],
            },
            Accepted(
                certificates=(
                    InstalledCertificate(use=CertificateUse.V2G_CHAIN, hash=HASH),
                    InstalledCertificate(use=CertificateUse.V2G_CHAIN, hash=HASH),
                    InstalledCertificate(use=None, hash=HASH),
                )
            ),
        ),
        (
            SendRaw(action="ClearVariableMonitoring", payload='{"id":[1]}'),
            {"clearMonitoringResult": [{"status": "Accepted", "id": 1}]},
            Accepted(data='{"clearMonitoringResult":[{"status":"Accepted","id":1}]}'),
        ),
        (
            SendRaw(action="GetMonitoringReport", payload='{"requestId":1}'),
            {"status": "EmptyResultSet"},
            Accepted(status="EmptyResultSet", data='{"status":"EmptyResultSet"}'),
        ),
        (
            SendRaw(action="GetChargingProfiles", payload="{}"),
            {"status": "NoProfiles"},
            Accepted(status="NoProfiles", data='{"status":"NoProfiles"}'),
        ),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_charger_adds_to_its_word_is_kept(
    version: str, command: Command, answer: dict[str, Any], result: CommandResult
) -> None:
    assert result == answered(version, command, answer)


def test_a_running_total_has_an_answer_without_fields() -> None:
    command = next(command for command, _, _ in SAID if isinstance(command, UpdateCost))

    assert Accepted() == answered("ocpp2.1", command, {})


EVERY = [
    *(("ocpp2.0.1", command, action) for command, action in COMMANDS_OF),
    *(("ocpp2.1", command, action) for command, action in COMMANDS_OF),
    *(("ocpp2.1", command, action) for command, action, _ in SAID_21),
]


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(st.data())
def test_every_answer_that_a_schema_allows_is_read(data: st.DataObject) -> None:
    version, command, action = data.draw(st.sampled_from(EVERY))
    answer = data.draw(allowed_by(SCHEMAS_OF[version].response(action)))

    assert isinstance(answered(version, command, answer), Accepted | Rejected | Unsupported)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(st.data())
def test_an_answer_may_be_anything_and_is_read_or_told_to_be_unreadable(
    data: st.DataObject,
) -> None:
    version, command, action = data.draw(st.sampled_from(EVERY))
    answer = data.draw(mutated(allowed_by(SCHEMAS_OF[version].response(action))))

    assert not isinstance(answered(version, command, answer), TimedOut | Offline)


def test_the_names_of_variables_survive_the_wire() -> None:
    name = VariableName.parse("Connector[a]@2/1.Available[b]")
    command = GetVariables(variables=(VariableQuery(name=name),))
    wire = {
        "component": {"name": "Connector", "instance": "a", "evse": {"id": 2, "connectorId": 1}},
        "variable": {"name": "Available", "instance": "b"},
    }
    result = answered(
        "ocpp2.1", command, {"getVariableResult": [variable(wire, "Accepted", attributeValue=True)]}
    )

    assert (
        Accepted(variables=(VariableResult(name=name, status="Accepted", value="true"),)) == result
    )
    assert ConnectorId(2) == name.connector_id

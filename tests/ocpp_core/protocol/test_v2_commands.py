"""Our commands in OCPP 2.0.1 and 2.1: each becomes what its schema allows, or words why not."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from ocpp_core.domain.commands import (
    Accepted,
    CertificateUse,
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    ClearProfile,
    Command,
    GetBaseReport,
    GetConfiguration,
    GetDiagnostics,
    GetProfiles,
    GetReport,
    GetTransactionStatus,
    GetVariables,
    InstallCertificate,
    LocalListEntry,
    Rejected,
    RemoteStart,
    RemoteStop,
    SendLocalList,
    SendRaw,
    SetProfile,
    SetVariables,
    TriggerMessage,
    UnlockConnector,
    Unsupported,
    UpdateCost,
    UpdateDynamicSchedule,
    UsePriorityCharging,
)
from ocpp_core.domain.ids import IdToken, MessageId, TransactionId
from ocpp_core.domain.profile import ProfilePurpose
from ocpp_core.protocol.envelope import CallError
from ocpp_core.protocol.translator import EncodedCall
from ocpp_core.protocol.v21.commands import COMMANDS as COMMANDS_21
from ocpp_core.protocol.v201.commands import COMMANDS, OTHER_WAYS
from ocpp_core.protocol.versions import translator_for
from tests.ocpp_core.protocol.commands import commands
from tests.ocpp_core.protocol.names import NO_NAMES, Names
from tests.ocpp_core.protocol.said_v2 import (
    FIRMWARE,
    LOG,
    NAMES,
    NETWORK,
    NOW,
    ONE,
    SAID,
    SAID_21,
    SCHEMAS_OF,
    TX,
    VERSIONS,
    WHOLE,
)


def encoded(version: str, command: Command, names: Names = NAMES) -> EncodedCall | Unsupported:
    return translator_for(version).encode_command(command, names)


@pytest.mark.parametrize(
    ("version", "command", "action", "payload"),
    [(version, *said) for version in VERSIONS for said in SAID]
    + [("ocpp2.1", *said) for said in SAID_21],
)
def test_each_command_is_written_as_2_x_spells_it(
    version: str, command: Command, action: str, payload: dict[str, Any]
) -> None:
    call = encoded(version, command)

    assert isinstance(call, EncodedCall), call
    assert (action, payload) == (call.action, json.loads(call.payload))


def test_every_command_is_said_or_another_way_is_named() -> None:
    every = set(Command.__value__.__args__) - {SendRaw}

    assert every == COMMANDS.keys() | OTHER_WAYS.keys()
    assert every == COMMANDS_21.keys()
    assert every == {type(command) for command, _, _ in (*SAID, *SAID_21)} - {SendRaw} | {
        SetProfile
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (RemoteStop(transaction_id=TransactionId(8)), "calls transaction 8 is not known"),
        (GetTransactionStatus(transaction_id=TransactionId(8)), "calls transaction 8"),
        (UpdateCost(transaction_id=TransactionId(8), total_cost=Decimal(1)), "calls transaction 8"),
        (GetConfiguration(), "GetBaseReport asks for all"),
        (GetConfiguration(keys=("BlinkRepeat",)), "no setting 'BlinkRepeat'"),
        (ChangeConfiguration(key="BlinkRepeat", value="1"), "name it as Component.Variable"),
        (GetVariables(variables=()), "no variable is named"),
        (SetVariables(variables=()), "no variable is named"),
        (ClearProfile(), "clears what is named"),
        (GetProfiles(request_id=1, profile_ids=(1,), stack_level=0), "not by both"),
        (ClearProfile(profile_id=1, connector_id=ONE), "not by both"),
        (ClearProfile(purpose=ProfilePurpose.EXTERNAL_CONSTRAINTS), "who clears them (K10.FR.06)"),
        (SendLocalList(version=0), "greater than 0"),
        (
            SendLocalList(
                version=1, entries=(LocalListEntry(id_token=IdToken("A"), status=None),)
            ),
            "a full list has a state",
        ),
        (InstallCertificate(use=CertificateUse.V2G_CHAIN, certificate_pem="x"), "certificateType"),
        (replace(NETWORK, interface="Wired9"), "connectionData.ocppInterface"),
        (replace(NETWORK, url="x" * 2001), "connectionData.ocppCsmsUrl has 2001 characters"),
        (UnlockConnector(connector_id=WHOLE), "one connector"),
        (ChangeAvailability(connector_id=WHOLE, operative=True, plug_id=1), "one of an EVSE"),
        (GetReport(criteria=("Odd",), request_id=1), "componentCriteria"),
        (RemoteStart(id_token=IdToken("x" * 256), request_id=1), "idToken has 256 characters"),
        (SendRaw(action="MakeCoffee", payload="{}"), "has no 'MakeCoffee'"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_told_in_words_and_not_sent(
    version: str, command: Command, words: str
) -> None:
    refused = encoded(version, command)

    assert isinstance(refused, Unsupported), refused
    assert words in refused.reason


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (RemoteStart(id_token=IdToken("x" * 37), request_id=1), "37 characters where 36"),
        (RemoteStart(id_token=IdToken("A"), token_type="VIN", request_id=1), "idToken.type"),
        (TriggerMessage(message="MyOwn"), "MyOwn cannot be triggered in OCPP 2.0.1"),
        (replace(NETWORK, ocpp_version="OCPP21"), "connectionData.ocppVersion"),
        (InstallCertificate(use=CertificateUse.OEM_ROOT, certificate_pem="x"), "certificateType"),
        (UpdateDynamicSchedule(profile_id=1, limit=6.0), "has no UpdateDynamicSchedule: "),
        (UsePriorityCharging(transaction_id=TX, activate=True), "has no UsePriorityCharging: "),
        (SendRaw(action="GetTariffs", payload='{"evseId":0}'), "OCPP 2.0.1 has no 'GetTariffs'"),
    ],
)
def test_what_only_2_1_knows_is_not_sent_in_2_0_1(command: Command, words: str) -> None:
    refused = encoded("ocpp2.0.1", command)

    assert isinstance(refused, Unsupported), refused
    assert words in refused.reason
    assert isinstance(encoded("ocpp2.1", command), EncodedCall)


def test_an_update_of_nothing_is_not_sent() -> None:
    assert isinstance(encoded("ocpp2.1", UpdateDynamicSchedule(profile_id=1)), Unsupported)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "command",
    [
        RemoteStart(id_token=IdToken("A")),
        GetBaseReport(),
        GetReport(),
        GetProfiles(),
        replace(FIRMWARE, request_id=None),
        replace(LOG, request_id=None),
        GetDiagnostics(location="ftp://x"),
    ],
)
def test_a_request_without_its_number_is_the_servers_fault(version: str, command: Command) -> None:
    with pytest.raises(ValueError, match="number"):
        encoded(version, command)


def numbered(command: Command) -> Command:
    if getattr(command, "request_id", 0) is None:
        return replace(command, request_id=1)  # type: ignore[arg-type]
    return command


@pytest.mark.parametrize("version", VERSIONS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(command=commands(*sorted(COMMANDS_21, key=lambda kind: kind.__name__)))
def test_every_frame_that_is_written_passes_its_schema(version: str, command: Command) -> None:
    try:
        call = encoded(version, numbered(command), Names({0: "a", 1: "b", 2: "c"}))
    except ValueError:
        return  # a limit below 0, say: nothing that a charger could be told
    if isinstance(call, Unsupported):
        assert call.reason
        return
    judge = jsonschema_rs.Draft6Validator(SCHEMAS_OF[version].request(call.action))

    assert [] == [error.message for error in judge.iter_errors(json.loads(call.payload))]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("code", ["NotImplemented", "NotSupported", "notSupported"])
def test_a_charger_that_does_not_know_a_message_makes_it_unsupported(
    version: str, code: str
) -> None:
    error = CallError(MessageId("1"), code, "no such thing", "{}")

    assert Unsupported(reason=f"{code}: no such thing") == translator_for(version).decode_error(
        error
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "code",
    [
        "FormatViolation", "FormationViolation", "OccurrenceConstraintViolation",
        "OccurenceConstraintViolation", "InternalError", "SecurityError", "RpcFrameworkError",
        "MessageTypeNotSupported", "MyOwnError",
    ],
)  # fmt: skip
def test_every_other_code_is_a_refusal_however_it_is_spelled(version: str, code: str) -> None:
    assert Rejected(status=code, reason="so") == translator_for(version).decode_error(
        CallError(MessageId("1"), code, "so")
    )


def test_names_are_only_asked_where_a_transaction_is_named() -> None:
    call = translator_for("ocpp2.0.1").encode_command(ClearCache(), NO_NAMES)

    assert EncodedCall(action="ClearCache", payload=b"{}") == call
    assert Accepted() == translator_for("ocpp2.0.1").decode_answer(
        ClearCache(), msgspec.Raw(b'{"status":"ACCEPTED"}'), NOW
    )

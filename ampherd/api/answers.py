"""What the API answers beyond the views of the domain."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, assert_never

import msgspec
from fastapi import Response
from pydantic import BaseModel, Field

from ocpp_core.domain.commands import (
    Accepted,
    CommandResult,
    ConfigurationEntry,
    InstalledCertificate,
    Offline,
    Rejected,
    TimedOut,
    TransactionStatus,
    Unsupported,
)
from ocpp_core.domain.events import BootStatus
from ocpp_core.domain.profile import CompositeSchedule
from ocpp_core.domain.variables import VariableAttribute, VariableResult
from ocpp_core.domain.view import ChargePointView, ConnectorView, SessionView
from ocpp_core.protocol.secrets import result_without_secrets


class ResultName(StrEnum):
    """How a command ended."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TIMED_OUT = "timed-out"
    UNSUPPORTED = "unsupported"
    OFFLINE = "offline"


class VariableAnswer(BaseModel):
    """How reading or setting one variable ended."""

    name: str
    attribute: VariableAttribute
    status: str
    value: str | None = None
    reason: str | None = None


class CommandAnswer(BaseModel):
    """How a command ended; a charger's refusal is an answer, not an error."""

    result: ResultName
    status: str | None = Field(default=None, description="The charger's own word.")
    reason: str | None = None
    after_s: float | None = Field(default=None, description="Timed out after this many seconds.")
    sent: bool | None = Field(
        default=None, description="Offline: whether the charger may have acted."
    )
    composite: CompositeSchedule | None = None
    configuration: tuple[ConfigurationEntry, ...] | None = None
    unknown_keys: tuple[str, ...] | None = None
    local_list_version: int | None = Field(
        default=None, description="0: the list is empty; -1: the charger keeps none."
    )
    certificates: tuple[InstalledCertificate, ...] | None = None
    file_name: str | None = Field(default=None, description="Of the file that it will upload.")
    variables: tuple[VariableAnswer, ...] | None = None
    transaction: TransactionStatus | None = None
    data: str | None = Field(
        default=None, description="JSON text: what a vendor or the answer to send-raw says."
    )


class RegistrationAnswer(BaseModel):
    """What the boots of a charger are answered from now on."""

    status: BootStatus
    trigger: CommandAnswer | None = Field(
        default=None, description="How a charger that waited took the request to boot now."
    )


class OpenSessionsAnswer(BaseModel):
    """A session that runs, and where."""

    connector: str
    state: str
    power_w: float
    session: SessionView


class Done(BaseModel):
    """The request was carried out."""

    ok: bool = True


class ChargePointAnswer(BaseModel):
    """A charger with its connectors."""

    charge_point: ChargePointView
    connectors: tuple[ConnectorView, ...]


def command_answer(result: CommandResult) -> CommandAnswer:
    """Say how a command ended; secret settings are masked."""
    result = result_without_secrets(result)
    match result:
        case Accepted():
            return CommandAnswer(
                result=ResultName.ACCEPTED,
                status=result.status,
                reason=result.reason or None,
                composite=result.composite,
                configuration=result.configuration or None,
                unknown_keys=result.unknown_keys or None,
                local_list_version=result.local_list_version,
                certificates=result.certificates or None,
                file_name=result.file_name or None,
                variables=_variables(result.variables),
                transaction=result.transaction,
                data=result.data or None,
            )
        case Rejected():
            return CommandAnswer(
                result=ResultName.REJECTED,
                status=result.status,
                reason=result.reason,
                variables=_variables(result.variables),
            )
        case TimedOut():
            return CommandAnswer(result=ResultName.TIMED_OUT, after_s=result.after_s)
        case Unsupported():
            return CommandAnswer(result=ResultName.UNSUPPORTED, reason=result.reason)
        case Offline():
            return CommandAnswer(
                result=ResultName.OFFLINE, sent=result.sent, reason=result.reason or None
            )
        case _:
            assert_never(result)


def _variables(results: tuple[VariableResult, ...]) -> tuple[VariableAnswer, ...] | None:
    return (
        tuple(
            VariableAnswer(
                name=str(one.name),
                attribute=one.attribute,
                status=one.status,
                value=one.value,
                reason=one.reason or None,
            )
            for one in results
        )
        or None
    )


def as_json(value: Any, status: int = 200) -> Response:
    """Answer with a domain view, encoded by msgspec: no second model, no copy."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")

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
    Offline,
    Rejected,
    TimedOut,
    Unsupported,
)
from ocpp_core.domain.profile import CompositeSchedule
from ocpp_core.domain.view import ChargePointView, ConnectorView, SessionView


class ResultName(StrEnum):
    """How a command ended."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TIMED_OUT = "timed-out"
    UNSUPPORTED = "unsupported"
    OFFLINE = "offline"


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
    """Say how a command ended."""
    match result:
        case Accepted():
            return CommandAnswer(
                result=ResultName.ACCEPTED,
                status=result.status,
                composite=result.composite,
                configuration=result.configuration or None,
                unknown_keys=result.unknown_keys or None,
            )
        case Rejected():
            return CommandAnswer(
                result=ResultName.REJECTED, status=result.status, reason=result.reason
            )
        case TimedOut():
            return CommandAnswer(result=ResultName.TIMED_OUT, after_s=result.after_s)
        case Unsupported():
            return CommandAnswer(result=ResultName.UNSUPPORTED, reason=result.reason)
        case Offline():
            return CommandAnswer(result=ResultName.OFFLINE, sent=result.sent)
        case _:
            assert_never(result)


def as_json(value: Any, status: int = 200) -> Response:
    """Answer with a domain view, encoded by msgspec: no second model, no copy."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")

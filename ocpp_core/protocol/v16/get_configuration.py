"""GetConfiguration (OCPP 1.6 section 5.8)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import (
    Accepted,
    CommandResult,
    ConfigurationEntry,
    GetConfiguration,
)
from ocpp_core.protocol.message import Answer, Outbound


class KeyValue(Answer, frozen=True):
    """One key; values longer than OCPP allows, or that are no strings, are taken."""

    key: str
    readonly: bool = False
    value: str | float | bool | None = None


class Response(Answer, frozen=True):
    """What the charger is set to."""

    configuration_key: list[KeyValue] | None = None
    unknown_key: list[str] | None = None


def to_request(command: GetConfiguration) -> requests.GetConfiguration:
    """Write which keys; none named asks for all."""
    return requests.GetConfiguration(key=list(command.keys) or None)


def to_result(answer: Response, command: GetConfiguration, received_at: datetime) -> CommandResult:
    """Read the keys."""
    del command, received_at
    return Accepted(
        configuration=tuple(
            ConfigurationEntry(
                key=entry.key,
                value=entry.value if isinstance(entry.value, str | None) else _text(entry.value),
                readonly=entry.readonly,
            )
            for entry in answer.configuration_key or ()
        ),
        unknown_keys=tuple(answer.unknown_key or ()),
    )


def _text(value: float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


MESSAGE = Outbound("GetConfiguration", GetConfiguration, to_request, Response, to_result)

"""Messages as they may be kept: without secret values (quirk res-config-vendor-keys).

Knows where each version puts a setting: 1.6 `key` and `value`; 2.x `variable.name` with
`attributeValue` or `variableAttribute`; and the plain fields of SetNetworkProfile.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from ocpp_core.domain.commands import (
    Accepted,
    ChangeConfiguration,
    Command,
    CommandResult,
    ConfigurationEntry,
    GetDiagnostics,
    GetLog,
    SendRaw,
    SendVendorData,
    SetVariables,
    UpdateFirmware,
    VariableValue,
)
from ocpp_core.domain.events import DomainEvent, SettingsReported
from ocpp_core.domain.secrecy import MASK, is_secret
from ocpp_core.domain.variables import VariableReport, VariableResult

_SUSPECT = re.compile(
    r'(?:key|passphrase|password|pin|psk|pwd|secret|token)[\d\[\]_. -]*\\?"|://[^/"\s]*@',
    re.IGNORECASE,
)
"""Text that may hold a secret; most frames end here."""
_USER_IN_URL = re.compile(r"(://)[^/@\s\"]+@")
_LOOSE = re.compile(
    r'("(?:value|attributeValue|[^"]*(?:password|passphrase|pin|psk|pwd|secret))"\s*:\s*)"(?:\\.|[^"\\])*("|$)',
    re.IGNORECASE,
)
"""In text that is no JSON: the value of anything that may be one."""
_QUOTED = re.compile(r"""'[^']*'|"[^"]*"|\d{4,}""")
"""What words about a frame take from it."""
_FIELD_ENDS = ("passphrase", "password", "pin", "psk", "pwd", "secret")
"""Fields that hold a secret themselves; `key` and `idToken` are names of other things."""
_VALUES = ("value", "attributeValue")


def frame_without_secrets(text: str) -> str:
    """Return a frame with secret values masked; the text itself when there are none."""
    if _SUSPECT.search(text) is None:
        return text
    try:
        frame = json.loads(text)
    except ValueError:
        return _LOOSE.sub(rf'\1"{MASK}"', _USER_IN_URL.sub(rf"\1{MASK}@", text))
    masked = _masked(frame, "")
    if masked == frame:
        return text
    return json.dumps(masked, ensure_ascii=False, separators=(",", ":"))


def words_without_secrets(words: str, text: str) -> str:
    """Return words about a frame as they may be kept: where it holds a secret, without quotes."""
    if frame_without_secrets(text) == text:
        return words
    return _QUOTED.sub(MASK, words)


def command_without_secrets(command: Command) -> Command:
    """Return a command as it may be kept."""
    match command:
        case ChangeConfiguration(key=key) if is_secret(key):
            return replace(command, value=MASK)
        case SetVariables(variables=variables):
            return replace(command, variables=tuple(_setting(one) for one in variables))
        case GetDiagnostics() | GetLog() | UpdateFirmware():
            return replace(command, location=_USER_IN_URL.sub(rf"\1{MASK}@", command.location))
        case SendRaw():
            return replace(command, payload=frame_without_secrets(command.payload))
        case SendVendorData():
            return replace(command, data=frame_without_secrets(command.data))
        case _:
            return command


def result_without_secrets(result: CommandResult) -> CommandResult:
    """Return a result as it may be kept and shown."""
    if not isinstance(result, Accepted) or not (
        result.configuration or result.variables or result.data
    ):
        return result
    return replace(
        result,
        configuration=tuple(_setting(one) for one in result.configuration),
        variables=tuple(_setting(one) for one in result.variables),
        data=frame_without_secrets(result.data),
    )


def event_without_secrets(event: DomainEvent) -> DomainEvent:
    """Return what a charger told as it may be kept."""
    if not isinstance(event, SettingsReported):
        return event
    return replace(event, variables=tuple(_setting(one) for one in event.variables))


def _setting[S: (ConfigurationEntry, VariableReport, VariableResult, VariableValue)](
    setting: S,
) -> S:
    named: ConfigurationEntry | VariableReport | VariableResult | VariableValue = setting
    name = named.key if isinstance(named, ConfigurationEntry) else named.name.variable
    return replace(setting, value=MASK) if setting.value and is_secret(name) else setting


def _masked(value: Any, field: str) -> Any:
    match value:
        case dict():
            return _object(value, field)
        case list():
            return [_masked(item, field) for item in value]
        case str() if value.lstrip()[:1] in {"{", "["}:
            return frame_without_secrets(value)  # JSON in a text, as vendors send it (DataTransfer)
        case str():
            return _USER_IN_URL.sub(rf"\1{MASK}@", value)
        case _:
            return value


def _object(value: dict[str, Any], field: str) -> dict[str, Any]:
    setting = value.get("key")
    variable = value.get("variable")
    if isinstance(variable, dict):
        setting = variable.get("name")
    secret = isinstance(setting, str) and is_secret(setting)
    return {
        name: _hidden(inner)
        if (secret and name in _VALUES)
        or name.casefold().endswith(_FIELD_ENDS)
        or (field == "vpn" and name == "key")
        else [_attribute(item) for item in inner]
        if secret and name == "variableAttribute" and isinstance(inner, list)
        else _masked(inner, name)
        for name, inner in value.items()
    }


def _attribute(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return {name: _hidden(inner) if name == "value" else inner for name, inner in item.items()}


def _hidden(value: Any) -> Any:
    """Mask what is there: an empty value tells that none is set, which is worth keeping."""
    return value if value is None or value == "" else MASK

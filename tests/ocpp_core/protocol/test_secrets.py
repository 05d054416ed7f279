"""Secrets leave no trace in what is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.commands import (
    Accepted,
    ChangeConfiguration,
    Command,
    ConfigurationEntry,
    GetDiagnostics,
    SendRaw,
    SendVendorData,
    SetVariables,
    VariableValue,
)
from ocpp_core.domain.secrecy import MASK, is_secret
from ocpp_core.domain.variables import VariableName, VariableResult
from ocpp_core.protocol.secrets import (
    command_without_secrets,
    frame_without_secrets,
    result_without_secrets,
    words_without_secrets,
)

SECRET = "s3cr3t-Value"
FRAMES: dict[str, Any] = {
    "1.6 ChangeConfiguration": [
        2, "a", "ChangeConfiguration", {"key": "AuthorizationKey", "value": SECRET},
    ],
    "quirk res-config-vendor-keys": [3, "a", {"configurationKey": [
        {"key": "G_MaxCurrent", "value": "32.00", "readonly": False},
        {"key": "G_CardPin", "value": SECRET, "readonly": False},
    ]}],
    "a number as secret": [3, "a", {"configurationKey": [{"key": "Pin_2", "value": 918273}]}],
    "2.x SetVariables": [2, "a", "SetVariables", {"setVariableData": [{
        "component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"},
        "attributeValue": SECRET,
    }]}],
    "2.x NotifyReport": [2, "a", "NotifyReport", {"reportData": [{
        "variable": {"name": "ApiToken"}, "variableAttribute": [{"value": SECRET}],
    }]}],
    "2.x SetNetworkProfile": [2, "a", "SetNetworkProfile", {"connectionData": {
        "basicAuthPassword": SECRET,
        "vpn": {"user": "u", "password": SECRET, "key": SECRET},
        "apn": {"apnPassword": SECRET, "simPin": 918273},
    }}],
    "user in a URL": [2, "a", "GetDiagnostics", {"location": f"ftp://me:{SECRET}@host/path"}],
}  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_a_secret_is_not_kept_and_the_rest_is(frame: Any) -> None:
    kept = frame_without_secrets(json.dumps(frame))

    assert SECRET not in kept
    assert "918273" not in kept
    assert MASK in kept
    assert json.loads(kept)[:2] == frame[:2]


def test_what_is_not_secret_is_kept_word_for_word() -> None:
    frame = '[3, "a", {"configurationKey": [{"key": "HeartbeatInterval", "value": "300"}]}]'

    assert frame == frame_without_secrets(frame)


@pytest.mark.parametrize(
    "text",
    [
        f'[3,"a",{{"configurationKey":[{{"key":"G_CardPin","value":"{SECRET}"',
        f'[3,"a",{{"configurationKey":[{{"key":"G_CardPin","value":"{SECRET}',
        f'[2,"a","X",{{"basicAuthPassword":"{SECRET}"',
    ],
)
def test_a_frame_that_is_no_json_is_masked_with_a_broad_brush(text: str) -> None:
    assert SECRET not in frame_without_secrets(text)


def test_an_empty_secret_tells_that_none_is_set() -> None:
    frame = '[3,"a",{"configurationKey":[{"key":"AuthorizationKey","value":""}]}]'

    assert frame == frame_without_secrets(frame)


@pytest.mark.parametrize("quote", ["'", '"'])
def test_words_about_a_frame_do_not_quote_its_secret(quote: str) -> None:
    frame = f'[3,"a",{{"configurationKey":[{{"key":"G_CardPin","value":"{SECRET}"}}]}}]'
    words = f"value: {quote}{SECRET}{quote} is too long"

    assert f"value: {MASK} is too long" == words_without_secrets(words, frame)
    assert words == words_without_secrets(words, '[3,"a",{}]')


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assert isinstance(frame_without_secrets(text), str)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("AuthorizationKey", True), ("G_CardPin", True), ("wifi_password", True), ("Pin_2", True),
        ("HeartbeatInterval", False), ("ConnectorPhaseRotation", False), ("G_ServerURL", False),
    ],
)  # fmt: skip
def test_a_name_tells_whether_it_is_secret(name: str, secret: bool) -> None:
    assert secret == is_secret(name)


PASSWORD = VariableName(component="SecurityCtrlr", variable="BasicAuthPassword")


@pytest.mark.parametrize(
    "command",
    [
        ChangeConfiguration(key="AuthorizationKey", value=SECRET),
        SetVariables(variables=(VariableValue(name=PASSWORD, value=SECRET),)),
        GetDiagnostics(location=f"sftp://me:{SECRET}@host/path"),
        SendRaw(action="X", payload=f'{{"password": "{SECRET}"}}'),
        SendVendorData(vendor="v", data=f'{{"key": "pin", "value": "{SECRET}"}}'),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_command_is_kept_without_its_secret(command: Command) -> None:
    kept = command_without_secrets(command)

    assert type(kept) is type(command)
    assert SECRET not in repr(kept)
    assert MASK in repr(kept)


def test_a_result_is_kept_without_secrets_and_with_all_else() -> None:
    result = Accepted(
        configuration=(
            ConfigurationEntry(key="G_CardPin", value=SECRET, readonly=False),
            ConfigurationEntry(key="G_MaxCurrent", value="32.00", readonly=False),
        ),
        variables=(VariableResult(name=PASSWORD, status="Accepted", value=SECRET),),
        data=f'{{"secret": "{SECRET}"}}',
    )
    kept = result_without_secrets(result)

    assert SECRET not in repr(kept)
    assert isinstance(kept, Accepted)
    assert "32.00" == kept.configuration[1].value


def test_json_in_a_text_is_masked_as_json_is() -> None:
    """Vendors send objects as the data of DataTransfer, which is a text in OCPP 1.6."""
    told = json.dumps({"password": "of long ago", "volts": [230, "[1]"]})
    frame = json.dumps([2, "m", "DataTransfer", {"vendorId": "V", "data": told}])
    kept = json.loads(frame_without_secrets(frame))

    assert {"password": MASK, "volts": [230, "[1]"]} == json.loads(kept[3]["data"])

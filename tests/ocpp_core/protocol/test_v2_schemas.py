"""Both versions of OCPP 2 against their JSON schemas: what is taken, what is written."""

from __future__ import annotations

import types
from functools import cache
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocpp_core.protocol.faults import Refusal
from ocpp_core.protocol.schemas import Schema
from ocpp_core.protocol.translator import Decoded
from ocpp_core.protocol.v21.translator import TRANSLATOR as V21
from ocpp_core.protocol.v201.message import Wire
from ocpp_core.protocol.v201.translator import TRANSLATOR as V201
from tests.ocpp_core.protocol.payloads import payloads, spoilt
from tests.ocpp_core.protocol.v2 import decode

VERSIONS = {"2.0.1": V201, "2.1": V21}
MESSAGES = [(name, action) for name, version in VERSIONS.items() for action in version.actions]

slow_to_draw = settings(
    max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@cache
def of_schema(name: str, action: str) -> st.SearchStrategy[Any]:
    return payloads(VERSIONS[name].schemas.request(action))


@pytest.mark.parametrize(("name", "action"), MESSAGES)
def test_structures_have_the_fields_of_the_schema(name: str, action: str) -> None:
    version = VERSIONS[name]

    compare(version.actions[action].request, version.schemas.request(action), action)


def compare(structure: type[Any], schema: Schema, where: str) -> None:
    """Compare all structures that refuse fields they do not know, and what they hold."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(structure)}
    properties = schema.get("properties", {})
    needed = {name for name, field in fields.items() if field.required}

    assert set(properties) == set(fields), where
    assert needed <= set(schema.get("required", ())), where
    for name, sub in properties.items():
        inner = sub.get("items", {}) if sub.get("type") == "array" else sub
        for part in structures_in(fields[name].type):
            compare(part, inner, f"{where}.{name}")


def structures_in(kind: Any) -> list[type[Any]]:
    if get_origin(kind) in (Union, types.UnionType, list):
        return [part for arg in get_args(kind) for part in structures_in(arg)]
    return [kind] if isinstance(kind, type) and issubclass(kind, Wire) else []


@pytest.mark.parametrize(("name", "action"), MESSAGES)
@slow_to_draw
@given(data=st.data())
def test_what_the_schema_allows_is_taken(name: str, action: str, data: st.DataObject) -> None:
    payload = data.draw(of_schema(name, action))
    decoded = decode(VERSIONS[name], action, payload)

    assert isinstance(decoded, Decoded), (payload, decoded)


@pytest.mark.parametrize(("name", "action"), MESSAGES)
@slow_to_draw
@given(data=st.data())
def test_what_is_spoilt_is_taken_or_refused(name: str, action: str, data: st.DataObject) -> None:
    payload = spoilt(data.draw(of_schema(name, action)), data)

    assert isinstance(decode(VERSIONS[name], action, payload), Decoded | Refusal)

"""Payloads made from the JSON schemas of OCPP, right ones and spoilt ones."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import strategies as st

from ocpp_core.protocol.schemas import Schema

LARGEST = 2**31 - 1

times = st.sampled_from(
    [
        "2026-03-01T10:00:00Z",
        "2026-03-01T11:00:00.123+01:00",
        "2026-03-01T10:00:00",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
    ]
)
texts = st.text(string.ascii_letters + string.digits + " .-_äß", min_size=1, max_size=12)
numbers = st.integers(-1000, 10**9) | st.floats(-1000, 10**9, allow_nan=False)
custom = st.fixed_dictionaries({"vendorId": texts}, optional={"x": st.integers() | st.none()})

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


def payloads(schema: Schema) -> st.SearchStrategy[Any]:
    """Return payloads that a schema allows; whole numbers are not negative."""
    match schema.get("type"):
        case "object":
            return _objects(schema)
        case "array":
            low = max(1, int(schema.get("minItems", 1)))
            high = min(low + 1, int(schema.get("maxItems", low + 1)))
            return st.lists(payloads(schema.get("items", {})), min_size=low, max_size=high)
        case "integer":
            high = int(schema.get("maximum", LARGEST))
            return st.integers(max(0, int(schema.get("minimum", 0))), high)
        case "number":
            if "maximum" in schema or "minimum" in schema:
                least = float(schema.get("minimum", -1000))
                return st.floats(least, float(schema.get("maximum", 1000)), allow_nan=False)
            return numbers
        case "boolean":
            return st.booleans()
        case "string":
            if "enum" in schema:
                return st.sampled_from(schema["enum"])
            if schema.get("format") == "date-time":
                return times
            limit = int(schema.get("maxLength", 12))
            return texts.map(lambda text: text[:limit])
        case _:
            return json_values


def _objects(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    required = set(schema.get("required", ()))
    fields = {
        name: custom if name == "customData" else payloads(sub)
        for name, sub in schema.get("properties", {}).items()
    }
    return st.fixed_dictionaries(
        {name: field for name, field in fields.items() if name in required},
        optional={name: field for name, field in fields.items() if name not in required},
    )


def spoilt(payload: Any, data: st.DataObject) -> Any:
    """Return the payload with one part of it put out of order."""
    if isinstance(payload, dict) and payload and data.draw(st.integers(0, 3)):
        name = data.draw(st.sampled_from(sorted(payload)))
        return payload | {name: spoilt(payload[name], data)}
    if isinstance(payload, list) and payload and data.draw(st.integers(0, 3)):
        at = data.draw(st.integers(0, len(payload) - 1))
        return [*payload[:at], spoilt(payload[at], data), *payload[at + 1 :]]
    if isinstance(payload, dict) and payload and data.draw(st.booleans()):
        gone = data.draw(st.sampled_from(sorted(payload)))
        return {name: value for name, value in payload.items() if name != gone}
    return data.draw(json_values)

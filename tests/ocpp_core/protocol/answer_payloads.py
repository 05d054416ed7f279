"""Random answers that a JSON schema of OCPP allows, and what becomes of them on a bad day."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_INSTANTS = st.sampled_from(
    ["2026-03-01T10:05:00Z", "2026-03-01T10:05:00.5+01:00", "1970-01-01T00:00:00Z"]
)
_PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
_ANYTHING = st.recursive(
    _PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


def allowed_by(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return every payload of a schema whose references are written out."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            required = set(schema.get("required", ()))
            return st.fixed_dictionaries(
                {name: allowed_by(properties[name]) for name in required},
                optional={
                    name: allowed_by(inner)
                    for name, inner in properties.items()
                    if name not in required
                },
            )
        case "array":
            return st.lists(
                allowed_by(schema["items"]),
                min_size=schema.get("minItems", 0),
                max_size=min(schema.get("maxItems", 3), 3),
            )
        case "integer":
            return st.integers(schema.get("minimum", -(2**31)), schema.get("maximum", 2**31 - 1))
        case "number":
            return st.floats(
                schema.get("minimum", -1e9), schema.get("maximum", 1e9), allow_nan=False
            )
        case "boolean":
            return st.booleans()
        case "string" if schema.get("format") == "date-time":
            return _INSTANTS
        case "string":
            return st.text(max_size=min(schema.get("maxLength", 20), 20))
        case _:
            return _ANYTHING


@st.composite
def mutated(draw: st.DrawFn, payloads: st.SearchStrategy[Any]) -> Any:
    """Return a payload in which one to three places hold anything, are missing or spelled oddly."""
    payload = draw(payloads)
    for _ in range(draw(st.integers(1, 3))):
        payload = _spoiled(payload, draw)
    return payload


def _spoiled(value: Any, draw: st.DrawFn) -> Any:
    if isinstance(value, dict) and value and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 3)) == 0:
            return {name: inner for name, inner in value.items() if name != key}
        return value | {key: _spoiled(value[key], draw)}
    if isinstance(value, list) and value and draw(st.booleans()):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], _spoiled(value[place], draw), *value[place + 1 :]]
    if isinstance(value, str) and draw(st.booleans()):
        return value.swapcase()
    return draw(_ANYTHING)

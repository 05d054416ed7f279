"""The slow path: mend what is cosmetic in a payload, name what is not.

Runs only where typed decoding failed, so it may take its time. `Tolerance.read` walks the payload
along the version's JSON schema and mends spelling, types and shapes, each with a finding in words.
What remains is judged by the same schema without its cosmetic rules.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jsonschema_rs
import msgspec

from ocpp_core.protocol import wiretime
from ocpp_core.protocol.faults import Fault, Refusal

type Schema = dict[str, Any]

_COSMETIC = frozenset({"additionalProperties", "format", "maxLength", "minItems", "multipleOf"})
"""Rules whose breach never costs a message; mending and decoding look after them."""

_FAULT_OF = {
    "required": Fault.OCCURRENCE,
    "maxItems": Fault.OCCURRENCE,
    "type": Fault.TYPE,
    "enum": Fault.PROPERTY,
    "minimum": Fault.PROPERTY,
    "maximum": Fault.PROPERTY,
}
_GRAVITY = (Fault.OCCURRENCE, Fault.TYPE, Fault.PROPERTY)
"""Which of several faults is named: what is missing first."""


_PLACE = re.compile(r"at `\$(\S+)`$")
_STEP = re.compile(r"\w+")
"""Where a decoder's complaint points to, e.g. "at `$.meterValue[0].timestamp`"."""
MAX_LEFT_OUT = 50
"""Parts that decoding may complain of one by one before the message is refused."""
MAX_ITEMS = 10_000
"""List items of one payload; real ones are longer than 100 bytes, a frame is not above 1 MiB.

Beyond that, judging faults would hold everybody up: 300,000 faulty items took 8 s."""
MAX_DEPTH = 64
"""No message of OCPP is nested as deeply, and judges of schemas give up beyond 255."""
MAX_FINDINGS = 50
"""Findings of one payload that are told one by one; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A payload that can be decoded now."""

    payload: dict[str, Any]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The charitable reader of one message."""

    schema: Schema
    open_enums: frozenset[str] = frozenset()
    """Fields whose unknown values the decoder of the message understands or keeps raw."""
    rounded: frozenset[str] = frozenset()
    """Whole numbers that chargers send with decimals; rounded."""
    dispensable: frozenset[str] = frozenset()
    """Required fields that the decoder of the message can do without."""
    keeps: bool = False
    """Leave out what is faulty and not required rather than lose the message over it."""
    _relaxed: Schema = field(init=False, repr=False, compare=False)
    _judge: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        relaxed = _relaxed(self.schema, self.open_enums, self.dispensable)
        object.__setattr__(self, "_relaxed", relaxed)
        object.__setattr__(self, "_judge", jsonschema_rs.Draft4Validator(relaxed))

    def read(self, payload: Any, received_at: datetime) -> Mended | Refusal:
        """Mend `payload`, or say why it cannot be taken."""
        if not isinstance(payload, dict):
            return Refusal(fault=Fault.FORMATION, description="the payload must be a JSON object")
        if _has_more_items(payload, MAX_ITEMS):
            return Refusal(
                fault=Fault.OCCURRENCE, description=f"more than {MAX_ITEMS} list items, some faulty"
            )
        findings = _Findings()
        if _cut_off(payload, MAX_DEPTH):
            findings.add(f"nested more than {MAX_DEPTH} deep: what is below was ignored")
        mender = _Mender(self.rounded, received_at, findings)
        mended = mender.object(payload, self.schema, "")
        errors = list(self._judge.iter_errors(mended))
        if self.keeps:
            # What is left out may have been all that an object consisted of: judge again.
            while errors and _left_out(mended, self._relaxed, errors, findings):
                errors = list(self._judge.iter_errors(mended))
        if not errors:
            return Mended(payload=mended, findings=findings.told())
        faults = [
            (_FAULT_OF.get(str(error.schema_path[-1]), Fault.GENERIC), error) for error in errors
        ]
        fault, error = min(
            faults, key=lambda f: _GRAVITY.index(f[0]) if f[0] in _GRAVITY else len(_GRAVITY)
        )
        return Refusal(fault=fault, description=_in_words(error))

    def leave_out(self, payload: dict[str, Any], words: str) -> str | None:
        """Leave out what a decoder complains of in `words`; return the finding.

        None when nothing of this message may be left out, or that part is needed.
        """
        found = _PLACE.search(words)
        if not self.keeps or found is None:
            return None
        path = [int(step) if step.isdecimal() else step for step in _STEP.findall(found[1])]
        cut = _dispensable_part(path, self._relaxed)
        if cut is None:
            return None
        _take_out(payload, cut)
        return f"left out: {words}"


class _Findings:
    """What was odd, each kind once."""

    def __init__(self) -> None:
        self._words: dict[str, None] = {}
        self._more = 0

    def add(self, words: str) -> None:
        if words in self._words:
            return
        if len(self._words) < MAX_FINDINGS:
            self._words[words] = None
        else:
            self._more += 1

    def told(self) -> tuple[str, ...]:
        return (*self._words, f"and {self._more} more") if self._more else tuple(self._words)


@dataclass(frozen=True, slots=True)
class _Mender:
    rounded: frozenset[str]
    received_at: datetime
    findings: _Findings

    def object(self, value: dict[str, Any], schema: Schema, path: str) -> dict[str, Any]:
        properties: Schema = schema.get("properties", {})
        required = schema.get("required", ())
        spelled = {_fold(name): name for name in properties}
        mended: dict[str, Any] = {}
        for key, content in value.items():
            name = key
            if key not in properties:
                name = spelled.get(_fold(key), "")
                if not name:
                    self._find(f"field {_at(path, key[:60])} does not exist: ignored")
                    continue
                if name in value:
                    self._find(f"field {_at(path, key)} beside {name}: ignored")
                    continue
                self._find(f"field {_at(path, key)} read as {name}")
            if content is None and name not in required:
                self._find(f"field {_at(path, name)} is null: ignored")
                continue
            if name not in required and _is_empty_where_meaningless(content, properties[name]):
                self._find(f"field {_at(path, name)} is empty: ignored")
                continue
            mended[name] = self._value(content, properties[name], _at(path, name), name)
        return mended

    def _value(self, value: Any, schema: Schema, path: str, name: str) -> Any:
        match schema.get("type"):
            case "object":
                return self.object(value, schema, path) if isinstance(value, dict) else value
            case "array":
                return self._array(value, schema, path, name)
            case "integer":
                return self._integer(value, path, name)
            case "number":
                return self._number(self._without_comma(value, path), path)
            case "boolean":
                return self._boolean(value, path)
            case "string":
                return self._string(value, schema, path)
            case _:
                return value

    def _array(self, value: Any, schema: Schema, path: str, name: str) -> Any:
        if isinstance(value, dict):
            self._find(f"field {path} is an object: read as a list of one")
            value = [value]
        if not isinstance(value, list):
            return value
        if not value and schema.get("minItems", 0) > 0:
            self._find(f"field {path} is an empty list")
        items: Schema = schema.get("items", {})
        return [self._value(item, items, path, name) for item in value]

    def _integer(self, value: Any, path: str, name: str) -> Any:
        if isinstance(value, bool | int):
            return value
        number = self._number(value, path)
        if not isinstance(number, float):
            return number
        if number.is_integer():
            if isinstance(value, float):
                self._find(f"field {path} is written with decimals: {value}")
            return int(number)
        if name in self.rounded:
            self._find(f"field {path}: {number} rounded to a whole number")
            return round(number)
        return value

    def _number(self, value: Any, path: str) -> Any:
        if not isinstance(value, str):
            return value
        text = value.strip()
        if "_" in text:
            return value
        try:
            number: float = int(text)
        except ValueError:
            try:
                number = float(text)
            except ValueError:
                return value
        if not math.isfinite(number):
            return value
        self._find(f"field {path} is a string: read as a number")
        return number

    def _without_comma(self, value: Any, path: str) -> Any:
        """Read `12,5` as Germans write it; only where no whole number is meant."""
        if isinstance(value, str) and value.count(",") == 1 and "." not in value:
            self._find(f"field {path} has a decimal comma")
            return value.replace(",", ".")
        return value

    def _boolean(self, value: Any, path: str) -> Any:
        if isinstance(value, str) and value.strip().casefold() in {"true", "false"}:
            self._find(f"field {path} is a string: read as true or false")
            return value.strip().casefold() == "true"
        return value

    def _string(self, value: Any, schema: Schema, path: str) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            self._find(f"field {path} is a number: read as a string")
            value = str(value)
        if not isinstance(value, str):
            return value
        if schema.get("format") == "date-time":
            return self._instant(value, path)
        allowed: Sequence[str] | None = schema.get("enum")
        if allowed is not None and value not in allowed:
            match = {_fold(word): word for word in allowed}.get(_fold(value))
            if match is not None:
                self._find(f"field {path}: {value!r} read as {match}")
                return match
        limit = schema.get("maxLength")
        if limit is not None and len(value) > limit:
            self._find(f"field {path} has {len(value)} characters where {limit} are allowed")
        return value

    def _instant(self, value: str, path: str) -> str:
        try:
            msgspec.convert(value, datetime)
        except msgspec.ValidationError:
            mended = wiretime.mend(value)
            if mended is None:
                self._find(f"field {path}: {value[:40]!r} is no time: time of receipt taken")
                return self.received_at.isoformat()
            self._find(f"field {path}: {value!r} is not written as RFC 3339 says")
            return mended
        return value

    def _find(self, finding: str) -> None:
        self.findings.add(finding)


def _has_more_items(payload: Any, limit: int) -> bool:
    """Tell whether all lists of a payload together have more than `limit` items."""
    parts, items = [payload], 0
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            parts.extend(part.values())
        elif isinstance(part, list):
            items += len(part)
            if items > limit:
                return True
            parts.extend(part)
    return False


def _cut_off(payload: Any, limit: int) -> bool:
    """Put null in place of lists and objects deeper than `limit`; tell whether there were any."""
    parts, depth = [payload], 0
    while parts:
        inner = []
        for part in parts:
            held = part.items() if isinstance(part, dict) else enumerate(part)
            inner += [(part, key, v) for key, v in held if isinstance(v, dict | list)]
        depth += 1
        if depth == limit:
            for holder, key, _ in inner:
                holder[key] = None
            return bool(inner)
        parts = [value for _, _, value in inner]
    return False


def _is_empty_where_meaningless(value: Any, schema: Schema) -> bool:
    return value == "" and ("enum" in schema or schema.get("format") == "date-time")


def _fold(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _in_words(error: Any) -> str:
    where = ".".join(str(step) for step in error.instance_path)
    # The offending value may be long or secret: the message quotes it, so it is cut.
    message = str(error.message)[:160]
    return f"{where}: {message}" if where else message


def _left_out(
    payload: dict[str, Any], schema: Schema, errors: Sequence[Any], findings: _Findings
) -> bool:
    """Leave out the innermost part of the payload around each error; False: nothing can be."""
    cuts: dict[tuple[str | int, ...], str] = {}
    for error in errors:
        cut = _dispensable_part(list(error.instance_path), schema)
        if cut is None:
            return False
        cuts[cut] = _in_words(error)
    # From behind, so that the places of list items before it stay right.
    for cut in sorted(cuts, reverse=True):
        _take_out(payload, cut)
        findings.add(f"left out: {cuts[cut]}")
    return True


def _take_out(payload: dict[str, Any], cut: tuple[str | int, ...]) -> None:
    place: Any = payload
    for step in cut[:-1]:
        place = place[step]
    del place[cut[-1]]


def _dispensable_part(path: list[str | int], schema: Schema) -> tuple[str | int, ...] | None:
    """Return the longest start of `path` that is a list item or a field that is not required."""
    found: tuple[str | int, ...] | None = None
    node = schema
    for depth, step in enumerate(path, start=1):
        if isinstance(step, int):
            found = tuple(path[:depth])
            node = node.get("items", {})
        else:
            if step not in node.get("required", ()):
                found = tuple(path[:depth])
            node = node.get("properties", {}).get(step, {})
    return found


def _relaxed(schema: Schema, open_enums: frozenset[str], dispensable: frozenset[str]) -> Schema:
    """Return the schema without its cosmetic rules, open enums and dispensable requirements."""

    def relax(node: Any, name: str) -> Any:
        if isinstance(node, list):
            return [relax(item, name) for item in node]
        if not isinstance(node, dict):
            return node
        out: Schema = {}
        for key, value in node.items():
            if key == "properties":
                out[key] = {prop: relax(sub, prop) for prop, sub in value.items()}
            elif key in _COSMETIC or (key == "enum" and name in open_enums):
                continue
            elif key == "required":
                required = [prop for prop in value if prop not in dispensable]
                if required:  # draft 4 knows no empty list here
                    out[key] = required
            else:
                out[key] = relax(value, name)
        return out

    relaxed: Schema = relax(copy.deepcopy(schema), "")
    return relaxed

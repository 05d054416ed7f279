"""Mends spelling, types and shapes of a payload along a JSON schema, and says so in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from ocpp_core.protocol import wiretime

type Schema = dict[str, Any]

MAX_FINDINGS = 50
"""Findings of one payload that are told one by one; the others are counted."""


class Findings:
    """What was odd, each kind once."""

    def __init__(self) -> None:
        self._words: dict[str, None] = {}
        self._more = 0

    def add(self, words: str) -> None:
        """Take note of something; said again, it is nothing new."""
        if words in self._words:
            return
        if len(self._words) < MAX_FINDINGS:
            self._words[words] = None
        else:
            self._more += 1

    def told(self) -> tuple[str, ...]:
        """Return the words, and how many more there would be."""
        return (*self._words, f"and {self._more} more") if self._more else tuple(self._words)


@dataclass(frozen=True, slots=True)
class Mender:
    """Reads payloads charitably, without judging what cannot be mended."""

    rounded: frozenset[str]
    """Whole numbers that chargers send with decimals; rounded."""
    received_at: datetime
    findings: Findings

    def object(self, value: dict[str, Any], schema: Schema, path: str) -> dict[str, Any]:
        """Return an object as the schema has it, as far as one can tell; `path`: where it is."""
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


def _is_empty_where_meaningless(value: Any, schema: Schema) -> bool:
    return value == "" and ("enum" in schema or schema.get("format") == "date-time")


def _fold(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name

"""The slow path: mend what is cosmetic in a payload, name what is not.

Runs only where typed decoding failed, so it may take its time. `Tolerance.read` has the payload
mended along the version's JSON schema (`mending`). What remains is judged by the same schema
without its cosmetic rules, and left out where a message can do without it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jsonschema_rs

from ocpp_core.protocol.faults import Fault, Refusal
from ocpp_core.protocol.mending import Findings, Mender, Schema

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
        findings = Findings()
        if _cut_off(payload, MAX_DEPTH):
            findings.add(f"nested more than {MAX_DEPTH} deep: what is below was ignored")
        mender = Mender(self.rounded, received_at, findings)
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


def _in_words(error: Any) -> str:
    where = ".".join(str(step) for step in error.instance_path)
    # The offending value may be long or secret: the message quotes it, so it is cut.
    message = str(error.message)[:160]
    return f"{where}: {message}" if where else message


def _left_out(
    payload: dict[str, Any], schema: Schema, errors: Sequence[Any], findings: Findings
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

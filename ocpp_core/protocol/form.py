"""Whether a request of ours is one that its version knows: the version's own JSON schema judges.

What does not fit is told in words and never sent. The words never quote a value, since it may be
a password in a URL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import msgspec

from ocpp_core.protocol.schemas import Schema

_INT32 = range(-(2**31), 2**31)
"""Whole numbers of every OCPP version (1.6 section 3.12; 2.0.1 part 2, primitive datatypes)."""


class Form:
    """The form that requests of one action have."""

    def __init__(self, schema: Schema) -> None:
        self._judge = jsonschema_rs.Draft4Validator(schema)

    def misfit(self, payload: bytes) -> str:
        """Return in words why a payload cannot be sent; empty when it can."""
        content = msgspec.json.decode(payload)
        # Every fault is found, so that the first named one does not depend on the order.
        faults = [_words(error) for error in self._judge.iter_errors(content)]
        faults += [f"{where} does not fit into 32 bits" for where in _too_wide(content, "")]
        return "; ".join(dict.fromkeys(faults))


def _words(error: Any) -> str:
    where = ".".join(str(step) for step in error.instance_path) or "the payload"
    rule, value = str(error.schema_path[-1]), error.instance
    limit = getattr(error.kind, "limit", None)
    match rule:
        case "maxLength":
            return f"{where} has {len(value)} characters where {limit} are allowed"
        case "minLength":
            return f"{where} has {len(value)} characters where {limit} are needed"
        case "maxItems":
            return f"{where} has {len(value)} entries where {limit} are allowed"
        case "minItems":
            return f"{where} has {len(value)} entries where {limit} are needed"
        case "enum":
            return f"{where} is none of the words that it may be"
        case "format":
            return f"{where} is no {getattr(error.kind, 'format', 'text of its kind')}"
        case "required" | "additionalProperties":
            # These name fields, never values.
            return f"{where}: {str(error.message)[:160]}"
        case _:
            return f"{where} breaks the rule {rule!r} of the schema"


def _too_wide(value: Any, path: str) -> Iterator[str]:
    match value:
        case bool():
            return
        case int() if value not in _INT32:
            yield path
        case dict():
            for name, inner in value.items():
                yield from _too_wide(inner, f"{path}.{name}" if path else name)
        case list():
            for place, inner in enumerate(value):
                yield from _too_wide(inner, f"{path}.{place}")
        case _:
            return

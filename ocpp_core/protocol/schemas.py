"""The JSON schemas of each OCPP version, as the `ocpp` distribution ships them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import msgspec

type Schema = dict[str, Any]

_ANYTHING: Schema = {}
_CUSTOM = "CustomDataType"
"""Vendors extend it as they like (OCPP 2.0.1 part 2, CustomDataType), so nothing in it is odd."""


@dataclass(frozen=True, slots=True)
class Schemas:
    """The schemas of one version; definitions are written out where they are used."""

    package: str
    """Package of the distribution, e.g. `ocpp.v201`."""
    request_suffix: str
    """What the file of a request is called behind the action: nothing in 1.6."""

    def request(self, action: str) -> Schema:
        """Return the schema of a CALL's payload; do not change it."""
        return _load(self.package, (f"{action}{self.request_suffix}.json", f"{action}.json"))

    def response(self, action: str) -> Schema:
        """Return the schema of a CALLRESULT's payload; do not change it."""
        return _load(self.package, (f"{action}Response.json",))


@cache
def _load(package: str, names: tuple[str, ...]) -> Schema:
    """Read the first file that exists; a message that is only sent has no suffix (OCPP 2.1)."""
    files = [resources.files(package).joinpath("schemas", name) for name in names]
    file = next((file for file in files if file.is_file()), files[0])
    schema = msgspec.json.decode(file.read_text("utf-8-sig"), type=Schema)
    written_out: Schema = _written_out(schema, schema.pop("definitions", {}))
    return written_out


def _written_out(node: Any, definitions: Schema) -> Any:
    """Replace each reference by what it refers to; none of OCPP's refers to itself."""
    if isinstance(node, list):
        return [_written_out(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return {key: _written_out(value, definitions) for key, value in node.items()}
    name = reference.rpartition("/")[2]
    return _ANYTHING if name == _CUSTOM else _written_out(definitions[name], definitions)

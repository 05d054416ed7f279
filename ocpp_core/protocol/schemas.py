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
    integer_bits: int | None = None
    """How large whole numbers are where a schema does not say; None: as large as they come."""

    def request(self, action: str) -> Schema:
        """Return the schema of a CALL's payload; do not change it."""
        names = (f"{action}{self.request_suffix}.json", f"{action}.json")
        return _load(self.package, names, self.integer_bits)

    def response(self, action: str) -> Schema:
        """Return the schema of a CALLRESULT's payload; do not change it."""
        return _load(self.package, (f"{action}Response.json",), self.integer_bits)


@cache
def _load(package: str, names: tuple[str, ...], bits: int | None) -> Schema:
    """Read the first file that exists; a message that is only sent has no suffix (OCPP 2.1)."""
    files = [resources.files(package).joinpath("schemas", name) for name in names]
    file = next((file for file in files if file.is_file()), files[0])
    schema = msgspec.json.decode(file.read_text("utf-8-sig"), type=Schema)
    written_out: Schema = _written_out(schema, schema.pop("definitions", {}))
    return written_out if bits is None else _ranged(written_out, 2 ** (bits - 1))


def _ranged(node: Any, beyond: int) -> Any:
    """Give whole numbers the range that the specification has in words."""
    if isinstance(node, list):
        return [_ranged(item, beyond) for item in node]
    if not isinstance(node, dict):
        return node
    ranged = {key: _ranged(value, beyond) for key, value in node.items()}
    if node.get("type") == "integer":
        ranged = {"minimum": -beyond, "maximum": beyond - 1} | ranged
    return ranged


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

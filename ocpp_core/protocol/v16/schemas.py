"""The JSON schemas of OCPP 1.6, as the `ocpp` distribution ships them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import msgspec


@cache
def request_schema(action: str) -> dict[str, Any]:
    """Return the schema of a CALL's payload; do not change it."""
    return _load(f"{action}.json")


@cache
def response_schema(action: str) -> dict[str, Any]:
    """Return the schema of a CALLRESULT's payload; do not change it."""
    return _load(f"{action}Response.json")


def _load(name: str) -> dict[str, Any]:
    text = resources.files("ocpp.v16").joinpath("schemas", name).read_text("utf-8-sig")
    return msgspec.json.decode(text, type=dict[str, Any])

"""Settings in force, one by one, as they may be shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, SecretStr

from ampherd.config.lines import KeyPath


def leaves(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every setting below `value` with its path; what is not set is left out."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from leaves(getattr(value, name), (*path, name))
    elif isinstance(value, tuple) and any(isinstance(item, BaseModel) for item in value):
        for number, item in enumerate(value):
            yield from leaves(item, (*path, number))
    elif value is not None and value != ():
        yield path, _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case SecretStr():
            return "********"
        case Decimal() | time():
            return str(value)
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value

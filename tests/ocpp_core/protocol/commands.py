"""Random commands of the domain, from its dataclasses: whatever their fields may hold."""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from ocpp_core.domain.commands import Command

_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-2, 3) | st.integers(-(2**33), 2**33),
    float: st.floats(0, 400, allow_nan=False),
    str: st.text(max_size=30) | st.text(min_size=490, max_size=520) | st.just("ftp://x/y"),
    datetime: st.datetimes(
        datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
        datetime(2040, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    Decimal: st.decimals(0, 1000, places=2),
}


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return every value of a type that fields of commands have."""
    if isinstance(kind, typing.NewType):
        return any_of(kind.__supertype__)
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of([st.none() if a is types.NoneType else any_of(a) for a in arguments])
    if origin is tuple:
        return st.lists(any_of(arguments[0]), max_size=3).map(tuple)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        fields = {f.name: any_of(hints[f.name]) for f in dataclasses.fields(kind)}
        return st.fixed_dictionaries(fields).map(lambda values: kind(**values))
    raise TypeError(f"no strategy for {kind}")


def commands(*kinds: type[Command]) -> st.SearchStrategy[Command]:
    """Return every command of these kinds."""
    return st.sampled_from(kinds).flatmap(any_of)

"""What can be exported: every question of the Reader that answers with a table, by its name."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal, TypeAliasType, Union, get_args, get_origin, get_type_hints

import pandas as pd

from analytics.reader import Reader
from ocpp_core.domain.errors import ReaderError

_WITH_TOKENS = frozenset({"messages", "id_tokens", "ended_sessions", "stays"})
"""Questions whose answers hold what viewers may not see: whole tokens."""

_OF_DATA = frozenset(
    {
        "bill_lines", "consumption", "days", "demand", "ended_intervals", "ended_periods",
        "ended_sessions", "occupancy", "overview", "quality", "revenue", "sessions",
        "site_cost", "site_power", "utilization",
    }
)  # fmt: skip
"""Questions about sessions and power: without a period they ask for all there is of these."""

_EVERYTHING = 1_000_000_000
"""Rows of a question that has a limit: an export is whole, or it would lie."""

_ALWAYS = datetime(9000, 1, 1, tzinfo=UTC)
_NEVER = datetime(1971, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a question may be asked with."""

    name: str
    kind: str
    """`text`, `number`, `whole number`, `true or false` or `time`."""
    required: bool
    choices: tuple[str, ...] = ()

    def parse(self, text: str) -> Any:
        """Read a value; raises ReaderError that says what is allowed."""
        try:
            return self._parsed(text.strip())
        except (ValueError, KeyError):
            allowed = ", ".join(self.choices) or f"a {self.kind}"
            raise ReaderError(
                f"{self.name} = {text!r} is not understood", hint=f"give {allowed}"
            ) from None

    def _parsed(self, text: str) -> Any:
        if self.choices:
            if text not in self.choices:
                raise ValueError(text)
            return text
        match self.kind:
            case "true or false":
                return {"true": True, "1": True, "false": False, "0": False}[text.casefold()]
            case "whole number":
                return int(text)
            case "number":
                return float(text)
            case "time":
                found = datetime.fromisoformat(text)
                if found.tzinfo is None:
                    raise ValueError(text)
                return found
            case _:
                return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Exportable:
    """A question that can be exported."""

    name: str
    words: str
    """What it answers, one sentence."""
    of_period: bool
    """Whether it asks for a start and an end."""
    parameters: tuple[Parameter, ...]
    """Beside start and end."""
    holds_tokens: bool
    """Whether its answer is for operators only."""

    def ask(
        self,
        reader: Reader,
        start: datetime | None = None,
        end: datetime | None = None,
        options: Mapping[str, str] | None = None,
    ) -> pd.DataFrame:
        """Answer the question, whole; options are text as it is typed.

        Raises ReaderError for an option that the question does not have, or needs.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        given = dict(options or {})
        foreign = sorted(given.keys() - known.keys())
        if foreign:
            raise ReaderError(
                f"{self.name} cannot be asked with {', '.join(foreign)}",
                hint=f"it takes {', '.join(sorted(known)) or 'nothing'}"
                + (", and a period" if self.of_period else ""),
            )
        missing = [p.name for p in self.parameters if p.required and p.name not in given]
        if missing:
            raise ReaderError(f"{self.name} needs {', '.join(missing)}")
        values = {name: known[name].parse(text) for name, text in given.items()}
        if "limit" in known:
            values.setdefault("limit", _EVERYTHING)
        question: Callable[..., pd.DataFrame] = getattr(reader, self.name)
        if not self.of_period:
            positional = [values.pop(p.name) for p in self.parameters if p.required]
            return question(*positional, **values)
        since, until = self._whole(reader)
        return question(start or since, end or until, **values)

    def _whole(self, reader: Reader) -> tuple[datetime, datetime]:
        """Return the period of an export without one.

        Questions that show every step of a period must not be asked for a thousand years.
        """
        if self.name not in _OF_DATA:
            return _NEVER, _ALWAYS
        found = reader.data_range()
        if found is None:
            return _NEVER, _NEVER + timedelta(days=1)
        return found.start, found.end + timedelta(seconds=1)


@cache
def exportables() -> Mapping[str, Exportable]:
    """Return every question that can be exported, by its name."""
    found = {}
    for name, method in inspect.getmembers(Reader, inspect.isfunction):
        if name.startswith("_") or name == "sql":
            continue
        hints = get_type_hints(method)
        if hints.pop("return", None) is not pd.DataFrame:
            continue
        signature = inspect.signature(method).parameters
        required = {n for n, p in signature.items() if p.default is p.empty}
        of_period = {"start", "end"} <= hints.keys()
        found[name] = Exportable(
            name=name,
            words=(inspect.getdoc(method) or "").partition("\n")[0],
            of_period=of_period,
            parameters=tuple(
                _parameter(one, hint, required=one in required)
                for one, hint in hints.items()
                if not (of_period and one in {"start", "end"})
            ),
            holds_tokens=name in _WITH_TOKENS,
        )
    return types.MappingProxyType(found)


def exportable(name: str) -> Exportable:
    """Return a question by its name; raises ReaderError that lists them all."""
    found = exportables().get(name)
    if found is None:
        raise ReaderError(
            f"there is no question {name!r} to export",
            hint=f"there are {', '.join(exportables())}",
        )
    return found


def _parameter(name: str, hint: Any, *, required: bool) -> Parameter:
    if isinstance(hint, TypeAliasType):
        hint = hint.__value__
    if get_origin(hint) in {Union, types.UnionType}:
        hint = next(one for one in get_args(hint) if one is not type(None))
    if isinstance(hint, TypeAliasType):
        hint = hint.__value__
    choices = tuple(map(str, get_args(hint))) if get_origin(hint) is Literal else ()
    kinds = {bool: "true or false", int: "whole number", float: "number", datetime: "time"}
    return Parameter(name=name, kind=kinds.get(hint, "text"), required=required, choices=choices)

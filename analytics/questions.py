"""The named questions: SQL files with a header, and how values get into them.

A line `-- include: name(this: that; other: more)` stands for the text of `shared/name.sql` with
`{this}` and `{other}` filled in, and with the comma that may follow: what several questions reckon
alike is written once. Lines from `-- begin: anew` to `-- end: anew` are not needed where roll-ups
alone answer the question: to plan them takes longer than to read a year of days.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib import resources

type Value = str | int | float | bool | Decimal | datetime | None
"""What a question can be asked with."""

_INCLUDE = re.compile(r"^( *)-- include: (\w+)(?:\((.*)\))?(,?)$", re.MULTILINE)
_ANEW = re.compile(r"^ *-- begin: anew\n.*?^ *-- end: anew\n", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"^ *-- (?:begin|end): anew\n", re.MULTILINE)
_PARAMETER = re.compile(r"'(?:[^']|'')*'|--[^\n]*|\$([a-z_]+)")


@cache
def question(name: str, *, anew: bool = True) -> str:
    """Return the SQL text of a named question; raises FileNotFoundError for an unknown name.

    Without `anew`: only what reads roll-ups.
    """
    text = _with_shared(
        resources.files("analytics").joinpath("queries", f"{name}.sql").read_text("utf-8")
    )
    return (_MARK if anew else _ANEW).sub("", text)


@cache
def shared(name: str) -> str:
    """Return the SQL text that questions include by a name; raises FileNotFoundError."""
    file = resources.files("analytics").joinpath("queries", "shared", f"{name}.sql")
    lines = file.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("-- Shared: "))


@cache
def names() -> tuple[str, ...]:
    """Return the name of every question that ships with Ampherd."""
    folder = resources.files("analytics").joinpath("queries")
    return tuple(sorted(f.name[:-4] for f in folder.iterdir() if f.name.endswith(".sql")))


def bind(sql: str, values: dict[str, Value]) -> str:
    """Replace each `$name` by the value as a SQL literal.

    The same text goes to a file and to a server: the server's protocol carries no parameters.
    Strings and comments are left alone; a name without a value raises KeyError.
    """

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        return match[0] if name is None else literal(values[name])

    return _PARAMETER.sub(replace, sql)


def literal(value: Value) -> str:
    """Write a value as a SQL literal with its type; times are UTC instants."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{value} cannot be asked for")
            return f"{value!r}::DOUBLE"
        case Decimal():
            return f"{value}::DECIMAL(38,9)"
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"{value} has no time zone: give an aware time")
            return f"TIMESTAMPTZ '{value.astimezone(UTC).isoformat(sep=' ')}'"
        case str():
            if "\0" in value:
                raise ValueError("text with a NUL character cannot be asked for")
            return "'" + value.replace("'", "''") + "'"


def _with_shared(text: str) -> str:
    def put(match: re.Match[str]) -> str:
        indent, name, filled, comma = match[1], match[2], match[3] or "", match[4]
        body = shared(name)
        for part in filter(None, filled.split(";")):
            key, _, value = part.partition(":")
            body = body.replace(f"{{{key.strip()}}}", value.strip())
        lines = _with_shared(body).splitlines()
        return "\n".join(f"{indent}{line}".rstrip() for line in lines) + comma

    return _INCLUDE.sub(put, text)

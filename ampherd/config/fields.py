"""The settings as data: what may stand where, for hints, environment variables and reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ampherd.config.lines import KeyPath
from ampherd.config.spec import ConfigSpec

type Model = type[BaseModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the file."""

    path: tuple[str, ...]
    """Names from the top, e.g. ("charge_point", "connectors")."""
    repeated: bool
    """A list of tables."""
    model: Model
    kind: str = ""
    """Value of its `kind` key, where tables of several kinds share the place."""

    @property
    def header(self) -> str:
        """The table's header as it is written: `[[charge_point]]`."""
        name = ".".join(self.path)
        return f"[[{name}]]" if self.repeated else f"[{name}]"


def tables(model: Model = ConfigSpec, path: tuple[str, ...] = ()) -> Iterator[Table]:
    """Yield every table that a file may have, outer ones first."""
    for name, field in model.model_fields.items():
        below, repeated = nested(field)
        for inner in below:
            kind = kind_of(inner) if len(below) > 1 else ""
            here = (*path, name)
            table = Table(path=here, repeated=repeated, model=inner, kind=kind)
            if settings(inner):
                yield table
            yield from tables(inner, here)


def settings(model: Model) -> dict[str, FieldInfo]:
    """Return the keys of a table that hold a value rather than a table."""
    return {name: field for name, field in model.model_fields.items() if not nested(field)[0]}


def nested(field: FieldInfo) -> tuple[tuple[Model, ...], bool]:
    """Return the tables that a key may hold (none for a plain value), and whether as a list."""
    return _models(field.annotation), _is_list(field.annotation)


def kind_of(model: Model) -> str:
    """Return the value of `kind` that chooses this table; empty where there is no choice."""
    field = model.model_fields.get("kind")
    return "" if field is None else str(get_args(field.annotation)[0])


def models_at(path: KeyPath) -> tuple[Model, ...]:
    """Return what may stand at a path: one table, those of several kinds, or none."""
    here: tuple[Model, ...] = (ConfigSpec,)
    for part in path:
        if isinstance(part, int):
            continue
        chosen = tuple(m for m in here if kind_of(m) == part and part)
        if chosen:
            here = chosen
            continue
        fields = [m.model_fields[part] for m in here if part in m.model_fields]
        here = tuple(dict.fromkeys(inner for field in fields for inner in nested(field)[0]))
    return here


def keys_at(path: KeyPath) -> tuple[str, ...]:
    """Return every key that may stand in the table at a path."""
    return tuple(dict.fromkeys(key for m in models_at(path) for key in m.model_fields))


def tables_with(key: str) -> tuple[Table, ...]:
    """Return the tables that know a key."""
    return tuple(table for table in tables() if key in settings(table.model))


def _models(annotation: object) -> tuple[Model, ...]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    found = [model for inner in get_args(annotation) for model in _models(inner)]
    return tuple(dict.fromkeys(found))


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) in {tuple, list} or any(map(_is_list, get_args(annotation)))

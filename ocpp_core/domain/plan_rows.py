"""The orders of a large plan by columns: an order is made when somebody reads it.

A plan of a thousand cars has fifty thousand orders, of which the site follows those of one slot,
and behind which there are few connectors, slots and sentences. So a column is a table of what
occurs and a place for each row.
"""

from __future__ import annotations

import array
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import repeat
from typing import Any, overload

from ocpp_core.domain.plan import PlanSlot


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one field for each row."""

    table: tuple[Any, ...]
    """What occurs; empty where `places` are the values."""
    places: array.array[Any]
    """For each row: where its value is in the table."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.places)

    def at(self, row: int) -> Any:
        """Return the value of a row."""
        place = self.places[row]
        return self.table[place] if self.table else place

    def among(self, rows: Iterable[int]) -> Iterable[Any]:
        """Return the values of some rows."""
        places = map(self.places.__getitem__, rows)
        return map(self.table.__getitem__, places) if self.table else places

    def values(self) -> Iterable[Any]:
        """Return the value of each row."""
        return map(self.table.__getitem__, self.places) if self.table else self.places


class PlanRows(Sequence[PlanSlot]):
    """Orders by columns; equal to a tuple of the same orders."""

    __slots__ = ("_columns", "_made")

    def __init__(self, columns: Mapping[str, Column]) -> None:
        """Take a column for each field of an order; raises ValueError when they do not fit."""
        lengths = {len(column) for column in columns.values()}
        if columns.keys() != {field.name for field in fields(PlanSlot)} or len(lengths) != 1:
            raise ValueError("a column of one length is needed for each field")
        self._columns = dict(columns)
        self._made: tuple[PlanSlot, ...] | None = None

    def column(self, name: str) -> Iterable[Any]:
        """Return a field of each order."""
        return self._columns[name].values()

    def at(self, instant: datetime) -> tuple[PlanSlot, ...]:
        """Return the orders in force at an instant."""
        starts, ends = self._columns["start"], self._columns["end"]
        begun = [start <= instant for start in starts.table]
        lasts = [end > instant for end in ends.table]
        places = enumerate(zip(starts.places, ends.places, strict=True))
        return self.take([row for row, (start, end) in places if begun[start] and lasts[end]])

    def take(self, rows: Sequence[int]) -> tuple[PlanSlot, ...]:
        """Return some of the orders."""
        if self._made is not None:
            return tuple(map(self._made.__getitem__, rows))
        columns = self._columns.items()
        return made(PlanSlot, len(rows), {name: column.among(rows) for name, column in columns})

    def __len__(self) -> int:
        return len(self._columns["ref"])

    @overload
    def __getitem__(self, row: int) -> PlanSlot: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[PlanSlot, ...]: ...
    def __getitem__(self, row: int | slice) -> PlanSlot | tuple[PlanSlot, ...]:
        if isinstance(row, slice):
            return self._all()[row]
        if self._made is not None:
            return self._made[row]
        return PlanSlot(**{name: column.at(row) for name, column in self._columns.items()})

    def __iter__(self) -> Iterator[PlanSlot]:
        return iter(self._all())

    def _all(self) -> tuple[PlanSlot, ...]:
        if self._made is None:
            every = {name: column.values() for name, column in self._columns.items()}
            self._made = made(PlanSlot, len(self), every)
        return self._made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PlanRows | tuple):
            return NotImplemented
        return self._all() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())

    def __reduce__(self) -> tuple[Any, ...]:
        return PlanRows, (self._columns,)


def made[T](of: type[T], count: int, columns: Mapping[str, Iterable[Any]]) -> tuple[T, ...]:
    """Make rows field by field: one by one, a frozen class takes three times as long.

    For slotted classes without code of their own that would run when one is made.
    """
    rows: tuple[T, ...] = tuple(map(object.__new__, repeat(of, count)))
    for name, values in columns.items():
        deque(map(getattr(of, name).__set__, rows, values), maxlen=0)
    return rows


def column_of(slots: Sequence[PlanSlot], name: str) -> Iterable[Any]:
    """Return a field of each order."""
    if isinstance(slots, PlanRows):
        return slots.column(name)
    return [getattr(slot, name) for slot in slots]


def slots_at(slots: Sequence[PlanSlot], instant: datetime) -> tuple[PlanSlot, ...]:
    """Return the orders in force at an instant."""
    if isinstance(slots, PlanRows):
        return slots.at(instant)
    return tuple(slot for slot in slots if slot.start <= instant < slot.end)


def taken(slots: Sequence[PlanSlot], rows: Sequence[int]) -> tuple[PlanSlot, ...]:
    """Return some of the orders."""
    return slots.take(rows) if isinstance(slots, PlanRows) else tuple(map(slots.__getitem__, rows))

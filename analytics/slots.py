"""Slots that stay in place: rows are written into them, and a statement that knows them reads on.

DuckDB takes 0.3 ms to begin reading columns of Arrow, and starts threads for it; arrays of NumPy it
reads at once, where they lay when the statement was prepared. So the rows of each commit are
written over those of the last.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from analytics.rows import Row
from analytics.schema.migrations import Column, tables

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NAN = float("nan")

type _Buffer = np.ndarray[Any, Any]
type _Put = Callable[[_Buffer, Sequence[Any]], None]


class UnfitError(Exception):
    """What slots cannot hold, and columns of Arrow may."""


class Slots:
    """Slots for so many rows of one table."""

    def __init__(self, table: str, capacity: int) -> None:
        """Raise UnfitError for a table with columns that no slot can hold."""
        declared = tables()[table].columns
        kinds = [_kind(column) for column in declared]
        self._puts = [kind[1] for kind in kinds]
        self._arrays: list[_Buffer] = [_empty(kind[0], capacity) for kind in kinds]
        self._texts = [held for held in self._arrays if held.dtype == object]
        self._names = [column.name for column in declared]
        self.select = ", ".join(
            f'{kind[2].format(column.name)} AS "{column.name}"'
            for column, kind in zip(declared, kinds, strict=True)
        )
        """What makes the table's columns of the slots."""

    def first(self, count: int) -> dict[str, _Buffer]:
        """Return the first slots as something that DuckDB can read."""
        return {name: held[:count] for name, held in zip(self._names, self._arrays, strict=True)}

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows into the first slots.

        Raises UnfitError, and ValueError, TypeError or ArithmeticError for cells that nothing
        can hold. What was written until then is of no meaning.
        """
        count = len(rows)
        cells_of = zip(*rows, strict=True)
        for held, put, cells in zip(self._arrays, self._puts, cells_of, strict=True):
            put(held[:count], cells)

    def clear(self, count: int) -> None:
        """Let go of what was written into the first slots."""
        for held in self._texts:
            held[:count] = None


def _empty(kind: type, capacity: int) -> _Buffer:
    # Slots that are not in use are read, too: they hold nothing that could not be cast.
    return np.full(capacity, None, object) if kind is object else np.zeros(capacity, kind)


def _put_text(held: _Buffer, cells: Sequence[Any]) -> None:
    # DuckDB reads the objects where they lie. It would write others than texts as their repr, and
    # gives the database up at half of a surrogate pair: `join` and `encode` raise for those.
    text = "".join([cell for cell in cells if cell is not None])
    if not text.isascii():
        text.encode()
        # It cannot read a member of an enumeration that is no plain text of ASCII.
        cells = [None if cell is None else str(cell) for cell in cells]
    held[:] = cells


def _put_doubles(held: _Buffer, cells: Sequence[Any]) -> None:
    missing = cells.count(None)
    if missing == len(cells):
        held[:] = _NAN
        return
    if missing:
        cells = [_NAN if cell is None else cell for cell in cells]
    held[:] = array("d", cells)  # which refuses texts, as NumPy does not
    if np.count_nonzero(np.isnan(held)) != missing:
        raise UnfitError  # NaN stands for NULL here


def _put_required_times(held: _Buffer, cells: Sequence[Any]) -> None:
    held[:] = [(cell - _EPOCH) // _MICROSECOND for cell in cells]  # which refuses None


def _put_times(held: _Buffer, cells: Sequence[Any]) -> None:
    held[:] = [
        _NO_INTEGER["q"] if cell is None else (cell - _EPOCH) // _MICROSECOND for cell in cells
    ]


def _integers(code: str) -> _Put:
    none = _NO_INTEGER[code]

    def put(held: _Buffer, cells: Sequence[Any]) -> None:
        if none in cells:
            raise UnfitError
        if None in cells:
            cells = [none if cell is None else cell for cell in cells]
        held[:] = array(code, cells)  # which refuses fractions, as NumPy does not

    return put


def _put_required_integers(code: str) -> _Put:
    def put(held: _Buffer, cells: Sequence[Any]) -> None:
        held[:] = array(code, cells)

    return put


def _put_double_lists(held: _Buffer, cells: Sequence[Any]) -> None:
    if cells.count(None) == len(cells):
        held[:] = None
        return
    held[:] = [None if cell is None else str(array("d", cell).tolist()) for cell in cells]


def _put_no_lists(held: _Buffer, cells: Sequence[Any]) -> None:
    if cells.count(None) != len(cells):
        raise UnfitError
    held[:] = None


_NO_INTEGER = {"q": -(2**63), "i": -(2**31), "b": -1}
"""Stands for NULL."""


def _kind(column: Column) -> tuple[type, _Put, str]:
    """Return the type of slots, how cells are put there, and what makes a column of them."""
    match column.type:
        case "VARCHAR":
            return object, _put_text, '"{}"'
        case "DOUBLE":
            return np.float64, _put_doubles, '"{}"'
        case "DOUBLE[]":
            return object, _put_double_lists, '"{}"::DOUBLE[]'
        case "VARCHAR[]":
            return object, _put_no_lists, '"{}"::VARCHAR[]'
        case "TIMESTAMPTZ":
            if column.required:
                return np.int64, _put_required_times, 'make_timestamptz("{}")'
            given = f'nullif("{{}}", {_NO_INTEGER["q"]})'
            return np.int64, _put_times, f"make_timestamptz({given})"
        case "BIGINT" | "INTEGER" | "BOOLEAN":
            code, held = _CODES[column.type]
            put = _put_required_integers(code) if column.required else _integers(code)
            given = '"{}"' if column.required else f'nullif("{{}}", {_NO_INTEGER[code]})'
            return held, put, f"{given}::{column.type}"
        case _:
            raise UnfitError


_CODES: dict[str, tuple[str, type]] = {
    "BIGINT": ("q", np.int64),
    "INTEGER": ("i", np.int32),
    "BOOLEAN": ("b", np.int8),
}

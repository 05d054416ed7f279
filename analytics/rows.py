"""Rows on their way into tables: collected as tuples, handed over as columns."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import pyarrow as pa

from analytics.schema.migrations import tables
from ocpp_core.domain.metering import Reading

type Cell = str | int | float | bool | datetime | date | Decimal | Sequence[float | str] | None
type Row = Sequence[Cell]
"""The cells of one row in the order of the table's columns."""

_DECIMAL = re.compile(r"DECIMAL\((\d+), (\d+)\)")
_ARROW = {
    "VARCHAR": pa.string(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "DOUBLE[]": pa.list_(pa.float64()),
    "VARCHAR[]": pa.list_(pa.string()),
}


class LateReading(NamedTuple):
    """A reading that may be stored already, in whole or in part."""

    charge_point_id: str
    connector_id: int
    session_id: str | None
    message_seq: int
    reading: Reading


class Rows:
    """Rows for several tables, which belong into one transaction."""

    def __init__(self) -> None:
        self.new: dict[str, list[Row]] = defaultdict(list)
        """Rows that are known not to be there yet."""
        self.unsure: dict[str, list[Row]] = defaultdict(list)
        """Rows that are inserted unless their natural key is there already."""
        self.again: dict[str, list[Row]] = defaultdict(list)
        """Rows that take the place of those with their natural key, or are new."""
        self.late_readings: list[LateReading] = []
        """Meter readings of which each value is inserted unless it is there already."""

    def __len__(self) -> int:
        known = (*self.new.values(), *self.unsure.values(), *self.again.values())
        return sum(map(len, known)) + len(self.late_readings)


@cache
def arrow_schema(table: str) -> pa.Schema:
    """Return the Arrow schema of a table as the migrations declare it."""
    return pa.schema(
        [
            pa.field(column.name, _arrow_type(column.type), nullable=not column.required)
            for column in tables()[table].columns
        ]
    )


@cache
def columns(table: str) -> tuple[str, ...]:
    """Return the columns of a table in their order."""
    return tuple(column.name for column in tables()[table].columns)


def arrow_table(table: str, rows: Iterable[Row]) -> pa.Table:
    """Turn rows into columns; raises pyarrow.ArrowException for a cell that does not fit."""
    schema = arrow_schema(table)
    by_column = list(zip(*rows, strict=True))
    return pa.Table.from_arrays(
        [pa.array(cells, type=field.type) for cells, field in zip(by_column, schema, strict=True)],
        schema=schema,
    )


def instants(column: pa.ChunkedArray | pa.Array) -> list[datetime]:
    """Return timestamps to the microsecond, none of which is missing, as datetimes in UTC.

    0.1 us each; pyarrow's own way takes 4.
    """
    counts = column.cast(pa.int64()).to_numpy().astype("datetime64[us]")
    return [at.replace(tzinfo=UTC) for at in counts.tolist()]


def _arrow_type(sql_type: str) -> Any:
    decimal = _DECIMAL.fullmatch(sql_type)
    if decimal:
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    return _ARROW[sql_type]

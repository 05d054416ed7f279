"""Hands rows to statements by relations that are made known once for a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import pyarrow as pa

from analytics.rows import Row, arrow_table
from analytics.slots import Slots, UnfitError

_EXACT = 32
"""Up to so many rows each number of them has a statement of its own: one that is told the number
costs 0.1 ms more."""
_STEPS = (64, 128, 256, 512, 1_024, 2_048)
"""How many slots a statement reads that is told how many rows they hold. DuckDB reads 2,048 at a
time."""


class _Feed:
    """A relation whose rows change from one execution of a statement to the next."""

    def __init__(self, schema: pa.Schema) -> None:
        self.none = schema.empty_table()
        self.rows = self.none

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Hand the rows over, by Arrow's PyCapsule interface."""
        return self.rows.__arrow_c_stream__(requested_schema)


class Appender:
    """Hands rows to statements on one connection, and appends them.

    To make a relation known, parse, bind and plan an INSERT takes longer than to append 50 rows.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._feeds: dict[str, _Feed] = {}
        self._slots: dict[tuple[str, int], Slots] = {}
        self._unfit: set[str] = set()
        """Tables that slots cannot hold."""
        self._known: set[str] = set()
        """Relations over slots."""
        self._prepared: set[str] = set()
        # Texts are read as what they are; else DuckDB would guess from what they hold.
        connection.execute("SET pandas_analyze_sample = 0")

    def append(self, table: str, rows: Sequence[Row]) -> None:
        """Append rows.

        Raises duckdb.Error, and for a cell that does not fit pyarrow.ArrowException, ValueError,
        TypeError or ArithmeticError.
        """
        for at in range(0, len(rows), _STEPS[-1]):
            some = rows[at : at + _STEPS[-1]] if len(rows) > _STEPS[-1] else rows
            try:
                self._append_by_slots(table, some)
            except UnfitError:
                self.append_columns(table, arrow_table(table, some))

    def append_columns(self, table: str, incoming: pa.Table) -> None:
        """Append columns as they are declared; raises duckdb.Error."""
        with self.fed(table, incoming) as relation:
            name = f"append_{table}"
            if name not in self._prepared:
                self._connection.execute(
                    f"PREPARE {name} AS INSERT INTO {table} SELECT * FROM {relation}"  # noqa: S608 -- a table of ours
                )
                self._prepared.add(name)
            self._connection.execute(f"EXECUTE {name}")

    @contextmanager
    def fed(self, table: str, incoming: pa.Table) -> Iterator[str]:
        """Give the name by which statements of the block find columns on their way into a table."""
        relation = f"incoming_{table}"
        feed = self._feeds.get(table)
        if feed is None:
            feed = _Feed(incoming.schema)
            self._connection.register(relation, feed)
            self._feeds[table] = feed
        feed.rows = incoming
        try:
            yield relation
        finally:
            feed.rows = feed.none  # an empty slice would keep the memory of all rows

    def forget(self) -> None:
        """Prepare anew: a transaction that was rolled back may have taken relations with it."""
        self._feeds.clear()
        self._slots.clear()
        self._known.clear()
        self._prepared.clear()

    def run_over(
        self, table: str, rows: Sequence[Row], purpose: str, statement: Callable[[str], str]
    ) -> None:
        """Run a statement over rows of a table; `statement` writes it, given what has them.

        `purpose` names it, in one word. Raises as `append` does.
        """
        if len(rows) <= _EXACT:
            with suppress(UnfitError):
                self._run_over_slots(table, rows, purpose, statement)
                return
        with self.fed(table, arrow_table(table, rows)) as relation:
            self._connection.execute(statement(relation))

    def _append_by_slots(self, table: str, rows: Sequence[Row]) -> None:
        def append(slots: str) -> str:
            return f"INSERT INTO {table} {slots}"

        count = len(rows)
        if count <= _EXACT:
            self._run_over_slots(table, rows, "append", append)
            return
        slots = self._slots_of(table, _STEPS[-1])
        read = next(step for step in _STEPS if count <= step)
        try:
            slots.write(rows)
            name = self._statement(table, slots, read, "append", append, limited=True)
            self._connection.execute(f"EXECUTE {name}({count}::BIGINT)")
        finally:
            slots.clear(count)

    def _run_over_slots(
        self, table: str, rows: Sequence[Row], purpose: str, statement: Callable[[str], str]
    ) -> None:
        slots = self._slots_of(table, _EXACT)
        try:
            slots.write(rows)
            name = self._statement(table, slots, len(rows), purpose, statement)
            self._connection.execute(f"EXECUTE {name}")
        finally:
            slots.clear(len(rows))

    def _slots_of(self, table: str, capacity: int) -> Slots:
        if table in self._unfit:
            raise UnfitError
        slots = self._slots.get((table, capacity))
        if slots is None:
            try:
                slots = Slots(table, capacity)
            except UnfitError:
                self._unfit.add(table)
                raise
            self._slots[table, capacity] = slots
        return slots

    def _statement(
        self,
        table: str,
        slots: Slots,
        read: int,
        purpose: str,
        statement: Callable[[str], str],
        *,
        limited: bool = False,
    ) -> str:
        """Return the name of a prepared statement over the first slots."""
        name = f"{purpose}_{table}_{read}"
        if name not in self._prepared:
            relation = f"slots_{table}_{read}"
            if relation not in self._known:
                self._connection.register(relation, slots.first(read))
                self._known.add(relation)
            limit = " LIMIT $1::BIGINT" if limited else ""
            text = statement(f"(SELECT {slots.select} FROM {relation}{limit})")  # noqa: S608 -- a table of ours
            self._connection.execute(f"PREPARE {name} AS {text}")
            self._prepared.add(name)
        return name

"""Hands columns to statements by relations that are made known once for a connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa


class _Feed:
    """A relation whose rows change from one execution of a statement to the next."""

    def __init__(self, schema: pa.Schema) -> None:
        self.none = schema.empty_table()
        self.rows = self.none

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Hand the rows over, by Arrow's PyCapsule interface."""
        return self.rows.__arrow_c_stream__(requested_schema)


class Appender:
    """Hands columns to statements on one connection, and appends them.

    To make a relation known, parse, bind and plan an INSERT takes longer than to append 50 rows.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._feeds: dict[str, _Feed] = {}
        self._prepared: set[str] = set()

    def append(self, table: str, incoming: pa.Table) -> None:
        """Append columns as they are declared; raises duckdb.Error."""
        with self.fed(table, incoming) as relation:
            if table not in self._prepared:
                self._connection.execute(
                    f"PREPARE append_{table} AS INSERT INTO {table} SELECT * FROM {relation}"  # noqa: S608 -- a table of ours
                )
                self._prepared.add(table)
            self._connection.execute(f"EXECUTE append_{table}")

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
        self._prepared.clear()

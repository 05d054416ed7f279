"""Appends columns to tables by statements that are prepared once for a connection."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa


class _Feed:
    """A relation whose rows change from one execution of a statement to the next."""

    def __init__(self, rows: pa.Table) -> None:
        self.rows = rows

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Hand the rows over, by Arrow's PyCapsule interface."""
        return self.rows.__arrow_c_stream__(requested_schema)


class Appender:
    """Appends on one connection.

    To make a relation known, parse, bind and plan an INSERT takes longer than to append 50 rows.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._feeds: dict[str, _Feed] = {}

    def append(self, table: str, incoming: pa.Table) -> None:
        """Append columns as they are declared; raises duckdb.Error."""
        feed = self._feeds.get(table)
        if feed is None:
            feed = self._prepare(table, incoming)
        feed.rows = incoming
        try:
            self._connection.execute(f"EXECUTE append_{table}")
        finally:
            feed.rows = incoming.slice(0, 0)  # so that memory is free at once

    def forget(self) -> None:
        """Prepare anew: a transaction that was rolled back may have taken relations with it."""
        self._feeds.clear()

    def _prepare(self, table: str, incoming: pa.Table) -> _Feed:
        feed = _Feed(incoming)
        relation = f"incoming_{table}"
        self._connection.register(relation, feed)
        self._connection.execute(
            f"PREPARE append_{table} AS INSERT INTO {table} SELECT * FROM {relation}"  # noqa: S608 -- a table of ours
        )
        self._feeds[table] = feed
        return feed

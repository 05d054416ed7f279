"""Where a reader's SELECT goes: a file, this process's own store, or a server over quack."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol, Self

import duckdb
import pandas as pd
import pyarrow as pa

from analytics.extensions import load_quack
from analytics.lake import DuckLake
from analytics.questions import literal
from analytics.retention.files import let_read
from ocpp_core.domain.errors import (
    NotReadOnlyError,
    ReaderError,
    ReaderTimeoutError,
    StoreLockedError,
)

_TICK_S: Final = 0.05


class Connection(Protocol):
    """Answers SELECTs."""

    def frame(self, select: str) -> pd.DataFrame:
        """Answer one of our own questions."""
        ...

    def checked(self, select: str) -> pd.DataFrame:
        """Answer somebody's SELECT after checking that it only reads tables."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


_TABLE_FUNCTIONS = frozenset(
    {"generate_series", "range", "unnest", "repeat", "duckdb_tables", "duckdb_views"}
)
"""Table functions that only make rows, and two that a client asks when it attaches the server.
All others are refused: some reach files, and `quack_stop()` in a SELECT would stop the server."""

_REFUSED = frozenset(
    {"pg_sleep", "sleep_ms", "write_log", "nextval", "currval", "setseed", "getenv", "getvariable",
     "quack_check_token", "quack_nop_authorization", "json_serialize_plan"}
)  # fmt: skip
"""Functions of values that wait, write or answer for something else than the tables."""

READ_ONLY_MACRO = "ampherd_reads_only"

_CHECK = """
    coalesce((
        SELECT
            NOT contains({query}, chr(0))
            AND json_extract_string(tree, '$.error') = 'false'
            AND json_array_length(tree, '$.statements') = 1
            AND len(list_filter(
                json_extract_string(tree, '$..function.function_name'),
                lambda name: NOT list_contains([{allowed}], lower(name))
            )) = 0
            AND len(list_filter(
                json_extract_string(tree, '$..function_name'),
                lambda name: list_contains([{refused}], lower(name))
            )) = 0
            AND len(list_filter(
                json_extract_string(tree, '$..table_name'),
                lambda name: regexp_matches(name, '[^\\w $-]')
            )) = 0
        FROM (SELECT json_serialize_sql({query}) AS tree)
    ), false)
"""
"""A table whose name is more than a word could be a file: `FROM '/etc/passwd'`. Behind a NUL
character there may be what the parser of the check never saw."""

_PARSED = """
    SELECT json_extract_string(tree, '$.error_type'), json_extract_string(tree, '$.error_message')
    FROM (SELECT json_serialize_sql($1::VARCHAR) AS tree)
"""


def read_only_check(query: str) -> str:
    """Return the SQL expression that is true when `query` (an expression) is a single SELECT."""
    allowed = ", ".join(literal(name) for name in sorted(_TABLE_FUNCTIONS))
    refused = ", ".join(literal(name) for name in sorted(_REFUSED))
    return _CHECK.format(query=query, allowed=allowed, refused=refused)


class _Embedded:
    """SELECTs on a DuckDB connection of this process."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def frame(self, select: str) -> pd.DataFrame:
        try:
            with self._connection.cursor() as cursor:
                return self._run(cursor, select)
        except duckdb.Error as error:
            raise ReaderError(_first_line(error)) from error

    def checked(self, select: str) -> pd.DataFrame:
        check = f"SELECT {read_only_check('$1::VARCHAR')}"
        with self._connection.cursor() as cursor:
            row = cursor.execute(check, [select]).fetchone()
        if row is None or not row[0]:
            self._say_syntax_error(select)
            raise NotReadOnlyError(
                "only one SELECT over tables is allowed here",
                hint="change data through the server: CLI or HTTP API",
            )
        return self.frame(select)

    def close(self) -> None:
        self._connection.close()

    def _say_syntax_error(self, select: str) -> None:
        """Raise ReaderError when the text is no SQL at all: that is no attempt to write."""
        with self._connection.cursor() as cursor:
            row = cursor.execute(_PARSED, [select]).fetchone()
        if row is not None and row[0] == "parser":
            raise ReaderError(f"this is not SQL: {row[1]}")

    def _run(self, cursor: duckdb.DuckDBPyConnection, select: str) -> pd.DataFrame:
        return tidy(cursor.execute(select).to_arrow_table())


class StoreConnection(_Embedded):
    """Reads the store that this process itself writes."""

    def __init__(
        self, writer: duckdb.DuckDBPyConnection, *, timeout_s: float | None = None
    ) -> None:
        """`timeout_s`: what all statements together may take from now on; None: what they need."""
        super().__init__(writer.cursor())
        self._timeout_s = timeout_s
        self._until = None if timeout_s is None else time.monotonic() + timeout_s

    def _run(self, cursor: duckdb.DuckDBPyConnection, select: str) -> pd.DataFrame:
        if self._until is None:
            return super()._run(cursor, select)
        with _Deadline(cursor, self._until - time.monotonic()) as deadline:
            try:
                return super()._run(cursor, select)
            except duckdb.InterruptException as error:
                if not deadline.passed:
                    raise
                raise ReaderTimeoutError(
                    f"interrupted: the question took longer than {self._timeout_s:g} s",
                    hint="ask for a shorter period; [server] question_timeout_s sets the limit",
                ) from error


class _Deadline:
    """Interrupts a cursor when its time is over, again and again until it has ended.

    Once would not do: DuckDB forgets an interrupt that comes before a statement begins.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, left_s: float) -> None:
        self._cursor = cursor
        self._left_s = max(0.0, left_s)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="deadline", daemon=True)
        self.passed = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        wait_s = self._left_s
        while not self._done.wait(wait_s):
            self.passed = True
            with suppress(duckdb.Error):
                self._cursor.interrupt()
            wait_s = _TICK_S


class FileConnection(_Embedded):
    """Reads a database file that nobody writes."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ReaderError(
                f"{path}: no such database", hint="`ampherd demo` and `ampherd serve` make one"
            )
        try:
            connection = duckdb.connect(path, read_only=True)
        except duckdb.Error as error:
            if "lock" in str(error).casefold():
                raise StoreLockedError(
                    f"{path}: a running server owns this database",
                    hint="read it through the server: quack:HOST:PORT with its token",
                ) from error
            raise ReaderError(f"{path}: {_first_line(error)}") from error
        # Whoever else of this process reads the file shares the database, with what is set there.
        locked = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
        if locked != (True,):
            connection.execute("SET GLOBAL TimeZone = 'UTC'")
            let_read(connection, path)
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        super().__init__(connection)


class LakeConnection(_Embedded):
    """Reads a DuckLake, also while a server writes it."""

    def __init__(self, url: str) -> None:
        super().__init__(DuckLake.parse(url).connect_to_read())


class QuackConnection(_Embedded):
    """Reads a running server over DuckDB's own protocol."""

    def __init__(self, url: str, token: str) -> None:
        if not re.fullmatch(r"quack:(\[[0-9a-fA-F:]+\]|[\w.-]+):\d+", url):
            raise ReaderError(f"{url}: not an address", hint="write quack:HOST:PORT")
        connection = duckdb.connect()
        load_quack(connection)
        connection.execute("SET TimeZone = 'UTC'")
        super().__init__(connection)
        self._url, self._token = url, token
        try:
            self.frame("SELECT 1")
        except ReaderError as error:
            connection.close()
            raise ReaderError(
                f"{url}: {error}", hint="is the server running, and is this its token?"
            ) from error

    def _run(self, cursor: duckdb.DuckDBPyConnection, select: str) -> pd.DataFrame:
        remote = "FROM quack_query($url, $select, token = $token)"
        asked = {"url": self._url, "select": select, "token": self._token}
        return tidy(cursor.execute(remote, asked).to_arrow_table())


def tidy(table: pa.Table) -> pd.DataFrame:
    """Turn columns into a frame: exact decimals become floats, times stay instants."""
    for position, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            # By way of text: Arrow's own cast multiplies, and 14.4 would not stay 14.4.
            exact = table.column(position).cast(pa.string()).cast(pa.float64())
            table = table.set_column(position, field.name, exact)
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]

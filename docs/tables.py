"""The page of every table and view, from the words beside their columns in the migrations."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from analytics.schema.migrations import Table, migrate, schema_version, tables
from analytics.schema.views import View, views

_PAGE = """\
# Tables

What `analytics.open(url).sql("SELECT …")`, live SQL and every DuckDB client find in a store, in a
file and in a lake alike. This is schema {version}; `ampherd --version` tells which one a program
knows, `schema_version` in a database which it has.

- Units are in the names: `_a` ampere, `_w` watt, `_wh` watt-hour, `_v` volt, `_s` second.
  Times are instants, kept in UTC. What is not known is NULL, never 0.
- A key tells rows apart; it is kept by what writes the table and not enforced
  ([0008](../decisions/0008-store-without-enforced-keys.md)).
- Tables that follow from messages are made anew from `ocpp_message` by `ampherd reprocess`.
- The named questions ([queries](../../analytics/queries)) are made of these.

{index}"""

Shape = list[tuple[str, str]]
"""Names and types of columns."""


def page(written: str) -> str:
    """Return the page; `written` says who wrote it."""
    shapes = shapes_of_views()
    index = "".join(
        _row(f"[`{one.name}`](#{one.name})", kind, _first_sentence(one.meaning))
        for kind, known in (("table", tables()), ("view", views()))
        for one in known.values()
    )
    head = _PAGE.format(
        version=schema_version(),
        index=_row("name", "", "what") + _row(*["---"] * 3) + index,
    )
    return "".join(
        [
            f"{written}\n{head}",
            *(_table(table) for table in tables().values()),
            *(_view(view, shapes[view.name]) for view in views().values()),
        ]
    )


def shapes_of_views() -> dict[str, Shape]:
    """Return the columns of every view as DuckDB knows them."""
    with duckdb.connect() as connection:
        migrate(connection, Path("memory"), datetime(2026, 1, 1, tzinfo=UTC))
        found = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE table_name IN (SELECT view_name FROM duckdb_views() WHERE NOT internal) "
            "ORDER BY table_name, column_index"
        ).fetchall()
    shapes: dict[str, Shape] = {}
    for view, column, kind in found:
        short = kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
        shapes.setdefault(view, []).append((column, short))
    return shapes


def _table(table: Table) -> str:
    rows = [
        _row(f"`{column.name}`", column.type, "" if column.required else "yes", column.meaning)
        for column in table.columns
    ]
    head = _row("column", "type", "may be NULL", "meaning") + _row(*["---"] * 4)
    return (
        f"\n## {table.name}\n\n{table.meaning}\n\n{_key(table.key)}"
        f"Filled by: {table.filled_by}\n\n{head}{''.join(rows)}"
    )


def _view(view: View, shape: Shape) -> str:
    rows = [_row(f"`{name}`", kind, view.columns.get(name, "")) for name, kind in shape]
    head = _row("column", "type", "meaning") + _row(*["---"] * 3)
    return f"\n## {view.name}\n\nA view: {view.meaning}\n\n{_key(view.key)}{head}{''.join(rows)}"


def _key(key: tuple[str, ...]) -> str:
    return f"Key: {', '.join(f'`{name}`' for name in key)}.\n\n" if key else ""


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".") + "."


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"

"""One number for each table that follows from messages: equal contents, equal numbers.

A table's hash is the sum of its rows' 64-bit hashes (DuckDB's `hash` over the columns in the order
of their names) modulo 2^128, with the number of rows beside it. A sum knows no order, and the same
row twice counts twice. DuckDB may hash otherwise in another version, so compare hashes that the
same version made.

Left out is what is provisional: energy, grid and bill of running sessions are made anew every
minute with the time of that minute, and are no history yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_RUNNING = "CASE WHEN ended_at IS NULL THEN NULL ELSE {column} END"

_IMPORTED = "SELECT session_id FROM {schema}session WHERE source <> 'ocpp'"


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedTable:
    """A table that follows from messages, and the part of it that does."""

    name: str
    condition: str = "true"
    """Which rows; `{schema}` stands for where the tables are."""
    instead: tuple[tuple[str, str], ...] = ()
    """Columns that are compared in part: the expression that stands in for each."""
    without: tuple[str, ...] = ()
    """Columns that come from elsewhere."""


_FINAL = f"NOT provisional AND session_id NOT IN ({_IMPORTED})"

DERIVED: tuple[DerivedTable, ...] = (
    DerivedTable(
        name="session",
        condition="source = 'ocpp'",
        instead=tuple(
            (column, _RUNNING.format(column=column))
            for column in ("energy_wh", "last_energy_at", "trust", "findings")
        ),
    ),
    DerivedTable(name="session_interval", condition=_FINAL),
    DerivedTable(name="cost_line", condition=_FINAL),
    DerivedTable(name="charging_period", condition=f"session_id NOT IN ({_IMPORTED})"),
    DerivedTable(name="meter_reading"),
    DerivedTable(name="meter_layout"),
    DerivedTable(name="status"),
    DerivedTable(name="transaction_event"),
    DerivedTable(name="transaction_status"),
    DerivedTable(name="charging_profile"),
    DerivedTable(name="profile_in_force"),
    DerivedTable(name="charging_limit"),
    DerivedTable(name="charging_need"),
    DerivedTable(name="reservation"),
    DerivedTable(name="local_list"),
    DerivedTable(name="local_list_entry"),
    DerivedTable(name="setting"),
    DerivedTable(name="transfer"),
    DerivedTable(name="certificate"),
    DerivedTable(name="certificate_step"),
    DerivedTable(name="security_event"),
    DerivedTable(name="availability_order"),
    DerivedTable(name="refused_token"),
    DerivedTable(name="charge_point", condition="booted_at IS NOT NULL", without=("configured",)),
)
"""Every table that `ampherd reprocess` makes anew."""


ARRIVAL: dict[str, tuple[str, ...]] = {
    "meter_reading": ("message_seq",),
    "session": ("transaction_id",),
    "status": ("received_at",),
    "transaction_event": ("received_at",),
    "security_event": ("received_at",),
}
"""Columns that depend on when and in which order messages came, rather than on what they say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableHash:
    """What a table holds, as one number."""

    rows: int
    digest: str
    """32 hexadecimal digits."""


def apart_from_arrival(table: DerivedTable) -> DerivedTable:
    """Return a table without its columns that depend on when messages came."""
    return replace(table, without=table.without + ARRIVAL.get(table.name, ()))


def compared(
    table: DerivedTable, columns: list[str], schema: str = "", source: str | None = None
) -> str:
    """Return the SELECT of what is compared of a table, or of `source` in its place."""
    instead = dict(table.instead)
    chosen = ", ".join(
        f'{instead[name]} AS "{name}"' if name in instead else f'"{name}"'
        for name in columns
        if name not in table.without
    )
    condition = table.condition.format(schema=schema)
    return f"SELECT {chosen} FROM {source or schema + table.name} WHERE {condition}"  # noqa: S608 -- tables of ours


def hash_select(
    table: DerivedTable, columns: list[str], schema: str = "", source: str | None = None
) -> str:
    """Return the SELECT of a table's name, number of rows and hash."""
    kept = ", ".join(f'"{name}"' for name in columns if name not in table.without)
    return (
        f"SELECT '{table.name}' AS table_name, count(*) AS rows, "  # noqa: S608 -- tables of ours
        f"coalesce(sum(hash({kept})::HUGEINT), 0)::VARCHAR AS total "
        f"FROM ({compared(table, columns, schema, source)})"
    )


def as_hash(rows: int, total: str) -> TableHash:
    """Return a hash as it is shown."""
    return TableHash(rows=int(rows), digest=f"{int(total) % 2**128:032x}")

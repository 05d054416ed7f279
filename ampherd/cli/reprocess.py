"""`ampherd reprocess`: make every table that follows from messages anew, and compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, open_config
from ampherd.cli.output import columns, data, help_text, json_data, say

if TYPE_CHECKING:
    from analytics.reprocess import Comparison, Reprocessed

HELP = help_text(
    "Make all tables that follow from messages anew from the raw frames, and compare them.",
    "ampherd reprocess",
    "ampherd reprocess --apply",
    rest="Without --apply nothing is changed: the new tables are made beside the database, "
    "compared by a hash for each, and thrown away; exit code 1 means that one differs, and the "
    "first rows that do are told. With --apply the new database takes the place of the old one, "
    "which is kept beside it. The server must not be running: it owns the database. The disk needs "
    "as much room again as the database takes.",
)


def reprocess(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="Put what was made anew in the database's place.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make all tables that follow from messages anew."""
    from ampherd.cli.importing import TerminalProgress  # noqa: PLC0415 - help stays quick
    from ampherd.runtime.opening import reprocess_store  # noqa: PLC0415 - see above
    from ocpp_core.domain.clock import SystemClock  # noqa: PLC0415 - see above

    loaded = open_config(config)
    found = reprocess_store(loaded, SystemClock(), TerminalProgress(), apply=apply)
    if as_json:
        json_data(_json(found))
    else:
        _tell(found)
    if not found.same and not apply:
        raise typer.Exit(1)


def _tell(found: Reprocessed) -> None:
    data(
        columns(
            [
                ("table", "rows", "hash", "from messages", "hash", ""),
                *(_row(table) for table in found.tables),
            ]
        )
    )
    for table in found.tables:
        for words in table.differences:
            say(f"  {words}")
    rebuilt = found.rebuilt
    if rebuilt.forgotten:
        say(
            f"The first {rebuilt.forgotten} messages are no longer kept: "
            "what they made is told as different."
        )
    if rebuilt.unread_count:
        say(f"{rebuilt.unread_count} messages cannot be understood any more:")
        for words in rebuilt.unread:
            say(f"  {words}")
    different = [table.table for table in found.tables if not table.same]
    if different:
        say(f"Different: {', '.join(different)}.")
    else:
        say(f"{rebuilt.messages} messages make the very same tables.")
    if found.copy is not None:
        say(f"The new tables are in place; the database from before is kept: {found.copy}")
    elif different:
        say("Nothing was changed. --apply puts the new tables in place and keeps the old database.")


def _row(table: Comparison) -> tuple[str, ...]:
    return (
        table.table,
        str(table.before.rows),
        table.before.digest[-16:],
        str(table.after.rows),
        table.after.digest[-16:],
        "same" if table.same else "DIFFERENT",
    )


def _json(found: Reprocessed) -> dict[str, object]:
    return {
        "same": found.same,
        "messages": found.rebuilt.messages,
        "sessions": found.rebuilt.sessions,
        "unread": found.rebuilt.unread_count,
        "copy": None if found.copy is None else str(found.copy),
        "tables": [
            {
                "table": table.table,
                "same": table.same,
                "rows_before": table.before.rows,
                "hash_before": table.before.digest,
                "rows": table.after.rows,
                "hash": table.after.digest,
                "differences": list(table.differences),
            }
            for table in found.tables
        ],
    }

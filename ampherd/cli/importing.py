"""What the commands of `ampherd import` share: the store, the zone, progress, what is said."""

from __future__ import annotations

import csv
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ampherd.cli.output import json_data, say
from ampherd.config import Config
from ocpp_core.domain.errors import StoreLockedError

if TYPE_CHECKING:
    from analytics.importers import ImportReport, Reading
    from analytics.store import Store

SHOWN = 10
"""Rows of a preview, and rejected rows that are named."""
STOPPED = (
    "The server must not be running: it owns the database. What is there already is left alone; "
    "docs/import.md says how each kind of row is judged."
)

FileArgument = Annotated[Path, typer.Argument(help="The file.")]
ZoneOption = Annotated[
    str | None,
    typer.Option(
        "--timezone",
        help="IANA zone of times that carry none, e.g. Europe/Berlin; asked for at a terminal.",
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be imported and write no history.")
]
RejectedOption = Annotated[
    Path | None,
    typer.Option("--rejected", help="Write every rejected row with its reason to this CSV file."),
]


class TerminalProgress:
    """Shows an import as a bar; on a stream that is no terminal it stays silent."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - help stays quick
        from rich.progress import Progress  # noqa: PLC0415 - see above

        self._bar = Progress(console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=None)

    def start(self, total: int, words: str) -> None:
        """Begin."""
        self._bar.reset(self._task, total=total, description=words)
        self._bar.start()

    def advance(self, steps: int) -> None:
        """Some steps are done."""
        self._bar.advance(self._task, steps)

    def note(self, words: str) -> None:
        """Say something beside the bar."""
        self._bar.console.print(words)

    def finish(self, words: str) -> None:
        """End."""
        self._bar.stop()
        say(words)


@asynccontextmanager
async def import_store(config: Config, *, dry_run: bool = False) -> AsyncIterator[Store]:
    """Open the site's database; a dry run on one that is not there yet makes none.

    Raises StoreLockedError, with what to do, while a server runs on it.
    """
    from ampherd.runtime.opening import open_store  # noqa: PLC0415 - help stays quick
    from ocpp_core.domain.clock import SystemClock  # noqa: PLC0415 - see above

    with TemporaryDirectory() as folder:
        if dry_run and not config.store_path.exists():
            config = replace(config, store_path=Path(folder) / "dry-run.duckdb")
        try:
            store = open_store(config, SystemClock())
        except StoreLockedError as error:
            raise StoreLockedError(
                f"{config.store_path}: a running server owns this database, and an import has to "
                "write to it",
                hint="stop the server, import, and start it again; chargers keep what they have "
                "to tell meanwhile",
            ) from error
        async with store:
            yield store


def zone_named(name: str | None) -> ZoneInfo | None:
    """Return the zone of `--timezone`; a usage error when there is none of that name."""
    if name is None:
        return None
    zone = _zone(name)
    if zone is None:
        raise typer.BadParameter(
            f"{name!r} is no time zone; write an IANA name such as Europe/Berlin",
            param_hint="--timezone",
        )
    return zone


def read_in_zone[Row](
    read: Callable[[ZoneInfo | None], Reading[Row]], given: ZoneInfo | None, usual: ZoneInfo
) -> Reading[Row]:
    """Read a file; where its times bear no zone, ask at a terminal which one they are in.

    Raises ZoneNeededError, which says what to add, where nobody can be asked.
    """
    from analytics.importers import ZoneNeededError  # noqa: PLC0415 - help stays quick

    try:
        return read(given)
    except ZoneNeededError as error:
        if not sys.stdin.isatty():
            raise
        say(f"{error}.")
    while True:
        name = typer.prompt("Which time zone are they in?", default=usual.key, err=True)
        zone = _zone(name)
        if zone is not None:
            return read(zone)
        say(f"{name!r} is no time zone; write an IANA name such as Europe/Berlin.")


def tell(
    file: Path,
    reading: Reading[Any],
    report: ImportReport,
    *,
    rejected_to: Path | None,
    as_json: bool,
) -> None:
    """Say what was odd and rejected; write the rejected rows to a file, when one is named."""
    for note in reading.notes:
        say(f"{file}: {note}")
    for row in report.rejected[:SHOWN]:
        say(f"{file}:{row.line}: {row.reason}: {row.content}")
    if len(report.rejected) > SHOWN:
        more = len(report.rejected) - SHOWN
        where = str(rejected_to) if rejected_to else "--rejected FILE writes all of them"
        say(f"… and {more} more rejected rows: {where}")
    if rejected_to is not None:
        _write_rejected(rejected_to, report)
    if report.import_id is not None:
        say(f"take it back: ampherd import undo {report.import_id}")
    if as_json:
        json_data(
            {
                "import_id": report.import_id,
                "importer": reading.importer,
                "rows_read": report.rows_read,
                "rows_imported": report.rows_imported,
                "rows_known": report.rows_known,
                "rows_rejected": [
                    {"line": row.line, "reason": row.reason} for row in report.rejected
                ],
                "timezone": reading.timezone,
                "notes": list(reading.notes),
                "dry_run": report.dry_run,
            }
        )


def _write_rejected(path: Path, report: ImportReport) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("line", "reason", "content"))
            writer.writerows((row.line, row.reason, row.content) for row in report.rejected)
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="--rejected") from None


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def say_preview(shown: Any, rows: int, zone: ZoneInfo | None = None) -> None:
    """Show the first rows of what a file would become, and how many more there are.

    With a `zone`, times are shown in it.
    """
    if rows == 0:
        return
    if zone is not None:
        for column in shown.select_dtypes("datetimetz"):
            local = shown[column].dt.tz_convert(zone)
            shown[column] = [at.isoformat(timespec="seconds") for at in local]
    say(shown.to_string(index=False, na_rep=""))
    if rows > len(shown):
        say(f"… and {rows - len(shown)} more rows")

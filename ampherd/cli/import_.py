"""`ampherd import`: history from files into the site's database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, open_config
from ampherd.cli.output import help_text, json_data, say

if TYPE_CHECKING:
    from analytics.importers import ImportReport, Reading, RecordedSession

app = typer.Typer(no_args_is_help=True, help="Bring history into the site's database.")

_SHOWN = 10


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


@app.command(
    help=help_text(
        "Import recorded charging sessions; what is there already is left alone.",
        "ampherd import sessions acn.parquet --dry-run",
        "ampherd import sessions history.csv --timezone Europe/Berlin",
        rest="The file is .parquet or .csv with the columns of ACN-Data: station_id, arrival, "
        "departure, delivered_kwh, and where there are requested_kwh, estimated_departure, "
        "id_token. The course of a session within its stay is assumed and marked so. The server "
        "must not be running: it owns the database.",
    )
)
def sessions(
    file: Annotated[Path, typer.Argument(help="The file.")],
    timezone: Annotated[
        str | None, typer.Option(help="IANA zone of times that carry none, e.g. Europe/Berlin.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be imported and change nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Import recorded charging sessions."""
    import asyncio  # noqa: PLC0415 - help stays quick

    from ampherd.runtime.opening import open_store  # noqa: PLC0415 - see above
    from analytics.importers import import_sessions, read_sessions  # noqa: PLC0415 - see above
    from ocpp_core.domain.clock import SystemClock  # noqa: PLC0415 - see above

    loaded = open_config(config)
    reading = read_sessions(file, timezone=_zone(timezone))
    if dry_run and not as_json:
        say(reading.preview(_SHOWN).to_string(index=False))

    async def run() -> ImportReport:
        async with open_store(loaded, SystemClock()) as store:
            return await import_sessions(
                store, reading, progress=TerminalProgress(), dry_run=dry_run
            )

    report = asyncio.run(run())
    _say_rejected(file, reading)
    if as_json:
        json_data(
            {
                "rows_read": report.rows_read,
                "rows_imported": report.rows_imported,
                "rows_known": report.rows_known,
                "rows_rejected": [
                    {"line": row.line, "reason": row.reason} for row in report.rejected
                ],
                "dry_run": report.dry_run,
            }
        )


def _say_rejected(file: Path, reading: Reading[RecordedSession]) -> None:
    for row in reading.rejected[:_SHOWN]:
        say(f"{file}:{row.line}: {row.reason}: {row.content}")
    if len(reading.rejected) > _SHOWN:
        say(f"… and {len(reading.rejected) - _SHOWN} more rejected rows")


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise typer.BadParameter(
            f"{name!r} is no time zone; write an IANA name such as Europe/Berlin",
            param_hint="--timezone",
        ) from None

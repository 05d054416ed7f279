"""`ampherd import`: history from files into the site's database."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ampherd.cli.export import open_store_reader
from ampherd.cli.import_series import app as series
from ampherd.cli.importing import (
    SHOWN,
    STOPPED,
    DryRunOption,
    FileArgument,
    RejectedOption,
    TerminalProgress,
    ZoneOption,
    import_store,
    read_in_zone,
    say_preview,
    tell,
    zone_named,
)
from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, open_config
from ampherd.cli.output import data, help_text, json_data, say

if TYPE_CHECKING:
    from analytics.importers import ImportReport

app = typer.Typer(no_args_is_help=True, help="Bring history into the site's database.")
app.add_typer(series)


class Format(StrEnum):
    """What a file of sessions is."""

    AUTO = "auto"
    ACN = "acn"
    OCPI = "ocpi"
    STEVE = "steve"
    AMPHERD = "ampherd"


class Overlap(StrEnum):
    """What becomes of overlapping sessions."""

    REJECT = "reject"
    KEEP = "keep"


@app.command(
    help=help_text(
        "Import recorded charging sessions.",
        "ampherd import sessions acn.json --dry-run",
        "ampherd import sessions history.csv --timezone Europe/Berlin",
        "ampherd import sessions export.csv --mapping mapping.toml --rejected bad.csv",
        rest="Reads ACN-Data (JSON, CSV, Parquet), OCPI 2.2.1 CDRs (JSON), SteVe's CSV of "
        "transactions, what `ampherd export sessions` writes, and any CSV by a mapping file. "
        "Bills of CDRs are kept as they are; sessions without a bill are priced by the site's "
        f"tariff. A course over time that the file does not tell is assumed and marked so. "
        f"{STOPPED}",
    )
)
def sessions(
    file: FileArgument,
    kind: Annotated[
        Format, typer.Option("--format", help="What the file is; auto: found by its fields.")
    ] = Format.AUTO,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML file that says which column is what.")
    ] = None,
    timezone: ZoneOption = None,
    overlaps: Annotated[
        Overlap,
        typer.Option(help="Sessions that overlap another one at their connector."),
    ] = Overlap.REJECT,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    dry_run: DryRunOption = False,
    rejected: RejectedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import recorded charging sessions."""
    from analytics import importers as im  # noqa: PLC0415 - help stays quick

    loaded = open_config(config)
    site = loaded.site
    mapped = None if mapping is None else im.read_mapping(mapping)
    reading = read_in_zone(
        lambda zone: im.read_session_file(
            file,
            currency=site.currency,
            kind=im.SessionFormat(kind.value),
            mapping=mapped,
            timezone=zone,
        ),
        zone_named(timezone),
        site.timezone,
    )
    rules = im.ImportRules(overlaps=im.Overlaps(overlaps.value))

    async def run() -> ImportReport:
        async with import_store(loaded, dry_run=dry_run) as store:
            if not as_json:
                shown = await im.preview_sessions(store, reading, rules=rules, count=SHOWN)
                say_preview(shown, len(reading.rows))
            return await im.import_sessions(
                store, reading, rules=rules, progress=TerminalProgress(), dry_run=dry_run
            )

    report = asyncio.run(run())
    tell(file, reading, report, rejected_to=rejected, as_json=as_json)


@app.command(
    help=help_text(
        "Take an import back: delete what it wrote.",
        "ampherd import undo 4f1c",
        rest="What was there before stays, as does the record that the import was made. The "
        "beginning of an id is enough. The server must not be running.",
    )
)
def undo(
    import_id: Annotated[str, typer.Argument(help="Id of the import, as `list` shows it.")],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    as_json: JsonOption = False,
) -> None:
    """Take an import back."""
    from analytics.importers import undo_import  # noqa: PLC0415 - help stays quick

    loaded = open_config(config)

    async def run() -> tuple[int, int]:
        async with import_store(loaded) as store:
            return await undo_import(store, import_id, progress=TerminalProgress())

    deleted, values = asyncio.run(run())
    if as_json:
        json_data({"sessions_deleted": deleted, "values_deleted": values})


@app.command(
    name="list",
    help=help_text("List every import with its id, the latest first.", "ampherd import list"),
)
def list_(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> None:
    """List every import."""
    loaded = open_config(config)
    with open_store_reader(None, None, loaded) as reader:
        runs = reader.imports()
    if as_json:
        json_data(runs.astype("object").where(runs.notna(), None).to_dict("records"))
    elif runs.empty:
        say("nothing was imported yet")
    else:
        data(runs.to_string(index=False, na_rep=""))

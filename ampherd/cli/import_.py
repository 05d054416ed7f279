"""`ampherd import`: history from files into the site's database."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ampherd.cli.export import open_store_reader
from ampherd.cli.importing import (
    SHOWN,
    TerminalProgress,
    import_store,
    read_in_zone,
    tell,
    zone_named,
)
from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, open_config
from ampherd.cli.output import data, help_text, json_data, say

if TYPE_CHECKING:
    from analytics.importers import ImportReport, Reading
    from analytics.store import Store

app = typer.Typer(no_args_is_help=True, help="Bring history into the site's database.")

_EMISSION_UNITS = {"kg/kWh": 1.0, "g/kWh": 1e-3, "kg/MWh": 1e-3, "lb/MWh": 0.45359237e-3}
"""What turns a unit into kg/kWh; a pound is 0.45359237 kg."""
_STOPPED = (
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
TimeOption = Annotated[str | None, typer.Option("--time", help="Column of the times.")]
ValueOption = Annotated[str | None, typer.Option("--value", help="Column of the values.")]
DecimalOption = Annotated[str, typer.Option("--decimal", help="Decimal mark of a CSV: . or ,")]


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
        f"{_STOPPED}",
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
                _say_preview(shown, len(reading.rows))
            return await im.import_sessions(
                store, reading, rules=rules, progress=TerminalProgress(), dry_run=dry_run
            )

    report = asyncio.run(run())
    tell(file, reading, report, rejected_to=rejected, as_json=as_json)


@app.command(
    help=help_text(
        "Import the building's own load: mean power, or energy per step.",
        "ampherd import load meter.csv --time start --value kwh --timezone Europe/Berlin",
        rest=f"Units are read from the column's name (`electricity_kw`) or given. {_STOPPED}",
    )
)
def load(
    file: FileArgument,
    time: TimeOption = None,
    value: ValueOption = None,
    unit: Annotated[
        str | None, typer.Option(help="W, kW or MW; Wh, kWh or MWh per step of the series.")
    ] = None,
    decimal: DecimalOption = ".",
    timezone: ZoneOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    dry_run: DryRunOption = False,
    rejected: RejectedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import building load."""
    _power("building", file, time, value, unit, decimal, timezone, config, dry_run, rejected,
           as_json)  # fmt: skip


@app.command(
    help=help_text(
        "Import PV production: mean power, or energy per step.",
        "ampherd import pv inverter.csv --time time --value power_kw --timezone Europe/Berlin",
        rest=f"Units are read from the column's name (`dc_kw`) or given. {_STOPPED}",
    )
)
def pv(
    file: FileArgument,
    time: TimeOption = None,
    value: ValueOption = None,
    unit: Annotated[
        str | None, typer.Option(help="W, kW or MW; Wh, kWh or MWh per step of the series.")
    ] = None,
    decimal: DecimalOption = ".",
    timezone: ZoneOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    dry_run: DryRunOption = False,
    rejected: RejectedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import PV production."""
    _power("pv", file, time, value, unit, decimal, timezone, config, dry_run, rejected, as_json)


@app.command(
    help=help_text(
        "Import day-ahead prices.",
        "ampherd import prices day_ahead.csv --time time_utc --value price --unit EUR/MWh",
        rest="Units are read from the column's name (`price_eur_mwh`) or given. The price of the "
        "site's energy is that of [tariff.site] in site.toml; prices imported here are kept "
        f"beside it, to be shown and exported. {_STOPPED}",
    )
)
def prices(
    file: FileArgument,
    time: TimeOption = None,
    value: ValueOption = None,
    unit: Annotated[
        str | None,
        typer.Option(help="A currency, or ct, per MWh or kWh: EUR/MWh, EUR/kWh, ct/kWh."),
    ] = None,
    decimal: DecimalOption = ".",
    timezone: ZoneOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    dry_run: DryRunOption = False,
    rejected: RejectedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import day-ahead prices."""
    from analytics import importers as im  # noqa: PLC0415 - help stays quick

    loaded = open_config(config)
    layout = im.CsvLayout(decimal=decimal)
    found = _columns(file, time, value, layout)
    currency, per_kwh = _price_unit(unit, found, loaded.site.currency)

    def read(zone: ZoneInfo | None) -> Reading[Any]:
        return im.read_prices(
            file, time=found.time, price=found.value, per_kwh=per_kwh, currency=currency,
            timezone=zone, layout=layout,
        )  # fmt: skip

    async def write(store: Store, reading: Reading[Any]) -> ImportReport:
        return await im.import_prices(store, reading, progress=TerminalProgress(), dry_run=dry_run)

    _series(file, read, write, timezone, config, dry_run, rejected, as_json)


@app.command(
    help=help_text(
        "Import a series of marginal emissions: what one more kWh causes.",
        "ampherd import emissions moer.parquet --time time_utc --value moer_kg_co2_kwh",
        rest="The unit is kg CO2/kWh unless `--unit` says otherwise. Key figures count CO2 by it; "
        f"times that no file covers stay unknown, and are told as such. {_STOPPED}",
    )
)
def emissions(
    file: FileArgument,
    time: TimeOption = None,
    value: ValueOption = None,
    unit: Annotated[
        str, typer.Option(help="Of the values: kg/kWh, g/kWh, kg/MWh, lb/MWh.")
    ] = "kg/kWh",
    decimal: DecimalOption = ".",
    timezone: ZoneOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    dry_run: DryRunOption = False,
    rejected: RejectedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import marginal emissions."""
    from analytics import importers as im  # noqa: PLC0415 - help stays quick

    if unit not in _EMISSION_UNITS:
        raise typer.BadParameter(
            f"{unit!r} is none of {', '.join(_EMISSION_UNITS)}", param_hint="--unit"
        )
    layout = im.CsvLayout(decimal=decimal)
    found = _columns(file, time, value, layout)

    def read(zone: ZoneInfo | None) -> Reading[Any]:
        return im.read_emissions(
            file, time=found.time, value=found.value, kg_per_kwh=_EMISSION_UNITS[unit],
            timezone=zone, layout=layout,
        )  # fmt: skip

    async def write(store: Store, reading: Reading[Any]) -> ImportReport:
        return await im.import_emissions(
            store, reading, progress=TerminalProgress(), dry_run=dry_run
        )

    _series(file, read, write, timezone, config, dry_run, rejected, as_json)


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


# Series -------------------------------------------------------------------------------------------


def _power(
    quantity: str,
    file: Path,
    time: str | None,
    value: str | None,
    unit: str | None,
    decimal: str,
    timezone: str | None,
    config: Path,
    dry_run: bool,
    rejected: Path | None,
    as_json: bool,
) -> None:
    from analytics import importers as im  # noqa: PLC0415 - help stays quick

    layout = im.CsvLayout(decimal=decimal)
    found = _columns(file, time, value, layout)
    chosen = unit or found.unit
    if chosen is None:
        raise typer.BadParameter(
            f"the name {found.value!r} does not say its unit: give W, kW, MW, Wh, kWh or MWh",
            param_hint="--unit",
        )

    def read(zone: ZoneInfo | None) -> Reading[Any]:
        return im.read_power(
            file, quantity=im.PowerQuantity(quantity), time=found.time, power_kw=found.value,
            unit=chosen, timezone=zone, layout=layout,
        )  # fmt: skip

    async def write(store: Store, reading: Reading[Any]) -> ImportReport:
        return await im.import_power(store, reading, progress=TerminalProgress(), dry_run=dry_run)

    _series(file, read, write, timezone, config, dry_run, rejected, as_json)


def _series(
    file: Path,
    read: Callable[[ZoneInfo | None], Reading[Any]],
    write: Callable[[Store, Reading[Any]], Any],
    timezone: str | None,
    config: Path,
    dry_run: bool,
    rejected: Path | None,
    as_json: bool,
) -> None:
    loaded = open_config(config)
    reading = read_in_zone(read, zone_named(timezone), loaded.site.timezone)
    if not as_json:
        _say_preview(reading.preview(SHOWN), len(reading.rows))

    async def run() -> ImportReport:
        async with import_store(loaded, dry_run=dry_run) as store:
            report: ImportReport = await write(store, reading)
            return report

    tell(file, reading, asyncio.run(run()), rejected_to=rejected, as_json=as_json)


def _columns(file: Path, time: str | None, value: str | None, layout: Any) -> Any:
    from analytics.importers import find_series, named_series  # noqa: PLC0415 - help stays quick

    if time and value:
        return named_series(time, value)
    found = find_series(file, layout)
    return named_series(time or found.time, value or found.value)


def _price_unit(unit: str | None, found: Any, site_currency: str) -> tuple[str, Decimal]:
    from analytics.importers import PRICE_UNITS  # noqa: PLC0415 - help stays quick

    if unit is None and found.unit in PRICE_UNITS:
        return found.currency or site_currency, PRICE_UNITS[found.unit]
    match = re.fullmatch(r"([A-Za-z]{3}|ct)/(MWh|kWh)", unit or "")
    if match is None:
        raise typer.BadParameter(
            f"the name {found.value!r} does not say what the price is for: give EUR/MWh, EUR/kWh "
            "or ct/kWh",
            param_hint="--unit",
        )
    per_kwh = PRICE_UNITS[match[2]]
    if match[1] == "ct":
        return site_currency, per_kwh / 100
    return match[1].upper(), per_kwh


def _say_preview(shown: Any, rows: int) -> None:
    if rows == 0:
        return
    say(shown.to_string(index=False, na_rep=""))
    if rows > len(shown):
        say(f"… and {rows - len(shown)} more rows")

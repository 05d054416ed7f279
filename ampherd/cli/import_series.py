"""`ampherd import load`, `pv`, `prices`, `emissions`: series over time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

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
from ampherd.cli.output import help_text

if TYPE_CHECKING:
    from analytics.importers import ImportReport, Reading
    from analytics.store import Store

app = typer.Typer()

_EMISSION_UNITS = {"kg/kWh": 1.0, "g/kWh": 1e-3, "kg/MWh": 1e-3, "lb/MWh": 0.45359237e-3}
"""What turns a unit into kg/kWh; a pound is 0.45359237 kg."""

TimeOption = Annotated[str | None, typer.Option("--time", help="Column of the times.")]
ValueOption = Annotated[str | None, typer.Option("--value", help="Column of the values.")]
DecimalOption = Annotated[str, typer.Option("--decimal", help="Decimal mark of a CSV: . or ,")]


@app.command(
    help=help_text(
        "Import the building's own load: mean power, or energy per step.",
        "ampherd import load meter.csv --time start --value kwh --timezone Europe/Berlin",
        rest=f"Units are read from the column's name (`electricity_kw`) or given. {STOPPED}",
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
        rest=f"Units are read from the column's name (`dc_kw`) or given. {STOPPED}",
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
        rest="Units are read from the column's name (`price_eur_mwh`) or given. With "
        '`kind = "day-ahead"` and no `file`, [tariff.site] in site.toml goes by what is imported '
        "here; with another tariff the prices are kept beside it, to be shown and exported. "
        f"{STOPPED}",
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
        f"times that no file covers stay unknown, and are told as such. {STOPPED}",
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
        say_preview(reading.preview(SHOWN), len(reading.rows))

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

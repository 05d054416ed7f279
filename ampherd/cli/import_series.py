"""`ampherd import load`, `pv`, `prices`, `emissions`: series over time."""

from __future__ import annotations

import asyncio
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
from ocpp_core.domain.errors import ImportRefusedError

if TYPE_CHECKING:
    from analytics.importers import ImportReport, Reading
    from analytics.store import Store

app = typer.Typer()

TimeOption = Annotated[str | None, typer.Option("--time", help="Column of the times.")]
ValueOption = Annotated[str | None, typer.Option("--value", help="Column of the values.")]
DecimalOption = Annotated[str, typer.Option("--decimal", help="Decimal mark of a CSV: . or ,")]


def _power(quantity: str, name: str, what: str, example: str, unit_example: str) -> None:
    """Make the command of a power series: building load and PV differ in nothing else."""

    @app.command(
        name,
        help=help_text(
            f"Import {what}: mean power, or energy per step.",
            example,
            rest=f"Units are read from the column's name (`{unit_example}`) or given. {STOPPED}",
        ),
    )
    def command(
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
            return await im.import_power(
                store, reading, progress=TerminalProgress(), dry_run=dry_run
            )

        _series(file, read, write, timezone, config, dry_run, rejected, as_json)


_power(
    "building",
    "load",
    "the building's own load",
    "ampherd import load meter.csv --time start --value kwh --timezone Europe/Berlin",
    "electricity_kw",
)
_power(
    "pv",
    "pv",
    "PV production",
    "ampherd import pv inverter.csv --time time --value power_kw --timezone Europe/Berlin",
    "dc_kw",
)


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

    if unit not in im.EMISSION_UNITS:
        raise typer.BadParameter(
            f"{unit!r} is none of {', '.join(im.EMISSION_UNITS)}", param_hint="--unit"
        )
    layout = im.CsvLayout(decimal=decimal)
    found = _columns(file, time, value, layout)

    def read(zone: ZoneInfo | None) -> Reading[Any]:
        return im.read_emissions(
            file, time=found.time, value=found.value, kg_per_kwh=im.EMISSION_UNITS[unit],
            timezone=zone, layout=layout,
        )  # fmt: skip

    async def write(store: Store, reading: Reading[Any]) -> ImportReport:
        return await im.import_emissions(
            store, reading, progress=TerminalProgress(), dry_run=dry_run
        )

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
        say_preview(reading.preview(SHOWN), len(reading.rows), loaded.site.timezone)

    async def run() -> ImportReport:
        async with import_store(loaded, dry_run=dry_run) as store:
            report: ImportReport = await write(store, reading)
            return report

    tell(file, reading, asyncio.run(run()), rejected_to=rejected, as_json=as_json)


def _columns(file: Path, time: str | None, value: str | None, layout: Any) -> Any:
    from analytics.importers.series_files import (  # noqa: PLC0415 - help stays quick
        series_columns,
    )

    return series_columns(file, time, value, layout)


def _price_unit(unit: str | None, found: Any, site_currency: str) -> tuple[str, Decimal]:
    from analytics.importers.series_files import price_unit  # noqa: PLC0415 - help stays quick

    try:
        return price_unit(unit, found, site_currency)
    except ImportRefusedError as error:
        raise typer.BadParameter(f"{error}: {error.hint}", param_hint="--unit") from None

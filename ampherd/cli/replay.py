"""`ampherd replay`: recorded sessions under other limits, prices and strategies."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ampherd.cli import replay_daily
from ampherd.cli.export import TokenOption, instant, open_store_reader
from ampherd.cli.options import DEFAULT_CONFIG, JsonOption, open_config
from ampherd.cli.output import columns, data, help_text, json_data, say
from ocpp_core.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import datetime

    from ampherd.config import Config
    from ampherd.whatif import Comparison
    from ocpp_core.domain.tariff import SiteTariff
    from optimizer.replay import Pilots, RecordedStay, Series

HELP = help_text(
    "Replay recorded sessions with another fuse, tariff or strategy; compare what comes of it.",
    "ampherd replay --from 2026-10-01 --to 2026-11-01",
    "ampherd replay --sessions acn.json --fuse 150kW --strategies unmanaged,edf,lp,hindsight",
    "ampherd replay --connectors 12 --battery 100kWh,50kW --pv pv.csv --out october",
    "ampherd replay --information stated --strategies lp,hindsight --json",
    "ampherd replay --daily --from 2026-10",
    rest="Sessions come from the site's own database, another database, or a file that `ampherd "
    "import sessions` reads. Strategies: unmanaged, edf (earliest departure first), llf "
    "(least laxity first), equal-share, lp (our planner), lp-history (with what the days "
    "before say: of the month's peak, or of cars to come where the others are known), "
    "hindsight (a bound: everything known beforehand). With --out: the table, sessions, slots "
    "and days as Parquet, and a page with charts. With --daily: every day of a database as it "
    "was run, without management and at best. Ctrl-C tells what is done until then. How cars, "
    "chargers and costs are reckoned: docs/replay.md.",
)


class Information(StrEnum):
    """What strategies know of cars that are there."""

    PERFECT = "perfect"
    STATED = "stated"
    FORECAST = "forecast"


def replay(
    context: typer.Context,
    sessions: Annotated[
        str | None,
        typer.Option(
            help="A file of sessions, a database file or a store URL; not given: the site's own."
        ),
    ] = None,
    site: Annotated[
        Path,
        typer.Option("--site", "--config", "-c", envvar="AMPHERD_CONFIG", help="The site's file."),
    ] = DEFAULT_CONFIG,
    strategies: Annotated[
        str, typer.Option(help="Which ones, with commas.")
    ] = "unmanaged,edf,llf,equal-share,lp,hindsight",
    start: Annotated[
        str | None, typer.Option("--from", help="First day, month or time, in the site's zone.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Day, month or time at which it ends.")
    ] = None,
    fuse: Annotated[
        str | None, typer.Option(help="Another grid connection: 200A on each phase, or 150kW.")
    ] = None,
    connectors: Annotated[
        int | None, typer.Option(help="So many connectors, like those of the site.")
    ] = None,
    tariff: Annotated[
        Path | None,
        typer.Option(help="What the site would pay: TOML like [tariff.site], or a price file."),
    ] = None,
    demand_charge: Annotated[
        float | None, typer.Option(help="Another demand charge, for each kW of a month's peak.")
    ] = None,
    pv: Annotated[Path | None, typer.Option(help="File with PV production.")] = None,
    building: Annotated[Path | None, typer.Option(help="File with the building's load.")] = None,
    carbon: Annotated[
        Path | None, typer.Option(help="File with marginal emissions, kg/kWh.")
    ] = None,
    battery: Annotated[
        str | None, typer.Option(help="A battery: capacity and power, e.g. 100kWh,50kW.")
    ] = None,
    v2g: Annotated[
        str | None,
        typer.Option(
            "--v2g",
            help="Every car may give back so far below what it came with, at this wear for each "
            "kWh, e.g. 10kWh,0.08. Only `lp` lets cars give.",
        ),
    ] = None,
    information: Annotated[
        Information,
        typer.Option(
            help="What is known of a car: how it was, what its driver said, or a forecast."
        ),
    ] = Information.PERFECT,
    car_power: Annotated[
        str | None, typer.Option(help="Most that any car takes, e.g. 11kW; else its connector's.")
    ] = None,
    longest: Annotated[float | None, typer.Option(help="Cut stays after so many hours, h.")] = None,
    pilots: Annotated[
        str, typer.Option(help="Steps of orders: 0.1 or 1 (A), or continuous from 0 on.")
    ] = "0.1",
    price: Annotated[
        float | None,
        typer.Option(
            help="What drivers pay for each kWh; else energy_price_per_kwh of [tariff.driver]."
        ),
    ] = None,
    step_s: Annotated[
        int, typer.Option(min=60, max=3600, help="Longest time between two decisions, s.")
    ] = 300,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML file that says which column of a file is what.")
    ] = None,
    trace_start: Annotated[
        str | None, typer.Option(help="Day on which a trace in 5-minute slots begins.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that work at a time.")] = 2,
    out: Annotated[Path | None, typer.Option(help="Folder for Parquet files and the page.")] = None,
    token: TokenOption = None,
    *,
    daily: Annotated[
        bool,
        typer.Option("--daily", help="Tell each day as it was run, unmanaged and at best instead."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Replay recorded sessions."""
    from ampherd import whatif  # noqa: PLC0415 - help stays quick
    from optimizer.replay import Defaults  # noqa: PLC0415 - see above

    config = open_config(site)
    zone = config.site.timezone
    paid = whatif.tariff_for(config, tariff, demand_charge)
    first, last = (
        None if at is None else at.astimezone(UTC)
        for at in (instant(start, zone, "--from"), instant(end, zone, "--to"))
    )
    if first is not None and last is not None and last <= first:
        raise typer.BadParameter("has to be later than --from", param_hint="--to")
    if daily:
        if sessions is not None and not _is_database(sessions):
            raise ConfigurationError(
                f"--daily needs a database: {sessions} does not say when energy flowed",
                hint="import it first: ampherd import sessions FILE",
            )
        replay_daily.daily(
            context, config, source=sessions, token=token, start=first, end=last, tariff=paid,
            out=out, as_json=as_json,
        )  # fmt: skip
        return
    names = [name.strip() for name in strategies.split(",") if name.strip()]
    for name in names:
        if name not in whatif.STRATEGIES:
            raise typer.BadParameter(
                f"there is no strategy {name!r}: use {', '.join(whatif.STRATEGIES)}",
                param_hint="--strategies",
            )
    changed = config.site
    if fuse is not None:
        changed = whatif.with_fuse(changed, fuse)
        if below := whatif.limits_below(changed):
            say(f"note: --fuse changes the grid connection alone; as before: {', '.join(below)}")
    if connectors is not None:
        changed = whatif.with_connectors(changed, connectors)
    # What is wrong with an option is told before a long file is read.
    stored = None if battery is None else whatif.battery_of(battery, changed)
    giving = None if v2g is None else whatif.giving_of(v2g)
    steps = _pilots(pilots)
    read = _sessions(
        sessions,
        config,
        first,
        last,
        car_power_w=None if car_power is None else whatif.power_of(car_power, "--car-power"),
        longest=None if longest is None else timedelta(hours=longest),
        mapping=mapping,
        trace_start=_day(trace_start),
        tariff=paid,
        token=token,
    )
    stays, series, notes = read.stays, dict(read.series), list(read.notes)
    first = first or min(stay.arrival for stay in stays)
    last = last or max(stay.departure for stay in stays)
    for kind, file in (("building", building), ("pv", pv)):
        if file is not None:
            laid = whatif.read_power_series(file, quantity=kind, zone=zone, start=first, end=last)
            series[kind] = laid.value
            notes += laid.notes
    if carbon is not None:
        laid = whatif.read_carbon(carbon, zone=zone, start=first, end=last)
        series["carbon"] = laid.value
        notes += laid.notes
    elif config.planning.carbon_kg_per_kwh:
        series["carbon"] = whatif.by_hour(config.planning.carbon_kg_per_kwh, zone, first, last)
    if "building" not in series and changed.building_peak_w > 0:
        series["building"] = whatif.constant(changed.building_peak_w, first, last)
        notes.append(
            f"the building counts as {changed.building_peak_w / 1000:g} kW all the time, as the "
            "site's file has it; --building FILE for its load"
        )
    for note in notes:
        say(f"note: {note}")
    planning = config.planning
    try:
        found = whatif.replay(
            sessions=stays,
            site=changed,
            strategies=names,
            start=first,
            end=last,
            tariff=paid,
            battery=stored,
            v2g=giving,
            pilots=steps,
            step_s=step_s,
            revenue_per_kwh=_price(price, config),
            information=information.value,
            defaults=Defaults(
                energy_wh=planning.default_energy_wh,
                stay=timedelta(seconds=planning.default_stay_s),
            ),
            options=planning.options(),
            workers=workers,
            progress=_Bar(names),
            **series,
        )
    except whatif.ComparisonStopped as stopped:
        say(f"{stopped}")
        if stopped.found.outcomes:
            _tell(stopped.found, out, as_json=as_json)
        raise typer.Exit(replay_daily.STOPPED) from None
    _tell(found, out, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    stays: tuple[RecordedStay, ...]
    notes: tuple[str, ...]
    series: Mapping[str, Series] = field(default_factory=dict)


def _sessions(
    source: str | None,
    config: Config,
    start: datetime | None,
    end: datetime | None,
    *,
    car_power_w: float | None,
    longest: timedelta | None,
    mapping: Path | None,
    trace_start: date | None,
    tariff: SiteTariff | None,
    token: str | None,
) -> _Recorded:
    from ampherd import whatif  # noqa: PLC0415 - see above

    if source is not None and not _is_database(source):
        path = Path(source)
        if not path.is_file():
            raise ConfigurationError(
                f"--sessions: there is no file {source}",
                hint="give a file of sessions, a database file, or quack:HOST:PORT",
            )
        read = whatif.stays_from_file(
            path,
            zone=config.site.timezone,
            currency=config.site.currency,
            car_power_w=car_power_w,
            longest=longest,
            mapping=mapping,
            trace_start=trace_start,
        )
        return _Recorded(stays=read.value, notes=read.notes)
    with closing(open_store_reader(source, token, config)) as reader:
        # Sessions before the period too: forecasts learn from them.
        read = whatif.stays_from_database(reader, end=end, car_power_w=car_power_w, longest=longest)
        whatif.with_market_prices(tariff, reader)
        first = start or min(stay.arrival for stay in read.value)
        last = end or max(stay.departure for stay in read.value)
        power = whatif.power_from_database(reader, start=first, end=last)
        return _Recorded(stays=read.value, notes=read.notes, series=power)


def _is_database(source: str) -> bool:
    return source.startswith(("quack:", "ducklake:")) or source.endswith((".duckdb", ".db"))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no day: write 2019-03-01", param_hint="--trace-start"
        ) from None


def _price(given: float | None, config: Config) -> float:
    if given is not None:
        return given
    driver = config.driver_tariff
    return 0.0 if driver is None else float(driver.energy_price_per_kwh)


def _pilots(text: str) -> Pilots:
    from optimizer.replay import Pilots  # noqa: PLC0415 - help stays quick

    if text == "continuous":
        return Pilots(continuous=True)
    try:
        step_a = float(text)
    except ValueError:
        step_a = 0.0
    if not 0.1 <= step_a <= 16:
        raise typer.BadParameter(f"{text!r}: write 0.1, 1 or continuous", param_hint="--pilots")
    return Pilots(step_a=step_a)


def _tell(found: Comparison, out: Path | None, *, as_json: bool) -> None:
    from ampherd.whatif.page import page, shown  # noqa: PLC0415 - help stays quick

    for note in found.notes:
        say(f"note: {note}")
    away = found.placed.turned_away
    if away:
        say(
            f"note: {len(away)} sessions with {found.placed.asked_away_kwh:.1f} kWh found no free "
            "connector"
        )
    table = found.table
    if as_json:
        rows = table.astype("object").where(table.notna(), None).to_dict("records")
        json_data({"information": found.information.value, "strategies": rows})
    else:
        data(columns(shown(table)))
    if out is None:
        return
    try:
        written = [*found.to_parquet(out), out / "replay.html"]
        site = found.outcomes[0].setup.site
        written[-1].write_text(page(found, title=f"What if: {site.name}"), "utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{out}: {error.strerror}", param_hint="--out") from None
    say(f"written: {', '.join(str(path) for path in written)}")


class _Bar:
    """A bar for each strategy; silent where standard error is no terminal."""

    def __init__(self, names: list[str]) -> None:
        from rich.console import Console  # noqa: PLC0415 - help stays quick
        from rich.progress import Progress  # noqa: PLC0415 - see above

        self._bar = Progress(
            console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        )
        self._task = {name: self._bar.add_task(name, total=1.0) for name in dict.fromkeys(names)}

    def start(self, total: int, words: str) -> None:
        """Begin."""
        del total, words
        self._bar.start()

    def advanced(self, strategy: str, share: float) -> None:
        """A strategy is done to this share."""
        self._bar.update(self._task[strategy], completed=share)

    def finish(self, words: str) -> None:
        """Everything is done."""
        del words
        self._bar.stop()

"""`ampherd replay --daily`: whole days of a database as run, unmanaged and at best."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ampherd.cli.export import open_store_reader
from ampherd.cli.output import columns, data, json_data, say
from ocpp_core.domain.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd

    from ampherd.config import Config
    from analytics.reader import Reader
    from ocpp_core.domain.tariff import SiteTariff
    from optimizer.replay import DayQuality

_UNDERSTOOD = {
    "sessions", "site", "token", "start", "end", "tariff", "demand_charge", "out", "as_json",
    "daily",
}  # fmt: skip
_SHOWN = {
    "day": "day",
    "sessions": "sessions",
    "wanted_kwh": "wanted kWh",
    "delivered_kwh": "delivered kWh",
    "delivered_best_kwh": "at best kWh",
    "managed_cost": "as run",
    "unmanaged_cost": "unmanaged",
    "best_cost": "at best",
    "month_peak_kw": "month's peak kW",
    "month_peak_best_kw": "at best kW",
    "month_regret_share": "month above best",
}
STOPPED = 130
"""Exit code after Ctrl-C: 128 and the number of SIGINT, as shells have it."""


def daily(
    context: typer.Context,
    config: Config,
    *,
    source: str | None,
    token: str | None,
    start: datetime | None,
    end: datetime | None,
    tariff: SiteTariff | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Tell how the days of a period went; raises ConfigurationError for what does not go with it.

    Ctrl-C tells the days that are done, and exits with 130.
    """
    from ampherd.whatif.frames import managed_days  # noqa: PLC0415 - help stays quick
    from ampherd.whatif.paying import with_market_prices  # noqa: PLC0415 - see above

    _refuse_others(context)
    done: list[DayQuality] = []
    stopped = False
    with closing(open_store_reader(source, token, config)) as reader:
        first, last = _days(reader, config, start, end)
        with_market_prices(tariff, reader)
        try:
            for one in _shown(reader, config, tariff, first, last):
                done.append(one)  # noqa: PERF402 - what is done counts when it is stopped
        except KeyboardInterrupt:
            stopped = True
            say(f"stopped: reckoned until {done[-1].day if done else 'no day'}")
    # The month so far counts from its first day on, also where later ones are shown.
    frame = managed_days(done, config.site)
    shown = frame if frame.empty else frame[frame["day"] >= first].reset_index(drop=True)
    if not shown.empty:
        _tell(shown, out, as_json=as_json)
    if stopped:
        raise typer.Exit(STOPPED)


def _refuse_others(context: typer.Context) -> None:
    given = [
        next(iter(sorted(parameter.opts, key=len, reverse=True)))
        for parameter in context.command.params
        if parameter.name not in _UNDERSTOOD and _on_the_line(context, parameter.name or "")
    ]
    if given:
        raise ConfigurationError(
            f"--daily tells days as they were run; {', '.join(given)} would change them",
            hint="leave --daily out to replay the sessions under other conditions",
        )


def _on_the_line(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _days(
    reader: Reader, config: Config, start: datetime | None, end: datetime | None
) -> tuple[date, date]:
    """Return the first and the last whole day that was asked for and is over."""
    from ocpp_core.domain.clock import SystemClock  # noqa: PLC0415 - help stays quick

    zone = config.site.timezone
    known = reader.data_range()
    if known is None:
        raise ConfigurationError(
            "the database holds no session yet", hint="import some: ampherd import sessions FILE"
        )
    begin = max(start or known.start, known.start).astimezone(zone)
    until = min(end or known.end, known.end)
    first = begin.date()
    today = SystemClock().now().astimezone(zone).date()
    last = min(
        (until - timedelta(microseconds=1)).astimezone(zone).date(), today - timedelta(days=1)
    )
    if last < first:
        raise ConfigurationError(
            "there is no whole day with data in that period",
            hint=f"there is data from {known.start.astimezone(zone):%Y-%m-%d} to "
            f"{known.end.astimezone(zone):%Y-%m-%d}; today is not over",
        )
    return first, last


def _shown(
    reader: Reader, config: Config, tariff: SiteTariff | None, first: date, last: date
) -> Iterator[DayQuality]:
    """Reckon days behind a bar; silent where standard error is no terminal."""
    from rich.console import Console  # noqa: PLC0415 - help stays quick
    from rich.progress import Progress  # noqa: PLC0415 - see above

    from ampherd.whatif.days import reckoned  # noqa: PLC0415 - see above

    begin = first.replace(day=1)
    bar = Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with bar:
        task = bar.add_task("days", total=(last - begin).days + 1)
        for one in reckoned(reader, config.site, tariff, first, last):
            bar.advance(task)
            yield one


def _tell(frame: pd.DataFrame, out: Path | None, *, as_json: bool) -> None:
    if as_json:
        rows = frame.assign(day=frame["day"].astype("str")).astype("object")
        json_data({"days": rows.where(rows.notna(), None).to_dict("records")})
    else:
        data(columns([list(_SHOWN.values()), *(_row(row) for row in frame.to_dict("records"))]))
    run, free, best = (
        frame[name].sum() for name in ("managed_cost", "unmanaged_cost", "best_cost")
    )
    currency = frame["currency"].iloc[0]
    say(
        f"{len(frame)} days: {run:.2f} {currency} as run, {free:.2f} without management, "
        f"{best:.2f} at best"
    )
    if frame["day"].iloc[0].day > 1:
        say(
            "note: the three have other peaks behind them from the days before; compare whole "
            "months, or the last column"
        )
    elsewhere_kwh = frame["elsewhere_kwh"].sum()
    if elsewhere_kwh > 0:
        say(
            f"note: {elsewhere_kwh:.1f} kWh were charged at connectors that the site's file does "
            "not have; they are left out"
        )
    unpriced = frame[frame["unpriced_h"] > 0]
    if len(unpriced):
        say(
            f"note: {len(unpriced)} days lack prices for {unpriced['unpriced_h'].sum():g} h in "
            "all; the last one before counts, or else the first"
        )
    if out is None:
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(out / "daily.parquet", index=False)
    except OSError as error:
        raise typer.BadParameter(f"{out}: {error.strerror}", param_hint="--out") from None
    say(f"written: {out / 'daily.parquet'}")


def _row(row: Mapping[Any, object]) -> list[str]:
    return [_cell(name, row[name]) for name in _SHOWN]


def _cell(name: str, value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN is not
        return "-"
    if name.endswith("_share") and isinstance(value, float):
        return f"{value:.1%}"
    if isinstance(value, float):
        return f"{value:.2f}" if name.endswith("_cost") else f"{value:.1f}"
    return str(value)

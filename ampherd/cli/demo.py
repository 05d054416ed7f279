"""`ampherd demo`: recorded sessions on simulated chargers against the real server."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ampherd.cli.options import JsonOption
from ampherd.cli.output import help_text, json_data, say
from ampherd.logging import configure

HELP = help_text(
    "Run a simulated site: no account, no configuration, its own database.",
    "ampherd demo",
    "ampherd demo --speed 300 --days 7",
    "ampherd demo --headless --days 1 --speed 600 --json",
    "ampherd demo --sessions mine.parquet --timezone Europe/Berlin",
    rest="Cars arrive, stay and want what the recorded ones did. One Ctrl-C stops all of it. With "
    "--headless there are no pages and one JSON object (or its text) at the end; the fields are "
    "explained in docs/demo.md.",
)


def demo(
    context: typer.Context,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=366, help="Simulated days; not given: 1 with --headless, else on."),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.1, max=100_000, help="How much faster than real time, at most.")
    ] = 60.0,
    site: Annotated[
        Path | None, typer.Option(help="Another site file; its chargers play the sessions.")
    ] = None,
    sessions: Annotated[
        Path | None,
        typer.Option(
            help="Other recorded sessions, .parquet or .csv: session_id, station_id, arrival, "
            "departure, delivered_kwh."
        ),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First local day to play, e.g. 2019-10-01."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="IANA zone of --sessions that come without --site.")
    ] = None,
    history_days: Annotated[
        int, typer.Option(min=0, max=730, help="Days before the start to import.")
    ] = 90,
    folder: Annotated[
        Path | None, typer.Option(help="Where database and site file go; not given: a new one.")
    ] = None,
    *,
    headless: Annotated[bool, typer.Option("--headless", help="No dashboards.")] = False,
    keep_ports: Annotated[
        bool, typer.Option("--keep-ports", help="Use the ports of --site, not free ones.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a simulated site."""
    _quieten(context)
    from ampherd.demo.run import Demo, DemoOptions, DemoUrls  # noqa: PLC0415 - help stays quick
    from ampherd.runtime.stopping import run_until_stopped  # noqa: PLC0415 - see above

    options = DemoOptions(
        days=days or (1 if headless else None),
        speed=speed,
        headless=headless,
        site=site,
        sessions=sessions,
        start=None if start is None else start.replace(tzinfo=UTC).date(),
        timezone=timezone,
        history_days=history_days,
        folder=folder,
        keep_ports=keep_ports,
    )

    def started(urls: DemoUrls) -> None:
        if as_json and not headless:
            json_data(urls.to_json())
            return
        if urls.dashboards is not None:
            say(f"dashboards  {urls.dashboards}")
        say(f"HTTP API    {urls.api}   (token: {urls.api_token})")
        say(f"live SQL    {urls.sql}   (token: {urls.sql_token})")
        say(f"chargers    {urls.ocpp}/IDENTITY")
        say(f"folder      {urls.folder}")
        say(f"Demo at {speed:g}x from {demonstration.first_day}. Ctrl-C stops it.")

    demonstration = Demo(options, say)
    result = run_until_stopped(demonstration.run(started))
    if result is None:
        say(f"Stopped. The database stays in {demonstration.folder}")
    elif headless and as_json:
        json_data(result.to_json())
    else:
        say(str(result))


def _quieten(context: typer.Context) -> None:
    """Log warnings only unless asked: who watches cars charge needs no line for each link."""
    root = context.find_root()
    chosen = [root.get_parameter_source(name) for name in ("log_level", "debug")]
    if all(source is not None and source.name == "DEFAULT" for source in chosen):
        configure(form=root.params["log_format"], level=logging.WARNING)

"""`ampherd serve`: run the site that a configuration describes."""

from __future__ import annotations

from typing import Annotated

import typer

from ampherd.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    open_config,
    say_notes,
    secured,
)
from ampherd.cli.output import help_text, json_data, say

HELP = help_text(
    "Run the site that a configuration describes, until Ctrl-C or SIGTERM.",
    "ampherd serve",
    "ampherd serve --config /etc/ampherd/site.toml --no-dashboards",
    rest="Chargers connect to the OCPP address, people to the dashboards, programs to the HTTP API "
    "with a token of `ampherd token create`.",
)


def serve(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    dashboards: Annotated[
        bool, typer.Option("--dashboards/--no-dashboards", help="Start the dashboards too.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Run the site that a configuration describes."""
    from ampherd.runtime.serving import Addresses, run_site  # noqa: PLC0415 - help stays quick
    from ampherd.runtime.stopping import run_until_stopped  # noqa: PLC0415 - see above

    loaded = secured(open_config(config))
    say_notes(loaded)

    def started(addresses: Addresses) -> None:
        if as_json:
            json_data(addresses.to_json())
            return
        if addresses.dashboards is not None:
            say(f"dashboards  {addresses.dashboards}")
        say(f"HTTP API    {addresses.api}")
        say(f"live SQL    {addresses.sql}")
        for address in (addresses.ocpp, addresses.ocpp_tls):
            if address is not None:
                say(f"chargers    {address}/IDENTITY")
        say(f"database    {addresses.database}")

    run_until_stopped(run_site(loaded, started, dashboards=dashboards))
    say("Stopped; chargers fall back to their fail-safe current.")

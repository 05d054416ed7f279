"""`ampherd report`: the month as one workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ampherd import __version__
from ampherd.cli.export import TokenOption, UrlOption, open_store_reader
from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, open_config
from ampherd.cli.output import help_text, say

HELP = help_text(
    "Write a month as one workbook: overview, sessions, energy, money, data quality.",
    "ampherd report --month 2026-10 -o october.xlsx",
    rest="Numbers are numbers, times are those of the site's zone, totals are formulas beside "
    "Ampherd's own. It reads the database file, or the running server that owns it; a server "
    "elsewhere with --url quack:HOST:PORT and its token.",
)


def report(
    month: Annotated[str, typer.Option(help="The month, e.g. 2026-10.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file, .xlsx.")],
    url: UrlOption = None,
    token: TokenOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write a month as one workbook."""
    from analytics.reports import Month, month_report  # noqa: PLC0415 - help stays quick
    from ocpp_core.domain.clock import SystemClock  # noqa: PLC0415 - see above

    chosen = Month.parse(month)
    loaded = None if url is not None else open_config(config)
    with open_store_reader(url, token, loaded) as reader:
        content = month_report(
            reader, chosen, generated_at=SystemClock().now(), version=__version__
        )
        zone = reader.site.timezone.key
    try:
        output.write_bytes(content)
    except OSError as error:
        raise typer.BadParameter(f"{output}: {error.strerror}", param_hint="-o") from None
    say(f"{chosen} in {zone}: {output}")

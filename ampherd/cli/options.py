"""Options that several commands share, and how they open what the options name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ampherd.cli.output import say
from ampherd.config import Config, load_config
from ocpp_core.domain.site import Site

DEFAULT_CONFIG = Path("site.toml")

ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        envvar="AMPHERD_CONFIG",
        help="The configuration file.",
        show_envvar=True,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def open_config(path: Path, *, notes: bool = False) -> Config:
    """Load a configuration with every check that Ampherd has.

    Raises ConfigurationError with all faults; `notes` are printed when asked for.
    """
    config = load_config(path, os.environ, extra_checks=(_fail_safe,))
    if notes:
        for note in config.notes:
            say(f"note: {note}")
    return config


def _fail_safe(site: Site) -> list[str]:
    # Help and completion should not wait for numpy.
    from optimizer.control.capacity import check_fail_safe  # noqa: PLC0415 - see above

    return check_fail_safe(site)

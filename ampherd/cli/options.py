"""Options that several commands share, and how they open what the options name."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ampherd.cli.output import say
from ampherd.config import Config, load_config
from ocpp_core.domain.clock import SystemClock
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


def open_config(path: Path) -> Config:
    """Load a configuration with every check of what it says; raises ConfigurationError."""
    return load_config(path, os.environ, extra_checks=(_fail_safe,))


def say_notes(config: Config) -> None:
    """Tell what is allowed and yet worth a thought."""
    for note in config.notes:
        say(f"note: {note}")


def secured(config: Config) -> Config:
    """Return a configuration with notes on its security; its certificates can be used.

    Raises ConfigurationError when the TLS port could not be opened with them.
    """
    # Help and completion should not wait for cryptography.
    from ampherd.security.site import (  # noqa: PLC0415 - see above
        SiteSecurity,
        security_notes,
    )

    credentials = SiteSecurity(config, SystemClock()).credentials
    return replace(config, notes=(*config.notes, *security_notes(config, credentials)))


def _fail_safe(site: Site) -> list[str]:
    # Help and completion should not wait for numpy.
    from optimizer.control.capacity import check_fail_safe  # noqa: PLC0415 - see above

    return check_fail_safe(site)

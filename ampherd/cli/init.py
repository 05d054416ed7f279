"""`ampherd init`: write a commented configuration."""

from __future__ import annotations

import os
import re
import secrets
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from ampherd.cli.options import DEFAULT_CONFIG
from ampherd.cli.output import data, help_text, say
from ampherd.config.parse import SAMPLE_PASSWORD
from ocpp_core.domain.errors import AmpherdError, ConfigurationError

_PASSWORD_BYTES = 15
"""Twenty characters: the longest key that OCPP 1.6 chargers take (security profile 1)."""

HELP = help_text(
    "Write a commented configuration that works as it is.",
    "ampherd init               writes site.toml",
    "ampherd init garage.toml",
    rest="Every charger in it gets a random password of its own.",
)


def init(
    path: Annotated[Path, typer.Argument(help="Where to write it; - prints it.")] = DEFAULT_CONFIG,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write a commented configuration."""
    text = sample()
    if str(path) == "-":
        data(text.rstrip("\n"))
        return
    mode = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        # It holds passwords: readable by its owner only.
        handle = os.open(path, mode, 0o600)
    except FileExistsError:
        raise ConfigurationError(
            f"{path} exists already",
            hint=f"Replace it with: ampherd init {path} --force",
        ) from None
    except OSError as error:
        raise AmpherdError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    say(f"wrote {path}: describe your circuits and chargers in it, then")
    say(f"  ampherd check --config {path}")
    say(f"  ampherd serve --config {path}")


def sample() -> str:
    """Return the sample with fresh passwords."""
    text = (files("ampherd.config") / "sample.toml").read_text("utf-8")
    return re.sub(
        re.escape(SAMPLE_PASSWORD), lambda _: secrets.token_urlsafe(_PASSWORD_BYTES), text
    )

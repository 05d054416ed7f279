"""`ampherd config`: what is set, and where it came from."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, open_config
from ampherd.cli.output import columns, data, help_text, json_data
from ampherd.config.faults import dotted
from ampherd.config.shown import leaves

app = typer.Typer(no_args_is_help=True, help="Show the configuration in force.")


@app.callback()
def _group() -> None:
    """Keep `show` a sub-command although it is the only one."""


@app.command(
    help=help_text(
        "Print every setting in force; passwords are masked.",
        "ampherd config show --origin",
        "ampherd config show --json | jq '.[] | select(.origin != \"default\")'",
    )
)
def show(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    origin: Annotated[
        bool,
        typer.Option(
            "--origin", help="Say where each value was set: line, environment variable or default."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print every setting in force."""
    loaded = open_config(config)
    rows = [(path, value, loaded.sources.origin(path)) for path, value in leaves(loaded.spec, ())]
    if as_json:
        json_data(
            [{"key": dotted(path), "value": value, "origin": where} for path, value, where in rows]
        )
        return
    lines = [(dotted(path), "=", _toml(value), f"# {where}") for path, value, where in rows]
    data(columns(line if origin else line[:3] for line in lines))


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return f"[{', '.join(_toml(item) for item in value)}]"
        case _:
            whole = isinstance(value, float) and value.is_integer()
            return str(int(value)) if whole else str(value)

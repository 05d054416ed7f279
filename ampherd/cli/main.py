"""`ampherd`: the commands, and what becomes of their errors."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated, NoReturn

import typer

from ampherd import __version__
from ampherd.cli import (
    backup,
    bench,
    cert,
    charger,
    check,
    config,
    demo,
    doctor,
    export,
    import_,
    init,
    replay,
    replay_frames,
    report,
    reprocess,
    serve,
    simulate,
    token,
)
from ampherd.cli.output import data, say
from ampherd.logging import LogFormat, configure
from analytics.schema.migrations import schema_version
from ocpp_core.domain.errors import AmpherdError, ConfigurationError, StoreError

EXIT_OTHER = 1
EXIT_CONFIGURATION = 2
EXIT_STORE = 3

_HELP = """\
The energy brain of an EV-charging site.

\b
Examples:
  ampherd init && ampherd check      write a commented site.toml, check it
  ampherd serve                      run the site that site.toml describes
  ampherd demo                       a simulated site, needs no configuration

Data goes to standard output, talk to standard error. Exit codes: 0 done, 1 failed,
2 something in the configuration or on the command line is wrong, 3 the database cannot be used.
"""
_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

app = typer.Typer(
    name="ampherd",
    help=_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        data(f"ampherd {__version__}, schema {schema_version()}")
        raise typer.Exit


def _known_level(name: str) -> str:
    if name.lower() not in _LEVELS:
        raise typer.BadParameter(f"use one of {', '.join(_LEVELS)}")
    return name.lower()


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version, and that of the database schema, and stop.",
        ),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug", envvar="AMPHERD_DEBUG", help="Show the traceback of an error; log more."
        ),
    ] = False,
    log_format: Annotated[
        LogFormat,
        typer.Option(
            envvar="AMPHERD_LOG_FORMAT",
            help="auto: text at a terminal, JSON lines elsewhere.",
        ),
    ] = LogFormat.AUTO,
    log_level: Annotated[
        str,
        typer.Option(
            envvar="AMPHERD_LOG_LEVEL",
            callback=_known_level,
            help="debug, info, warning or error.",
        ),
    ] = "info",
) -> None:
    del version
    # Files hold tokens of drivers and what they did: for the owner's eyes only.
    os.umask(0o077)
    configure(form=log_format, level=logging.DEBUG if debug else _LEVELS[log_level])


app.command("demo", help=demo.HELP)(demo.demo)
app.command("export", help=export.HELP)(export.export)
app.command("report", help=report.HELP)(report.report)
app.command("serve", help=serve.HELP)(serve.serve)
app.command("backup", help=backup.BACKUP_HELP)(backup.backup)
app.command("restore", help=backup.RESTORE_HELP)(backup.restore)
app.command("doctor", help=doctor.HELP)(doctor.doctor)
app.command("init", help=init.HELP)(init.init)
app.command("check", help=check.HELP)(check.check)
app.command("simulate", help=simulate.HELP)(simulate.simulate)
app.command("replay", help=replay.HELP)(replay.replay)
app.command("replay-frames", help=replay_frames.HELP)(replay_frames.replay_frames)
app.command("reprocess", help=reprocess.HELP)(reprocess.reprocess)
app.add_typer(cert.app, name="cert")
app.add_typer(charger.app, name="charger")
app.add_typer(config.app, name="config")
app.add_typer(import_.app, name="import")
app.add_typer(token.app, name="token")
app.add_typer(bench.app, name="bench")


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit; an error is a message and a hint, not a traceback."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given or os.environ.get("AMPHERD_DEBUG", "") not in {"", "0"}
    # Wherever it was typed, it belongs to the program and not to the command.
    words = ["--debug"] * debug + [word for word in given if word != "--debug"]
    try:
        app(words, prog_name="ampherd")
    except AmpherdError as error:
        if debug:
            raise
        _report(error)
        raise SystemExit(exit_code(error)) from None
    except Exception as error:
        if debug:
            raise
        say(f"ampherd: an unexpected error: {type(error).__name__}: {error}")
        say("This is a fault of Ampherd. Please report it with the output of the same command")
        say("and --debug.")
        raise SystemExit(EXIT_OTHER) from None
    raise SystemExit(0)


def exit_code(error: AmpherdError) -> int:
    """Return what the process ends with."""
    match error:
        case ConfigurationError():
            return EXIT_CONFIGURATION
        case StoreError():
            return EXIT_STORE
        case _:
            return EXIT_OTHER


def _report(error: AmpherdError) -> None:
    if isinstance(error, ConfigurationError):
        for fault in error.faults:
            say(fault)
    say(f"ampherd: {error}")
    if error.hint:
        say(error.hint)

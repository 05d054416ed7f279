"""`ampherd bench`: how much a server takes."""

from __future__ import annotations

import ssl
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ampherd.cli.options import JsonOption
from ampherd.cli.output import columns, data, help_text, json_data, say
from ocpp_core.domain.clock import SystemClock
from ocpp_core.domain.errors import AmpherdError
from ocpp_core.sim.load.options import SUBPROTOCOLS, LoadOptions, Mode

if TYPE_CHECKING:
    from ocpp_core.sim.load import LoadReport

app = typer.Typer(no_args_is_help=True, help="Measure what a server takes.")

LOAD_HELP = help_text(
    "Put load on an OCPP server with many light chargers, and measure its answers.",
    "ampherd bench load ws://127.0.0.1:9000/ocpp",
    "ampherd bench load ws://127.0.0.1:9000/ocpp --mode boot --stations 5000",
    "ampherd bench load ws://127.0.0.1:9000/ocpp --mode session --rate 500 --duration 60",
    rest="The server must know the identities. Without --rate each charger sends its next message "
    "when the last one is answered; with it, messages are due at a steady rate and latencies count "
    "from when they were due. Only load servers that are yours. Exit code 1 when a message was not "
    "acknowledged or a charger could not connect.",
)


@app.command("load", help=LOAD_HELP)
def load(
    url: Annotated[str, typer.Argument(help="Up to where the identity of a charger follows.")],
    *,
    mode: Annotated[
        Mode,
        typer.Option(
            help="boot: connect, boot, status. idle: booted and silent. meter: readings of eight "
            "values. session: whole transactions."
        ),
    ] = Mode.METER,
    version: Annotated[str, typer.Option(help=f"OCPP version: {', '.join(SUBPROTOCOLS)}.")] = "1.6",
    stations: Annotated[int, typer.Option(min=1, max=60_000, help="Chargers.")] = 50,
    identity: Annotated[
        str, typer.Option(help="Format of their identities, numbered from 1.")
    ] = "LOAD-{:05d}",
    first: Annotated[int, typer.Option(min=0, help="The first number.")] = 1,
    password: Annotated[
        str | None,
        typer.Option(envvar="AMPHERD_LOAD_PASSWORD", help="Of all chargers.", show_envvar=True),
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(help="PEM file of the authority behind a wss:// server.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0.01, help="Messages a second by all chargers together.")
    ] = None,
    messages: Annotated[
        int | None, typer.Option(min=1, help="Messages by all chargers, after which it ends.")
    ] = None,
    duration: Annotated[
        float,
        typer.Option(
            min=0.1, max=86_400, help="Seconds after which it ends; booting comes on top."
        ),
    ] = 10.0,
    readings: Annotated[int, typer.Option(min=1, help="In each transaction.")] = 10,
    at_once: Annotated[
        int, typer.Option(min=1, help="Connections that are made at the same time.")
    ] = 250,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds until an answer counts as lost.")
    ] = 30.0,
    pid: Annotated[
        int | None,
        typer.Option(
            min=1, help="Process id of a server on this machine (Linux): its CPU is reported."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Put load on a server."""
    from ampherd.runtime.stopping import run_until_stopped  # noqa: PLC0415 - help stays quick
    from ocpp_core.sim.load import Onlooker, run_load  # noqa: PLC0415 - see above
    from ocpp_core.sim.load.processes import cpu_seconds  # noqa: PLC0415 - see above

    try:
        options = LoadOptions(
            url=url,
            mode=mode,
            version=version,
            stations=stations,
            identity=identity,
            first=first,
            password=password,
            tls=None if ca is None else ssl.create_default_context(cafile=ca),
            rate=rate,
            messages=messages,
            duration_s=duration,
            readings=readings,
            at_once=at_once,
            timeout_s=timeout,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    except OSError as error:
        raise typer.BadParameter(f"{ca}: {error.strerror or error}") from None
    try:
        watch = None if pid is None else partial(cpu_seconds, pid)
        onlooker = Onlooker(progress=say, server_cpu_s=watch)
        report = run_until_stopped(run_load(options, SystemClock(), onlooker))
    except OSError as error:
        hint = "Is the server running, and does it know them?"
        raise AmpherdError(str(error), hint=hint) from None
    if report is None:
        say("Stopped.")
        raise typer.Exit(1)
    if as_json:
        json_data(report.to_json())
    else:
        data(_told(report))
    if not report.succeeded:
        raise typer.Exit(1)


def _told(report: LoadReport) -> str:
    chargers = f"{report.connected} of {report.stations} chargers"
    messages = f"{report.acknowledged} of {report.sent} messages acknowledged"
    rate = f"in {report.seconds:.2f} s, {report.acknowledged_per_s:.0f}/s"
    others = f"{report.refused} refused, {report.lost} lost, {report.unsent} due and never sent"
    lines = [
        f"OCPP {report.version}, {report.mode}: {chargers}, ready after {report.connect_s:.2f} s",
        f"{messages} {rate}; {others}",
    ]
    if report.latencies:
        header = ("", "count", "p50 ms", "p99 ms", "p99.9 ms", "max ms")
        rows = [
            (
                action,
                f"{int(found['count'])}",
                *(f"{found[key]:.2f}" for key in ("p50_ms", "p99_ms", "p99_9_ms", "max_ms")),
            )
            for action, found in report.latencies.items()
        ]
        lines.append(columns([header, *rows]))
    lines += [f"{count}x {fault}" for fault, count in report.faults.most_common(10)]
    if report.commands:
        lines.append(f"{report.commands} commands of the server, answered and not followed")
    if report.server_cpu_us is not None:
        lines.append(f"the server took {report.server_cpu_us:.1f} us of CPU for each message")
    lines.append(f"the chargers took {report.generator_busy:.0%} of a core")
    return "\n".join(lines)

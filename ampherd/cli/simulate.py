"""`ampherd simulate`: made-up chargers, cars and faults against any central system."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ampherd.cli.options import JsonOption
from ampherd.cli.output import columns, data, help_text, json_data, say
from ampherd.logging import configure

if TYPE_CHECKING:
    from ampherd.simulate.profile import Simulation
    from ocpp_core.sim.fleet import FleetSummary

HELP = help_text(
    "Drive a central system, ours or another, with made-up chargers, cars and faults.",
    "ampherd simulate --url ws://localhost:9000/ocpp --chargers 20",
    "ampherd simulate --example > faulty.toml",
    "ampherd simulate --url ws://localhost:9000/ocpp --profile faulty.toml --duration 600 --json",
    rest="The summary comes at the end, also after Ctrl-C. Exit code 1 when no charger ever "
    "connected, 2 when the profile is wrong. Every fault is explained in docs/simulate.md.",
)


def simulate(
    url: Annotated[
        str | None, typer.Option(help="Endpoint without the identity: ws:// or wss://.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="TOML file that describes the fleet; see --example.")
    ] = None,
    chargers: Annotated[int | None, typer.Option(min=1, help="How many chargers.")] = None,
    connectors: Annotated[int | None, typer.Option(min=1, help="Of each charger.")] = None,
    ocpp: Annotated[
        str | None, typer.Option(help="All chargers speak this version: 1.6, 2.0.1 or 2.1.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(help="Identities are PREFIX001, PREFIX002, …; SIM- if not given.")
    ] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="AMPHERD_SIMULATE_PASSWORD", help="Of every charger (HTTP Basic)."),
    ] = None,
    ca_file: Annotated[
        Path | None, typer.Option(help="Certificates that wss:// servers are trusted by.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same fleet.")] = None,
    stay: Annotated[
        float | None, typer.Option(min=0.1, help="Mean seconds that a car stays.")
    ] = None,
    gap: Annotated[
        float | None, typer.Option(min=0.01, help="Mean seconds between two cars.")
    ] = None,
    meter_interval: Annotated[
        int | None, typer.Option(min=0, help="Seconds between meter values; 0: none.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.1, max=100_000, help="Times real time.")
    ] = None,
    duration: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds of its clock until it stops by itself.")
    ] = None,
    journal: Annotated[
        Path | None, typer.Option(help="File for one JSON line for each answered message.")
    ] = None,
    *,
    example: Annotated[
        bool, typer.Option("--example", help="Print a commented profile and stop.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Simulate a fleet."""
    # Help and completion should not wait for all of this.
    from ampherd.runtime.stopping import run_until_stopped  # noqa: PLC0415 - see above
    from ampherd.simulate import profile as profiles  # noqa: PLC0415 - see above
    from ampherd.simulate.run import Run  # noqa: PLC0415 - see above
    from ocpp_core.sim.mix import FleetMix  # noqa: PLC0415 - see above

    if example:
        data(profiles.example().rstrip())
        return
    if url is None or not url.startswith(("ws://", "wss://")):
        raise typer.BadParameter("give the endpoint: --url ws://HOST:PORT/PATH")
    simulation = (
        profiles.Simulation(mix=FleetMix(), passwords={})
        if profile is None
        else profiles.load_profile(profile)
    )
    cars = simulation.mix.cars
    simulation = profiles.changed(
        simulation,
        chargers=chargers,
        connectors=connectors,
        prefix=prefix,
        seed=seed,
        meter_interval_s=meter_interval,
        versions=None if ocpp is None else {_version(ocpp): 1.0},
        cars=replace(
            cars,
            stay_s=cars.stay_s if stay is None else stay,
            gap_s=cars.gap_s if gap is None else gap,
        ),
    )
    simulation = replace(
        simulation,
        speed=simulation.speed if speed is None else speed,
        duration_s=simulation.duration_s if duration is None else duration,
        password=simulation.password if password is None else password.encode(),
        ca_file=simulation.ca_file if ca_file is None else ca_file,
    )
    configure(level=logging.WARNING)
    run = Run(url, simulation, journal=journal)
    say(_introduction(url, simulation))
    run_until_stopped(run.run(lambda: say(_progress(run.elapsed_s, run.summary()))))
    summary = run.summary()
    if as_json:
        json_data({"url": url, "elapsed_s": round(run.elapsed_s, 3), **summary.to_json()})
    else:
        data(_text(run.elapsed_s, summary))
    if not summary.ever_connected:
        raise typer.Exit(1)


def _version(text: str) -> object:
    from ocpp_core.sim.dialect import Version  # noqa: PLC0415 - help stays quick

    try:
        return Version(f"ocpp{text.removeprefix('ocpp')}")
    except ValueError:
        raise typer.BadParameter(f"OCPP {text} is not spoken: use 1.6, 2.0.1 or 2.1") from None


def _introduction(url: str, simulation: Simulation) -> str:
    mix = simulation.mix
    words = f"{mix.chargers} chargers ({mix.prefix}001 …) against {url} at {simulation.speed:g}x"
    end = f", for {simulation.duration_s:g} s" if simulation.duration_s else ""
    return f"{words}{end}. Ctrl-C stops them."


def _progress(elapsed_s: float, summary: FleetSummary) -> str:
    return (
        f"{elapsed_s:8.0f} s  {summary.connected}/{summary.chargers} connected, "
        f"{summary.answered} answered, {summary.refused} refused, "
        f"{sum(summary.violations.values())} violations, {summary.energy_wh / 1000:.1f} kWh"
    )


def _text(elapsed_s: float, summary: FleetSummary) -> str:
    rows = [
        ("chargers", f"{summary.chargers}, {summary.ever_connected} of them were connected"),
        ("time", f"{elapsed_s:.0f} s"),
        ("messages sent", f"{summary.sent}"),
        ("  answered", f"{summary.answered}"),
        ("  refused", f"{summary.refused}"),
        ("  timed out", f"{summary.timed_out}"),
        ("  link lost", f"{summary.link_lost}"),
        ("still waiting", f"{summary.waiting}, {summary.discarded} given up"),
        ("cars", f"{summary.plugged}, {summary.energy_wh / 1000:.3f} kWh"),
    ]
    parts = [columns(rows)]
    for title, told in (
        ("Orders of the server", summary.orders),
        ("Faults on purpose", summary.faults),
        ("Violations of the server", summary.violations),
        ("Refusals", summary.refusals),
        ("Not connected", summary.failures),
    ):
        if told:
            lines = [(f"{count}x", words) for words, count in told.items()]
            parts.append(f"{title}\n{columns(lines, indent=2)}")
    return "\n\n".join(parts)

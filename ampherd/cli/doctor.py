"""`ampherd doctor`: what may be wrong with a site."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, open_config
from ampherd.cli.output import data, help_text, json_data, say
from ocpp_core.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from ampherd.doctor.examine import Report

HELP = help_text(
    "Look for what is wrong: configuration, ports, certificates, disk, backups, the database.",
    "ampherd doctor",
    "ampherd doctor --json",
    "ampherd doctor --bundle for-support.zip",
    rest="Every table is read whole, and what must hold between tables is checked. It works while "
    "the server runs, through it, and when it does not; nothing is changed. Exit code 0: nothing "
    "worse than a note; 1: a warning or a fault; 2: a fault in the configuration.",
)


def doctor(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is as it should be.")
    ] = False,
    bundle: Annotated[
        Path | None,
        typer.Option(
            help="Write a .zip file for whoever helps: findings, settings, numbers; no secrets."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Look for what is wrong."""
    from ampherd.cli.backup import backup_folder  # noqa: PLC0415 - help stays quick
    from ampherd.cli.importing import TerminalProgress  # noqa: PLC0415 - see above
    from ampherd.doctor.bundle import write_bundle  # noqa: PLC0415 - see above
    from ampherd.doctor.examine import Report, examine  # noqa: PLC0415 - see above
    from analytics.checkup import Finding, Level  # noqa: PLC0415 - see above
    from ocpp_core.domain.clock import SystemClock  # noqa: PLC0415 - see above

    loaded, code = None, 0
    try:
        loaded = open_config(config)
    except ConfigurationError as error:
        words = error.faults or (str(error),)
        report = Report(
            findings=[Finding(check="configuration", level=Level.FAULT, words=w) for w in words]
        )
        code = 2
    else:
        progress = TerminalProgress()
        report = examine(loaded, backup_folder(loaded), SystemClock(), progress)
        progress.finish("")
        code = int(report.worst in {Level.WARNING, Level.FAULT})
    told = _told(report, everything=everything)
    if bundle is not None:
        write_bundle(bundle, loaded, report, _told(report, everything=True))
        say(f"{bundle}: look into it before you send it")
    if as_json:
        json_data(
            {
                "worst": report.worst,
                "running": report.running,
                "findings": [asdict(one) for one in report.findings],
                "tables": report.tables,
            }
        )
    else:
        data(told)
    if code:
        raise typer.Exit(code)


def _told(report: Report, *, everything: bool) -> str:
    order = {"fault": 0, "warning": 1, "note": 2, "ok": 3}
    lines, fine = [], 0
    for one in sorted(report.findings, key=lambda one: order[one.level]):
        if one.level == "ok" and not everything:
            fine += 1
            continue
        subject = f"{one.subject}: " if one.subject else ""
        lines.append(f"{one.level:<8} {one.check}: {subject}{one.words}")
        if one.remedy:
            lines.append(f"{'':<8} -> {one.remedy}")
    if fine:
        lines.append(f"{fine} checks found nothing (--all shows them)")
    return "\n".join(lines)

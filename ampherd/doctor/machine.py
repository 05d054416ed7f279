"""What may be wrong around the database: ports, certificates, disk, files, backups, solver."""

from __future__ import annotations

import socket
import stat
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from ampherd.backup.manifest import backups_in
from ampherd.config import Config
from ampherd.runtime.room import disk_room
from ampherd.security.site import SiteSecurity, security_notes
from analytics.checkup import Finding, Level
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.errors import AmpherdError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SOON_DAYS = 30.0
_MB = 1_000_000


def ports(config: Config) -> Iterator[Finding]:
    """Say which ports of the configuration another program has; only while no server runs."""
    server = config.server
    wanted = [
        ("server.ocpp_port", server.ocpp_host, server.ocpp_port if server.ocpp_plain else 0),
        ("server.ocpp_tls_port", server.ocpp_host, server.ocpp_tls_port or 0),
        ("server.api_port", server.api_host, server.api_port),
        ("server.dashboards_port", server.dashboards_host, server.dashboards_port),
        ("server.sql_port", "127.0.0.1", server.sql_port),
    ]
    taken = False
    for key, host, port in wanted:
        if not port:
            continue
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.create_server((host, port), family=family):
                pass
        except OSError as error:
            taken = True
            yield Finding(
                check="ports",
                level=Level.FAULT,
                subject=f"{host}:{port}",
                words=f"cannot be opened: {error.strerror or error}",
                remedy=f"stop the program that has it, or set {key}",
            )
    if not taken:
        yield Finding(check="ports", level=Level.OK, words="all ports can be opened")


def certificates(config: Config, clock: Clock) -> Iterator[Finding]:
    """Say what ends soon, and what is weak in how chargers prove who they are."""
    try:
        security = SiteSecurity(config, clock)
    except AmpherdError as error:
        yield Finding(check="certificates", level=Level.FAULT, words=str(error), remedy=error.hint)
        return
    ending = security.alarms(clock.now())
    for words in ending:
        yield Finding(
            check="certificates",
            level=Level.WARNING,
            words=words,
            remedy="make new ones: ampherd cert server, ampherd cert charger NAME",
        )
    if not ending:
        yield Finding(check="certificates", level=Level.OK, words="no certificate ends soon")
    for words in security_notes(config, security.credentials):
        yield Finding(check="security", level=Level.NOTE, words=words)


def disk(config: Config, growth: pd.DataFrame | None) -> Iterator[Finding]:
    """Say how much room is left and for how long, by what was measured (`Reader.storage`)."""
    room = disk_room(config.store_path)
    free, wanted = room.free_bytes / _MB, config.spec.store.free_mb
    if free < wanted:
        yield Finding(
            check="disk",
            level=Level.FAULT,
            words=f"{free:,.0f} MB are free, under the {wanted:,} MB of store.free_mb",
            remedy="make room before chargers cannot be answered any more",
        )
        return
    words = f"{free:,.0f} MB free, the database has {room.database_bytes / _MB:,.0f} MB"
    per_day = _growth_mb(growth)
    if per_day <= 0:
        yield Finding(check="disk", level=Level.OK, words=words)
        return
    days = free / per_day
    yield Finding(
        check="disk",
        level=Level.WARNING if days < _SOON_DAYS else Level.OK,
        words=f"{words}; it grows by {per_day:,.1f} MB a day: full in {days:,.0f} days",
        remedy="make room, or lower retention.raw_days" if days < _SOON_DAYS else "",
    )


def _growth_mb(growth: pd.DataFrame | None) -> float:
    if growth is None or growth.empty:
        return 0.0
    grown = growth[growth["kind"].isin(("file", "archive"))]["growth_mib_per_day"].dropna()
    return float(grown.sum()) * 2**20 / _MB


def files(config: Config) -> Iterator[Finding]:
    """Say which files with secrets others than their owner may read."""
    if sys.platform == "win32":
        return
    exposed = False
    for path in (
        config.tokens_path,
        config.credentials_path,
        config.sql_token_path,
        *sorted(config.security.folder.glob("*.key")),
        config.store_path,
    ):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            exposed = True
            yield Finding(
                check="files",
                level=Level.WARNING,
                subject=str(path),
                words="others than its owner may read it",
                remedy=f"chmod 600 {path}",
            )
    if not exposed:
        yield Finding(check="files", level=Level.OK, words="only their owner may read them")


def backups(config: Config, folder: Path, now: datetime) -> Iterator[Finding]:
    """Say how old the last backup is."""
    every = config.spec.backup.every_hours
    made = [m.made_at for _, m in backups_in(folder) if m.site_id == config.site.site_id]
    if not made:
        yield Finding(
            check="backups",
            level=Level.NOTE if every is None else Level.WARNING,
            words=f"there is no backup in {folder}",
            remedy="ampherd backup makes one; [backup] every_hours makes them by itself",
        )
        return
    age = now - made[-1]
    late = every is not None and age > timedelta(hours=2 * every)
    yield Finding(
        check="backups",
        level=Level.WARNING if late else Level.OK,
        words=f"{len(made)} backups, the last one {age.total_seconds() / 3600:,.1f} h old",
        remedy="look at the alarms and the log of the server" if late else "",
    )


def solver() -> Iterator[Finding]:
    """Say whether the solver can be loaded and solves."""
    try:
        from optimizer.selftest import solver_works  # noqa: PLC0415 - numpy and HiGHS load slowly

        works = solver_works()
    except Exception as error:  # noqa: BLE001 -- whatever keeps it from running is the finding
        works, why = False, f"{type(error).__name__}: {error}"
    else:
        why = "a problem with one unknown was not solved"
    if works:
        yield Finding(check="solver", level=Level.OK, words="the solver runs")
    else:
        yield Finding(
            check="solver",
            level=Level.FAULT,
            words=f"the solver does not run: {why}",
            remedy="install Ampherd again: pip install --force-reinstall highspy pulp",
        )

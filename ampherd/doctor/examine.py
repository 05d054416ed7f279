"""The whole examination of a site: configuration, machine, server, database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx
import pandas as pd

import analytics
from ampherd.config import Config
from ampherd.doctor import machine
from ampherd.runtime.addresses import Running, running_server
from ampherd.sqltoken import SqlTokenFile
from analytics import Reader, checkup
from analytics.checkup import Finding, Level
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.errors import AmpherdError, ReaderError, StoreError

_ANSWERS_S = 10.0


class Shows(Protocol):
    """Shows how far an examination is."""

    def start(self, total: int, words: str) -> None:
        """Begin."""
        ...

    def advance(self, steps: int) -> None:
        """Some steps are done."""
        ...


@dataclass(slots=True, kw_only=True)
class Report:
    """What was found, and what a person who helps wants to know."""

    running: bool = False
    """A server runs on this database."""
    findings: list[Finding] = field(default_factory=list)
    tables: dict[str, int] = field(default_factory=dict)
    """Rows of each table."""
    counters: dict[str, float] = field(default_factory=dict)
    """What a server that runs has counted."""

    @property
    def worst(self) -> Level:
        """The worst level of all."""
        order = list(Level)
        return max((one.level for one in self.findings), key=order.index, default=Level.OK)


def examine(config: Config, folder: Path, clock: Clock, shows: Shows) -> Report:
    """Look at everything; `folder` is that of backups. Nothing is changed."""
    report = Report()
    found = report.findings
    found += [Finding(check="configuration", level=Level.NOTE, words=n) for n in config.notes]
    found.append(Finding(check="configuration", level=Level.OK, words=f"{config.path} is valid"))
    running = running_server(config.addresses_path)
    health = None if running is None else _health(running)
    report.running = health is not None
    if running is not None and health is not None:
        found += _server(health)
        report.counters = _counters(config, running)
    else:
        found += machine.ports(config)
    found += machine.certificates(config, clock)
    found += machine.files(config)
    found += machine.backups(config, folder, clock.now())
    found += machine.solver()
    growth: pd.DataFrame | None = None
    try:
        with _reader(config, running=report.running) as reader:
            growth = _database(report, reader, clock, shows)
    except (ReaderError, StoreError) as error:
        found.append(
            Finding(
                check="database",
                level=Level.FAULT if config.store_path.exists() else Level.NOTE,
                subject=str(config.store_path),
                words=str(error),
                remedy=error.hint or "restore a backup: ampherd restore",
            )
        )
    found += machine.disk(config, growth)
    return report


def _database(report: Report, reader: Reader, clock: Clock, shows: Shows) -> pd.DataFrame | None:
    steps = checkup.steps(reader, clock.now())
    shows.start(len(steps), "database")
    for name, step in steps:
        found = step()
        report.findings += found
        table = name.removeprefix("table ")
        if table != name and not found:
            rows = reader.sql(f'SELECT count(*) AS n FROM "{table}"')  # noqa: S608 -- its catalogue's
            report.tables[table] = int(rows["n"].iloc[0])
        shows.advance(1)
    if not any(one.check == "tables" for one in report.findings):
        words = f"all {len(report.tables)} tables and views were read"
        report.findings.append(Finding(check="tables", level=Level.OK, words=words))
    try:
        return reader.storage()
    except ReaderError:
        return None


@contextmanager
def _reader(config: Config, *, running: bool) -> Iterator[Reader]:
    """Read the file, or through the server that owns it."""
    url, token = str(config.store_path), None
    if running:
        url = f"quack:127.0.0.1:{config.server.sql_port}"
        noted = running_server(config.addresses_path)
        if noted is not None and noted.sql_url:
            url = noted.sql_url
        token = SqlTokenFile(config.sql_token_path).token()
    with analytics.open(url, token) as reader:
        yield reader


def _health(running: Running) -> dict[str, object] | None:
    try:
        answer = httpx.get(f"{running.api_url}/api/v1/health", timeout=_ANSWERS_S, trust_env=False)
    except httpx.TransportError:
        return None  # killed: its note is left behind
    body: dict[str, object] = answer.json()
    return body


def _server(health: dict[str, object]) -> Iterator[Finding]:
    if health["status"] == "ok":
        yield Finding(
            check="server",
            level=Level.OK,
            words=f"runs, {health['charge_points_online']} chargers online",
        )
    else:
        yield Finding(
            check="server",
            level=Level.FAULT,
            words=f"stores nothing since {health.get('failing_since')}: {health['database']}",
            remedy="docs/operations.md, A full disk",
        )


def _counters(config: Config, running: Running) -> dict[str, float]:
    """Return the server's metrics; none where they cannot be had."""
    from ampherd.runtime.admin import admin_client  # noqa: PLC0415 - only for a running server

    try:
        with admin_client(config, running.api_url, "ampherd doctor") as api:
            text = api.get("/metrics").text
    except (httpx.HTTPError, AmpherdError):
        return {}
    numbers = {}
    for line in text.splitlines():
        name, _, value = line.rpartition(" ")
        if name and not line.startswith("#") and "{" not in name:
            numbers[name] = float(value)
    return numbers

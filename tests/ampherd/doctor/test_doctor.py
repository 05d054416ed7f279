"""The examination of a site finds what is wrong, says it with a remedy, and keeps its secrets."""

from __future__ import annotations

import json
import stat
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ampherd.config import Config, load_config
from ampherd.doctor.bundle import write_bundle
from ampherd.doctor.examine import Report, examine
from ampherd.runtime.opening import open_store
from analytics.checkup import Level, data_checks
from analytics.importers.reading import NoProgress
from ocpp_core.domain.clock import ManualClock
from tests.ampherd.cli.test_serve import SITE
from tests.analytics.builders import Charger

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=6)
PASSWORD = "a-password-of-sixteen-or-more"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "site.toml"
    text = SITE
    for old, new in (
        ("connectors = [", f"password = '{PASSWORD}'\nconnectors = ["),
        ("[server]", "[[id_token]]\ntoken = 'CARD-OF-ANNA'\ndriver = 'Anna'\n[server]"),
        ("sql_port = 0", "sql_port = 0\ndashboards_port = 0\n[store]\nfree_mb = 0"),
    ):
        text = text.replace(old, new, 1)
    path.write_text(text)
    return load_config(path, {})


@pytest.fixture
async def filled(config: Config) -> Config:
    async with open_store(config, ManualClock(NOON)) as store:
        for message in Charger("CP-1").whole_session(NOON, 7):
            await store.append(message)
    config.store_path.chmod(0o600)  # as the command line makes it
    return config


def examined(config: Config) -> Report:
    return examine(config, config.path.parent / "backups", ManualClock(LATER), NoProgress())


def found(report: Report, check: str) -> list[str]:
    return [
        f"{one.level} {one.subject} {one.words}"
        for one in report.findings
        if one.check == check and one.level is not Level.OK
    ]


def spoilt(config: Config, sql: str) -> Report:
    with duckdb.connect(config.store_path) as connection:
        connection.execute(sql)
    return examined(config)


async def test_a_sound_site_has_no_finding_above_a_note(filled: Config) -> None:
    report = examined(filled)

    assert [] == [one for one in report.findings if one.level in {Level.WARNING, Level.FAULT}]
    checked = {one.check for one in report.findings}
    assert {check.name for check in data_checks()} <= checked
    assert {"configuration", "ports", "certificates", "files", "backups", "disk"} <= checked
    assert {"tables", "schema", "solver"} <= checked
    assert report.tables["session"] == 1


@pytest.mark.parametrize(
    ("sql", "check", "words"),
    [
        ("UPDATE session_interval SET energy_wh = energy_wh + 1", "energy-grid", "Wh more than"),
        ("DELETE FROM session_interval", "energy-grid", "fault"),
        (
            "INSERT INTO session_interval SELECT * FROM session_interval",
            "grid-gaps",
            "slots of the grid are missing or there twice",
        ),
        (
            "INSERT INTO rolled_day SELECT '2026-03-02', '2026-03-01', now(), 'UTC', now()",
            "rolled-days",
            "Wh more than its sessions",
        ),
        ("UPDATE cost_line SET line = line + 1", "bill-lines", "has a gap"),
        ("UPDATE cost_line SET quantity = quantity + 5", "bill-sums", "5000 Wh more"),
        (
            "UPDATE charging_period SET energy_kwh = energy_kwh + 1",
            "charging-periods",
            "Wh more than the session",
        ),
        ("DELETE FROM charging_period", "charging-periods", "fault"),
        ("DELETE FROM session", "orphans", "belong to sessions that are not there"),
        ("INSERT INTO session SELECT * FROM session", "twins", "2 rows of one session"),
        (
            "DELETE FROM ocpp_message WHERE seq = (SELECT min(seq) + 1 FROM ocpp_message)",
            "message-numbers",
            "1 numbers are missing",
        ),
        (
            "UPDATE session SET ended_at = NULL, started_at = started_at - INTERVAL 3 DAYS",
            "open-sessions",
            "open for 78 h",
        ),
        (
            "UPDATE ocpp_message SET message_at = message_at + INTERVAL 9 HOURS",
            "future-messages",
            "later than now",
        ),
        (
            "UPDATE ocpp_message SET message_at = message_at - INTERVAL 3 DAYS",
            "silent-chargers",
            "silent for",
        ),
        ("UPDATE ocpp_message SET outcome = 'refused'", "refused-messages", "note CP-1"),
        ("DELETE FROM schema_version WHERE version > 1", "schema", "warning"),
    ],
)
async def test_what_cannot_be_right_is_found(
    filled: Config, sql: str, check: str, words: str
) -> None:
    assert words in "\n".join(found(spoilt(filled, sql), check))


async def test_every_warning_and_fault_has_a_remedy(filled: Config) -> None:
    report = spoilt(filled, "DELETE FROM session; UPDATE cost_line SET line = line + 1")
    filled.tokens_path.write_text("{}")
    filled.tokens_path.chmod(0o644)
    report.findings += examined(filled).findings

    bad = [one for one in report.findings if one.level in {Level.WARNING, Level.FAULT}]

    assert {"orphans", "bill-lines", "files"} <= {one.check for one in bad}
    assert [] == [one for one in bad if not one.remedy]


def test_a_database_that_is_none_is_a_fault(config: Config) -> None:
    config.store_path.write_bytes(b"not a database at all" * 1000)

    assert "fault" in "\n".join(found(examined(config), "database"))


async def test_the_bundle_holds_no_secret(filled: Config, tmp_path: Path) -> None:
    report, path = examined(filled), tmp_path / "bundle.zip"

    write_bundle(path, filled, report, "notes")

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name).decode() for name in archive.namelist()}
    everything = "\n".join(content.values())
    for secret in (PASSWORD, "CARD-OF-ANNA", "Anna"):
        assert secret not in everything
    assert "CP-1" in content["configuration.json"]
    assert "duckdb" in content["versions.json"]
    assert json.loads(content["tables.json"])["session"] == 1

"""`ampherd serve` as a process: starts, answers, stops, says what is wrong with its database."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.ampherd.cli.conftest import Ran, Run

ROOT = Path(__file__).parents[3]
SITE = """
[site]
id = "s"
name = "S"
timezone = "Europe/Berlin"
currency = "EUR"
[[circuit]]
id = "grid"
limit_a = 63
[[charge_point]]
id = "CP-1"
connectors = [{ id = 1, circuit = "grid", max_current_a = 16 }]
[server]
ocpp_host = "127.0.0.1"
security_profile = 0
ocpp_port = 0
api_port = 0
sql_port = 0
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    return path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run one server for all tests that leave it as it is; gives its configuration."""
    path = tmp_path_factory.mktemp("running") / "site.toml"
    path.write_text(SITE + "\n[store]\nfree_mb = 0\n")
    with serving(path):
        yield path


def words(config: Path) -> list[str]:
    return ["serve", "--config", str(config), "--no-dashboards", "--json"]


@contextmanager
def serving(config: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Run the server; gives its process and its addresses."""
    with subprocess.Popen(
        [sys.executable, "-c", "from ampherd.cli import main; main()", *words(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    ) as server:
        try:
            assert server.stdout is not None
            text = ""
            for line in server.stdout:
                text += line
                if line.startswith("}"):
                    break
            yield server, json.loads(text)
        finally:
            server.kill()


def test_it_answers_and_a_signal_ends_it_with_exit_code_0(config: Path) -> None:
    with serving(config) as (server, addresses):
        health = httpx.get(f"{addresses['api']}/health", trust_env=False)
        server.send_signal(signal.SIGTERM)

        assert health.status_code == 200
        assert health.json()["database"] == "ok"
        assert server.wait() == 0
    # A database that was closed has nothing left to replay.
    assert not Path(f"{addresses['database']}.wal").exists()


def test_what_it_writes_is_for_its_owner_only(running: Path) -> None:
    modes = {
        path.name: path.stat().st_mode & 0o077
        for path in running.parent.iterdir()
        if path != running
    }

    assert "ampherd.duckdb" in modes
    assert not any(modes.values()), modes


def test_a_database_that_another_server_owns_is_named_and_ends_with_exit_code_3(
    running: Path, run: Run
) -> None:
    second = run(*words(running))

    assert second.code == 3
    assert "ampherd.duckdb" in second.err
    assert "another process" in second.err
    assert "Traceback" not in second.err


def test_a_file_that_is_no_database_is_refused_and_left_alone(config: Path, run: Run) -> None:
    path = config.parent / "ampherd.duckdb"
    path.write_bytes(b"this is not a database, and it is longer than a header would be" * 100)
    before = path.read_bytes()

    refused = run(*words(config))

    assert refused.code == 3
    assert str(path) in refused.err
    assert "Traceback" not in refused.err
    assert path.read_bytes() == before


def test_a_configuration_fault_ends_with_exit_code_2_and_names_its_line(
    config: Path, run: Run
) -> None:
    config.write_text(SITE.replace("limit_a = 63", "limit_amps = 63"))

    refused = run(*words(config))

    assert refused.code == 2
    assert f"{config}:9: " in refused.err
    assert "limit_a" in refused.err


def test_a_backup_of_a_server_that_runs_and_its_restore(config: Path, run: Run) -> None:
    def ampherd(*words: str) -> Ran:
        return run(*words, "--config", str(config))

    folder = config.parent / "elsewhere"
    with serving(config):
        made = ampherd("backup", str(folder))
        assert 0 == made.code, made.err
        refused = ampherd("restore", made.out.strip())
        assert 3 == refused.code
        assert "in use" in refused.err

    stopped = ampherd("backup")
    assert 0 == stopped.code, stopped.err
    assert str(config.parent / "backups") in stopped.out
    checked = ampherd("restore", made.out.strip(), "--dry-run")
    assert "would put" in checked.err
    done = ampherd("restore", made.out.strip())
    assert 0 == done.code, done.err
    assert 0 == ampherd("restore", "--undo").code
    assert 1 == ampherd("backup", str(folder), "--list").out.count("by hand")


def test_the_doctor_looks_through_a_server_that_runs(running: Path, run: Run) -> None:
    done = run("doctor", "--json", "--config", str(running))

    assert 0 == done.code, done.out + done.err
    told = json.loads(done.out)
    assert told["running"]
    assert {"server", "tables", "energy-grid"} <= {one["check"] for one in told["findings"]}

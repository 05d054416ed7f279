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


def command(config: Path) -> list[str]:
    main = "from ampherd.cli import main; main()"
    words = ["serve", "--config", str(config), "--no-dashboards", "--json"]
    return [sys.executable, "-c", main, *words]


@contextmanager
def serving(config: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Run the server; gives its process and its addresses."""
    with subprocess.Popen(
        command(config), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
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


def test_what_it_writes_is_for_its_owner_only(config: Path) -> None:
    with serving(config) as (server, _):
        modes = {
            path.name: path.stat().st_mode & 0o077
            for path in config.parent.iterdir()
            if path != config
        }
        server.terminate()

        assert "ampherd.duckdb" in modes
        assert not any(modes.values()), modes


def test_a_database_that_another_server_owns_is_named_and_ends_with_exit_code_3(
    config: Path,
) -> None:
    with serving(config) as (server, _):
        second = subprocess.run(
            command(config), capture_output=True, text=True, cwd=ROOT, check=False
        )

        assert second.returncode == 3
        assert "ampherd.duckdb" in second.stderr
        assert "another process" in second.stderr
        assert "Traceback" not in second.stderr
        assert server.poll() is None


def test_a_file_that_is_no_database_is_refused_and_left_alone(config: Path) -> None:
    path = config.parent / "ampherd.duckdb"
    path.write_bytes(b"this is not a database, and it is longer than a header would be" * 100)
    before = path.read_bytes()

    refused = subprocess.run(command(config), capture_output=True, text=True, cwd=ROOT, check=False)

    assert refused.returncode == 3
    assert str(path) in refused.stderr
    assert "Traceback" not in refused.stderr
    assert path.read_bytes() == before


def test_a_configuration_fault_ends_with_exit_code_2_and_names_its_line(config: Path) -> None:
    config.write_text(SITE.replace("limit_a = 63", "limit_amps = 63"))

    refused = subprocess.run(command(config), capture_output=True, text=True, cwd=ROOT, check=False)

    assert refused.returncode == 2
    assert f"{config}:9: " in refused.stderr
    assert "limit_a" in refused.stderr


def test_a_backup_of_a_server_that_runs_and_its_restore(config: Path) -> None:
    def ampherd(*words: str) -> subprocess.CompletedProcess[str]:
        main = "from ampherd.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", main, *words, "--config", str(config)],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )

    folder = config.parent / "elsewhere"
    with serving(config):
        made = ampherd("backup", str(folder))
        assert 0 == made.returncode, made.stderr
        refused = ampherd("restore", made.stdout.strip())
        assert 3 == refused.returncode
        assert "in use" in refused.stderr

    stopped = ampherd("backup")
    assert 0 == stopped.returncode, stopped.stderr
    assert str(config.parent / "backups") in stopped.stdout
    checked = ampherd("restore", made.stdout.strip(), "--dry-run")
    assert "would put" in checked.stderr
    done = ampherd("restore", made.stdout.strip())
    assert 0 == done.returncode, done.stderr
    assert 0 == ampherd("restore", "--undo").returncode
    assert 1 == ampherd("backup", str(folder), "--list").stdout.count("by hand")


def test_the_doctor_looks_through_a_server_that_runs(config: Path) -> None:
    config.write_text(config.read_text() + "\n[store]\nfree_mb = 0\n")
    main = "from ampherd.cli import main; main()"
    with serving(config):
        done = subprocess.run(
            [sys.executable, "-c", main, "doctor", "--json", "--config", str(config)],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )

    assert 0 == done.returncode, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["running"]
    assert {"server", "tables", "energy-grid"} <= {one["check"] for one in told["findings"]}

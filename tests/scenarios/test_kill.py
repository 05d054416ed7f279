"""kill -9 in mid-traffic: what was answered is stored."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import analytics

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

CHARGERS = 20
KILLS = 2
ANSWERS_BEFORE_A_KILL = 300
ROOT = Path(__file__).parents[2]


def site_file(folder: Path) -> Path:
    chargers = "\n".join(
        f'[[charge_point]]\nid = "SIM-{n:03d}"\n'
        'connectors = [{ id = 1, circuit = "grid", max_current_a = 16 }]'
        for n in range(1, CHARGERS + 1)
    )
    path = folder / "site.toml"
    path.write_text(f"""
[site]
id = "kill"
name = "Kill"
timezone = "Europe/Berlin"
currency = "EUR"
[[circuit]]
id = "grid"
limit_a = 63
[server]
ocpp_host = "127.0.0.1"
security_profile = 0
ocpp_port = 0
api_port = 0
sql_port = 0
accept_unknown_tokens = true
{chargers}
""")
    return path


def start_server(config: Path, log: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the server and return it with the URL of its OCPP endpoint."""
    server, addresses = start_with_addresses(config, log)
    return server, addresses["ocpp"]


def start_with_addresses(config: Path, log: Path) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """Start the server and return it with its addresses."""
    with log.open("ab") as errors:
        server = subprocess.Popen(
            [sys.executable, "-c", "from ampherd.cli import main; main()", "serve", "--config",
             str(config), "--no-dashboards", "--json"],
            stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT,
        )  # fmt: skip
    assert server.stdout is not None
    text = ""
    for line in server.stdout:
        text += line
        if line.startswith("}"):
            return server, json.loads(text)
    raise AssertionError(f"the server did not start: {log.read_text()}")


def journal_lines(path: Path) -> list[dict[str, object]]:
    """Return whole lines; the last one may be half written while the traffic runs."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def test_no_answered_message_is_missing_after_kill_9(tmp_path: Path) -> None:
    config, log = site_file(tmp_path), tmp_path / "server.log"
    journals = []
    for round_number in range(KILLS):
        server, url = start_server(config, log)
        journal = tmp_path / f"answered-{round_number}.jsonl"
        journals.append(journal)
        traffic = subprocess.Popen(
            [sys.executable, "-c", "from ampherd.cli import main; main()", "simulate",
             "--url", url, "--chargers", str(CHARGERS), "--seed", str(round_number),
             "--stay", "3", "--gap", "0.5", "--meter-interval", "1", "--journal", str(journal)],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for_answers(journal, server)
            os.kill(server.pid, signal.SIGKILL)
            server.wait()
        finally:
            traffic.terminate()
            traffic.wait()
            server.kill()
            server.wait()
            if server.stdout is not None:
                server.stdout.close()

    server, _ = start_server(config, log)
    server.terminate()
    assert server.wait() == 0
    if server.stdout is not None:
        server.stdout.close()

    answered = [line for journal in journals for line in journal_lines(journal)]
    with analytics.open(tmp_path / "ampherd.duckdb") as reader:
        stored = reader.sql(
            "SELECT charge_point_id, message_id, answer FROM ocpp_message "
            "WHERE direction = 'from-charger'"
        )
        sessions = reader.sql("SELECT transaction_id FROM session")
    known = {
        (row["charge_point_id"], row["message_id"]): json.loads(row["answer"])[2]
        for row in stored.to_dict("records")
    }
    assert len(answered) >= KILLS * ANSWERS_BEFORE_A_KILL
    for line in answered:
        assert known[line["charge_point_id"], line["message_id"]] == line["answer"]
    assert sessions["transaction_id"].is_unique


def wait_for_answers(journal: Path, server: subprocess.Popen[str]) -> None:
    """Return when enough was answered; a poll, since the traffic runs in another process."""
    for _ in range(1200):
        if journal.exists() and journal.read_bytes().count(b"\n") >= ANSWERS_BEFORE_A_KILL:
            return
        assert server.poll() is None, "the server ended by itself"
        time.sleep(0.05)
    raise AssertionError("no traffic")

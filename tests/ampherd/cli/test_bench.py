"""`ampherd bench load`: what it prints and how it ends."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Any

import pytest

from ocpp_core.sim.load import LoadReport
from tests.ampherd.cli.conftest import Run

URL = "ws://127.0.0.1:1/ocpp"


def report(**changes: Any) -> LoadReport:
    found = {"count": 20, "p50_ms": 1.0, "p99_ms": 2.0, "p99_9_ms": 3.0, "max_ms": 4.0}
    defaults: dict[str, Any] = {
        "mode": "meter",
        "version": "1.6",
        "stations": 2,
        "rate": None,
        "connected": 2,
        "seconds": 4.0,
        "sent": 20,
        "acknowledged": 20,
        "latencies": {"all": found, "MeterValues": found},
    }
    return LoadReport(**defaults | changes)


def ends_with(monkeypatch: pytest.MonkeyPatch, outcome: LoadReport | None) -> None:
    def run(work: Coroutine[Any, Any, Any]) -> LoadReport | None:
        work.close()
        return outcome

    monkeypatch.setattr("ampherd.runtime.stopping.run_until_stopped", run)


def test_a_run_ends_in_a_table(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ends_with(monkeypatch, report())
    ran = run("bench", "load", URL, "--stations", "2")

    assert 0 == ran.code
    assert "20 of 20 messages acknowledged in 4.00 s, 5/s; 0 refused, 0 lost" in ran.out
    assert ["MeterValues", "20", "1.00", "2.00", "3.00", "4.00"] in [
        line.split() for line in ran.out.splitlines()
    ]


def test_a_run_ends_in_one_json_object(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ends_with(monkeypatch, report())
    ran = run("bench", "load", URL, "--json")

    assert (0, 5.0) == (ran.code, json.loads(ran.out)["acknowledged_per_s"])


def test_a_run_with_faults_ends_with_1_and_names_them(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = report(connected=1, commands=3)
    outcome.faults["HTTP 404 Not Found"] += 1
    ends_with(monkeypatch, outcome)
    ran = run("bench", "load", URL)

    assert 1 == ran.code
    assert "1x HTTP 404 Not Found" in ran.out
    assert "3 commands of the server" in ran.out


def test_a_run_that_was_stopped_ends_with_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ends_with(monkeypatch, None)

    assert (1, "Stopped.\n") == (run("bench", "load", URL).code, run("bench", "load", URL).err)


def test_a_server_that_is_not_there_is_a_message_with_a_hint(run: Run) -> None:
    ran = run("bench", "load", URL, "--stations", "1")

    assert (1, "") == (ran.code, ran.out)
    assert "no station could connect" in ran.err
    assert "Is the server running" in ran.err


@pytest.mark.parametrize(
    "arguments", [("--version", "1.5"), ("--identity", "same"), ("--ca", "missing.pem")]
)
def test_what_makes_no_sense_ends_with_2(run: Run, arguments: tuple[str, str]) -> None:
    assert 2 == run("bench", "load", URL, *arguments).code

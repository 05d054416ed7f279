"""Rules of `ampherd simulate`, against a central system that is none of ours."""

import asyncio
import json
import signal
import ssl
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.ampherd.cli.conftest import Run
from tests.certificates import TestAuthority
from tests.ocpp_core.sim.csms import TestCsms

COMMAND = (sys.executable, "-c", "from ampherd.cli import main; main()", "simulate")


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process) -> dict[str, Any]:
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    summary: dict[str, Any] = json.loads(out)
    return summary


async def test_it_ends_cleanly_on_sigterm_with_a_summary_and_a_journal(tmp_path: Path) -> None:
    journal = tmp_path / "answered.jsonl"
    async with TestCsms() as csms:
        process = await start(
            "--url", csms.url, "--chargers", "3", "--seed", "1", "--gap", "0.01", "--stay", "1",
            "--meter-interval", "1", "--journal", str(journal), "--json",
        )  # fmt: skip
        await csms.arrived("StartTransaction", 3)
        await csms.arrived("MeterValues", 3)
        process.send_signal(signal.SIGTERM)
        summary = await ended(process)

    assert 0 == process.returncode
    answered = {json.loads(line)["message_id"] for line in journal.read_text().splitlines()}
    assert answered <= {f.message_id for f in csms.frames}
    assert len(answered) == summary["answered"]
    assert (3, 3, {}) == (summary["connected"], summary["ever_connected"], summary["violations"])


async def test_it_ends_by_itself_after_its_duration_in_the_version_asked_for() -> None:
    async with TestCsms(subprotocol="ocpp2.0.1") as csms:
        process = await start(
            "--url", csms.url, "--chargers", "1", "--ocpp", "2.0.1", "--speed", "600",
            "--duration", "600", "--stay", "60", "--password", "secret", "--json",
        )  # fmt: skip
        summary = await ended(process)

    assert 0 == process.returncode
    assert "Authorization" in csms.headers[0]
    assert [] != csms.events("Ended")
    assert {"ocpp2.0.1": 1} == summary["versions"]
    assert summary["elapsed_s"] >= 600


async def test_a_profile_says_who_comes_and_options_come_first(tmp_path: Path) -> None:
    profile = tmp_path / "faulty.toml"
    profile.write_text(
        "chargers = 9\nspeed = 600\nduration_s = 600\n[cars]\nstay_s = 60\ngap_s = 5\n"
        '[[fault]]\nkind = "duplicated-status"\nshare = 1\n',
        "utf-8",
    )
    async with TestCsms() as csms:
        process = await start(
            "--url", csms.url, "--profile", str(profile), "--chargers", "2", "--json"
        )
        summary = await ended(process)

    assert 2 == summary["chargers"]
    assert summary["faults"]["duplicated-status"] > 0


async def test_it_proves_itself_with_a_certificate_and_checks_the_servers(tmp_path: Path) -> None:
    authority = TestAuthority(tmp_path / "ca")
    server, charger = authority.server(), authority.charger("SIM-001")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.root))
    context.load_cert_chain(server.certificate, server.key)
    context.verify_mode = ssl.CERT_REQUIRED
    profile = tmp_path / "tls.toml"
    profile.write_text(
        f"""
chargers = 1
speed = 600
duration_s = 60
[tls]
ca_file = "{authority.root}"
certificate_file = "{charger.certificate}"
key_file = "{charger.key}"
""",
        "utf-8",
    )
    async with TestCsms(tls=context) as csms:
        proven = await start("--url", csms.url, "--profile", str(profile), "--json")
        summary = await ended(proven)
        trusting_nobody = await start(
            "--url", csms.url, "--chargers", "1", "--duration", "0.5", "--json"
        )
        failed = await ended(trusting_nobody)

    assert (0, 1) == (proven.returncode, summary["ever_connected"])
    assert 1 == trusting_nobody.returncode
    assert "certificate verify failed" in "".join(failed["failures"])


def test_the_example_is_printed(run: Run) -> None:
    ran = run("simulate", "--example")

    assert 0 == ran.code
    assert 'kind = "clock-offset"' in ran.out


def test_a_wrong_profile_is_told_fault_by_fault(run: Run, tmp_path: Path) -> None:
    (tmp_path / "faulty.toml").write_text("charger = 5\nspeed = 0\n", "utf-8")
    ran = run("simulate", "--url", "ws://localhost:1/ocpp", "--profile", "faulty.toml")

    assert 2 == ran.code
    assert "faulty.toml:1: charger: is not a setting. Did you mean 'chargers'?" in ran.err
    assert "faulty.toml:2: speed:" in ran.err


@pytest.mark.parametrize(
    "arguments", [[], ["--url", "http://x"], ["--url", "ws://x", "--ocpp", "1.5"]]
)
def test_a_wrong_command_line_is_told(run: Run, arguments: list[str]) -> None:
    assert 2 == run("simulate", *arguments).code


def test_no_server_is_a_failure_with_its_reason(run: Run) -> None:
    ran = run("simulate", "--url", "ws://127.0.0.1:1/ocpp", "--chargers", "1", "--duration", "0.3")

    assert 1 == ran.code
    assert "Not connected" in ran.out

"""Rules of the made-up traffic and of its command line."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from ocpp_core.sim.synthetic import Journal, run_simulator, synthetic_points
from tests.ocpp_core.sim.conftest import QUICK, START, Timeline
from tests.ocpp_core.sim.csms import TestCsms


async def traffic(csms: TestCsms, time: Timeline, journal: Path, seed: int) -> list[str]:
    with journal.open("w+b") as file:
        work = asyncio.create_task(
            run_simulator(
                csms.url,
                synthetic_points(2, connectors=2),
                clock=time.clock,
                seed=seed,
                journal=Journal(file, time.clock.now),
                policy=QUICK,
            )
        )
        await csms.arrived("StatusNotification", 6)
        await time.passes(minutes=3)
        work.cancel()
        await asyncio.wait({work})
        file.seek(0)
        return file.read().decode().splitlines()


async def test_the_journal_holds_every_answered_call_and_nothing_else(
    csms: TestCsms, time: Timeline, tmp_path: Path
) -> None:
    csms.answers["Heartbeat"] = lambda _: "InternalError"
    lines = [json.loads(line) for line in await traffic(csms, time, tmp_path / "answered.jsonl", 1)]

    answered = [f for f in csms.frames if f.action != "Heartbeat"]
    assert {(f.identity, f.message_id, f.action) for f in answered} == {
        (line["charge_point_id"], line["message_id"], line["action"]) for line in lines
    }
    assert {"StartTransaction", "StopTransaction", "MeterValues"} <= {
        line["action"] for line in lines
    }
    assert all(line["at"] >= START.isoformat()[:19] for line in lines)
    assert {"SIM-001", "SIM-002"} == {line["charge_point_id"] for line in lines}


async def test_the_command_runs_against_a_server_and_ends_cleanly_on_sigterm(
    csms: TestCsms, tmp_path: Path
) -> None:
    journal = tmp_path / "answered.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ocpp_core.sim", "--url", csms.url, "--chargers", "3",
        "--seed", "1", "--gap", "0.01", "--stay", "1", "--meter-interval", "1",
        "--journal", str(journal), stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    await csms.arrived("StartTransaction", 3)
    await csms.arrived("MeterValues", 3)
    process.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(process.communicate(), 10)

    assert (0, b"") == (process.returncode, errors)
    answered = {json.loads(line)["message_id"] for line in journal.read_text().splitlines()}
    assert answered <= {f.message_id for f in csms.frames}
    assert len(answered) >= len(csms.frames) - 3


async def test_the_command_ends_by_itself_after_its_duration(csms: TestCsms) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ocpp_core.sim", "--url", csms.url, "--chargers", "1",
        "--speed", "600", "--duration", "120", "--password", "secret",
    )  # fmt: skip

    assert 0 == await asyncio.wait_for(process.wait(), 20)
    assert "Authorization" in csms.headers[0]
    assert [] != csms.of("StopTransaction")

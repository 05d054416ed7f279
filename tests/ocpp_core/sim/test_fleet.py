"""Rules of the made-up traffic, of who is in it, and of what it notices."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

from ocpp_core.sim.dialect import Version
from ocpp_core.sim.faults import ClockOffset, DeafToPings
from ocpp_core.sim.fleet import Fleet
from ocpp_core.sim.journal import Journal
from ocpp_core.sim.mix import FleetMix, SharedFault
from tests.ocpp_core.sim.conftest import QUICK, START, Timeline
from tests.ocpp_core.sim.csms import TestCsms


async def traffic(csms: TestCsms, time: Timeline, journal: Path, seed: int) -> list[str]:
    with journal.open("w+b") as file:
        fleet = Fleet(
            csms.url,
            FleetMix(chargers=2, connectors=2, seed=seed, meter_interval_s=2),
            clock=time.clock,
            on_answered=Journal(file, time.clock.now),
            policy=QUICK,
        )
        work = asyncio.create_task(fleet.run())
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


async def test_a_summary_counts_what_was_sent_and_what_became_of_it(
    csms: TestCsms, time: Timeline
) -> None:
    csms.answers["MeterValues"] = lambda _: "InternalError"
    fleet = Fleet(csms.url, FleetMix(chargers=2, seed=1), clock=time.clock, policy=QUICK)
    work = asyncio.create_task(fleet.run())
    await csms.arrived("StatusNotification", 4)
    await time.passes(minutes=3)
    summary = fleet.summary()
    work.cancel()
    await asyncio.wait({work})

    assert (2, 2, {"ocpp1.6": 2}) == (summary.chargers, summary.connected, summary.versions)
    assert summary.sent == summary.answered + summary.refused
    assert summary.refused == len(csms.of("MeterValues"))
    assert summary.messages["StartTransaction"] == len(csms.of("StartTransaction"))
    assert summary.energy_wh > 0
    assert {} == summary.violations


async def test_what_the_server_does_wrong_is_told(csms: TestCsms, time: Timeline) -> None:
    csms.answers["BootNotification"] = lambda _: {"status": "Accepted"}
    csms.answers["StatusNotification"] = lambda _: "NoSuchCode"
    csms.checks = False
    fleet = Fleet(csms.url, FleetMix(chargers=1), clock=time.clock, policy=QUICK)
    work = asyncio.create_task(fleet.run())
    await csms.arrived("StatusNotification", 2)
    await csms.call("SIM-001", "SetChargingProfile", {"connectorId": "one"})
    await csms.call("SIM-001", "MakeCoffee", {})
    violations = list(fleet.summary().violations)
    work.cancel()
    await asyncio.wait({work})

    for words in (
        'answer to BootNotification: "currentTime" is a required property',
        "answer to StatusNotification: 'NoSuchCode' is no error code of this version",
        'SetChargingProfile: connectorId: "one" is not of type "integer"',
        "MakeCoffee: no such message in ocpp1.6",
    ):
        assert f"ocpp1.6 {words}" in violations


def test_shares_are_kept_as_exactly_as_whole_chargers_can() -> None:
    offset, deaf = ClockOffset(), DeafToPings()
    mix = FleetMix(
        chargers=50,
        versions={Version.V16: 0.5, Version.V201: 0.3, Version.V21: 0.2},
        faults=(SharedFault(fault=offset, chargers=0.2), SharedFault(fault=deaf, chargers=0.5)),
    )
    traits = mix.traits()

    assert {Version.V16: 25, Version.V201: 15, Version.V21: 10} == Counter(
        t.version for t in traits
    )
    assert (10, 25) == (
        sum(offset in t.faults for t in traits),
        sum(deaf in t.faults for t in traits),
    )
    assert traits == mix.traits()
    assert traits != replace(mix, seed=1).traits()

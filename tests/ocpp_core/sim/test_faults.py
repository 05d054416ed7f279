"""Every fault of a simulated charger, as a server sees it."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from ocpp_core.domain.car import Car
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.sim import faults
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.faults import FAULTS
from ocpp_core.sim.link import LinkPolicy
from tests.ocpp_core.sim.conftest import START, MakeCharger, Timeline
from tests.ocpp_core.sim.csms import Frame, Payload, TestCsms

ONE = ConnectorId(1)
TAG = IdToken("TAG-1")
IMPATIENT = LinkPolicy(call_timeout_s=0.05, first_backoff_s=0.01, longest_backoff_s=0.05)
REGISTER = "Energy.Active.Import.Register"


def car(phases: int = 3, energy_wh: float = 40_000) -> Car:
    return Car(energy_wh=energy_wh, max_current_a=16, phase_count=phases, voltage_v=230)


def values(frame: Frame, measurand: str) -> list[float]:
    return [
        float(sample["value"])
        for sample in frame.payload["meterValue"][0]["sampledValue"]
        if sample["measurand"] == measurand
    ]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def delivered(subject: Any, time: Timeline) -> None:
    """Wait until everything that must last is told."""
    while subject.queued:
        await time.passes(seconds=1)


async def until(time: Timeline, happened: Callable[[], bool]) -> None:
    while not happened():
        await time.passes(seconds=30)


def set_profile(limit: float, unit: str = "A", level: int = 0, purpose: str = "") -> Payload:
    return {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": level,
            "chargingProfilePurpose": purpose or "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": unit,
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
            },
        },
    }


# The link ----------------------------------------------------------------------------------------


async def test_offline_messages_wait_and_come_in_order(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    fault = faults.Offline(every_s=60, for_s=600)
    async with charger(faults=(fault,), sample_step_w=None, seed=1) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        while not subject.counters["fault:offline"]:
            await time.passes(seconds=1)
        while subject.connected:
            await time.passes(seconds=1)
        await time.passes(minutes=5)
        waiting = subject.queued
        await until(time, lambda: subject.connected)
        await delivered(subject, time)

    stamps = [f.payload["meterValue"][0]["timestamp"] for f in csms.of("MeterValues")]
    assert waiting >= 4
    assert sorted(stamps) == stamps
    assert len(set(stamps)) == len(stamps)


async def test_a_flapping_link_comes_up_again_and_boots_once(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(faults=(faults.FlappingLink(every_s=60),)) as subject:
        while subject.counters["fault:flapping-link"] < 3:
            await subject.ready()
            await time.passes(seconds=10)
        while subject.terminal.link.connects < 3:
            await time.passes(seconds=1)

    assert 1 == len(csms.of("BootNotification"))


@pytest.mark.parametrize("version", list(Version))
async def test_a_reboot_ends_the_transaction_and_tells_so_after_the_boot(
    charger: MakeCharger, time: Timeline, version: Version
) -> None:
    async with (
        TestCsms(subprotocol=version.value) as csms,
        charger(url=csms.url, version=version, faults=(faults.Reboots(every_s=300),)) as subject,
    ):
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        while not subject.counters["fault:reboots"]:
            await time.passes(seconds=10)
        await csms.arrived("BootNotification", 2)
        await subject.ready()
        await delivered(subject, time)

    after = csms.actions()[csms.actions().index("BootNotification", 1) :]
    if version is Version.V16:
        assert "StopTransaction" in after
        assert "PowerLoss" == csms.of("StopTransaction")[0].payload["reason"]
    else:
        assert "Watchdog" == csms.of("BootNotification")[1].payload["reason"]
        ended = csms.events("Ended")[0]
        assert ("PowerLoss", True) == (ended["transactionInfo"]["stoppedReason"], ended["offline"])


async def test_a_backlog_comes_as_a_flood_without_waiting_for_answers(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(faults=(faults.BacklogFlood(),), sample_step_w=None) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        subject.go_offline()
        while subject.connected:
            await time.passes(seconds=1)
        await time.passes(minutes=20)
        waiting = subject.queued
        csms.answers["MeterValues"] = lambda _: None
        subject.come_back()
        flood = await csms.arrived("MeterValues", waiting)

    assert 20 == waiting
    assert 20 == len({f.message_id for f in flood})


# Messages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("new_id", [False, True])
async def test_a_message_whose_answer_is_lost_is_sent_again(
    csms: TestCsms, charger: MakeCharger, time: Timeline, new_id: bool
) -> None:
    lost = faults.LostAnswers(share=0.7, actions=("StartTransaction",))
    given = (lost, faults.NewIdOnRetry()) if new_id else (lost,)
    async with charger(faults=given, policy=IMPATIENT, seed=3) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        while len(csms.of("StartTransaction")) < 2:
            await time.passes(seconds=60)
        await delivered(subject, time)

    starts = csms.of("StartTransaction")
    assert 1 == len({json.dumps(f.payload) for f in starts})
    assert (len(starts) if new_id else 1) == len({f.message_id for f in starts})


@pytest.mark.parametrize("new_id", [False, True])
async def test_an_answered_message_is_repeated(
    csms: TestCsms, charger: MakeCharger, time: Timeline, new_id: bool
) -> None:
    fault = faults.RepeatedMessages(share=1, new_id=new_id, actions=("StopTransaction",))
    async with charger(faults=(fault,)) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(minutes=2)
        await subject.unplug(ONE)
        first, second = await csms.arrived("StopTransaction", 2)

    assert first.payload == second.payload
    assert new_id is (first.message_id != second.message_id)


async def test_states_are_told_twice(csms: TestCsms, charger: MakeCharger) -> None:
    async with charger(faults=(faults.DuplicatedStatus(share=1),)) as subject:
        await subject.ready()
        frames = await csms.arrived("StatusNotification", 4)

    assert [0, 0, 1, 1] == [f.payload["connectorId"] for f in frames]
    assert 4 == len({f.message_id for f in frames})


async def test_frames_that_are_no_message_come_in_between(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    csms.checks_frames = False
    shapes = ("broken", "truncated", "not-utf8", "too-large")
    fault = faults.MalformedFrames(every=1, shapes=shapes[:2], large_bytes=100_000)
    async with charger(connectors=3, faults=(fault,)) as subject:
        await subject.ready()
        await csms.arrived("StatusNotification", 4)

    junk = [frame for frame in csms.raw if not _is_json(frame)]
    assert ["[,{", '[2,"truncated-1"'] == [str(junk[0]), str(junk[1])[:16]]


async def test_a_malformed_frame_may_be_large_or_no_utf8() -> None:
    from ocpp_core.sim.mischief import Mischief  # noqa: PLC0415 - beside its only use

    fault = faults.MalformedFrames(every=1, shapes=("not-utf8", "too-large"), large_bytes=5000)
    mischief = Mischief((fault,), seed="1", count=lambda _: None)
    first, second = mischief.junk(), mischief.junk()

    assert first is not None
    with pytest.raises(UnicodeDecodeError):
        first.decode()
    assert second is not None
    assert len(second) > 5000


async def test_a_stop_names_a_transaction_that_is_not_its(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(faults=(faults.WrongTransactionId(number=0),)) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(minutes=2)
        await subject.unplug(ONE)
        stop = (await csms.arrived("StopTransaction"))[0]

    assert 0 == stop.payload["transactionId"]


# Answers -----------------------------------------------------------------------------------------


async def test_an_answer_may_be_slow_while_others_are_not(
    csms: TestCsms, charger: MakeCharger
) -> None:
    fault = faults.SlowAnswers(seconds=0.2, actions=("GetConfiguration",))
    async with charger(faults=(fault,)) as subject:
        await subject.ready()
        slow = asyncio.create_task(csms.call("CP-1", "GetConfiguration", {}))
        await csms.ask("CP-1", "ClearCache", {})
        pending = not slow.done()
        answer = await slow

    assert pending
    assert 3 == answer[0]


@pytest.mark.parametrize("version", [Version.V201, Version.V21])
async def test_some_orders_are_never_answered(charger: MakeCharger, version: Version) -> None:
    async with (
        TestCsms(subprotocol=version.value) as csms,
        charger(url=csms.url, version=version, faults=(faults.NeverAnswers(),)) as subject,
    ):
        await subject.ready()
        order = {"requestId": 1, "reportBase": "FullInventory"}
        ignored = asyncio.create_task(csms.call("CP-1", "GetBaseReport", order))
        await csms.ask("CP-1", "GetTransactionStatus", {})
        pending = not ignored.done()
        ignored.cancel()

    assert pending
    assert 1 == subject.counters["fault:never-answers"]


async def test_a_deaf_charger_answers_calls_but_no_ping(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger(faults=(faults.DeafToPings(),)) as subject:
        await subject.ready()
        pong = asyncio.ensure_future(await csms.links["CP-1"].ping())
        await csms.ask("CP-1", "ClearCache", {})
        deaf = not pong.done()
        pong.cancel()

    async with charger(faults=()) as subject:
        await subject.ready()
        await (await csms.links["CP-1"].ping())

    assert deaf


# The clock ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "off_s"),
    [
        (faults.ClockOffset(seconds=-90), -90),
        (faults.ClockDrift(seconds_per_day=86_400), 3600),
        (faults.LocalTime(hours=2), 7200),
    ],
)
async def test_a_wrong_clock_stamps_everything(
    csms: TestCsms, charger: MakeCharger, time: Timeline, fault: faults.Fault, off_s: int
) -> None:
    async with charger(faults=(fault,)) as subject:
        await subject.ready()
        await time.passes(hours=1)
        await subject.plug_in(ONE, car(), TAG)

    stamp = csms.of("StartTransaction")[0].payload["timestamp"]
    assert stamp.endswith("Z")
    assert START + timedelta(hours=1, seconds=off_s) == instant(stamp)


# Profiles ----------------------------------------------------------------------------------------


async def test_a_profile_is_accepted_and_ignored(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(faults=(faults.IgnoresProfiles(),)) as subject:
        await subject.ready()
        answer = await csms.ask("CP-1", "SetChargingProfile", set_profile(6))
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(minutes=5)
        current_a = subject.outlet(ONE).current_a

    assert ("Accepted", 16) == (answer["status"], current_a)


async def test_a_profile_is_applied_late(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(faults=(faults.AppliesLate(seconds=30),)) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await csms.ask("CP-1", "SetChargingProfile", set_profile(6))
        currents = []
        for _ in range(2):
            await time.passes(seconds=20)
            currents.append(subject.outlet(ONE).current_a)

    assert [16, 6] == currents


@pytest.mark.parametrize(
    ("fault", "rejected", "accepted"),
    [
        (faults.RejectsProfiles(zero=True), set_profile(0), set_profile(6)),
        (faults.RejectsProfiles(zero=True), set_profile(4000, "W"), set_profile(4140, "W")),
        (faults.RejectsProfiles(above_level=0), set_profile(6, level=1), set_profile(6)),
        (faults.RejectsProfiles(units=("W",)), set_profile(6000, "W"), set_profile(6)),
        (
            faults.RejectsProfiles(purposes=("TxDefaultProfile",)),
            set_profile(6),
            {**set_profile(6, purpose="ChargePointMaxProfile"), "connectorId": 0},
        ),
    ],
)
async def test_some_profiles_are_rejected(
    csms: TestCsms,
    charger: MakeCharger,
    fault: faults.Fault,
    rejected: Payload,
    accepted: Payload,
) -> None:
    accepted["csChargingProfiles"]["chargingProfileKind"] = "Absolute"
    accepted["csChargingProfiles"]["chargingSchedule"]["startSchedule"] = "2026-01-01T00:00:00Z"
    async with charger(faults=(fault,)) as subject:
        await subject.ready()
        first = await csms.ask("CP-1", "SetChargingProfile", rejected)
        second = await csms.ask("CP-1", "SetChargingProfile", accepted)

    assert ("Rejected", "Accepted") == (first["status"], second["status"])


async def test_a_limit_below_the_minimum_ends_the_transaction(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(faults=(faults.EndsBelowMinimum(),)) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(minutes=1)
        await csms.ask("CP-1", "SetChargingProfile", set_profile(5))
        await csms.arrived("StopTransaction")
        await time.passes(minutes=1)

    assert "Finishing" == csms.statuses()[-1]


# The meter ---------------------------------------------------------------------------------------


async def metered(
    csms: TestCsms, charger: MakeCharger, time: Timeline, fault: faults.Fault, phases: int = 3
) -> list[Frame]:
    made = charger(faults=(fault,), sample_step_w=None, registers_wh={ONE: 50_000})
    async with made as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(phases), TAG)
        await time.passes(minutes=10)
        await subject.unplug(ONE)
    return csms.of("MeterValues")


async def test_energy_in_kwh_is_called_wh(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    frames = await metered(csms, charger, time, faults.WrongUnits())

    assert [51.84] == values(frames[9], REGISTER)
    assert 51_840 == csms.of("StopTransaction")[0].payload["meterStop"]


async def test_power_in_kw_is_called_w(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    frames = await metered(csms, charger, time, faults.WrongUnits(energy=False, power=True))

    assert [11.04] == values(frames[0], "Power.Active.Import")


async def test_a_session_register_counts_from_zero_in_meter_values_only(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    frames = await metered(csms, charger, time, faults.SessionRegister())

    assert [184.0] == values(frames[0], REGISTER)
    assert 50_000 == csms.of("StartTransaction")[0].payload["meterStart"]


async def test_a_transaction_begins_at_zero(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    frames = await metered(csms, charger, time, faults.BeginZero())

    assert 0 == csms.of("StartTransaction")[0].payload["meterStart"]
    assert [50_184.0] == values(frames[0], REGISTER)


async def test_a_register_jumps_and_comes_back(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    frames = await metered(csms, charger, time, faults.RegisterJumps(every=5, wh=-9000))

    shown = [values(f, REGISTER)[0] for f in frames]
    assert [False, False, False, False, True] * 2 == [value < 50_000 for value in shown]


async def test_a_one_phase_car_is_shown_on_three(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    frames = await metered(csms, charger, time, faults.WrongPhases(), phases=1)

    assert [16.0, 16.0, 16.0] == values(frames[0], "Current.Import")
    assert [3680.0] == values(frames[0], "Power.Active.Import")


# All of them -------------------------------------------------------------------------------------


async def test_the_same_seed_makes_the_same_faults(charger: MakeCharger, time: Timeline) -> None:
    async def run(seed: int) -> list[str]:
        fault = faults.RepeatedMessages(share=0.5, new_id=True)
        async with TestCsms() as csms:
            made = charger(connectors=6, url=csms.url, faults=(fault,), seed=seed)
            async with made as subject:
                await subject.ready()
                while len(csms.of("Heartbeat")) < 1:
                    await time.passes(seconds=100)
            return [f"{f.action} {f.payload.get('connectorId')}" for f in csms.frames][:8]

    first, again, other = await run(1), await run(1), await run(5)

    assert first == again
    assert first != other


def test_every_fault_has_a_word_and_defaults() -> None:
    assert sorted(FAULTS) == sorted({kind().kind for kind in FAULTS.values()})


def _is_json(frame: bytes | str) -> bool:
    try:
        json.loads(frame)
    except ValueError:
        return False
    return True

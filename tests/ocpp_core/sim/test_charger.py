"""Rules of the simulated charger, asserted on the frames that a server sees."""

import asyncio
import base64
from typing import Any

import pytest

from ocpp_core.domain.car import Car
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.sim.link import LinkPolicy
from tests.ocpp_core.sim.conftest import MakeCharger, Timeline
from tests.ocpp_core.sim.csms import Frame, TestCsms

ONE = ConnectorId(1)
TAG = IdToken("TAG-1")


def car(energy_wh: float = 10_000, phases: int = 3) -> Car:
    return Car(energy_wh=energy_wh, max_current_a=16, phase_count=phases, voltage_v=230)


def readings(frame: Frame) -> dict[str, Any]:
    return {
        sample["measurand"] + sample.get("phase", ""): float(sample["value"])
        for sample in frame.payload["meterValue"][0]["sampledValue"]
    }


# Boot and life -----------------------------------------------------------------------------------


async def test_it_boots_tells_every_status_and_beats_at_the_interval_answered(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    csms.boot_interval_s = 100
    async with charger(connectors=2) as subject:
        await subject.ready()
        await time.passes(seconds=350)

    assert ["BootNotification", *["StatusNotification"] * 3] == csms.actions()[:4]
    assert [0, 1, 2] == [f.payload["connectorId"] for f in csms.of("StatusNotification")]
    assert 3 == len(csms.of("Heartbeat"))


async def test_it_says_who_it_is_with_its_password(csms: TestCsms, charger: MakeCharger) -> None:
    async with charger(password=b"\xffsecret:16bytes") as subject:
        await subject.ready()

    secret = csms.headers[0]["Authorization"].removeprefix("Basic ")
    assert b"CP-1:\xffsecret:16bytes" == base64.b64decode(secret)


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
async def test_it_says_nothing_but_boot_until_it_is_accepted(
    csms: TestCsms, charger: MakeCharger, time: Timeline, status: str
) -> None:
    answers = [status, status, "Accepted"]
    csms.answers["BootNotification"] = lambda _: {
        "status": answers.pop(0), "currentTime": "2026-01-01T00:00:00Z", "interval": 30,
    }  # fmt: skip
    async with charger() as subject:
        await csms.arrived("BootNotification")
        await time.passes(seconds=29)
        assert ["BootNotification"] == csms.actions()
        await time.passes(seconds=32)
        await subject.ready()
        await csms.arrived("StatusNotification", 2)

    assert 3 == len(csms.of("BootNotification"))
    assert "30" == subject.keys.text("HeartbeatInterval")


async def test_a_server_that_does_not_speak_its_version_is_left(charger: MakeCharger) -> None:
    async with TestCsms(subprotocol=None) as deaf, charger(url=deaf.url) as subject:
        while not subject.terminal.link.last_failure:
            await subject.clock.sleep_until(subject.clock.now())

    assert "does not speak ocpp1.6" in subject.terminal.link.last_failure


async def test_it_stops_without_leaving_a_task(csms: TestCsms, charger: MakeCharger) -> None:
    before = asyncio.all_tasks()
    async with charger() as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
    await csms.links["CP-1"].wait_closed()

    assert csms.links["CP-1"].close_code == 1000
    await csms.vanish()
    assert asyncio.all_tasks() <= before


# A session ---------------------------------------------------------------------------------------


async def test_a_session_from_plug_in_to_departure(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(registers_wh={ONE: 1000.6}) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(hours=2)
        delivered_wh = await subject.unplug(ONE)

    ordered = [a for a in csms.actions() if a not in {"Heartbeat", "MeterValues"}]
    assert [
        "BootNotification", "StatusNotification", "StatusNotification", "StatusNotification",
        "Authorize", "StartTransaction", "StatusNotification", "StatusNotification",
        "StopTransaction", "StatusNotification", "StatusNotification",
    ] == ordered  # fmt: skip
    assert [
        "Available", "Preparing", "Charging", "SuspendedEV", "Finishing", "Available",
    ] == csms.statuses()  # fmt: skip
    assert 10_000 == delivered_wh
    start, stop = csms.of("StartTransaction")[0].payload, csms.of("StopTransaction")[0].payload
    assert (1000, "TAG-1") == (start["meterStart"], start["idTag"])
    assert ("EVDisconnected", 11_000, 1) == (
        stop["reason"], stop["meterStop"], stop["transactionId"],
    )  # fmt: skip
    assert ("2026-03-02T08:00:00.000Z", "2026-03-02T10:00:00.000Z") == (
        start["timestamp"], stop["timestamp"],
    )  # fmt: skip


async def test_it_meters_each_minute_from_the_start_with_all_phases(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(sample_step_w=None) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(phases=1), TAG)
        await time.passes(minutes=5)

    frames = csms.of("MeterValues")
    assert [f"2026-03-02T08:0{n}:00.000Z" for n in range(1, 6)] == [
        f.payload["meterValue"][0]["timestamp"] for f in frames
    ]
    assert {
        "Energy.Active.Import.Register": 61.0,
        "Power.Active.Import": 3680.0,
        "Current.ImportL1": 16.0,
        "Current.ImportL2": 0.0,
        "Current.ImportL3": 0.0,
        "Current.Offered": 32.0,
    } == readings(frames[0])
    assert all(1 == f.payload["transactionId"] for f in frames)


async def test_it_meters_at_once_when_an_order_changes_the_power(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(meter_interval_s=0) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(seconds=10)
        await csms.ask("CP-1", "SetChargingProfile", tx_profile(8.0))
        await time.passes(seconds=10)
        await csms.ask("CP-1", "SetChargingProfile", tx_profile(8.1))
        await time.passes(seconds=10)

    assert [11_040.0, 5520.0] == [
        readings(f)["Power.Active.Import"] for f in csms.of("MeterValues")
    ]


async def test_a_token_that_is_not_accepted_gets_no_energy(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    csms.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Blocked"}}
    async with charger() as subject:
        await subject.ready()
        assert await subject.plug_in(ONE, car(), TAG) is None
        await time.passes(hours=1)
        assert 0.0 == await subject.unplug(ONE)

    assert [] == csms.of("StartTransaction")
    assert ["Available", "Preparing", "Available"] == csms.statuses()


async def test_a_start_that_is_answered_invalid_is_stopped(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    csms.answers["StartTransaction"] = lambda _: {
        "transactionId": 7, "idTagInfo": {"status": "Invalid"},
    }  # fmt: skip
    async with charger() as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await csms.arrived("StopTransaction")
        await time.passes(hours=1)
        assert 0.0 == subject.outlet(ONE).register_wh

    stop = csms.of("StopTransaction")[0].payload
    assert (7, "DeAuthorized") == (stop["transactionId"], stop["reason"])


async def test_an_occupied_connector_takes_no_second_car(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        with pytest.raises(ValueError, match="CP-1/1 is occupied"):
            await subject.plug_in(ONE, car(), TAG)


# Charging profiles -------------------------------------------------------------------------------


def schedule(limit_a: float, **fields: Any) -> dict[str, Any]:
    return {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}],
        "startSchedule": "2026-03-02T07:59:00Z",
    } | fields


def default_profile(limit_a: float) -> dict[str, Any]:
    return {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": schedule(limit_a),
        },
    }


def tx_profile(limit_a: float, transaction_id: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 2,
            "transactionId": transaction_id,
            "stackLevel": 1,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": schedule(limit_a, **fields),
        },
    }


async def test_a_car_waits_at_a_default_of_zero_and_follows_its_tx_profile(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger() as subject:
        await subject.ready()
        assert {"status": "Accepted"} == await csms.ask(
            "CP-1", "SetChargingProfile", default_profile(0)
        )
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(minutes=30)
        assert 0.0 == subject.outlet(ONE).register_wh
        await csms.ask("CP-1", "SetChargingProfile", tx_profile(10.0))
        await time.passes(minutes=30)
        assert pytest.approx(10 * 690 / 2) == subject.outlet(ONE).register_wh

    assert ["Available", "Preparing", "SuspendedEVSE", "Charging"] == csms.statuses()


async def test_an_expired_tx_profile_falls_to_the_default_at_its_very_end(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger() as subject:
        await subject.ready()
        await csms.ask("CP-1", "SetChargingProfile", default_profile(6))
        await subject.plug_in(ONE, car(), TAG)
        await csms.ask("CP-1", "SetChargingProfile", tx_profile(16.0, duration=600))
        await time.passes(hours=1)

    energy_wh = (16 * 540 + 6 * 3060) * 690 / 3600
    assert pytest.approx(energy_wh, abs=1e-6) == subject.outlet(ONE).register_wh


async def test_a_tx_profile_needs_its_running_transaction(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        before = await csms.ask("CP-1", "SetChargingProfile", tx_profile(10.0))
        await subject.plug_in(ONE, car(), TAG)
        of_another = await csms.ask("CP-1", "SetChargingProfile", tx_profile(10.0, 99))
        its_own = await csms.ask("CP-1", "SetChargingProfile", tx_profile(10.0))

    assert ["Rejected", "Rejected", "Accepted"] == [
        answer["status"] for answer in (before, of_another, its_own)
    ]
    assert "transaction 99 does not run here" in subject.findings[1]


async def test_profiles_survive_a_lost_link_and_tx_profiles_end_with_the_transaction(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger() as subject:
        await subject.ready()
        await csms.ask("CP-1", "SetChargingProfile", default_profile(6))
        await subject.plug_in(ONE, car(), TAG)
        await csms.ask("CP-1", "SetChargingProfile", tx_profile(10.0))
        subject.terminal.link.cut()
        await csms.links["CP-1"].wait_closed()
        await subject.ready()
        await time.passes(seconds=1)
        assert 10.0 == subject.outlet(ONE).offered_a
        await subject.unplug(ONE)
        await subject.plug_in(ONE, car(), TAG)
        assert 6.0 == subject.outlet(ONE).offered_a


async def test_a_charger_that_ignores_orders_accepts_and_draws_all_the_same(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(obeys_profiles=False) as subject:
        await subject.ready()
        await csms.ask("CP-1", "SetChargingProfile", default_profile(6))
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(minutes=1)

        assert 16.0 == subject.outlet(ONE).current_a


async def test_an_order_counts_after_the_reaction_time(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger(reaction_s=20.0) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await csms.ask("CP-1", "SetChargingProfile", tx_profile(8.0))
        await time.passes(minutes=1)

        assert pytest.approx((16 * 20 + 8 * 40) * 690 / 3600) == subject.outlet(ONE).register_wh


async def test_clearing_a_profile_lifts_its_limit(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger() as subject:
        await subject.ready()
        await csms.ask("CP-1", "SetChargingProfile", default_profile(6))
        await subject.plug_in(ONE, car(), TAG)
        unknown = await csms.ask("CP-1", "ClearChargingProfile", {"id": 77})
        other = await csms.ask("CP-1", "ClearChargingProfile", {"connectorId": 1, "stackLevel": 5})
        cleared = await csms.ask(
            "CP-1", "ClearChargingProfile", {"chargingProfilePurpose": "TxDefaultProfile"}
        )
        await time.passes(seconds=1)

        assert 16.0 == subject.outlet(ONE).current_a
    assert ["Unknown", "Unknown", "Accepted"] == [
        answer["status"] for answer in (unknown, other, cleared)
    ]


async def test_the_composite_schedule_is_what_will_be_offered(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        await csms.ask("CP-1", "SetChargingProfile", default_profile(6))
        await subject.plug_in(ONE, car(), TAG)
        await csms.ask("CP-1", "SetChargingProfile", tx_profile(10.0, duration=660))
        amperes = await csms.ask(
            "CP-1", "GetCompositeSchedule", {"connectorId": 1, "duration": 900}
        )
        watts = await csms.ask(
            "CP-1", "GetCompositeSchedule",
            {"connectorId": 0, "duration": 900, "chargingRateUnit": "W"},
        )  # fmt: skip
        unknown = await csms.ask("CP-1", "GetCompositeSchedule", {"connectorId": 9, "duration": 9})

    assert [
        {"startPeriod": 0, "limit": 10.0, "numberPhases": 3},
        {"startPeriod": 600, "limit": 6.0, "numberPhases": 3},
    ] == amperes["chargingSchedule"]["chargingSchedulePeriod"]
    assert [6900.0, 4140.0] == [
        period["limit"] for period in watts["chargingSchedule"]["chargingSchedulePeriod"]
    ]
    assert {"status": "Rejected"} == unknown


# The link dies -----------------------------------------------------------------------------------


async def test_what_happened_offline_is_delivered_in_order_after_the_reconnect(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger() as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(seconds=1)
        await csms.vanish()
        await csms.links["CP-1"].wait_closed()
        await time.passes(minutes=3)
        await subject.unplug(ONE)
        await subject.plug_in(ONE, car(), IdToken("TAG-2"))
        await time.passes(minutes=2)
        csms.frames.clear()
        await csms.listen()
        await subject.ready()
        await csms.arrived("MeterValues", 6)

    assert [] == csms.of("BootNotification") + csms.of("Authorize")
    lasting = [f for f in csms.frames if f.action != "StatusNotification"]
    assert [
        ("MeterValues", 1), ("MeterValues", 1), ("MeterValues", 1), ("StopTransaction", 1),
        ("StartTransaction", None), ("MeterValues", 2), ("MeterValues", 2), ("MeterValues", 2),
    ] == [(f.action, f.payload.get("transactionId")) for f in lasting]  # fmt: skip
    stamps = [
        f.payload.get("timestamp") or f.payload["meterValue"][0]["timestamp"] for f in lasting
    ]
    assert sorted(stamps) == stamps


async def test_a_start_whose_answer_was_lost_is_repeated_with_the_same_id(
    csms: TestCsms, charger: MakeCharger
) -> None:
    def lose(frame: Frame) -> None:
        del csms.answers["StartTransaction"]
        csms.links[frame.identity].transport.abort()

    csms.answers["StartTransaction"] = lose
    async with charger() as subject:
        await subject.ready()
        transaction = await subject.plug_in(ONE, car(), TAG)
        assert transaction is not None
        assert 1 == await transaction.started

    first, second = csms.of("StartTransaction")
    assert (first.message_id, first.payload) == (second.message_id, second.payload)
    assert first.link != second.link


async def test_a_refused_transaction_message_is_retried_and_given_up_in_the_end(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    """OCPP 1.6 section 3.7.1: after interval x attempts, at most TransactionMessageAttempts."""
    csms.answers["StopTransaction"] = lambda _: "InternalError"
    async with charger(meter_interval_s=0, sample_step_w=None) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await subject.unplug(ONE)
        counts = []
        for seconds in (59, 2, 118, 3):
            await time.passes(seconds=seconds)
            counts.append(len(csms.of("StopTransaction")))

    assert [1, 2, 2, 3] == counts
    assert ["StopTransaction"] == [letter.action for letter in subject.discarded]
    assert 0 == subject.queued
    assert "Available" == csms.statuses()[-1]


async def test_a_stop_after_a_start_that_was_given_up_carries_minus_one(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    """OCPP 1.6 erratum 3.18."""
    csms.answers["StartTransaction"] = lambda _: "InternalError"
    async with charger(meter_interval_s=0) as subject:
        await subject.ready()
        transaction = await subject.plug_in(ONE, car(), TAG)
        await time.passes(minutes=10)
        await subject.unplug(ONE)
        stop = (await csms.arrived("StopTransaction"))[0].payload

    assert -1 == stop["transactionId"]
    assert transaction is not None
    assert transaction.started.cancelled()


async def test_time_stands_still_until_the_server_answers_or_the_patience_ends(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    csms.answers["Authorize"] = lambda _: None
    policy = LinkPolicy(call_timeout_s=0.1, first_backoff_s=0.01)
    async with charger(policy=policy) as subject:
        await subject.ready()
        transaction = await subject.plug_in(ONE, car(), TAG)

    assert transaction is not None
    assert "2026-03-02T08:00:00.000Z" == csms.of("StartTransaction")[0].payload["timestamp"]
    assert 1 == subject.counters["timed-out"]


# What the server asks ----------------------------------------------------------------------------


async def test_a_remote_start_starts_the_waiting_car_without_asking_again(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    profile = tx_profile(7.0)["csChargingProfiles"]
    del profile["transactionId"]
    async with charger() as subject:
        await subject.ready()
        await subject.plug_in(ONE, car())
        accepted = await csms.ask(
            "CP-1", "RemoteStartTransaction",
            {"idTag": "R", "connectorId": 1, "chargingProfile": profile},
        )  # fmt: skip
        await csms.arrived("StartTransaction")
        again = await csms.ask("CP-1", "RemoteStartTransaction", {"idTag": "R"})
        await time.passes(seconds=1)
        assert 7.0 == subject.outlet(ONE).current_a

    assert ["Accepted", "Rejected"] == [accepted["status"], again["status"]]
    assert [] == csms.of("Authorize")
    assert "R" == csms.of("StartTransaction")[0].payload["idTag"]


async def test_a_remote_start_waits_for_its_car_as_long_as_the_key_says(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger() as subject:
        await subject.ready()
        await csms.ask("CP-1", "RemoteStartTransaction", {"idTag": "R"})
        await time.passes(seconds=59)
        assert await subject.plug_in(ONE, car()) is not None
        await subject.unplug(ONE)
        await csms.ask("CP-1", "RemoteStartTransaction", {"idTag": "R"})
        await time.passes(seconds=61)
        assert await subject.plug_in(ONE, car()) is None


async def test_a_remote_stop_ends_the_transaction_and_leaves_the_car_plugged(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async with charger() as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(minutes=1)
        wrong = await csms.ask("CP-1", "RemoteStopTransaction", {"transactionId": 5})
        right = await csms.ask("CP-1", "RemoteStopTransaction", {"transactionId": 1})
        await csms.arrived("StopTransaction")
        await time.passes(hours=1)
        delivered_wh = await subject.unplug(ONE)

    assert ["Rejected", "Accepted"] == [wrong["status"], right["status"]]
    assert "Remote" == csms.of("StopTransaction")[0].payload["reason"]
    assert pytest.approx(184.0) == delivered_wh
    assert ["Charging", "Finishing", "Available"] == csms.statuses()[-3:]


async def test_configuration_keys_are_read_written_and_obeyed(
    csms: TestCsms, charger: MakeCharger, time: Timeline
) -> None:
    async def change(key: str, value: str) -> Any:
        answer = await csms.ask("CP-1", "ChangeConfiguration", {"key": key, "value": value})
        return answer["status"]

    async with charger(sample_step_w=None) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        assert "Accepted" == await change("MeterValueSampleInterval", "10")
        assert "Accepted" == await change("MeterValuesSampledData", "Power.Active.Import")
        assert "Accepted" == await change("HeartbeatInterval", "15")
        assert "Rejected" == await change("HeartbeatInterval", "soon")
        assert "Rejected" == await change("NumberOfConnectors", "4")
        assert "NotSupported" == await change("Nonsense", "1")
        await time.passes(seconds=31)
        one = await csms.ask("CP-1", "GetConfiguration", {"key": ["HeartbeatInterval", "Nonsense"]})
        everything = await csms.ask("CP-1", "GetConfiguration", {})

    assert [{"Power.Active.Import": 11_040.0}] * 3 == [readings(f) for f in csms.of("MeterValues")]
    assert 2 == len(csms.of("Heartbeat"))
    assert {
        "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "15"}],
        "unknownKey": ["Nonsense"],
    } == one
    assert 15 < len(everything["configurationKey"])


@pytest.mark.parametrize(
    ("message", "connector_id", "action", "count"),
    [
        ("BootNotification", None, "BootNotification", 1),
        ("Heartbeat", None, "Heartbeat", 1),
        ("StatusNotification", None, "StatusNotification", 3),
        ("StatusNotification", 2, "StatusNotification", 1),
        ("MeterValues", 1, "MeterValues", 1),
    ],
)
async def test_a_trigger_is_answered_first_and_then_heeded(
    csms: TestCsms, charger: MakeCharger,
    message: str, connector_id: int | None, action: str, count: int,
) -> None:  # fmt: skip
    async with charger(connectors=2) as subject:
        await subject.ready()
        await csms.arrived("StatusNotification", 3)
        csms.frames.clear()
        csms.log.clear()
        wish = {"requestedMessage": message}
        answer = await csms.ask(
            "CP-1",
            "TriggerMessage",
            wish if connector_id is None else wish | {"connectorId": connector_id},
        )
        assert {"status": "Accepted"} == answer
        await csms.arrived(action, count)

    assert ["answer", *[action] * count] == csms.log


async def test_triggers_that_make_no_sense_are_refused(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        nowhere = await csms.ask(
            "CP-1", "TriggerMessage", {"requestedMessage": "Heartbeat", "connectorId": 9}
        )
        csms.checks = False
        unable = await csms.ask("CP-1", "TriggerMessage", {"requestedMessage": "Weather"})

    assert ["Rejected", "NotImplemented"] == [nowhere["status"], unable["status"]]


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
async def test_a_reset_ends_the_transaction_and_boots_again(
    csms: TestCsms, charger: MakeCharger, kind: str
) -> None:
    async with charger() as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        assert {"status": "Accepted"} == await csms.ask("CP-1", "Reset", {"type": kind})
        await csms.arrived("BootNotification", 2)
        stop = (await csms.arrived("StopTransaction"))[0]
        await csms.arrived("StatusNotification", 5)

    assert f"{kind}Reset" == stop.payload["reason"]
    assert "Finishing" == csms.statuses()[-1]


async def test_an_unavailable_connector_starts_nothing(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        await csms.ask("CP-1", "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})
        await csms.arrived("StatusNotification", 3)
        assert await subject.plug_in(ONE, car(), TAG) is None
        await csms.ask("CP-1", "ChangeAvailability", {"connectorId": 1, "type": "Operative"})
        nowhere = await csms.ask(
            "CP-1", "ChangeAvailability", {"connectorId": 4, "type": "Operative"}
        )
        await csms.arrived("StatusNotification", 4)

    assert "Rejected" == nowhere["status"]
    assert ["Available", "Unavailable", "Preparing"] == csms.statuses()


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("MakeCoffee", {}, "NotImplemented"),
        ("GetDiagnostics", {"place": "ftp://x"}, "FormationViolation"),
        ("SetChargingProfile", {"connectorId": 1}, "FormationViolation"),
        ("Reset", {"type": "Gentle"}, "FormationViolation"),
        ("Reset", "not an object", "FormationViolation"),
    ],
)
async def test_what_it_cannot_do_is_answered_with_the_right_error(
    csms: TestCsms, charger: MakeCharger, action: str, payload: Any, code: str
) -> None:
    csms.checks = False
    async with charger() as subject:
        await subject.ready()
        kind, _, answered, *_ = await csms.call("CP-1", action, payload)
        assert subject.connected

    assert (4, code) == (kind, answered)


@pytest.mark.parametrize(
    ("action", "payload", "status"),
    [
        ("DataTransfer", {"vendorId": "x"}, "UnknownVendorId"),
        ("DataTransfer", {"vendorId": "Ampherd", "messageId": "x"}, "UnknownMessageId"),
        ("UnlockConnector", {"connectorId": 7}, "NotSupported"),
    ],
)
async def test_what_it_does_not_have_is_refused_politely(
    csms: TestCsms, charger: MakeCharger, action: str, payload: Any, status: str
) -> None:
    async with charger() as subject:
        await subject.ready()
        answer = await csms.ask("CP-1", action, payload)

    assert {"status": status} == answer


async def test_frames_that_are_no_message_are_survived(
    csms: TestCsms, charger: MakeCharger
) -> None:
    async with charger() as subject:
        await subject.ready()
        for frame in ("[", "{}", "[3]", '[3,"nobody",{}]', '[9,"x"]', "[2,5]"):
            await csms.links["CP-1"].send(frame)
        answer = await csms.ask("CP-1", "ClearCache", {})

    assert {"status": "Accepted"} == answer

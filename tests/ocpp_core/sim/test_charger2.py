"""Rules of the simulated charger in OCPP 2.0.1 and 2.1, asserted on the frames that a server sees.

Every frame that the charger sends is checked against the schema of its version by the server.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ocpp_core.domain.car import Car
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.outlet import Outlet
from tests.ocpp_core.sim.conftest import MakeCharger, Timeline
from tests.ocpp_core.sim.csms import Payload, TestCsms

ONE = ConnectorId(1)
TAG = IdToken("TAG-1")
VERSIONS = (Version.V201, Version.V21)


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> Version:
    return Version(request.param)


@pytest.fixture
async def csms(version: Version) -> AsyncIterator[TestCsms]:
    async with TestCsms(subprotocol=version.value) as server:
        yield server


def car(energy_wh: float = 10_000, phases: int = 3) -> Car:
    return Car(energy_wh=energy_wh, max_current_a=16, phase_count=phases, voltage_v=230)


def profile(limit: float, **changes: Any) -> Payload:
    schedule = {
        "id": 1,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        **changes.pop("schedule", {}),
    }
    return {
        "id": 7,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule],
        **changes,
    }


def registers(event: Payload) -> list[float]:
    return [
        sample["value"]
        for reading in event.get("meterValue", [])
        for sample in reading["sampledValue"]
        if sample["measurand"] == "Energy.Active.Import.Register"
    ]


# Boot and a session ------------------------------------------------------------------------------


async def test_it_boots_with_a_reason_and_tells_the_status_of_each_evse(
    csms: TestCsms, charger: MakeCharger, version: Version
) -> None:
    async with charger(connectors=2, version=version) as subject:
        await subject.ready()
        await csms.arrived("StatusNotification", 2)

    boot = csms.of("BootNotification")[0].payload
    assert ("PowerUp", "Ampherd", "Simulated") == (
        boot["reason"], boot["chargingStation"]["vendorName"], boot["chargingStation"]["model"],
    )  # fmt: skip
    assert [(1, 1, "Available"), (2, 1, "Available")] == [
        (f.payload["evseId"], f.payload["connectorId"], f.payload["connectorStatus"])
        for f in csms.of("StatusNotification")
    ]


async def test_a_session_is_one_transaction_of_events_without_a_gap(
    csms: TestCsms, charger: MakeCharger, time: Timeline, version: Version
) -> None:
    async with charger(version=version, registers_wh={ONE: 1000.6}) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(hours=2)
        delivered_wh = await subject.unplug(ONE)

    events = csms.events()
    assert 10_000 == delivered_wh
    assert list(range(len(events))) == [e["seqNo"] for e in events]
    assert 1 == len({e["transactionInfo"]["transactionId"] for e in events})
    assert "Started" == events[0]["eventType"]
    assert "Ended" == events[-1]["eventType"]
    assert {"Updated"} == {e["eventType"] for e in events[1:-1]}
    assert [] == [e for e in events if e.get("offline")]
    assert ([1000], [11_000]) == (registers(events[0]), registers(events[-1]))
    assert {"idToken": "TAG-1", "type": "ISO14443"} == events[0]["idToken"]
    assert ("EVDisconnected", "EVCommunicationLost") == (
        events[-1]["transactionInfo"]["stoppedReason"], events[-1]["triggerReason"],
    )  # fmt: skip
    assert ["Available", "Occupied", "Available"] == [
        f.payload["connectorStatus"] for f in csms.of("StatusNotification")
    ]


async def test_it_tells_each_change_of_the_charging_state_once(
    csms: TestCsms, charger: MakeCharger, time: Timeline, version: Version
) -> None:
    async with charger(version=version, sample_step_w=None) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(hours=2)

    states = [e["transactionInfo"]["chargingState"] for e in csms.events()]
    changes = [s for before, s in zip([None, *states], states, strict=False) if s != before]
    assert ["EVConnected", "Charging", "SuspendedEV"] == changes


async def test_what_happens_offline_is_told_later_in_order_and_marked(
    csms: TestCsms, charger: MakeCharger, time: Timeline, version: Version
) -> None:
    async with charger(version=version) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await csms.vanish()
        while subject.connected:
            await time.passes(seconds=1)
        await time.passes(minutes=5)
        await csms.listen()
        await subject.ready()
        await subject.unplug(ONE)
        while subject.queued:
            await time.passes(seconds=1)

    events = csms.events()
    assert list(range(len(events))) == [e["seqNo"] for e in events]
    offline = [bool(e.get("offline")) for e in events]
    assert (False, False) == (offline[0], offline[-1])
    assert sum(offline) >= 5


async def test_a_token_that_the_start_is_refused_for_ends_the_transaction(
    csms: TestCsms, charger: MakeCharger, time: Timeline, version: Version
) -> None:
    csms.answers["TransactionEvent"] = lambda frame: (
        {"idTokenInfo": {"status": "Blocked"}} if frame.payload["eventType"] == "Started" else {}
    )
    async with charger(version=version) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car(), TAG)
        await time.passes(seconds=5)

    ended = csms.events("Ended")[0]
    assert "DeAuthorized" == ended["transactionInfo"]["stoppedReason"]


# Smart charging ----------------------------------------------------------------------------------


async def charging(subject: Any, csms: TestCsms) -> tuple[str, Outlet]:
    await subject.ready()
    await subject.plug_in(ONE, car(energy_wh=60_000), TAG)
    await csms.arrived("TransactionEvent")
    name = csms.events("Started")[0]["transactionInfo"]["transactionId"]
    return name, subject.outlet(ONE)


async def test_a_profile_is_obeyed_reported_composed_and_cleared(
    csms: TestCsms, charger: MakeCharger, time: Timeline, version: Version
) -> None:
    async with charger(version=version) as subject:
        name, outlet = await charging(subject, csms)
        sent = profile(10, transactionId=name)
        set_ = await csms.ask("CP-1", "SetChargingProfile", {"evseId": 1, "chargingProfile": sent})
        await time.passes(seconds=1)
        limited_a = outlet.current_a
        asked = await csms.ask(
            "CP-1", "GetChargingProfiles", {"requestId": 3, "evseId": 1, "chargingProfile": {}}
        )
        report = (await csms.arrived("ReportChargingProfiles"))[0].payload
        composite = await csms.ask("CP-1", "GetCompositeSchedule", {"evseId": 1, "duration": 600})
        cleared = await csms.ask("CP-1", "ClearChargingProfile", {"chargingProfileId": 7})
        again = await csms.ask("CP-1", "ClearChargingProfile", {"chargingProfileId": 7})
        none = await csms.ask(
            "CP-1", "GetChargingProfiles", {"requestId": 4, "chargingProfile": {}}
        )
        await time.passes(seconds=1)

    assert ["Accepted", "Accepted", "Accepted", "Accepted", "Unknown", "NoProfiles"] == [
        a["status"] for a in (set_, asked, composite, cleared, again, none)
    ]
    assert 10 == limited_a
    assert 16 == outlet.current_a
    assert (3, 1, "CSO", [sent], False) == (
        report["requestId"], report["evseId"], report["chargingLimitSource"],
        report["chargingProfile"], report["tbc"],
    )  # fmt: skip
    periods = composite["schedule"]["chargingSchedulePeriod"]
    assert [(0, 10)] == [(p["startPeriod"], p["limit"]) for p in periods]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "needs its transaction"),
        ({"transactionId": "somebody-else"}, "does not run here"),
        ({"chargingProfilePurpose": "ChargingStationExternalConstraints"}, "never by a server"),
        (
            {"chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Absolute"},
            "has a start",
        ),
    ],
)
async def test_a_profile_against_the_rules_is_rejected_with_the_reason(
    csms: TestCsms,
    charger: MakeCharger,
    version: Version,
    changes: dict[str, Any],
    words: str,
) -> None:
    async with charger(version=version) as subject:
        await charging(subject, csms)
        answer = await csms.ask(
            "CP-1", "SetChargingProfile", {"evseId": 1, "chargingProfile": profile(10, **changes)}
        )

    assert "Rejected" == answer["status"]
    assert words in answer["statusInfo"]["additionalInfo"]


async def test_a_dynamic_profile_follows_its_updates(charger: MakeCharger, time: Timeline) -> None:
    async with (
        TestCsms(subprotocol="ocpp2.1") as csms,
        charger(version=Version.V21, url=csms.url) as subject,
    ):
        name, outlet = await charging(subject, csms)
        dynamic = profile(16, transactionId=name, chargingProfileKind="Dynamic")
        await csms.ask("CP-1", "SetChargingProfile", {"evseId": 1, "chargingProfile": dynamic})
        update = {"chargingProfileId": 7, "scheduleUpdate": {"limit": 8}}
        answer = await csms.ask("CP-1", "UpdateDynamicSchedule", update)
        await time.passes(seconds=1)

    assert "Accepted" == answer["status"]
    assert 8 == outlet.current_a


# Orders ------------------------------------------------------------------------------------------


async def test_a_remote_start_carries_its_number_and_a_remote_stop_ends_it(
    csms: TestCsms, charger: MakeCharger, time: Timeline, version: Version
) -> None:
    async with charger(version=version) as subject:
        await subject.ready()
        await subject.plug_in(ONE, car())
        order = {
            "remoteStartId": 42,
            "evseId": 1,
            "idToken": {"idToken": "APP-1", "type": "Central"},
            "chargingProfile": profile(6),
        }
        accepted = await csms.ask("CP-1", "RequestStartTransaction", order)
        await csms.arrived("TransactionEvent")
        await time.passes(seconds=1)
        started = csms.events("Started")[0]
        current_a = subject.outlet(ONE).current_a
        name = started["transactionInfo"]["transactionId"]
        status = await csms.ask("CP-1", "GetTransactionStatus", {"transactionId": name})
        stopped = await csms.ask("CP-1", "RequestStopTransaction", {"transactionId": name})
        await time.passes(seconds=1)
        unknown = await csms.ask("CP-1", "RequestStopTransaction", {"transactionId": name})

    assert ("Accepted", "Accepted", "Rejected") == (
        accepted["status"], stopped["status"], unknown["status"],
    )  # fmt: skip
    assert (42, "RemoteStart", 6) == (
        started["transactionInfo"]["remoteStartId"], started["triggerReason"], current_a,
    )  # fmt: skip
    assert {"ongoingIndicator": True, "messagesInQueue": False} == status
    assert "Remote" == csms.events("Ended")[0]["transactionInfo"]["stoppedReason"]


async def test_a_reset_on_idle_waits_for_the_transaction(
    csms: TestCsms, charger: MakeCharger, time: Timeline, version: Version
) -> None:
    async with charger(version=version) as subject:
        await charging(subject, csms)
        answer = await csms.ask("CP-1", "Reset", {"type": "OnIdle"})
        await time.passes(minutes=1)
        boots = len(csms.of("BootNotification"))
        await subject.unplug(ONE)
        await csms.arrived("BootNotification", 2)

    assert ("Scheduled", 1) == (answer["status"], boots)
    assert "RemoteReset" == csms.of("BootNotification")[1].payload["reason"]


@pytest.mark.parametrize(
    ("message", "action"),
    [
        ("BootNotification", "BootNotification"),
        ("Heartbeat", "Heartbeat"),
        ("StatusNotification", "StatusNotification"),
        ("MeterValues", "MeterValues"),
        ("TransactionEvent", "TransactionEvent"),
    ],
)
async def test_it_sends_what_is_triggered(
    csms: TestCsms, charger: MakeCharger, version: Version, message: str, action: str
) -> None:
    async with charger(version=version) as subject:
        await charging(subject, csms)
        before = len(csms.of(action))
        answer = await csms.ask("CP-1", "TriggerMessage", {"requestedMessage": message})
        await csms.arrived(action, before + 1)

    assert "Accepted" == answer["status"]


async def test_it_goes_out_of_service_when_its_car_is_done(
    csms: TestCsms, charger: MakeCharger, version: Version
) -> None:
    async with charger(version=version) as subject:
        await charging(subject, csms)
        answer = await csms.ask(
            "CP-1", "ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 1}}
        )
        await subject.unplug(ONE)
        await csms.arrived("StatusNotification", 3)

    assert "Scheduled" == answer["status"]
    assert "Unavailable" == csms.of("StatusNotification")[-1].payload["connectorStatus"]


async def test_what_it_does_not_know_is_answered_with_an_error(
    csms: TestCsms, charger: MakeCharger, version: Version
) -> None:
    csms.checks = False
    async with charger(version=version) as subject:
        await subject.ready()
        known = await csms.call("CP-1", "SetMonitoringBase", {"monitoringBase": "All"})
        unknown = await csms.call("CP-1", "MakeCoffee", {})
        broken = await csms.call("CP-1", "GetVariables", {"getVariableData": 7})

    assert ["NotSupported", "NotImplemented", "FormatViolation"] == [
        frame[2] for frame in (known, unknown, broken)
    ]


# Device model ------------------------------------------------------------------------------------


async def test_the_full_report_comes_in_numbered_parts(
    csms: TestCsms, charger: MakeCharger, version: Version
) -> None:
    async with charger(connectors=2, version=version) as subject:
        await subject.ready()
        asked = {"requestId": 9, "reportBase": "FullInventory"}
        answer = await csms.ask("CP-1", "GetBaseReport", asked)
        while not (parts := csms.of("NotifyReport")) or parts[-1].payload["tbc"]:
            await csms.arrived("NotifyReport", len(parts) + 1)

    assert "Accepted" == answer["status"]
    assert list(range(len(parts))) == [p.payload["seqNo"] for p in parts]
    names = {
        (e["component"]["name"], e["component"].get("evse", {}).get("id"), e["variable"]["name"])
        for p in parts
        for e in p.payload["reportData"]
    }
    assert {
        ("OCPPCommCtrlr", None, "HeartbeatInterval"),
        ("EVSE", 2, "Power"),
        ("Connector", 1, "ConnectorType"),
    } <= names


async def test_a_variable_is_what_the_charger_does(
    csms: TestCsms, charger: MakeCharger, time: Timeline, version: Version
) -> None:
    named = {
        "component": {"name": "SampledDataCtrlr"},
        "variable": {"name": "TxUpdatedInterval"},
    }
    async with charger(version=version, sample_step_w=None) as subject:
        await charging(subject, csms)
        set_ = await csms.ask(
            "CP-1", "SetVariables", {"setVariableData": [{**named, "attributeValue": "10"}]}
        )
        got = await csms.ask("CP-1", "GetVariables", {"getVariableData": [named]})
        before = len(csms.events())
        await time.passes(seconds=60)

    assert "Accepted" == set_["setVariableResult"][0]["attributeStatus"]
    assert ("Accepted", "10") == (
        got["getVariableResult"][0]["attributeStatus"],
        got["getVariableResult"][0]["attributeValue"],
    )
    assert 6 == len(csms.events()) - before


async def test_variables_that_cannot_be_had_or_set_say_why(
    csms: TestCsms, charger: MakeCharger, version: Version
) -> None:
    def named(component: str, variable: str) -> Payload:
        return {"component": {"name": component}, "variable": {"name": variable}}

    names = [
        named("Nobody", "X"),
        named("OCPPCommCtrlr", "X"),
        named("SecurityCtrlr", "BasicAuthPassword"),
    ]
    async with charger(version=version) as subject:
        await subject.ready()
        got = await csms.ask("CP-1", "GetVariables", {"getVariableData": names})
        fixed = {**named("ChargingStation", "Model"), "attributeValue": "Other"}
        set_ = await csms.ask("CP-1", "SetVariables", {"setVariableData": [fixed]})

    assert ["UnknownComponent", "UnknownVariable", "Rejected"] == [
        r["attributeStatus"] for r in got["getVariableResult"]
    ]
    assert "Rejected" == set_["setVariableResult"][0]["attributeStatus"]


async def test_priority_charging_lifts_the_transaction_limit_until_it_is_switched_off(
    charger: MakeCharger, time: Timeline
) -> None:
    async with (
        TestCsms(subprotocol="ocpp2.1") as csms,
        charger(version=Version.V21, url=csms.url) as subject,
    ):
        name, outlet = await charging(subject, csms)
        limit = profile(6, transactionId=name)
        await csms.ask("CP-1", "SetChargingProfile", {"evseId": 1, "chargingProfile": limit})
        order = {"transactionId": name, "activate": True}
        without = await csms.ask("CP-1", "UsePriorityCharging", order)
        priority = profile(
            14,
            id=8,
            chargingProfilePurpose="PriorityCharging",
            chargingProfileKind="Absolute",
            schedule={"startSchedule": "2026-01-01T00:00:00Z"},
        )
        kept = await csms.ask(
            "CP-1", "SetChargingProfile", {"evseId": 1, "chargingProfile": priority}
        )
        accepted = await csms.ask("CP-1", "UsePriorityCharging", order)
        await time.passes(seconds=1)
        preferred_a = outlet.current_a
        await csms.ask("CP-1", "UsePriorityCharging", {**order, "activate": False})
        await time.passes(seconds=1)
        told = await csms.arrived("NotifyPriorityCharging", 2)

    assert ("NoProfile", "Accepted", "Accepted") == (
        without["status"], kept["status"], accepted["status"],
    )  # fmt: skip
    assert (14, 6) == (preferred_a, outlet.current_a)
    assert [True, False] == [frame.payload["activated"] for frame in told]


@pytest.mark.parametrize("version", [Version.V21], indirect=True)
async def test_a_profile_with_an_end_while_offline_gives_way_to_the_default(
    csms: TestCsms, charger: MakeCharger, time: Timeline, version: Version
) -> None:
    """2.1 K01.FR.101: until the link is back."""
    async with charger(version=version) as subject:
        await charging(subject, csms)
        default = profile(
            6, id=1, chargingProfilePurpose="TxDefaultProfile", chargingProfileKind="Relative"
        )
        fleeting = profile(10, id=2, stackLevel=1, maxOfflineDuration=60) | {
            "chargingProfilePurpose": "TxDefaultProfile"
        }
        for wire in (default, fleeting):
            answer = await csms.ask(
                "CP-1", "SetChargingProfile", {"evseId": 1, "chargingProfile": wire}
            )
            assert "Accepted" == answer["status"]
        offered = [subject.outlet(ONE).offered_a]
        subject.board.link(online=False)
        await time.passes(seconds=61)
        offered.append(subject.outlet(ONE).offered_a)
        subject.board.link(online=True)
        offered.append(subject.outlet(ONE).offered_a)

    assert [10.0, 6.0, 10.0] == offered


async def test_the_board_hears_of_every_lost_and_found_link(
    csms: TestCsms, charger: MakeCharger, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with charger(version=version) as subject:
        await subject.ready()
        heard: list[bool] = []
        back = asyncio.Event()

        def link(*, online: bool) -> None:
            heard.append(online)
            if online:
                back.set()

        monkeypatch.setattr(subject.board, "link", link)
        subject.terminal.link.cut()
        await back.wait()

        assert [False, True] == heard


async def test_a_dynamic_profile_with_an_interval_is_asked_for(
    charger: MakeCharger, time: Timeline
) -> None:
    async with (
        TestCsms(subprotocol="ocpp2.1") as csms,
        charger(version=Version.V21, url=csms.url) as subject,
    ):
        csms.answers["PullDynamicScheduleUpdate"] = lambda _: {
            "status": "Accepted",
            "scheduleUpdate": {"limit": 9},
        }
        name, outlet = await charging(subject, csms)
        dynamic = profile(
            16, transactionId=name, chargingProfileKind="Dynamic", dynUpdateInterval=60
        )
        await csms.ask("CP-1", "SetChargingProfile", {"evseId": 1, "chargingProfile": dynamic})
        await time.passes(seconds=50)
        before_a = outlet.current_a
        await time.passes(seconds=75)
        after_a, asked = outlet.current_a, len(csms.of("PullDynamicScheduleUpdate"))
        await csms.ask("CP-1", "ClearChargingProfile", {"chargingProfileId": 7})
        await time.passes(minutes=10)

    assert (16, 9) == (before_a, after_a)
    assert 2 == asked == len(csms.of("PullDynamicScheduleUpdate"))


async def test_the_device_model_follows_what_happens(
    csms: TestCsms, charger: MakeCharger, version: Version
) -> None:
    def state(component: str, **evse: int) -> Payload:
        named = {"name": component, "evse": evse} if evse else {"name": component}
        return {"component": named, "variable": {"name": "AvailabilityState"}}

    asked = {
        "getVariableData": [
            state("EVSE", id=1),
            state("Connector", id=1, connectorId=1),
            state("EVSE", id=2),
            state("ChargingStation"),
            {"component": {"name": "ChargingStation"}, "variable": {"name": "Model"}},
        ]
    }
    async with charger(connectors=2, version=version, model="X-1") as subject:
        await charging(subject, csms)
        got = await csms.ask("CP-1", "GetVariables", asked)

    assert ["Occupied", "Occupied", "Available", "Available", "X-1"] == [
        result["attributeValue"] for result in got["getVariableResult"]
    ]


async def test_a_new_password_is_said_from_the_next_link_on(
    csms: TestCsms, charger: MakeCharger, version: Version
) -> None:
    new = {
        "component": {"name": "SecurityCtrlr"},
        "variable": {"name": "BasicAuthPassword"},
        "attributeValue": "the-new-password",
    }
    async with charger(version=version, password=b"the-old-password") as subject:
        await subject.ready()
        answer = await csms.ask("CP-1", "SetVariables", {"setVariableData": [new]})
        subject.terminal.link.cut()
        while len(csms.headers) < 2:
            await subject.clock.sleep_until(subject.clock.now())

    assert "Accepted" == answer["setVariableResult"][0]["attributeStatus"]
    secrets = [base64.b64decode(h["Authorization"].split()[1]) for h in csms.headers]
    assert [b"CP-1:the-old-password", b"CP-1:the-new-password"] == secrets


async def test_a_reset_that_it_cannot_do_is_rejected(charger: MakeCharger) -> None:
    async with (
        TestCsms(subprotocol="ocpp2.1") as csms,
        charger(version=Version.V21, url=csms.url) as subject,
    ):
        await charging(subject, csms)
        answer = await csms.ask("CP-1", "Reset", {"type": "ImmediateAndResume"})

    assert "Rejected" == answer["status"]

"""Random, legal traffic of chargers as frames, for hypothesis: OCPP 1.6 and 2.0.1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from ocpp_core.domain.commands import ChangeConfiguration, ClearProfile, Command, SetProfile
from ocpp_core.domain.ids import ChargePointId, ConnectorId
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    SchedulePeriod,
)
from tests.analytics.builders import NOON
from tests.analytics.wire import V16, V201, WireDesk, event, metered, stamp, start, status, stop

MIN = timedelta(minutes=1)
CHARGERS = (ChargePointId("CP-1"), ChargePointId("CP-2"))


type Payload = Callable[[dict[str, int]], dict[str, Any]]
"""Writes a payload, given the numbers of transactions by the script's names."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One CALL, from a charger or (with a command) from us."""

    charge_point_id: ChargePointId
    version: str
    action: str
    name: str
    """Message id."""
    payload: Payload
    starts: str | None = None
    command: Command | None = None


type Lane = list[Frame]
"""What is said about one connector, in the order of the charger's queue."""


def _always(payload: dict[str, Any]) -> Payload:
    return lambda numbers: payload


def _metered(name: str, at: datetime, value: float, connector: int) -> Payload:
    return lambda numbers: metered(at, value, numbers[name], connector)


def _stop(name: str, at: datetime, value: int) -> Payload:
    return lambda numbers: stop(at, numbers[name], value)


class _Writer:
    def __init__(self, point: ChargePointId, connector: int, version: str) -> None:
        self.point, self.connector, self.version = point, connector, version
        self.lane: Lane = []

    def say(
        self, action: str, payload: dict[str, Any] | Payload,
        starts: str | None = None, command: Command | None = None,
    ) -> None:  # fmt: skip
        self.lane.append(
            Frame(
                charge_point_id=self.point,
                version=self.version,
                action=action,
                name=f"{self.point}-{self.connector}-{len(self.lane)}",
                payload=payload if callable(payload) else _always(payload),
                starts=starts,
                command=command,
            )
        )


@st.composite
def lanes16(draw: st.DrawFn, point: ChargePointId, connector: int) -> Lane:
    """Sessions of OCPP 1.6: some without a stop, some stopped by a number that means none."""
    write = _Writer(point, connector, V16)
    # No two stops at the very same instant: one with a number of nothing would be the other again.
    at, register = NOON + timedelta(seconds=7 * connector), draw(st.integers(0, 50_000))
    for number in range(draw(st.integers(1, 3))):
        name = f"{point}/{connector}/{number}"
        # A stop that names no transaction is matched by token: each connector has its own.
        token = f"{draw(st.sampled_from(['A', 'B']))}-{connector}"
        write.say("StatusNotification", status(at, "Preparing", connector))
        write.say("StartTransaction", start(at, register, connector, idTag=token), starts=name)
        for _ in range(draw(st.integers(0, 4))):
            at += draw(st.integers(1, 20)) * MIN
            register += draw(st.integers(-10, 2500))
            value, instant = max(0, register), at
            if draw(st.booleans()):
                write.say("MeterValues", _metered(name, instant, value, connector))
            else:
                write.say("MeterValues", metered(instant, value, None, connector))
        at += 5 * MIN
        ending = draw(st.sampled_from(["stop", "stop", "unknown", "none"]))
        end, last = at, max(0, register + draw(st.integers(-50, 200)))
        if ending == "stop":
            write.say("StopTransaction", _stop(name, end, last))
        elif ending == "unknown":
            write.say("StopTransaction", stop(end, -1, last, idTag=token))
        if draw(st.booleans()):
            write.say("StatusNotification", status(at, "Available", connector))
        register = last
        at += 10 * MIN
    return write.lane


@st.composite
def lanes2(draw: st.DrawFn, point: ChargePointId, connector: int) -> Lane:
    """Transactions of OCPP 2.0.1: some events lost, connector and token told whenever."""
    write = _Writer(point, connector, V201)
    at, register = NOON, draw(st.integers(0, 50_000))
    for number in range(draw(st.integers(1, 2))):
        name = f"{connector}-{number}"
        evse = {"id": connector, "connectorId": 1}
        state = {
            "timestamp": stamp(at), "connectorStatus": "Occupied", "evseId": connector,
            "connectorId": 1,
        }  # fmt: skip
        write.say("StatusNotification", state)
        token = {"idToken": {"idToken": "A", "type": "ISO14443"}} if draw(st.booleans()) else {}
        events = [
            event(
                "Started", at, 0, name, register_wh=register if draw(st.booleans()) else None,
                context="Transaction.Begin", **({"evse": evse} if draw(st.booleans()) else {}),
                **token,
            )
        ]  # fmt: skip
        sequence = 1
        for _ in range(draw(st.integers(0, 3))):
            at += draw(st.integers(1, 20)) * MIN
            register += draw(st.integers(0, 2500))
            events.append(event("Updated", at, sequence, name, register_wh=register, evse=evse))
            sequence += 1
        at += 5 * MIN
        if draw(st.integers(0, 3)):
            events.append(
                event(
                    "Ended", at, sequence, name, register_wh=register + 100,
                    context="Transaction.End", evse=evse, info={"stoppedReason": "Local"},
                )
            )  # fmt: skip
        lost = draw(st.sets(st.integers(0, len(events) - 1), max_size=1))
        for index, one in enumerate(events):
            if index not in lost or len(events) == 1:
                write.say("TransactionEvent", one)
        register += 100
        write.say(
            "StatusNotification", {**state, "timestamp": stamp(at), "connectorStatus": "Available"}
        )
        at += 10 * MIN
    return write.lane


def orders(point: ChargePointId, version: str) -> Lane:
    """What we order meanwhile."""
    write = _Writer(point, 0, version)
    profile = ChargingProfile(
        profile_id=4,
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.ABSOLUTE,
        start=NOON,
        periods=(SchedulePeriod(start_s=0, limit=13.0),),
    )
    ok = {"status": "Accepted"}
    write.say("", ok, command=SetProfile(connector_id=ConnectorId(1), profile=profile))
    if version == V16:
        write.say("", ok, command=ChangeConfiguration(key="HeartbeatInterval", value="300"))
    write.say("Heartbeat", {})
    write.say("", ok, command=ClearProfile(profile_id=4))
    return write.lane


def boots(version: str) -> Lane:
    """Return the boots of both chargers: what is free after one says that no session runs."""
    boot = (
        {"chargePointVendor": "V", "chargePointModel": "M"}
        if version == V16
        else {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
    )
    writers = [_Writer(point, 9, version) for point in CHARGERS]
    for write in writers:
        write.say("BootNotification", boot)
    return [frame for write in writers for frame in write.lane]


@st.composite
def histories(draw: st.DrawFn, version: str) -> list[Lane]:
    """What two chargers say about two connectors each, a lane for each connector."""
    lanes = lanes16 if version == V16 else lanes2
    return [
        *(draw(lanes(point, connector)) for point in CHARGERS for connector in (1, 2)),
        *(orders(point, version) for point in CHARGERS),
    ]


@st.composite
def interleaved(draw: st.DrawFn, lanes: list[Lane]) -> list[Frame]:
    """Return the frames of all lanes in some order that keeps each lane's own."""
    order = draw(st.permutations([n for n, lane in enumerate(lanes) for _ in lane]))
    waiting = [iter(lane) for lane in lanes]
    return [next(waiting[number]) for number in order]


async def play(desk: WireDesk, frames: list[Frame], times: list[int], restarts: set[int]) -> None:
    """Deliver each frame so many times; restart before some of them."""
    numbers: dict[str, int] = {}
    for index, (frame, count) in enumerate(zip(frames, times, strict=True)):
        if index in restarts:
            await desk.restart()
        at = NOON + timedelta(hours=3, seconds=index)
        payload = frame.payload(numbers)
        if frame.command is not None:
            await desk.order(
                frame.command, payload, at, version=frame.version,
                charge_point_id=frame.charge_point_id,
            )  # fmt: skip
            continue
        answer: dict[str, Any] = {}
        for _ in range(count):
            answer = await desk.take(
                frame.action, payload, at, version=frame.version,
                charge_point_id=frame.charge_point_id, message_id=frame.name,
            )  # fmt: skip
        if frame.starts is not None:
            numbers[frame.starts] = answer["transactionId"]
    await desk.settled()

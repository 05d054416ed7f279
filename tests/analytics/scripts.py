"""Random, legal things that chargers of OCPP 1.6 and 2.x say, as hypothesis strategies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from ocpp_core.domain.events import (
    ChargingLimitCleared,
    ChargingLimitNotified,
    ChargingNeedsNotified,
    ChargingState,
    ConnectorStatus,
    DomainEvent,
    EnergyTransfer,
    Metered,
    SecurityEventReported,
    Transfer,
    TransferStatusChanged,
)
from ocpp_core.domain.ids import ChargePointId, ConnectorId, TransactionId
from ocpp_core.domain.metering import Reading
from tests.analytics.builders import NOON
from tests.analytics.desk import ended, metered, read, start16, started, status, stop16, updated

MIN = timedelta(minutes=1)
CHARGERS = (ChargePointId("CP-1"), ChargePointId("CP-2"))
CONNECTORS = (1, 2)


@dataclass(frozen=True, kw_only=True)
class Said:
    """One message of a charger; a 1.6 charger names transactions by the number it was given."""

    charge_point_id: ChargePointId
    event: Callable[[Callable[[str], TransactionId]], DomainEvent]
    """Makes the event, given what looks up the number of a transaction by the script's name."""
    received_at: datetime
    starts: str | None = None
    """Name of the 1.6 transaction that it starts."""


type Lane = list[Said]
"""What is said about one connector, in order."""


def said(point: ChargePointId, event: DomainEvent, at: datetime) -> Said:
    return Said(charge_point_id=point, event=lambda number: event, received_at=at)


@st.composite
def sessions16(draw: st.DrawFn, point: ChargePointId, connector: int) -> Lane:
    """Transactions of OCPP 1.6: some delivered late, some stopped by a number that means none."""
    lane: Lane = []
    at, register = NOON, draw(st.integers(0, 50_000))
    for round_ in range(draw(st.integers(1, 2))):
        name = f"{point}/{connector}/{round_}"
        token = draw(st.sampled_from(["A", "B"]))
        late = draw(st.sampled_from([timedelta(), timedelta(hours=2)]))
        lane.append(said(point, status(at, ConnectorStatus.PREPARING, connector), at))
        start = start16(at, register, token, connector)
        lane.append(replace(said(point, start, at + late), starts=name))
        for _ in range(draw(st.integers(0, 3))):
            at += 10 * MIN
            register += draw(st.integers(0, 3000))
            with_number = draw(st.booleans())
            readings = read(at, register)

            def reading(
                number: Callable[[str], TransactionId],
                name: str = name if with_number else "",
                readings: tuple[Reading, ...] = readings,
            ) -> DomainEvent:
                return Metered(
                    connector_id=ConnectorId(connector),
                    transaction_id=number(name) if name else None,
                    readings=readings,
                )

            lane.append(Said(charge_point_id=point, event=reading, received_at=at + late))
        at += 5 * MIN
        register += 200
        if draw(st.booleans()) or round_ == 0:
            unknown = draw(st.integers(0, 5)) == 0

            def stop(
                number: Callable[[str], TransactionId],
                name: str = name,
                at: datetime = at,
                register: int = register,
                token: str | None = token if unknown else None,
            ) -> DomainEvent:
                return stop16(at, -1 if token else number(name), register, token)

            lane.append(Said(charge_point_id=point, event=stop, received_at=at + late))
            lane.append(said(point, status(at, ConnectorStatus.AVAILABLE, connector), at + late))
        at += 10 * MIN
    return lane


@st.composite
def sessions2(draw: st.DrawFn, point: ChargePointId, connector: int) -> Lane:
    """Transactions of OCPP 2.x: some events lost, some late, connector and token told whenever."""
    lane: Lane = []
    at, register = NOON, draw(st.integers(0, 50_000))
    for round_ in range(draw(st.integers(1, 2))):
        name = f"{connector}-{round_}"
        offline = draw(st.booleans())
        late = timedelta(hours=2) if offline else timedelta()
        lane.append(said(point, status(at, ConnectorStatus.OCCUPIED, connector), at))
        knows, pays = draw(st.booleans()), draw(st.booleans())
        metered_start = draw(st.booleans())
        events: list[DomainEvent] = [
            started(
                at,
                name=name,
                connector=connector if knows else 0,
                token="A" if pays else "",
                meter_wh=register if metered_start else None,
                offline=offline,
            )
        ]
        number = 1
        for _ in range(draw(st.integers(0, 4))):
            at += 10 * MIN
            register += draw(st.integers(0, 3000))
            events.append(
                updated(
                    at,
                    number,
                    name,
                    connector=connector if draw(st.booleans()) else None,
                    token=draw(st.sampled_from([None, None, "B"])),
                    register_wh=register if draw(st.booleans()) else None,
                    state=draw(st.sampled_from([None, *ChargingState])),
                    offline=offline,
                )
            )
            number += 1
        at += 5 * MIN
        register += 200
        if draw(st.booleans()) or round_ == 0:
            events.append(
                ended(
                    at,
                    number,
                    name,
                    meter_wh=register if draw(st.booleans()) else None,
                    connector=connector,
                    offline=offline,
                )
            )
        lost = draw(st.sets(st.integers(0, len(events) - 1), max_size=2))
        events = [event for index, event in enumerate(events) if index not in lost]
        if len(events) > 1 and draw(st.integers(0, 3)) == 0:
            swap = draw(st.integers(0, len(events) - 2))
            events[swap : swap + 2] = reversed(events[swap : swap + 2])
        lane.extend(said(point, event, at + late) for event in events)
        if draw(st.booleans()):
            lane.append(said(point, metered(at - 2 * MIN, register - 100, connector=connector), at))
        lane.append(said(point, status(at, ConnectorStatus.AVAILABLE, connector), at + late))
        at += 10 * MIN
    return lane


def chatter(point: ChargePointId) -> st.SearchStrategy[Lane]:
    """Whatever else a charger says."""
    one = ConnectorId(1)
    events: list[DomainEvent] = [
        SecurityEventReported(kind="Tamper", at=NOON),
        TransferStatusChanged(transfer=Transfer.LOG, status="Uploading", request_id=1),
        TransferStatusChanged(transfer=Transfer.LOG, status="Uploaded", request_id=1),
        ChargingLimitNotified(connector_id=one, source="EMS", grid_critical=False),
        ChargingLimitNotified(connector_id=one, source="EMS", grid_critical=True),
        ChargingLimitCleared(connector_id=one, source="EMS"),
        ChargingNeedsNotified(
            connector_id=one, transfer=EnergyTransfer.DC, energy_wh=9000.0, departure=NOON
        ),
    ]
    return st.lists(st.sampled_from(events), max_size=4).map(
        lambda chosen: [said(point, event, NOON + n * MIN) for n, event in enumerate(chosen)]
    )


@st.composite
def scripts(draw: st.DrawFn, version: str) -> list[Said]:
    """What two chargers with two connectors each say: each connector's part in its order."""
    sessions = sessions16 if version == "1.6" else sessions2
    lanes = [
        draw(sessions(point, connector))
        for point in CHARGERS
        for connector in CONNECTORS
        if draw(st.booleans()) or (point, connector) == (CHARGERS[0], 1)
    ]
    lanes += [draw(chatter(point)) for point in CHARGERS]
    script: list[Said] = []
    while lanes := [lane for lane in lanes if lane]:
        lane = draw(st.sampled_from(range(len(lanes))))
        following = lanes[lane].pop(0)
        if script and following.received_at < script[-1].received_at:
            following = replace(following, received_at=script[-1].received_at)
        script.append(following)
    return script

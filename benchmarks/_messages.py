"""Messages as the server hands them to the store, already decoded."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ocpp_core.domain.events import (
    ACCEPTED_TOKEN,
    EmptyReply,
    Metered,
    SessionStarted,
    SessionStopped,
    StartReply,
    StopReply,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    MessageId,
    SiteId,
    TariffId,
    TransactionId,
)
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.metering import Measurand, MeterSample, Reading, Unit, readings_of
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.domain.tariff import DriverTariff
from ocpp_core.domain.units import Phase

START = datetime(2026, 1, 1, tzinfo=UTC)
TARIFF = DriverTariff(
    tariff_id=TariffId("bench"),
    version=1,
    currency="EUR",
    energy_price_per_kwh=Decimal("0.39"),
)
_SAMPLED = (
    ("Energy.Active.Import.Register", "Wh", "", 40_000_000),
    ("Power.Active.Import", "W", "", 22_000),
    ("Current.Import", "A", "L1", 32),
    ("Current.Import", "A", "L2", 32),
    ("Current.Import", "A", "L3", 32),
    ("Voltage", "V", "L1", 240),
    ("Voltage", "V", "L2", 240),
    ("Voltage", "V", "L3", 240),
)


def _payloads(count: int) -> tuple[str, ...]:
    """Return payloads of MeterValues, 1.2 kB each: frames are kept raw, and compressed."""
    draw = random.Random(20260101)
    return tuple(
        json.dumps(
            {
                "connectorId": 1,
                "meterValue": [
                    {
                        "timestamp": f"2026-01-01T{draw.randrange(24):02d}:15:00.000Z",
                        "sampledValue": [
                            {
                                "value": f"{draw.random() * most:.2f}",
                                "context": "Sample.Periodic",
                                "format": "Raw",
                                "measurand": measurand,
                                **({"phase": phase} if phase else {}),
                                "location": "Outlet",
                                "unit": unit,
                            }
                            for measurand, unit, phase, most in _SAMPLED
                        ],
                    }
                ],
            },
            separators=(",", ":"),
        )
        for _ in range(count)
    )


_PAYLOADS = _payloads(997)


def site(stations: int) -> Site:
    """Return a site of one-connector chargers."""
    grid = CircuitId("grid")
    return Site(
        site_id=SiteId("bench"),
        name="Benchmark",
        timezone=ZoneInfo("Europe/Berlin"),
        currency="EUR",
        voltage_v=230,
        circuits=(Circuit(circuit_id=grid, limit_w=1e6),),
        charge_points=tuple(
            ChargePoint(
                charge_point_id=_point(number),
                connectors=(
                    Connector(
                        ref=ConnectorRef(_point(number), ConnectorId(1)),
                        circuit_id=grid,
                        max_current_a=32,
                    ),
                ),
            )
            for number in range(stations)
        ),
        building_circuit_id=grid,
    )


def _point(number: int) -> ChargePointId:
    return ChargePointId(f"CP-{number:04d}")


def readings(stations: int, rounds: int, first: int = 0) -> Iterator[StoredMessage]:
    """Yield MeterValues with 8 samples, a station after the other, round after round."""
    for turn in range(first, first + rounds):
        at = START + timedelta(minutes=turn)
        readings = _readings(at, turn)
        for number in range(stations):
            yield _message(
                number,
                at,
                f"m{turn}-{number}",
                "MeterValues",
                Metered(connector_id=ConnectorId(1), transaction_id=None, readings=readings),
            )


def sessions(stations: int, first: int = 0) -> Iterator[StoredMessage]:
    """Yield the session mix: a start, eight readings and a stop at each station."""
    start = START + timedelta(days=first)
    for step in range(10):
        at = start + timedelta(minutes=15 * step)
        for number in range(stations):
            transaction_id = TransactionId(1 + first * stations + number)
            name = f"s{first}-{step}-{number}"
            if step == 0:
                event = SessionStarted(
                    connector_id=ConnectorId(1),
                    id_token=IdToken(f"TOKEN{number}"),
                    at=at,
                    meter_start_wh=1000,
                )
                message = _message(number, at, name, "StartTransaction", event)
                reply = StartReply(transaction_id=transaction_id, token=ACCEPTED_TOKEN)
                yield replace(message, reply=reply)
            elif step == 9:
                stop = SessionStopped(
                    transaction_id=transaction_id, at=at, meter_stop_wh=1000 + 2000 * step
                )
                message = _message(number, at, name, "StopTransaction", stop)
                yield replace(message, reply=StopReply())
            else:
                metered = Metered(
                    connector_id=ConnectorId(1),
                    transaction_id=transaction_id,
                    readings=_readings(at, step),
                )
                yield _message(number, at, name, "MeterValues", metered)


def _readings(at: datetime, step: int) -> tuple[Reading, ...]:
    phased = [
        MeterSample(taken_at=at, measurand=measurand, value=value, unit=unit, phase=phase)
        for measurand, value, unit in (
            (Measurand.CURRENT_IMPORT, 11.6, Unit.A),
            (Measurand.VOLTAGE, 230.4, Unit.V),
        )
        for phase in Phase
    ]
    samples = (
        MeterSample(
            taken_at=at,
            measurand=Measurand.ENERGY_IMPORT_REGISTER,
            value=1000.0 + 2000 * step,
            unit=Unit.WH,
        ),
        MeterSample(taken_at=at, measurand=Measurand.POWER_IMPORT, value=8000.0, unit=Unit.W),
        *phased,
    )
    return readings_of(samples)


def _message(
    number: int,
    at: datetime,
    name: str,
    action: str,
    event: Metered | SessionStarted | SessionStopped,
) -> StoredMessage:
    payload = _PAYLOADS[(number * 31 + at.minute * 7 + at.hour) % len(_PAYLOADS)]
    return StoredMessage(
        at=at,
        charge_point_id=_point(number),
        direction=Direction.FROM_CHARGER,
        message_id=MessageId(name),
        action=action,
        ocpp_version="ocpp1.6",
        frame=f'[2,"{name}","{action}",{payload}]',
        answer=f'[3,"{name}",{{}}]',
        outcome=Outcome.ANSWERED,
        event=event,
        reply=EmptyReply(),
    )

"""A history of raw frames with the shapes of real sessions: arrivals, stays and energy of the demo.

Readings are a minute apart while a car is connected, with eight values: register, power, current
and voltage of three phases. Two chargers of three speak OCPP 1.6, the third 2.0.1. Beside sessions
there are boots, states and heartbeats every five minutes. Fixed input: the same frames every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any, NamedTuple

import pandas as pd

from analytics.database import Database

STATIONS = 50
_MINUTE = timedelta(minutes=1)
_POWER_W = 6600.0


class Frame(NamedTuple):
    """A row of ocpp_message, without its number and site."""

    at: datetime
    charge_point_id: str
    action: str
    version: str
    payload: str
    answer: str
    transaction_id: int | None = None


def write_history(database: Database, site_id: str, sessions: int) -> int:
    """Write the messages of so many sessions and return how many they are."""
    frames = sorted(_frames(sessions), key=lambda frame: frame.at)
    for first in range(0, len(frames), 50_000):
        rows = [
            (
                site_id, number, frame.at, frame.charge_point_id, "from-charger", f"m{number}",
                frame.action, frame.version, f'[2,"m{number}","{frame.action}",{frame.payload}]',
                f'[3,"m{number}",{frame.answer}]', "answered", None, "", frame.transaction_id, None,
            )
            for number, frame in enumerate(frames[first : first + 50_000], first + 1)
        ]  # fmt: skip
        with database.transaction():
            database.append("ocpp_message", rows)
    return len(frames)


def _frames(sessions: int) -> Iterator[Frame]:
    recorded = pd.read_parquet(
        str(resources.files("ampherd").joinpath("demo", "data", "sessions.parquet"))
    ).sort_values("arrival")
    # Stays at a recorded station do not overlap; so many stations of ours share what it recorded.
    stations = sorted(recorded["station_id"].unique())
    of_station: dict[str, list[Any]] = {
        station: list(recorded[recorded["station_id"] == station].itertuples())
        for station in stations
    }
    used = 0
    for number in range(1, 10**6):
        station = stations[number % len(stations)]
        point = f"CP-{number}"
        visits = of_station[station][: max(1, sessions // STATIONS)]
        for visit in visits:
            if used == sessions:
                return
            used += 1
            shift = timedelta(seconds=7 * number)
            yield from _visit(
                point, number, used, visit.arrival.to_pydatetime() + shift,
                visit.departure.to_pydatetime() + shift, visit.delivered_kwh * 1000,
            )  # fmt: skip
        yield from _life(point, number, visits)


def _life(point: str, number: int, visits: list[Any]) -> Iterator[Frame]:
    version = _version(number)
    at, end = visits[0].arrival.to_pydatetime(), visits[-1].departure.to_pydatetime()
    boot = (
        '{"chargePointVendor":"Acme","chargePointModel":"One"}'
        if version == "ocpp1.6"
        else '{"reason":"PowerUp","chargingStation":{"model":"One","vendorName":"Acme"}}'
    )
    answer = f'{{"status":"Accepted","currentTime":"{_text(at)}","interval":300}}'
    yield Frame(at - _MINUTE, point, "BootNotification", version, boot, answer)
    # While cars are away a heartbeat every five minutes would be most of all messages.
    while at < min(end, visits[0].arrival.to_pydatetime() + timedelta(hours=12)):
        at += 5 * _MINUTE
        yield Frame(at, point, "Heartbeat", version, "{}", f'{{"currentTime":"{_text(at)}"}}')


def _visit(
    point: str, number: int, transaction: int, start: datetime, end: datetime, energy_wh: float
) -> Iterator[Frame]:
    version = _version(number)
    first = 1_000 * transaction
    minutes = max(2, int((end - start) / _MINUTE))
    if version == "ocpp1.6":
        yield _status16(point, start - timedelta(seconds=20), "Preparing")
        yield Frame(
            start, point, "StartTransaction", version,
            f'{{"connectorId":1,"idTag":"CARD-{transaction % 97}","meterStart":{first},'
            f'"timestamp":"{_text(start)}"}}',
            f'{{"transactionId":{transaction},"idTagInfo":{{"status":"Accepted"}}}}',
        )  # fmt: skip
        yield _status16(point, start + timedelta(seconds=5), "Charging")
    else:
        yield _event(point, transaction, "Started", 0, start, first, 0.0, "Transaction.Begin")
    for minute in range(1, minutes):
        at = start + minute * _MINUTE
        delivered = min(energy_wh, _POWER_W / 60 * minute)
        power = _POWER_W if delivered < energy_wh else 0.0
        if version == "ocpp1.6":
            yield Frame(
                at, point, "MeterValues", version,
                f'{{"connectorId":1,"transactionId":{transaction},"meterValue":[{{"timestamp":'
                f'"{_text(at)}","sampledValue":['
                f'{_values16(first + delivered, power, minute)}]}}]}}',
                "{}",
            )  # fmt: skip
        else:
            yield _event(point, transaction, "Updated", minute, at, first + delivered, power)
    last = first + min(energy_wh, _POWER_W / 60 * minutes)
    if version == "ocpp1.6":
        yield Frame(
            end, point, "StopTransaction", version,
            f'{{"transactionId":{transaction},"meterStop":{last:.0f},"timestamp":"{_text(end)}",'
            '"reason":"EVDisconnected"}',
            "{}",
        )  # fmt: skip
        yield _status16(point, end + timedelta(seconds=2), "Available")
    else:
        yield _event(point, transaction, "Ended", minutes, end, last, 0.0, "Transaction.End")


def _status16(point: str, at: datetime, word: str) -> Frame:
    return Frame(
        at, point, "StatusNotification", "ocpp1.6",
        f'{{"connectorId":1,"errorCode":"NoError","status":"{word}","timestamp":"{_text(at)}"}}',
        "{}",
    )  # fmt: skip


def _event(
    point: str, transaction: int, kind: str, sequence: int, at: datetime, register_wh: float,
    power_w: float, context: str = "Sample.Periodic",
) -> Frame:  # fmt: skip
    return Frame(
        at, point, "TransactionEvent", "ocpp2.0.1",
        f'{{"eventType":"{kind}","timestamp":"{_text(at)}","triggerReason":"MeterValuePeriodic",'
        f'"seqNo":{sequence},"transactionInfo":{{"transactionId":"T{transaction}",'
        f'"chargingState":"Charging"}},"evse":{{"id":1,"connectorId":1}},"meterValue":[{{'
        f'"timestamp":"{_text(at)}","sampledValue":['
        f'{_values2(register_wh, power_w, context)}]}}]}}',
        "{}",
        transaction,
    )  # fmt: skip


def _values16(register_wh: float, power_w: float, minute: int) -> str:
    around = '"context":"Sample.Periodic","location":"Outlet","measurand":'
    values = [
        f'"value":"{register_wh:.0f}",{around}"Energy.Active.Import.Register","unit":"Wh"',
        f'"value":"{power_w:.1f}",{around}"Power.Active.Import","unit":"W"',
    ]
    for phase in (1, 2, 3):
        current = f'"value":"{power_w / 690:.2f}",{around}"Current.Import","unit":"A"'
        values.append(f'{current},"phase":"L{phase}"')
    for phase in (1, 2, 3):
        voltage = f'"value":"{230 + minute % 3}",{around}"Voltage","unit":"V"'
        values.append(f'{voltage},"phase":"L{phase}-N"')
    return ",".join(f"{{{value}}}" for value in values)


def _values2(register_wh: float, power_w: float, context: str) -> str:
    around = f'"context":"{context}","measurand":'
    values = [
        f'"value":{register_wh:.0f},{around}"Energy.Active.Import.Register",{_unit("Wh")}',
        f'"value":{power_w:.1f},{around}"Power.Active.Import",{_unit("W")}',
    ]
    for phase in (1, 2, 3):
        current = f'"value":{power_w / 690:.2f},{around}"Current.Import",{_unit("A")}'
        values.append(f'{current},"phase":"L{phase}"')
    for phase in (1, 2, 3):
        voltage = f'"value":231.0,{around}"Voltage",{_unit("V")}'
        values.append(f'{voltage},"phase":"L{phase}-N"')
    return ",".join(f"{{{value}}}" for value in values)


def _unit(unit: str) -> str:
    return f'"unitOfMeasure":{{"unit":"{unit}"}}'


def _version(number: int) -> str:
    return "ocpp2.0.1" if number % 3 == 0 else "ocpp1.6"


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""OCPP 2.0.1 J: meter values, as the OCA's test procedure has them for a CSMS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v201 import (
    SIGNED,
    VERSION,
    Transaction,
    booted,
    charging,
    events,
    metered,
    session,
)

LATER = "2026-03-01T10:15:00Z"
BEGIN, CLOCK, PERIODIC, END = (
    "Transaction.Begin", "Sample.Clock", "Sample.Periodic", "Transaction.End",
)  # fmt: skip


async def samples(api: Api) -> list[float]:
    """Return the register of the latest session, value by value, in Wh."""
    rows = await api.get(f"/sessions/{(await session(api))['session_id']}/samples")
    return [row["value"] for row in sorted(rows, key=lambda row: str(row["taken_at"]))]


@case("TC_J_01_CSMS", "Clock-aligned meter values: no transaction ongoing")
async def test_a_meter_is_read_without_a_transaction(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    told = {"evseId": 1, "meterValue": [metered(1000, CLOCK)]}

    assert {} == await station.result("MeterValues", told)
    [kept] = await api.get("/messages", charge_point_id=api.charger, action="MeterValues")
    assert ("answered", None) == (kept["outcome"], kept["session_id"])


@case("TC_J_02_CSMS", "Clock-aligned meter values: transaction ongoing")
@case("TC_J_09_CSMS", "Sampled meter values: eventType Updated")
@case("TC_J_04_CSMS", "Clock-aligned meter values: signed")
@case("TC_J_11_CSMS", "Sampled meter values: signed")
@pytest.mark.parametrize("more", [{}, {"signedMeterValue": SIGNED}], ids=["plain", "signed"])
@pytest.mark.parametrize(
    ("cause", "context"), [("MeterValueClock", CLOCK), ("MeterValuePeriodic", PERIODIC)]
)
async def test_a_meter_is_read_in_a_transaction(
    connect: Connect, api: Api, cause: str, context: str, more: dict[str, Any]
) -> None:
    station = await booted(await connect(VERSION))
    transaction = await charging(station)
    reading = [metered(1500, context, LATER, **more)]

    assert {} == await transaction.updated(cause, "Charging", at=LATER, meterValue=reading)
    assert [1500.0] == await samples(api)
    assert ("Updated", cause, "Charging") == (await events(api))[-1]


@case("TC_J_03_CSMS", "Clock-aligned meter values: eventType Ended")
@case("TC_J_10_CSMS", "Sampled meter values: eventType Ended")
@pytest.mark.parametrize("context", [CLOCK, PERIODIC])
async def test_the_end_carries_what_was_metered_meanwhile(
    connect: Connect, api: Api, context: str
) -> None:
    station = await booted(await connect(VERSION))
    transaction = Transaction(station)
    begin = [metered(1000, BEGIN)]
    await transaction.started("Authorized", "Charging", of="GOOD", meterValue=begin)
    readings = [
        metered(1000, BEGIN),
        metered(2000, context, LATER),
        metered(4000, END, "2026-03-01T10:30:00Z"),
    ]
    await transaction.ended("StopAuthorized", "Local", of="GOOD", meterValue=readings)

    assert [1000.0, 2000.0, 4000.0] == await samples(api)
    assert 3.0 == (await session(api))["energy_kwh"]


@case("TC_J_07_CSMS", "Sampled meter values: eventType Started, EVSE known")
@case("TC_J_08_CSMS", "Sampled meter values: context Transaction.Begin, EVSE not known")
@pytest.mark.parametrize("known", [True, False])
async def test_the_begin_is_metered_once_the_evse_is_known(
    connect: Connect, api: Api, known: bool
) -> None:
    station = await booted(await connect(VERSION))
    transaction = Transaction(station, 1 if known else None)
    begin: dict[str, Any] = {"meterValue": [metered(1000, BEGIN)]}
    await transaction.started("Authorized", "Idle", of="GOOD", **(begin if known else {}))
    transaction.evse = 1
    await transaction.updated("CablePluggedIn", "EVConnected", **({} if known else begin))
    await transaction.ended(
        "StopAuthorized", "Local", meterValue=[metered(3500, END, "2026-03-01T10:30:00Z")]
    )

    ended = await session(api)
    assert f"{api.charger}/1" == ended["connector"]
    assert 2.5 == ended["energy_kwh"]

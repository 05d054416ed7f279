"""OCPP 2.0.1 G: availability, as the OCA's test procedure has it for a CSMS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v201 import (
    AT,
    VERSION,
    booted,
    charging,
    connector,
    status,
)

PLACES = [
    pytest.param({"connector_id": 1}, {"evse": {"id": 1}}, id="EVSE"),
    pytest.param({"connector_id": 0}, {}, id="station"),
    pytest.param(
        {"connector_id": 1, "plug_id": 1}, {"evse": {"id": 1, "connectorId": 1}}, id="connector"
    ),
]


@case("TC_G_03_CSMS", "Change availability of an EVSE: operative to inoperative")
@case("TC_G_04_CSMS", "Change availability of an EVSE: inoperative to operative")
@case("TC_G_05_CSMS", "Change availability of the station: operative to inoperative")
@case("TC_G_06_CSMS", "Change availability of the station: inoperative to operative")
@case("TC_G_07_CSMS", "Change availability of a connector: operative to inoperative")
@case("TC_G_08_CSMS", "Change availability of a connector: inoperative to operative")
@pytest.mark.parametrize(("place", "wire"), PLACES)
async def test_what_is_put_out_of_service_comes_back(
    connect: Connect, api: Api, place: dict[str, Any], wire: dict[str, Any]
) -> None:
    station = await booted(await connect(VERSION))
    for operative, word, state in ((False, "Inoperative", "Unavailable"),
                                   (True, "Operative", "Available")):  # fmt: skip
        ordered = api.command("change-availability", operative=operative, **place)
        payload = await station.asked("ChangeAvailability", {"status": "Accepted"})
        for evse in (1,) if place["connector_id"] else (1, 2):
            await status(station, evse, state)

        assert wire | {"operationalStatus": word} == payload
        assert "accepted" == (await ordered)["result"]
        assert state == (await connector(api))["state"]


@case("TC_G_11_CSMS", "Change availability of an EVSE with ongoing transaction")
@case("TC_G_14_CSMS", "Change availability of the station with ongoing transaction")
@case("TC_G_17_CSMS", "Change availability of a connector with ongoing transaction")
@pytest.mark.parametrize(("place", "wire"), PLACES)
async def test_a_car_that_charges_is_waited_for(
    connect: Connect, api: Api, place: dict[str, Any], wire: dict[str, Any]
) -> None:
    station = await booted(await connect(VERSION))
    transaction = await charging(station)
    ordered = api.command("change-availability", operative=False, **place)
    payload = await station.asked("ChangeAvailability", {"status": "Scheduled"})
    assert "Charging" == (await connector(api))["state"]
    await transaction.ended("StopAuthorized", "Local", of="GOOD")
    await status(station, 1, "Unavailable")

    assert wire | {"operationalStatus": "Inoperative"} == payload
    result = await ordered
    assert ("accepted", "Scheduled") == (result["result"], result["status"])
    assert "Unavailable" == (await connector(api))["state"]


@case("TC_G_20_CSMS", "Connector status notification: lock failure")
async def test_a_lock_that_fails_is_taken_note_of(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    event = {
        "eventId": 1,
        "timestamp": AT,
        "trigger": "Alerting",
        "actualValue": "true",
        "eventNotificationType": "HardWiredNotification",
        "component": {
            "name": "ConnectorPlugRetentionLock", "evse": {"id": 1, "connectorId": 1},
        },
        "variable": {"name": "Problem"},
    }  # fmt: skip
    told = {"generatedAt": AT, "seqNo": 0, "tbc": False, "eventData": [event]}

    assert {} == await station.result("NotifyEvent", told)
    [kept] = await api.get("/messages", charge_point_id=api.charger, action="NotifyEvent")
    assert "ConnectorPlugRetentionLock" in kept["frame"]
    alarm = f"{api.charger}/1: its lock fails to hold the plug, or to let it go."
    assert alarm in (await api.get("/live"))["alarms"]
    event |= {"actualValue": "false", "cleared": True}
    assert {} == await station.result("NotifyEvent", told)
    assert alarm not in (await api.get("/live"))["alarms"]

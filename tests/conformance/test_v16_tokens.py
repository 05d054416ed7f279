"""OCPP 1.6 Local Auth List Management and Reservation, as the OCA's test procedure has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v16 import authorize, booted, start, status

UNTIL = "2031-03-01T12:00:00Z"
WRITTEN_UNTIL = "2031-03-01T12:00:00.000Z"


@case("TC_042_1_CSMS", "Get local list version, not supported")
@case("TC_042_2_CSMS", "Get local list version, empty")
@pytest.mark.parametrize("version", [-1, 0])
async def test_the_version_of_the_local_list_is_read(
    connect: Connect, api: Api, version: int
) -> None:
    station = await booted(await connect())
    ordered = api.command("get-local-list-version")
    payload = await station.asked("GetLocalListVersion", {"listVersion": version})

    assert {} == payload
    result = await ordered
    assert ("accepted", version) == (result["result"], result["local_list_version"])


ENTRIES = [
    {"id_token": "GOOD", "status": "Accepted", "expires_at": UNTIL, "group_token": "FAMILY"},
    {"id_token": "BLOCKED", "status": "Blocked"},
]
WRITTEN = [
    {
        "idTag": "GOOD",
        "idTagInfo": {
            "status": "Accepted",
            "expiryDate": WRITTEN_UNTIL,
            "parentIdTag": "FAMILY",
        },
    },
    {"idTag": "BLOCKED", "idTagInfo": {"status": "Blocked"}},
]


@case("TC_043_1_CSMS", "Send local authorisation list, not supported")
@case("TC_043_3_CSMS", "Send local authorisation list, failed")
@case("TC_043_4_CSMS", "Send local authorisation list, full")
@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("Accepted", "accepted"),
        ("NotSupported", "unsupported"),
        ("Failed", "rejected"),
        ("VersionMismatch", "rejected"),
    ],
)
async def test_a_whole_local_list_is_sent(
    connect: Connect, api: Api, word: str, result: str
) -> None:
    station = await booted(await connect())
    ordered = api.command("send-local-list", version=7, update="Full", entries=ENTRIES)
    payload = await station.asked("SendLocalList", {"status": word})

    assert 7 == payload["listVersion"]
    assert "Full" == payload["updateType"]
    assert WRITTEN == payload["localAuthorizationList"]
    assert result == (await ordered)["result"]


@case("TC_043_5_CSMS", "Send local authorisation list, differential")
async def test_a_differential_list_may_remove_a_token(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    entries: list[dict[str, Any]] = [{"id_token": "GOOD", "status": None}]
    ordered = api.command("send-local-list", version=8, update="Differential", entries=entries)
    payload = await station.asked("SendLocalList", {"status": "Accepted"})

    assert [{"idTag": "GOOD"}] == payload["localAuthorizationList"]
    assert "Differential" == payload["updateType"]
    assert "accepted" == (await ordered)["result"]


async def reserved(
    connect: Connect, api: Api, word: str, **order: Any
) -> tuple[dict[str, Any], dict[str, Any], Any]:
    station = await booted(await connect())
    order = {"reservation_id": 4, "id_token": "GOOD", "expires_at": UNTIL} | order
    ordered = api.command("reserve-now", **order)
    payload = await station.asked("ReserveNow", {"status": word})
    return payload, await ordered, station


@case("TC_046_CSMS", "Reservation of a connector, transaction")
async def test_a_reserved_connector_is_used_by_its_token(connect: Connect, api: Api) -> None:
    payload, result, station = await reserved(connect, api, "Accepted", connector_id=1)
    await status(station, 1, "Reserved")
    assert "Accepted" == await authorize(station)
    await status(station, 1, "Preparing")
    answer = await start(station, reservationId=4)
    await status(station, 1, "Charging")

    expected = {
        "connectorId": 1, "expiryDate": WRITTEN_UNTIL, "idTag": "GOOD", "reservationId": 4,
    }  # fmt: skip
    assert expected == payload
    assert "accepted" == result["result"]
    assert "Accepted" == answer["idTagInfo"]["status"]


@case("TC_047_CSMS", "Reservation of a connector, expire")
async def test_a_reservation_that_expires_frees_the_connector(connect: Connect, api: Api) -> None:
    _, result, station = await reserved(connect, api, "Accepted", connector_id=1)
    await status(station, 1, "Reserved")
    await status(station, 1, "Available")

    assert "accepted" == result["result"]
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert "Available" == connector["state"]


@case("TC_048_1_CSMS", "Reservation of a connector, faulted")
@case("TC_048_2_CSMS", "Reservation of a connector, occupied")
@case("TC_048_3_CSMS", "Reservation of a connector, unavailable")
@case("TC_048_4_CSMS", "Reservation of a connector, rejected")
@pytest.mark.parametrize("word", ["Faulted", "Occupied", "Unavailable", "Rejected"])
async def test_a_reservation_that_is_refused_is_told_why(
    connect: Connect, api: Api, word: str
) -> None:
    _, result, _ = await reserved(connect, api, word, connector_id=1)

    assert ("rejected", word) == (result["result"], result["status"])


@case("TC_049_CSMS", "Reservation of a charge point, transaction")
async def test_a_whole_charger_is_reserved(connect: Connect, api: Api) -> None:
    payload, result, station = await reserved(connect, api, "Accepted", connector_id=0)
    await status(station, 0, "Reserved")
    answer = await start(station, reservationId=4)

    assert 0 == payload["connectorId"]
    assert "accepted" == result["result"]
    assert "Accepted" == answer["idTagInfo"]["status"]


@case("TC_051_CSMS", "Cancel reservation")
@case("TC_052_CSMS", "Cancel reservation, rejected")
@pytest.mark.parametrize(("word", "result"), [("Accepted", "accepted"), ("Rejected", "rejected")])
async def test_a_reservation_is_cancelled(
    connect: Connect, api: Api, word: str, result: str
) -> None:
    _, _, station = await reserved(connect, api, "Accepted", connector_id=1)
    ordered = api.command("cancel-reservation", reservation_id=4)
    payload = await station.asked("CancelReservation", {"status": word})

    assert {"reservationId": 4} == payload
    assert result == (await ordered)["result"]


@case("TC_053_CSMS", "Use a reserved connector with parentIdTag")
async def test_a_reservation_of_a_group_is_used_by_another_of_it(
    connect: Connect, api: Api
) -> None:
    payload, result, station = await reserved(
        connect, api, "Accepted", connector_id=1, group_token="FAMILY"
    )
    await status(station, 1, "Reserved")
    assert "Accepted" == await authorize(station, "OTHER")
    answer = await start(station, "OTHER", reservationId=4)

    assert "FAMILY" == payload["parentIdTag"]
    assert "accepted" == result["result"]
    assert "Accepted" == answer["idTagInfo"]["status"]

"""OCPP 1.6, what chargers deliver after they were away, and what they say after a power failure."""

from __future__ import annotations

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v16 import available, boot, booted, start, started, status, stop


@case("TC_032_1_CSMS", "Power failure, boot, stop transactions")
async def test_a_charger_ends_its_session_after_a_power_failure(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    transaction_id = await started(station)
    station.vanish()
    again = await connect()
    assert "Accepted" == (await boot(again))["status"]
    await stop(again, transaction_id, "PowerLoss")
    await available(again)

    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert ("Available", None) == (connector["state"], connector["session"])


@case("TC_037_1_CSMS", "Offline start transaction, valid token")
async def test_a_start_from_while_the_link_was_down_is_taken(connect: Connect, api: Api) -> None:
    station = await booted(await connect())
    station.vanish()
    again = await connect()
    answer = await start(again)
    await status(again, 1, "Charging")

    assert "Accepted" == answer["idTagInfo"]["status"]
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert answer["transactionId"] == connector["session"]["transaction_id"]


@case("TC_037_3_CSMS", "Offline start transaction, invalid token, StopTransactionOnInvalidId")
async def test_a_start_of_an_invalid_token_is_kept_and_its_end_too(
    connect: Connect, api: Api
) -> None:
    station = await booted(await connect())
    station.vanish()
    again = await connect()
    answer = await start(again, "NOBODY")
    stopped = await stop(again, answer["transactionId"], "DeAuthorized")
    await status(again, 1, "Finishing")

    assert "Invalid" == answer["idTagInfo"]["status"]
    assert answer["transactionId"] > 0
    assert "idTagInfo" not in stopped
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert connector["session"] is None


@case("TC_039_CSMS", "Offline transaction")
async def test_a_whole_session_from_while_the_link_was_down_is_taken(
    connect: Connect, api: Api
) -> None:
    station = await booted(await connect())
    station.vanish()
    again = await connect()
    answer = await start(again)
    stopped = await stop(again, answer["transactionId"], "Local", idTag="GOOD")
    await status(again, 1, "Available")

    assert "Accepted" == answer["idTagInfo"]["status"]
    assert "Accepted" == stopped["idTagInfo"]["status"]
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert ("Available", None) == (connector["state"], connector["session"])


async def test_a_session_that_was_repeated_after_lost_answers_is_one(
    connect: Connect, api: Api
) -> None:
    """OCPP.md row 1, over the whole server: the same transaction id, and never opened again."""
    station = await booted(await connect())
    first = await start(station)
    station.vanish()
    again = await connect()
    second = await start(again)
    await stop(again, first["transactionId"])
    await stop(again, first["transactionId"])
    third = await start(again)

    assert first["transactionId"] == second["transactionId"] == third["transactionId"]
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert connector["session"] is None

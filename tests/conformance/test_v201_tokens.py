"""OCPP 2.0.1 C: authorisation, as the OCA's test procedure has it for a CSMS."""

from __future__ import annotations

import pytest

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v201 import (
    VERSION,
    Transaction,
    authorize,
    booted,
    charging,
    connector,
    session,
    sessions,
)


@case("TC_C_02_CSMS", "Local start transaction: authorisation Invalid/Unknown")
@case("TC_C_06_CSMS", "Local start transaction: authorisation Blocked")
@case("TC_C_07_CSMS", "Local start transaction: authorisation Expired")
@pytest.mark.parametrize(
    ("text", "word"), [("UNKNOWN", "Invalid"), ("BLOCKED", "Blocked"), ("EXPIRED", "Expired")]
)
async def test_a_token_that_may_not_charge_is_told_why(
    connect: Connect, api: Api, text: str, word: str
) -> None:
    station = await booted(await connect(VERSION))

    assert word == (await authorize(station, text))["status"]
    assert (await connector(api))["session"] is None


@case("TC_C_08_CSMS", "Authorisation through authorisation cache: Accepted")
async def test_a_cached_token_starts_without_asking(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    answer = await Transaction(station).started("Authorized", "EVConnected", of="GOOD")

    assert "Accepted" == answer["idTokenInfo"]["status"]
    assert "GOOD" == (await connector(api))["session"]["id_token"]


@case("TC_C_20_CSMS", "Authorisation through authorisation cache: Invalid")
@pytest.mark.parametrize(
    ("text", "word"), [("UNKNOWN", "Invalid"), ("BLOCKED", "Blocked"), ("EXPIRED", "Expired")]
)
async def test_a_cached_token_that_no_longer_may_charge_is_told_so(
    connect: Connect, api: Api, text: str, word: str
) -> None:
    station = await booted(await connect(VERSION))
    transaction = Transaction(station)
    answer = await transaction.started("Authorized", "EVConnected", of=text)
    await transaction.ended("Deauthorized", "DeAuthorized", "EVConnected")

    assert word == answer["idTokenInfo"]["status"]
    assert "DeAuthorized" == (await session(api))["stop_reason"]


@case("TC_C_37_CSMS", "Clear authorisation data in authorisation cache: Accepted")
@case("TC_C_38_CSMS", "Clear authorisation data in authorisation cache: Rejected")
@pytest.mark.parametrize(("word", "result"), [("Accepted", "accepted"), ("Rejected", "rejected")])
async def test_the_cache_is_cleared(connect: Connect, api: Api, word: str, result: str) -> None:
    station = await booted(await connect(VERSION))
    ordered = api.command("clear-cache")
    payload = await station.asked("ClearCache", {"status": word})

    assert {} == payload
    assert result == (await ordered)["result"]


@case("TC_C_39_CSMS", "Authorisation by GroupId: success")
async def test_tokens_of_one_group_are_told_their_group(connect: Connect, api: Api) -> None:
    station = await booted(await connect(VERSION))
    told = await authorize(station, "FAMILY-1")
    transaction = Transaction(station)
    started = await transaction.started("Authorized", "Charging", of="FAMILY-1")
    other = await authorize(station, "FAMILY-2")
    ended = await transaction.ended("StopAuthorized", "Local", of="FAMILY-2")

    group = {"idToken": "FAMILY", "type": "Central"}
    infos = [told, started["idTokenInfo"], other, ended["idTokenInfo"]]
    assert [("Accepted", group)] * 4 == [(info["status"], info["groupIdToken"]) for info in infos]
    assert "Local" == (await session(api))["stop_reason"]


@case("TC_C_47_CSMS", "Stop transaction with a master pass, with UI, all transactions")
@case("TC_C_48_CSMS", "Stop transaction with a master pass, with UI, specific transactions")
@case("TC_C_49_CSMS", "Stop transaction with a master pass, without UI")
@pytest.mark.parametrize("stopped", [(1, 2), (2,)])
async def test_a_master_pass_ends_transactions_of_others(
    connect: Connect, api: Api, stopped: tuple[int, ...]
) -> None:
    station = await booted(await connect(VERSION))
    running = {evse: await charging(station, evse) for evse in (1, 2)}
    info = await authorize(station, "MASTER")
    answers = [
        await running[evse].ended("StopAuthorized", "MasterPass", of="MASTER") for evse in stopped
    ]

    assert "Accepted" == info["status"]
    assert {"idToken": "MASTERS", "type": "Central"} == info["groupIdToken"]
    assert ["Accepted"] * len(stopped) == [answer["idTokenInfo"]["status"] for answer in answers]
    still = {evse for evse in running if (await connector(api, evse))["session"] is not None}
    assert {1, 2} - set(stopped) == still
    ended = {row["stop_reason"] for row in await sessions(api) if row["ended_at"] is not None}
    assert {"MasterPass"} == ended

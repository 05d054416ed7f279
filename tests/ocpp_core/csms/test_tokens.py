"""What tokens may do: expiry, one transaction at a time, and cards of one group."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import IdToken
from ocpp_core.domain.tokens import KnownToken
from tests.ocpp_core.csms.rig import START, Charger, MakeRig, Rig, start_payload, stop_payload

GROUP = IdToken("FLEET")
TOKENS = (
    KnownToken(id_token=IdToken("GOOD")),
    KnownToken(id_token=IdToken("ONCE"), single=True),
    KnownToken(id_token=IdToken("FAMILY-1"), group_token=GROUP),
    KnownToken(id_token=IdToken("FAMILY-2"), group_token=IdToken("fleet")),
    KnownToken(id_token=IdToken("LONG"), group_token=IdToken("G" * 21)),
    KnownToken(id_token=IdToken("ENDING"), expires_at=START + timedelta(hours=1)),
    KnownToken(
        id_token=IdToken("BLOCKED"),
        status=AuthorizationStatus.BLOCKED,
        expires_at=START - timedelta(hours=1),
    ),
)


async def connected(make_rig: MakeRig) -> tuple[Rig, Charger]:
    rig = await make_rig(tokens=TOKENS)
    return rig, await rig.charger()


async def starts(charger: Charger, token: str, connector_id: int = 1) -> dict[str, str]:
    answer = await charger.result(
        "StartTransaction", start_payload(idTag=token, connectorId=connector_id)
    )
    info: dict[str, str] = answer["idTagInfo"]
    return info


# One transaction at a time -----------------------------------------------------------------------


async def test_a_token_for_one_transaction_is_concurrent_in_a_second(make_rig: MakeRig) -> None:
    rig, charger = await connected(make_rig)
    other = await rig.charger("CP2")

    assert "Accepted" == (await starts(charger, "ONCE"))["status"]
    assert "ConcurrentTx" == (await starts(charger, "once", 2))["status"]
    assert "ConcurrentTx" == (await starts(other, "ONCE"))["status"]
    assert 3 == len(rig.live.open_sessions())  # energy may flow: each has its transaction


async def test_the_same_start_again_is_not_concurrent_with_itself(make_rig: MakeRig) -> None:
    _, charger = await connected(make_rig)

    assert "Accepted" == (await starts(charger, "ONCE"))["status"]
    assert "Accepted" == (await starts(charger, "ONCE"))["status"]


async def test_after_its_transaction_a_token_may_start_the_next(make_rig: MakeRig) -> None:
    _, charger = await connected(make_rig)
    transaction_id = await charger.start(idTag="ONCE")
    await charger.result("StopTransaction", stop_payload(transaction_id, idTag="ONCE"))

    assert "Accepted" == (await starts(charger, "ONCE", 2))["status"]


async def test_concurrency_is_no_matter_of_the_reader(make_rig: MakeRig) -> None:
    """ConcurrentTx is only relevant for a start (1.6 section 7.2)."""
    _, charger = await connected(make_rig)
    await charger.start(idTag="ONCE")

    asked = await charger.result("Authorize", {"idTag": "ONCE"})
    assert "Accepted" == asked["idTagInfo"]["status"]


# Groups ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["Authorize", "StartTransaction"])
async def test_the_group_is_told_so_that_the_charger_lets_it_stop(
    make_rig: MakeRig, action: str
) -> None:
    _, charger = await connected(make_rig)
    payload = {"idTag": "FAMILY-1"} if action == "Authorize" else start_payload(idTag="FAMILY-1")

    info = (await charger.result(action, payload))["idTagInfo"]
    assert {"status": "Accepted", "parentIdTag": "FLEET"} == info


async def test_a_group_that_does_not_fit_breaks_no_answer(make_rig: MakeRig) -> None:
    _, charger = await connected(make_rig)

    assert {"status": "Accepted"} == await starts(charger, "LONG")


async def test_another_card_of_the_group_stops_without_a_finding(make_rig: MakeRig) -> None:
    rig, charger = await connected(make_rig)
    transaction_id = await charger.start(idTag="FAMILY-1")
    answer = await charger.result("StopTransaction", stop_payload(transaction_id, idTag="FAMILY-2"))

    assert "Accepted" == answer["idTagInfo"]["status"]
    assert () == rig.ledger.messages[-1].findings
    assert () == rig.live.open_sessions()


async def test_a_card_of_no_group_stops_and_is_told(make_rig: MakeRig) -> None:
    """The charger has stopped: the answer cannot undo it, but somebody should know."""
    rig, charger = await connected(make_rig)
    transaction_id = await charger.start(idTag="FAMILY-1")
    await charger.result("StopTransaction", stop_payload(transaction_id, idTag="GOOD"))

    assert "nor its group" in rig.ledger.messages[-1].findings[0]
    assert () == rig.live.open_sessions()


async def test_a_stop_with_a_foreign_id_is_matched_by_the_group(make_rig: MakeRig) -> None:
    rig, charger = await connected(make_rig)
    await charger.start(idTag="FAMILY-1")
    await charger.start(idTag="GOOD", connectorId=2)
    await charger.result("StopTransaction", stop_payload(987654, idTag="FAMILY-2"))

    assert ["GOOD"] == [session.id_token for session in rig.live.open_sessions()]


# Expiry ------------------------------------------------------------------------------------------


async def test_a_token_expires_at_its_instant_and_the_charger_knows_when(
    make_rig: MakeRig,
) -> None:
    rig, charger = await connected(make_rig)
    before = (await charger.result("Authorize", {"idTag": "ENDING"}))["idTagInfo"]
    rig.clock.advance(3600)
    after = (await charger.result("Authorize", {"idTag": "ENDING"}))["idTagInfo"]

    assert {"status": "Accepted", "expiryDate": "2026-03-01T11:00:00.000Z"} == before
    assert "Expired" == after["status"]
    assert "Expired" == (await starts(charger, "ENDING"))["status"]


async def test_a_blocked_token_stays_blocked_when_it_expires(make_rig: MakeRig) -> None:
    _, charger = await connected(make_rig)

    assert "Blocked" == (await starts(charger, "BLOCKED"))["status"]

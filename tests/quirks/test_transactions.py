"""Transactions as chargers really tell them: the lines tx-*, start-* and v2-te-*."""

from __future__ import annotations

from typing import Any

import pytest

from ocpp_core.domain.ids import TransactionId
from tests.quirks.yard import Depot, Yard, serving

MINE = "SELECT {} FROM session WHERE {{mine}} ORDER BY transaction_id"


def start(number: str, **changes: Any) -> list[Any]:
    payload = {"connectorId": 1, "idTag": "A", "meterStart": 100}
    return [
        2,
        number,
        "StartTransaction",
        payload | {"timestamp": "2026-03-01T09:00:00Z"} | changes,
    ]


def stop(number: str, transaction_id: int, **changes: Any) -> list[Any]:
    payload: dict[str, Any] = {"transactionId": transaction_id, "meterStop": 1100}
    return [2, number, "StopTransaction", payload | {"timestamp": "2026-03-01T10:00:00Z"} | changes]


async def test_a_start_whose_answer_was_lost_keeps_its_transaction(yard: Yard) -> None:
    """Quirk tx-start-replayed-twice; OCPP.md row 1."""
    first, second = await yard.says(start("7"), start("9"))

    assert first[2] == second[2]
    assert [(first[2]["transactionId"], 0.0, "metered", False)] == yard.sessions()
    assert "the same id given again" in yard.findings()


async def test_a_start_after_its_stop_is_answered_and_opens_nothing(yard: Yard) -> None:
    """OCPP.md row 1: a replay of a closed transaction is answered, flagged, never re-opened."""
    number = await yard.starts(meterStart=100)
    _, again = await yard.says(stop("8", number), start("9"))

    assert number == again[2]["transactionId"]
    assert [(number, 1.0, "metered", True)] == yard.sessions()
    assert "not opened again" in yard.findings()


@pytest.mark.parametrize("unknown", [-1, 0])
async def test_a_stop_with_a_number_for_unknown_ends_the_session_of_its_token(
    yard: Yard, unknown: int
) -> None:
    """Quirk tx-stop-minus1-offline; OCPP.md rows 10 and 11."""
    number = await yard.starts(meterStart=100)
    other = await yard.starts(connectorId=2, idTag="DEADBEEF", meterStart=20)
    (answer,) = await yard.says(stop("1", unknown, idTag="DEADBEEF", meterStop=1020))

    assert [3, "1"] == answer[:2]
    assert [(number, 0.0, "metered", False), (other, 1.0, "repaired", True)] == yard.sessions()
    assert [(False,), (True,)] == yard.rows(MINE.format("end_inferred"))


async def test_a_stop_of_nothing_is_answered_and_kept_as_nobodys(yard: Yard) -> None:
    """Quirk tx-stop-unknown; OCPP.md row 13: no token is asked for."""
    (answer,) = await yard.says(stop("1", 987654, meterStop=1000))

    assert [3, "1", {}] == answer
    assert [] == yard.sessions()
    assert "the stop belongs to none" in yard.findings()
    assert "this charger never had transaction 987654" in yard.findings()


async def test_a_stop_without_a_token_ends_its_session(yard: Yard) -> None:
    """OCPP.md row 13."""
    number = await yard.starts(meterStart=100)
    await yard.says(stop("1", number))

    assert [(number, 1.0, "metered", True)] == yard.sessions()


async def test_fields_of_its_own_cost_a_charger_no_stop(yard: Yard) -> None:
    """Quirk tx-stop-extra-fields; OCPP.md row 57."""
    number = await yard.starts(meterStart=0)
    value = {
        "value": "1.6250000000000002",
        "context": "Sample.Periodic",
        "measurand": "Energy.Active.Import.Register",
        "unit": "kWh",
    }
    (answer,) = await yard.says(
        stop(
            "1",
            number,
            connectorId=1,
            idTag="A",
            meterStop=1625,
            disconnectReason="EVDisconnected",
            transactionData=[{"sampledValue": [value], "timestamp": "2026-03-01T10:00:00.427Z"}],
        )
    )

    assert [3, "1", "Accepted"] == [*answer[:2], answer[2]["idTagInfo"]["status"]]
    assert [(number, 1.625, "metered", True)] == yard.sessions()
    assert "disconnectReason" in yard.findings()


async def test_a_start_that_nobody_asked_about_gets_a_transaction(yard: Yard) -> None:
    """Quirk start-without-authorize: the token is judged, the energy may flow all the same."""
    (answer,) = await yard.says(start("1", idTag="NEVERSEEN", meterStart=0))

    assert "Invalid" == answer[2]["idTagInfo"]["status"]
    assert [(answer[2]["transactionId"], 0.0, "metered", False)] == yard.sessions()


async def test_a_stop_that_is_sent_again_adds_no_row(yard: Yard) -> None:
    """OCPP.md row 3: also not under another message id, as after a lost answer."""
    number = await yard.starts(meterStart=100)
    value = {"value": "1100", "unit": "Wh"}
    data = [{"timestamp": "2026-03-01T10:00:00Z", "sampledValue": [value]}]
    await yard.says(stop("8", number, transactionData=data))
    rows = [yard.samples(), yard.sessions(), yard.rows(MINE.format("findings"))]
    await yard.says(
        stop("8", number, transactionData=data), stop("9", number, transactionData=data)
    )

    assert [(number, 1.0, "metered", True)] == yard.sessions()
    assert rows == [yard.samples(), yard.sessions(), yard.rows(MINE.format("findings"))]


async def test_readings_that_are_sent_again_are_stored_once(yard: Yard) -> None:
    """OCPP.md row 16: whatever their message is called, before and after a reconnect."""
    value = {"value": "1100", "unit": "Wh", "measurand": "Energy.Active.Import.Register"}
    entry = {"timestamp": "2026-03-01T10:00:00Z", "sampledValue": [value, value | {"phase": "L1"}]}
    payload = {"connectorId": 1, "meterValue": [entry]}
    await yard.says([2, "1", "MeterValues", payload])
    stored = yard.samples()
    await yard.says(*[[2, str(number), "MeterValues", payload] for number in range(1, 4)])

    assert 2 == len(stored)
    assert stored == yard.samples()


async def test_numbers_of_transactions_go_on_after_a_restart(depot: Depot) -> None:
    """OCPP.md row 4: durable, rising, one for the whole fleet, and within 32 bits."""
    async with serving(depot) as one, serving(depot) as other:
        first = await one.starts()
        other.rig.live.remember(one.rig.live.transactions[TransactionId(first)])
        second = await other.starts()
    await depot.reopen()
    async with serving(depot) as yard:
        third = await yard.starts()

    assert first < second < third < 2**31


async def test_a_restart_in_mid_session_changes_no_total(depot: Depot) -> None:
    """OCPP.md row 17."""

    def metered(number: str, minute: int, register: int) -> list[Any]:
        sampled = [{"value": str(register)}]
        entry = {"timestamp": f"2026-03-01T09:{minute}:00Z", "sampledValue": sampled}
        return [2, number, "MeterValues", {"connectorId": 1, "meterValue": [entry]}]

    async with serving(depot) as yard:
        number = await yard.starts(meterStart=1000)
        await yard.says(metered("1", 20, 1600))
        before = yard.connector().session
        assert before is not None
        energy_wh = before.energy_wh
    await depot.reopen()
    async with serving(depot, yard.name) as again:
        session = again.connector().session
        assert session is not None
        assert 600.0 == energy_wh == session.energy_wh
        await again.says(metered("2", 40, 2200), stop("3", number, meterStop=2500))

        assert [(number, 1.5, "metered", True)] == again.sessions()


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b'[2,"1","StartTransaction",{%s,"vendor":"M\xfcller"}]', id="Latin-1"),
        pytest.param(b'[2,"1","StartTransaction",{%s,"vendor":"\\ud83d"}]', id="half a character"),
        pytest.param(b'\xef\xbb\xbf[2,"1","StartTransaction",{%s}]', id="byte order mark"),
        pytest.param(b'[2,"1","StartTransaction",{%s}]\0', id="end of a C string"),
    ],
)
async def test_characters_out_of_order_cost_no_transaction(yard: Yard, frame: bytes) -> None:
    """OCPP.md row 56: nor the link; what can be sent again is refused for them."""
    fields = b'"connectorId":1,"idTag":"A","meterStart":7,"timestamp":"2026-03-01T09:00:00Z"'
    charger = await yard.charger()
    await charger.send(frame % fields)
    answer = await charger.receive()
    await charger.send(b'[2,"2","Heartbeat",{"odd":"\xff"}]')
    refused = await charger.receive()

    assert [3, "1", "Accepted"] == [*answer[:2], answer[2]["idTagInfo"]["status"]]
    assert [4, "2", "FormationViolation"] == refused[:3]
    assert [(answer[2]["transactionId"], 0.0, "metered", False)] == yard.sessions()
    assert ": repaired" in yard.findings()
    assert await charger.is_alive()


# OCPP 2.0.1 --------------------------------------------------------------------------------------


def event(kind: str, sequence: int, evse: dict[str, int], **more: Any) -> list[Any]:
    payload = {
        "eventType": kind,
        "timestamp": "2026-03-01T10:00:00Z",
        "triggerReason": "ChargingStateChanged",
        "seqNo": sequence,
        "transactionInfo": {"transactionId": "t1", "chargingState": "Charging"},
        "evse": evse,
    }
    return [2, f"e{sequence}", "TransactionEvent", payload | more]


async def test_an_event_without_a_connector_stays_with_its_evse(yard: Yard) -> None:
    """Quirk v2-te-no-connector: it does not land on EVSE 1."""
    charger = await yard.charger("ocpp2.0.1")
    await yard.says(event("Updated", 4, {"id": 2}), by=charger)

    assert [(2,)] == yard.rows(MINE.format("connector_id"))
    assert yard.connector(1).session is None
    assert yard.connector(2).session is not None


async def test_evse_and_token_may_be_told_once_more_at_the_end(yard: Yard) -> None:
    """Quirk v2-te-evse-repeated."""
    charger = await yard.charger("ocpp2.0.1")
    token = {"idToken": "A", "type": "ISO14443"}
    evse = {"id": 1, "connectorId": 1}
    ended = {"transactionId": "t1", "stoppedReason": "Remote"}
    _, answer = await yard.says(
        event("Started", 0, evse, idToken=token),
        event("Ended", 1, evse, idToken=token, triggerReason="RemoteStop", transactionInfo=ended),
        by=charger,
    )

    assert [3, "e1"] == answer[:2]
    assert [(1, "A", "Remote")] == yard.rows(MINE.format("connector_id, id_token, stop_reason"))


async def test_a_state_of_evse_0_makes_no_evse(yard: Yard) -> None:
    """Quirk v2-status-0-0."""
    charger = await yard.charger("ocpp2.0.1")
    state = {"connectorStatus": "Available", "evseId": 0, "connectorId": 0}
    answer = await yard.result(
        "StatusNotification", state | {"timestamp": "2026-03-01T10:00:00Z"}, by=charger
    )

    assert {} == answer
    assert {1, 2} == set(yard.live.charge_points[yard.connector().connector.ref.charge_point_id]
                         .connectors)  # fmt: skip
    assert 2 == yard.rows("SELECT count(*) FROM connector WHERE {mine}")[0][0]

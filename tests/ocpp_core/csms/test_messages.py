"""What chargers get for what they send, frame by frame over a real WebSocket."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from ocpp_core.domain.errors import StoreFullError
from ocpp_core.domain.events import BootStatus, ConnectorStatus, SessionStopped
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, TransactionId
from ocpp_core.domain.messages import Direction, Outcome
from tests.ocpp_core.csms.rig import (
    START,
    MakeRig,
    Rig,
    eventually,
    start_payload,
    stop_payload,
)

CP1 = ChargePointId("CP1")
BOOT = {"chargePointVendor": "Acme", "chargePointModel": "One"}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"}
SAMPLE = {"value": "16.0", "measurand": "Current.Import", "phase": "L1", "unit": "A"}


def metered(**changes: object) -> dict[str, object]:
    return {
        "connectorId": 1,
        "meterValue": [{"timestamp": "2026-03-01T10:00:00Z", "sampledValue": [SAMPLE]}],
    } | changes


# What is answered --------------------------------------------------------------------------------


async def test_a_known_charger_is_accepted_and_told_time_and_interval(make_rig: MakeRig) -> None:
    rig = await make_rig(heartbeat_interval_s=120)
    charger = await rig.charger()

    answer = await charger.result("BootNotification", BOOT)

    assert {
        "status": "Accepted",
        "currentTime": "2026-03-01T10:00:00.000Z",
        "interval": 120,
    } == answer
    assert BootStatus.ACCEPTED is rig.live.charge_points[CP1].boot_status


async def test_a_heartbeat_tells_the_time_of_the_clock(rig: Rig) -> None:
    charger = await rig.charger()
    rig.clock.advance(3600)

    assert {"currentTime": "2026-03-01T11:00:00.000Z"} == await charger.result("Heartbeat", {})


async def test_a_status_is_live_once_answered(rig: Rig) -> None:
    charger = await rig.charger()

    assert {} == await charger.result("StatusNotification", STATUS)
    connector = rig.live.connector(ConnectorRef(CP1, ConnectorId(1)))
    assert connector is not None
    assert ConnectorStatus.PREPARING is connector.status


@pytest.mark.parametrize(
    ("token", "status"),
    [("GOOD", "Accepted"), ("good", "Accepted"), ("BAD", "Blocked"), ("?", "Invalid")],
)
async def test_authorize_answers_what_the_token_book_says(
    rig: Rig, token: str, status: str
) -> None:
    charger = await rig.charger()

    answer = await charger.result("Authorize", {"idTag": token})

    assert {"idTagInfo": {"status": status}} == answer


async def test_vendor_data_is_refused_politely(rig: Rig) -> None:
    charger = await rig.charger()

    assert {"status": "UnknownVendorId"} == await charger.result(
        "DataTransfer", {"vendorId": "acme", "data": "x"}
    )


@pytest.mark.parametrize("action", ["FirmwareStatusNotification", "DiagnosticsStatusNotification"])
async def test_transfer_progress_is_stored(rig: Rig, action: str) -> None:
    charger = await rig.charger()

    assert {} == await charger.result(action, {"status": "Idle"})
    assert Outcome.ANSWERED is rig.ledger.messages[-1].outcome


async def test_a_session_runs_from_start_to_stop(rig: Rig) -> None:
    charger = await rig.charger()

    transaction_id = await charger.start()
    assert {} == await charger.result("MeterValues", metered(transactionId=transaction_id))
    (opened,) = rig.live.open_sessions()
    answer = await charger.result("StopTransaction", stop_payload(transaction_id))

    assert {"idTagInfo": {"status": "Accepted"}} == answer
    assert transaction_id == opened.transaction_id
    assert () == rig.live.open_sessions()
    assert {opened.session_id} == {m.session_id for m in rig.ledger.messages}


async def test_every_message_is_stored_with_frame_answer_and_meaning(rig: Rig) -> None:
    charger = await rig.charger()
    await charger.call("StatusNotification", STATUS, "m-1")

    (message,) = rig.ledger.messages
    assert (START, CP1, Direction.FROM_CHARGER) == (
        message.at,
        message.charge_point_id,
        message.direction,
    )
    assert [2, "m-1", "StatusNotification", STATUS] == json.loads(message.frame)
    assert '[3,"m-1",{}]' == message.answer
    assert message.event is not None
    assert "ocpp1.6" == message.ocpp_version


# Transactions: never without an answer, never twice ----------------------------------------------


async def test_a_start_gets_an_id_also_with_a_token_that_may_not_charge(rig: Rig) -> None:
    charger = await rig.charger()

    answer = await charger.result("StartTransaction", start_payload(idTag="STRANGER"))

    assert answer["transactionId"] > 0
    assert "Invalid" == answer["idTagInfo"]["status"]


async def test_the_same_start_under_a_new_message_id_gets_the_same_transaction(rig: Rig) -> None:
    charger = await rig.charger()
    first = await charger.start()
    again = await charger.start()

    assert first == again
    assert 1 == len(rig.live.open_sessions())
    assert rig.ledger.messages[-1].findings


async def test_a_replayed_start_of_an_ended_transaction_is_answered_and_not_reopened(
    rig: Rig,
) -> None:
    charger = await rig.charger()
    transaction_id = await charger.start()
    await charger.result("StopTransaction", stop_payload(transaction_id))

    assert transaction_id == await charger.start()
    assert () == rig.live.open_sessions()


async def test_transaction_ids_differ_between_chargers(rig: Rig) -> None:
    one, two = await rig.charger("CP1"), await rig.charger("CP2")

    assert await one.start() != await two.start()


@pytest.mark.parametrize("foreign", [-1, 0, 987_654])
async def test_a_stop_with_a_foreign_id_ends_the_open_session_of_its_token(
    rig: Rig, foreign: int
) -> None:
    charger = await rig.charger()
    transaction_id = await charger.start()
    await charger.start(connectorId=2, idTag="OTHER")

    assert {"idTagInfo": {"status": "Accepted"}} == await charger.result(
        "StopTransaction", stop_payload(foreign)
    )
    (left,) = rig.live.open_sessions()
    assert 2 == left.ref.connector_id
    stored = rig.ledger.messages[-1]
    assert isinstance(stored.event, SessionStopped)
    assert transaction_id == stored.event.transaction_id
    assert "not known here" in stored.findings[0]


async def test_a_stop_without_token_and_with_minus_one_ends_the_only_open_session(rig: Rig) -> None:
    charger = await rig.charger()
    await charger.start()
    payload = stop_payload(-1)
    del payload["idTag"]

    assert {} == await charger.result("StopTransaction", payload)
    assert () == rig.live.open_sessions()


async def test_a_stop_of_nothing_is_answered_and_belongs_to_none(rig: Rig) -> None:
    charger = await rig.charger()

    await charger.result("StopTransaction", stop_payload(987_654))

    assert rig.ledger.messages[-1].session_id is None
    assert "belongs to none" in rig.ledger.messages[-1].findings[0]


async def test_a_stop_with_another_chargers_transaction_ends_nothing(rig: Rig) -> None:
    one, two = await rig.charger("CP1"), await rig.charger("CP2")
    transaction_id = await one.start()

    await two.result("StopTransaction", stop_payload(transaction_id))

    assert [transaction_id] == [s.transaction_id for s in rig.live.open_sessions()]


async def test_the_first_stop_counts_and_a_second_is_answered(rig: Rig) -> None:
    charger = await rig.charger()
    transaction_id = await charger.start()
    await charger.result("StopTransaction", stop_payload(transaction_id))
    await charger.result("StopTransaction", stop_payload(transaction_id, meterStop=9999))

    assert "first stop counts" in rig.ledger.messages[-1].findings[0]


async def test_meter_values_without_transaction_join_the_open_session(rig: Rig) -> None:
    charger = await rig.charger()
    await charger.start()
    (opened,) = rig.live.open_sessions()
    await charger.result("MeterValues", metered())

    assert opened.session_id == rig.ledger.messages[-1].session_id


async def test_meter_values_of_an_unknown_transaction_are_taken(rig: Rig) -> None:
    charger = await rig.charger()

    assert {} == await charger.result("MeterValues", metered(transactionId=1_662_160_391))
    assert "1662160391 is not known" in rig.ledger.messages[-1].findings[0]


# Repeats -----------------------------------------------------------------------------------------


async def test_a_repeated_message_gets_the_same_answer_and_no_new_row(rig: Rig) -> None:
    charger = await rig.charger()
    first = await charger.call("StartTransaction", start_payload(), "same")
    again = await charger.call("StartTransaction", start_payload(), "same")

    assert first == again
    assert 1 == len(rig.ledger.messages)
    assert 1 == rig.count("messages_repeated")


async def test_a_repeat_on_a_new_connection_is_known(rig: Rig) -> None:
    charger = await rig.charger()
    first = await charger.call("StartTransaction", start_payload(), "same")
    await charger.socket.close()
    again = await (await rig.charger()).call("StartTransaction", start_payload(), "same")

    assert first == again
    assert 1 == len(rig.ledger.messages)


async def test_a_repeated_message_that_holds_a_secret_is_known_by_what_came(rig: Rig) -> None:
    """What is kept of it is masked; another secret under the same id is another message."""

    def told(secret: str) -> dict[str, str]:
        return {"vendorId": "V", "data": json.dumps({"password": secret})}

    charger = await rig.charger()
    first = await charger.call("DataTransfer", told("of long ago"), "same")
    again = await charger.call("DataTransfer", told("of long ago"), "same")

    assert first == again
    assert 1 == rig.count("messages_repeated")
    (kept,) = rig.ledger.messages
    assert "of long ago" not in kept.frame
    await charger.call("DataTransfer", told("of today"), "same")
    assert 2 == len(rig.ledger.messages)


async def test_a_message_id_used_again_for_something_else_is_a_new_message(rig: Rig) -> None:
    """Some chargers number every message alike."""
    charger = await rig.charger()
    for status in ("Preparing", "Charging", "Preparing"):
        await charger.call("StatusNotification", STATUS | {"status": status}, "1")

    connector = rig.live.connector(ConnectorRef(CP1, ConnectorId(1)))
    assert connector is not None
    assert ConnectorStatus.PREPARING is connector.status
    assert 3 == len(rig.ledger.messages)


async def test_answers_that_tell_the_time_are_made_anew(rig: Rig) -> None:
    charger = await rig.charger()
    await charger.call("BootNotification", BOOT, "1000001")
    rig.clock.advance(10)
    again = await charger.call("BootNotification", BOOT, "1000001")

    assert "2026-03-01T10:00:10.000Z" == again[2]["currentTime"]


# Before the boot ---------------------------------------------------------------------------------


async def test_a_known_charger_may_speak_without_a_boot(rig: Rig) -> None:
    """A reconnect sends none (1.6-J section 5.3)."""
    charger = await rig.charger()

    assert await charger.is_alive()


async def test_a_self_registered_charger_stays_pending_and_may_only_boot(make_rig: MakeRig) -> None:
    rig = await make_rig(allow_self_registration=True, pending_interval_s=30)
    charger = await rig.charger("NEW")

    refused = await charger.call("Heartbeat", {})
    boot = await charger.result("BootNotification", BOOT)

    assert [4, "SecurityError"] == [refused[0], refused[2]]
    assert ("Pending", 30) == (boot["status"], boot["interval"])
    assert "SecurityError" == (await charger.call("Heartbeat", {}))[2]
    assert BootStatus.PENDING is rig.live.charge_points[ChargePointId("NEW")].boot_status


# Durability --------------------------------------------------------------------------------------


async def test_nothing_is_answered_or_applied_before_the_commit(rig: Rig) -> None:
    charger = await rig.charger()
    rig.ledger.held = True
    await charger.send([2, "m1", "StartTransaction", start_payload()])
    await eventually(lambda: bool(rig.ledger.waiting))
    assert () == rig.live.open_sessions()
    assert [] == rig.listener.messages

    rig.ledger.release()

    assert [3, "m1"] == (await charger.receive())[:2]
    assert 1 == len(rig.live.open_sessions())


async def test_a_failed_commit_is_an_internal_error_and_nothing_is_applied(rig: Rig) -> None:
    charger = await rig.charger()
    rig.ledger.failure = StoreFullError("no space left on device /secret/path")

    answer = await charger.call("StartTransaction", start_payload(), "m1")

    assert [4, "m1", "InternalError"] == answer[:3]
    assert "secret" not in json.dumps(answer)
    assert () == rig.live.open_sessions()
    assert [] == rig.listener.messages
    assert 1 == rig.count("store_failures")


async def test_a_message_that_was_not_stored_is_taken_at_the_next_try(rig: Rig) -> None:
    charger = await rig.charger()
    rig.ledger.failure = StoreFullError("full")
    await charger.call("StartTransaction", start_payload(), "m1")
    rig.ledger.failure = None

    answer = await charger.call("StartTransaction", start_payload(), "m1")

    assert 3 == answer[0]
    assert [answer[2]["transactionId"]] == [s.transaction_id for s in rig.live.open_sessions()]


async def test_messages_of_one_charger_are_stored_in_their_order(rig: Rig) -> None:
    charger = await rig.charger()
    rig.ledger.held = True
    for number in range(20):
        await charger.send([2, f"m{number}", "Heartbeat", {}])
    await eventually(lambda: bool(rig.ledger.waiting))
    assert 1 == len(rig.ledger.waiting)
    rig.ledger.release()

    assert [f"m{n}" for n in range(20)] == [(await charger.receive())[1] for _ in range(20)]


async def test_a_listener_that_fails_costs_no_answer(rig: Rig) -> None:
    charger = await rig.charger()

    def fail(message: object) -> None:
        raise RuntimeError("listener")

    rig.listener.on_commit = fail

    assert await charger.is_alive()
    assert 1 == rig.count("internal_errors")


async def test_a_slow_commit_of_one_charger_delays_only_that_one(rig: Rig) -> None:
    slow, quick = await rig.charger("CP1"), await rig.charger("CP2")
    rig.ledger.held = True
    await slow.send([2, "slow", "Heartbeat", {}])
    await eventually(lambda: bool(rig.ledger.waiting))
    rig.ledger.held = False
    held = rig.ledger.waiting
    rig.ledger._waiting, kept = [], rig.ledger._waiting

    assert await quick.is_alive()
    assert [m.message_id for m in held] == ["slow"]
    rig.ledger._waiting = kept
    rig.ledger.release()
    assert "slow" == (await slow.receive())[1]


async def test_a_start_far_in_the_past_is_processed_like_live_data(rig: Rig) -> None:
    charger = await rig.charger()
    await charger.start(timestamp=(START - timedelta(days=3)).isoformat())

    (opened,) = rig.live.open_sessions()
    assert START - timedelta(days=3) == opened.started_at
    assert TransactionId(1) == opened.transaction_id

"""Rules of replaying captured frames without a server."""

import json
from typing import Any

from ampherd.replay.captured import Captured, captured
from ampherd.replay.understand import Fate, Replay, Understood


def replayed(*lines: Any, subprotocol: str = "ocpp1.6") -> list[Understood]:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    replay = Replay()
    return [
        replay.take(one)
        for one in captured(texts, subprotocol=subprotocol)
        if isinstance(one, Captured)
    ]


def export(frame: Any, answer: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "charge_point": "CP-1", "direction": "from-charger", "ocpp_version": "ocpp1.6",
        "frame": frame, "answer": answer, **more,
    }  # fmt: skip


START = {"connectorId": 1, "idTag": "A", "meterStart": 5, "timestamp": "2026-03-01T10:00:00Z"}
STOP = {"transactionId": 77, "meterStop": 900, "timestamp": "2026-03-01T11:00:00Z"}


def test_a_frame_is_told_with_its_meaning_its_answer_and_what_was_odd() -> None:
    (one,) = replayed([
        2, "m1", "MeterValues",
        {"connectorId": 1, "meterValue": [{
            "timestamp": "2026-03-01T10:00:00Z",
            "sampledValue": [{"value": "54", "measurand": "SoC", "unit": "V"}],
        }]},
    ])  # fmt: skip

    assert (Fate.ANSWERED, "MeterValues", '[3,"m1",{}]') == (one.fate, one.action, one.answer)
    assert "SoC 54 Percent?" in one.event
    assert ("unit 'V' does not belong to SoC",) == one.findings


def test_what_is_refused_says_with_which_code_and_why() -> None:
    (one,) = replayed([2, "m1", "MeterValues", {"connectorId": "x", "meterValue": []}])

    assert Fate.REFUSED == one.fate
    assert one.findings[0].startswith("TypeConstraintViolation: ")
    assert "TypeConstraintViolation" == json.loads(one.answer)[2]


def test_a_stop_finds_its_transaction_under_its_number_of_then() -> None:
    start, stop = replayed(
        export([2, "m1", "StartTransaction", START], [3, "m1", {
            "transactionId": 77, "idTagInfo": {"status": "Accepted"}}]),
        export([2, "m2", "StopTransaction", STOP], [3, "m2", {}]),
    )  # fmt: skip

    assert "transactionId" in start.answer
    assert () == stop.findings
    assert "meter_stop_wh=900" in stop.event


def test_a_frame_that_was_answered_and_is_refused_got_worse() -> None:
    bad = [2, "m1", "NoSuchAction", {}]
    was_answered, was_refused, unknown = replayed(
        export(bad, [3, "m1", {}]),
        export(bad, [4, "m1", "NotImplemented", "", {}]),
        export(bad),
    )

    assert [True, False, False] == [o.got_worse for o in (was_answered, was_refused, unknown)]


def test_a_frame_that_is_none_is_answered_where_its_version_says_so() -> None:
    (in_16,) = replayed("[,{")
    (in_2,) = replayed("[,{", subprotocol="ocpp2.0.1")

    assert (Fate.UNREADABLE, "") == (in_16.fate, in_16.answer)
    assert (Fate.REFUSED, "-1") == (in_2.fate, json.loads(in_2.answer)[1])


def test_orders_and_their_answers_are_not_replayed() -> None:
    order, answer = replayed(
        export([2, "o1", "Reset", {"type": "Soft"}], direction="to-charger"),
        [3, "o1", {"status": "Accepted"}],
    )

    assert [Fate.NOT_REPLAYED] * 2 == [order.fate, answer.fate]
    assert "Reset" == order.action


def test_a_transaction_of_ocpp_2_is_followed_by_its_own_name() -> None:
    def event(kind: str, number: int, **more: Any) -> list[Any]:
        return [2, f"m{number}", "TransactionEvent", {
            "eventType": kind, "timestamp": "2026-03-01T10:00:00Z", "triggerReason": "Authorized",
            "seqNo": number, "transactionInfo": {"transactionId": "tx-a"}, **more,
        }]  # fmt: skip

    started, ended = replayed(
        event("Started", 0, evse={"id": 1}, idToken={"idToken": "A", "type": "Central"}),
        event("Ended", 1),
        subprotocol="ocpp2.0.1",
    )

    assert [Fate.ANSWERED] * 2 == [started.fate, ended.fate]
    assert started.event.startswith("SessionStarted(")
    assert () == ended.findings

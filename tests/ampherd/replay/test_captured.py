"""Rules of reading captured frames: every shape of line that people have."""

import json
from datetime import UTC, datetime

from ampherd.replay.captured import Captured, Skipped, captured
from ocpp_core.domain.messages import Direction

BEAT = [2, "m1", "Heartbeat", {}]


def read(*lines: object) -> list[Captured | Skipped]:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return list(captured(texts, subprotocol="ocpp1.6"))


def test_an_export_line_says_who_when_and_what_was_answered() -> None:
    (one,) = read({
        "at": "2026-03-01T10:00:00+00:00",
        "charge_point": "CP-1",
        "direction": "from-charger",
        "ocpp_version": "ocpp2.0.1",
        "frame": json.dumps(BEAT),
        "answer": '[3,"m1",{"currentTime":"2026-03-01T10:00:00Z"}]',
    })  # fmt: skip

    assert (
        Captured(
            line=1,
            at=datetime(2026, 3, 1, 10, tzinfo=UTC),
            charge_point_id="CP-1",  # type: ignore[arg-type]
            direction=Direction.FROM_CHARGER,
            subprotocol="ocpp2.0.1",
            frame=json.dumps(BEAT),
            answer='[3,"m1",{"currentTime":"2026-03-01T10:00:00Z"}]',
        )
        == one
    )


def test_a_line_may_hold_one_frame_or_several_with_a_short_version() -> None:
    one, *two = read(
        {"version": "2.1", "direction": "cp->cs", "frame": BEAT, "quirk": "odd"},
        {"version": "1.6", "direction": "cs->cp", "frame": [BEAT, [2, "m2", "Heartbeat", {}]]},
    )

    assert isinstance(one, Captured)
    assert ("ocpp2.1", "odd") == (one.subprotocol, one.note)
    assert [(2, Direction.TO_CHARGER)] * 2 == [
        (c.line, c.direction) for c in two if isinstance(c, Captured)
    ]


def test_a_journal_line_becomes_a_frame_with_its_answer() -> None:
    (one,) = read({
        "at": "2026-03-01T10:00:00Z", "charge_point_id": "SIM-001", "message_id": "m1",
        "action": "Heartbeat", "payload": {}, "answer": {"currentTime": "x"},
    })  # fmt: skip

    assert isinstance(one, Captured)
    assert BEAT == json.loads(one.frame)
    assert [3, "m1", {"currentTime": "x"}] == json.loads(one.answer or "")


def test_a_plain_line_is_a_frame_whatever_is_wrong_with_it() -> None:
    lines = read(BEAT, "", "[,{", '[2,"m1","Heartb')

    assert [1, 3, 4] == [one.line for one in lines]
    assert ["[,{", '[2,"m1","Heartb'] == [c.frame for c in lines[1:] if isinstance(c, Captured)]


def test_what_is_no_frame_is_skipped_with_the_reason() -> None:
    lines = read(
        {"direction": "handshake", "frame": {"path": "/"}},
        {"version": "1.5", "frame": BEAT},
        {"at": "2026-03-01T10:00:00Z"},
    )

    assert [
        Skipped(line=1, reason="handshake: no frame of a conversation"),
        Skipped(line=2, reason="OCPP version '1.5' is not spoken"),
        Skipped(line=3, reason="there is no frame in it"),
    ] == lines

"""What the slow path leaves out, and what it cannot."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ocpp_core.protocol.faults import Fault, Refusal
from ocpp_core.protocol.mending import MAX_FINDINGS
from ocpp_core.protocol.tolerant import MAX_DEPTH, MAX_ITEMS, Mended, Tolerance

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NUMBER = {"type": "number"}
POINT = {"type": "object", "properties": {"x": NUMBER, "y": NUMBER}, "required": ["x"]}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "at": POINT,
        "path": {"type": "array", "items": POINT, "minItems": 1},
    },
    "required": ["id", "name"],
}
KEEPS = Tolerance(SCHEMA, keeps=True)


@pytest.mark.parametrize(
    ("payload", "left", "told"),
    [
        ({"at": {"x": 1}}, {"at": {"x": 1}}, 0),
        ({"at": {"x": 1, "y": []}}, {"at": {"x": 1}}, 1),
        ({"at": {"y": 1}}, {}, 1),
        ({"at": {"y": []}}, {}, 2),
        ({"at": {"x": [], "y": []}}, {}, 2),
        ({"path": [{"x": []}, {"x": 1}, 7, {"x": 2, "y": []}]}, {"path": [{"x": 1}, {"x": 2}]}, 3),
        ({"path": [{"y": 1}]}, {"path": []}, 1),
        ({"path": 7}, {}, 1),
    ],
)
def test_the_innermost_part_that_can_be_done_without_goes(
    payload: dict[str, Any], left: dict[str, Any], told: int
) -> None:
    required = {"id": 1, "name": "a"}
    mended = KEEPS.read(required | payload, NOW)

    assert isinstance(mended, Mended)
    assert required | left == mended.payload
    assert told == len(mended.findings)
    assert all(finding.startswith("left out: ") for finding in mended.findings)


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        ({"id": 1}, Fault.OCCURRENCE),
        ({"id": [], "name": "a"}, Fault.TYPE),
        ({"id": 1, "at": 7}, Fault.OCCURRENCE),
    ],
)
def test_what_is_required_cannot_be_left_out(payload: dict[str, Any], fault: Fault) -> None:
    refusal = KEEPS.read(payload, NOW)

    assert isinstance(refusal, Refusal)
    assert fault == refusal.fault


def test_nothing_is_left_out_of_messages_that_can_be_sent_again() -> None:
    assert isinstance(Tolerance(SCHEMA).read({"id": 1, "name": "a", "at": 7}, NOW), Refusal)


def test_a_field_that_is_dispensable_may_be_missing() -> None:
    lenient = Tolerance(SCHEMA, dispensable=frozenset({"name", "id"}))

    assert Mended(payload={}, findings=()) == lenient.read({}, NOW)


@pytest.mark.parametrize("depth", [MAX_DEPTH, 300, 900])
def test_what_is_nested_too_deeply_costs_no_more_than_its_field(depth: int) -> None:
    deep: Any = 1
    for _ in range(depth):
        deep = {"x": [deep]}

    mended = KEEPS.read({"id": 1, "name": "a", "at": deep}, NOW)

    assert isinstance(mended, Mended)
    assert {"id": 1, "name": "a"} == mended.payload
    assert any("deep: what is below was ignored" in finding for finding in mended.findings)


def test_findings_of_one_kind_are_counted_beyond_a_bound() -> None:
    payload = {"id": 1, "name": "a", "path": [7] * 60} | {f"x{n}": n for n in range(30)}
    mended = KEEPS.read(payload, NOW)

    assert isinstance(mended, Mended)
    assert MAX_FINDINGS + 1 == len(mended.findings)
    assert "and 40 more" == mended.findings[-1]


def test_a_payload_of_countless_items_is_refused_before_it_is_judged() -> None:
    refusal = KEEPS.read({"id": 1, "name": "a", "path": [7] * (MAX_ITEMS + 1)}, NOW)

    assert isinstance(refusal, Refusal)
    assert Fault.OCCURRENCE == refusal.fault

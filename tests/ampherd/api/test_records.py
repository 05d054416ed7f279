"""What is on record, over the API: which question each route asks, and how rows look as JSON."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ampherd.api.frames import rows_of
from tests.ampherd.api.conftest import Client
from tests.ampherd.api.fake_service import NOON, EmptyReader, FakeService

MARCH = "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    ("path", "question", "options"),
    [
        ("/sessions", "sessions", {"limit": 1000}),
        ("/sessions?transaction_id=7", "sessions", {"transaction_id": 7}),
        ("/sessions/s1/events", "transaction_events", {}),
        ("/ghosts?silent_h=2", "ghosts", {"silent_h": 2.0}),
        ("/unit-doubts", "unit_doubts", {}),
        ("/charge-points/CP-1/profile-writes", "profile_writes", {"charge_point_id": "CP-1"}),
        ("/charge-points/CP-1/settings?name=X", "settings", {"name": "X"}),
        ("/charge-points/CP-1/drift?off=true", "setting_drift", {"off": True}),
        ("/charge-points/CP-1/profiles", "profiles_in_force", {"charge_point_id": "CP-1"}),
        ("/charge-points/CP-1/reservations", "reservations", {"charge_point_id": "CP-1"}),
        ("/charge-points/CP-1/certificates", "certificates", {"charge_point_id": "CP-1"}),
        ("/charge-points/CP-1/transfers", "transfers", {"charge_point_id": "CP-1"}),
        ("/charge-points/CP-1/security-events", "security_events", {"charge_point_id": "CP-1"}),
        ("/charge-points/CP-1/charging-limits", "charging_limits", {"charge_point_id": "CP-1"}),
        ("/messages?odd=true&before=9", "messages", {"odd": True, "before": 9, "limit": 500}),
    ],
)
async def test_a_route_asks_its_question(
    operator: Client, service: FakeService, path: str, question: str, options: dict[str, Any]
) -> None:
    answer = await operator.get(path)

    assert 200 == answer.status_code
    assert [] == answer.json()
    assert isinstance(service.reader, EmptyReader)
    [(asked, _, given)] = service.reader.asked
    assert question == asked
    assert options.items() <= given.items()


async def test_a_period_is_the_last_day_unless_it_is_given(
    viewer: Client, service: FakeService
) -> None:
    await viewer.get("/sessions")
    await viewer.get("/sessions", params={"start": MARCH, "end": "2026-03-02T00:00:00+01:00"})

    assert isinstance(service.reader, EmptyReader)
    (_, (default, _), _), (_, given, _) = service.reader.asked
    assert NOON - timedelta(days=1) == default
    assert (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC)) == given


async def test_a_time_without_a_zone_is_refused(viewer: Client) -> None:
    answer = await viewer.get("/sessions", params={"start": "2026-03-01T00:00:00"})

    assert 422 == answer.status_code


async def test_records_of_an_unknown_charger_are_not_found(viewer: Client) -> None:
    assert 404 == (await viewer.get("/charge-points/CP-9/settings")).status_code


class Pages:
    """A read side with five messages, two a page."""

    def messages(self, *_: object, after: int, **__: object) -> pd.DataFrame:
        rows = [{"seq": seq, "frame": f"[2,{seq}]"} for seq in range(1, 6) if seq > after]
        return pd.DataFrame(rows[:2])


async def test_an_export_has_every_message_on_a_line_of_its_own(
    operator: Client, service: FakeService
) -> None:
    service.reader = Pages()
    answer = await operator.get("/messages.jsonl")

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [1, 2, 3, 4, 5] == [line["seq"] for line in lines]


def test_rows_are_plain_values_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    frame = pd.DataFrame({
        "at": [pd.Timestamp("2026-03-01T01:00", tz=berlin), pd.NaT],
        "n": np.array([1, 2], dtype="int64"),
        "x": [1.5, np.nan],
        "s": ["a", None],
        "l": [["b"], []],
    })  # fmt: skip

    first, second = rows_of(frame)
    assert {"at": datetime(2026, 3, 1, tzinfo=UTC), "n": 1, "x": 1.5, "s": "a", "l": ["b"]} == first
    assert {"at": None, "n": 2, "x": None, "s": None, "l": []} == second
    assert int is type(first["n"])

"""Charging profiles are told in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from dashboards.schedules import in_words, purpose, steps
from tests.dashboards.fakes import NOW, ZONE

HOUR_AGO = NOW - timedelta(hours=1)


def words(periods: str, **changes: Any) -> str:
    row = {
        "kind": "Absolute", "rate_unit": "A", "periods": periods, "schedule_start": HOUR_AGO,
        "duration_s": None, "valid_from": None, "valid_to": None, "recurrency": None, **changes,
    }  # fmt: skip
    return in_words(pd.Series(row), NOW, ZONE)


@pytest.mark.parametrize(
    ("expected", "periods", "changes"),
    [
        ("16 A on each phase.", "0:16", {}),
        ("16 A on each phase until 15:32, then 6 A on each phase.", "0:16 7200:6", {}),
        # What is over is not told.
        ("6 A on each phase.", "0:16 1800:6", {}),
        ("16 A on each phase until 17:32, then it is over.", "0:16", {"duration_s": 14_400}),
        ("11.0 kW in all.", "0:11000", {"rate_unit": "W"}),
        ("no limit of its own until 15:32, then 0 A on each phase.", "0:- 7200:0", {}),
        (
            "from 15:32: 16 A on each phase.",
            "0:16",
            {"schedule_start": NOW + timedelta(hours=1)},
        ),
        (
            (
                "1 A on each phase until 15:32, then 2 A on each phase until 16:32, then 3 A on "
                "each phase until 17:32, then 4 A on each phase until 18:32, then 1 more step."
            ),
            "0:1 7200:2 10800:3 14400:4 18000:5",
            {},
        ),
        (
            (
                "16 A on each phase for the first 1 h 00 min, then 6 A on each phase, counted from "
                "when the session starts."
            ),
            "0:16 3600:6",
            {"kind": "Relative", "schedule_start": None},
        ),
        (
            (
                "32 A on each phase for the first 8 h 00 min, then 16 A on each phase up to 1 d "
                "0 h, then it is over; this repeats, counted from 13:32."
            ),
            "0:32 28800:16",
            {"kind": "Recurring", "duration_s": 86_400},
        ),
        (
            "16 A on each phase; this repeats every day, counted from 13:32.",
            "0:16",
            {"kind": "Recurring", "recurrency": "Daily"},
        ),
        (
            "16 A on each phase; this repeats every week, counted from 13:32.",
            "0:16",
            {"kind": "Recurring", "recurrency": "Weekly"},
        ),
        (
            "13.4 A on each phase at present; the value is renewed while it is in force.",
            "0:13.4",
            {"kind": "Dynamic"},
        ),
        (
            "16 A on each phase; valid until Thu 14:32.",
            "0:16",
            {"valid_to": NOW + timedelta(days=1)},
        ),
        ("Its schedule is not known.", "", {}),
    ],
)
def test_a_profile_is_told_by_what_it_allows_from_now_on(
    expected: str, periods: str, changes: dict[str, Any]
) -> None:
    assert expected == words(periods, **changes)


def test_steps_are_in_order_of_time() -> None:
    assert [(0, 16.0), (60, None)] == steps("60:- 0:16")


def test_a_purpose_of_another_name_keeps_it() -> None:
    assert ("for one session", "Other") == (purpose("TxProfile"), purpose("Other"))

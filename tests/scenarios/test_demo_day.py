"""One simulated day of the demonstration: real sockets, real database, recorded sessions."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import analytics
from ampherd.demo.recording import unmanaged_peak_w
from ampherd.demo.report import DemoResult
from ampherd.demo.run import Demo, DemoOptions

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


@dataclass(frozen=True)
class PlayedDay:
    """A day that was played, with what it left behind."""

    demo: Demo
    result: DemoResult
    lines: tuple[str, ...]
    frames: pd.DataFrame
    sessions: pd.DataFrame


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> PlayedDay:
    """Play 2019-09-18 as fast as this machine can."""
    folder = tmp_path_factory.mktemp("demo-day")
    lines: list[str] = []
    demo = Demo(
        DemoOptions(days=1, speed=20_000, headless=True, history_days=7, folder=folder),
        lines.append,
    )
    result = asyncio.run(demo.run(lambda _: None))
    with analytics.open(result.database) as reader:
        frames = reader.sql(
            "SELECT charge_point_id, action, frame, answer FROM ocpp_message "
            "WHERE direction = 'from-charger' ORDER BY seq"
        )
        sessions = reader.sql("SELECT * FROM session WHERE source = 'ocpp'")
    return PlayedDay(demo, result, tuple(lines), frames, sessions)


def test_every_recorded_session_is_stored_with_its_energy(day: PlayedDay) -> None:
    stored = {
        (row["charge_point_id"], row["started_at"]): row["energy_wh"]
        for row in day.sessions.to_dict("records")
    }

    assert day.result.sessions_recorded == day.result.sessions_stored == len(day.demo.visits)
    for visit in day.demo.visits:
        energy_wh = next(
            wh
            for (charge_point, started), wh in stored.items()
            if charge_point == visit.ref.charge_point_id
            and abs((started - visit.arrival).total_seconds()) < 60
        )
        assert energy_wh == pytest.approx(visit.energy_wh, rel=0.01), visit


def test_no_limit_of_any_circuit_is_passed(day: PlayedDay) -> None:
    # Simulated chargers apply an order at once: their reaction time is 0 s.
    assert day.result.seconds_above_limit == 0
    assert day.result.peak_w <= day.result.limit_w


def test_the_limit_binds(day: PlayedDay) -> None:
    assert day.result.peak_w > 0.9 * day.result.limit_w


def test_unmanaged_the_same_cars_would_pass_the_limit(day: PlayedDay) -> None:
    sessions = tuple(placed.session for placed in day.demo.placement.placed)

    unmanaged_w = unmanaged_peak_w(sessions, 32 * 208.0, day.demo.building)

    assert 0.6 < day.result.limit_w / unmanaged_w < 0.7


def test_feasible_energy_is_delivered(day: PlayedDay) -> None:
    assert day.result.energy_delivered_wh >= 0.99 * day.result.energy_feasible_wh


def test_managed_charging_costs_less_than_unmanaged(day: PlayedDay) -> None:
    managed = day.result.energy_cost + day.result.demand_charge
    unmanaged = day.result.energy_cost_unmanaged + day.result.demand_charge_unmanaged

    assert managed < unmanaged


def test_revenue_is_what_raw_frames_say_to_the_cent(day: PlayedDay) -> None:
    """Bill from nothing but frames: start register from the start, end register from the stop."""
    starts: dict[object, float] = {}
    total = Decimal(0)
    for row in day.frames.to_dict("records"):
        call = json.loads(row["frame"])[3]
        transaction: object = None
        stop_wh: float | None = None
        match row["action"], call.get("eventType"):
            case "StartTransaction", _:
                transaction = json.loads(row["answer"])[2]["transactionId"]
                starts[transaction] = call["meterStart"]
            case "TransactionEvent", "Started":
                starts[call["transactionInfo"]["transactionId"]] = register_wh(call)
            case "StopTransaction", _:
                transaction, stop_wh = call["transactionId"], call["meterStop"]
            case "TransactionEvent", "Ended":
                transaction = call["transactionInfo"]["transactionId"]
                stop_wh = register_wh(call)
            case _:
                pass
        if stop_wh is None:
            continue
        kwh = Decimal(str(stop_wh - starts.pop(transaction))) / 1000
        if kwh > 0:
            energy = (kwh * Decimal("0.30")).quantize(Decimal("0.01"), ROUND_HALF_UP)
            total += energy + Decimal("0.50")

    assert not starts
    assert Decimal(str(day.result.revenue)).quantize(Decimal("0.01")) == total


def register_wh(event: dict[str, Any]) -> float:
    """Return the register that a transaction event of OCPP 2 tells, Wh."""
    (sample,) = event["meterValue"][0]["sampledValue"]
    assert "Wh" == sample["unitOfMeasure"]["unit"]
    return float(sample["value"])


def test_chargers_of_two_versions_play_the_day(day: PlayedDay) -> None:
    assert {"StartTransaction", "TransactionEvent"} <= set(day.frames["action"])


def test_every_call_was_answered_and_is_stored_raw(day: PlayedDay) -> None:
    assert day.result.messages_answered == len(day.frames)
    assert day.frames["answer"].notna().all()
    assert all(json.loads(answer)[0] == 3 for answer in day.frames["answer"])


def test_the_day_ends_with_one_line_that_says_how_it_went(day: PlayedDay) -> None:
    ends = [line for line in day.lines if "2019-09-18" in line]

    assert len(ends) == 1
    for word in ("kWh asked", "feasible", "peak", "limit", "unmanaged"):
        assert word in ends[0]


def test_the_result_has_every_field_that_is_promised(day: PlayedDay) -> None:
    promised = {
        "sessions_recorded", "sessions_stored", "energy_asked_wh", "energy_feasible_wh",
        "energy_delivered_wh", "peak_w", "limit_w", "seconds_above_limit", "energy_cost",
        "energy_cost_unmanaged", "demand_charge", "demand_charge_unmanaged", "revenue", "currency",
        "messages_answered", "profiles_sent", "database",
    }  # fmt: skip

    assert promised <= set(day.result.to_json())
    assert Path(day.result.database).exists()
    assert day.result.profiles_sent > len(day.demo.visits)

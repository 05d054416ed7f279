"""Why was my car slow? The limit in force and its reason beside every quarter of an hour."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from ocpp_core.domain.commands import SetProfile
from ocpp_core.domain.ids import ConnectorId, TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from tests.analytics.builders import NOON
from tests.analytics.wire import WireDesk, metered, start, stop

MIN = timedelta(minutes=1)


def limited(
    purpose: ProfilePurpose, at: datetime, *periods: tuple[int, float], **fields: object
) -> SetProfile:
    own = purpose is ProfilePurpose.TX
    return SetProfile(
        connector_id=ConnectorId(1),
        profile=ChargingProfile(
            profile_id=1 if own else 2,
            purpose=purpose,
            kind=ProfileKind.ABSOLUTE,
            start=at,
            transaction_id=TransactionId(1) if own else None,
            periods=tuple(SchedulePeriod(start_s=s, limit=limit) for s, limit in periods),
            **fields,  # type: ignore[arg-type]
        ),
    )


async def _hour(desk: WireDesk, *orders: tuple[int, SetProfile, str]) -> pd.DataFrame:
    """A session from 12:00 to 13:00 with orders at minutes after its start."""
    for minute, order, answer in orders:
        if minute < 0:
            await desk.order(order, {"status": answer}, NOON + minute * MIN)
    await desk.take("StartTransaction", start(NOON, 0), NOON)
    for minute, order, answer in orders:
        if minute >= 0:
            await desk.order(order, {"status": answer}, NOON + minute * MIN)
    at = NOON + 30 * MIN
    await desk.take("MeterValues", metered(at, 2000, 1), at)
    await desk.take("StopTransaction", stop(NOON + 60 * MIN, 1, 4000), NOON + 60 * MIN)
    await desk.settled()
    with desk.ask() as reader:
        session_id = reader.sessions(NOON - MIN, NOON + 90 * MIN)["session_id"].iloc[0]
        return reader.session_limits(session_id)


def hour(path: Path, *orders: tuple[int, SetProfile, str]) -> pd.DataFrame:
    async def run() -> pd.DataFrame:
        desk = WireDesk(path)
        try:
            return await _hour(desk, *orders)
        finally:
            await desk.store.close()

    return asyncio.run(run())


TX, DEFAULT = ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT


def test_the_limit_of_a_slot_is_its_mean_over_time(path: Path) -> None:
    told = hour(
        path,
        (0, limited(TX, NOON, (0, 16.0)), "Accepted"),
        (20, limited(TX, NOON + 20 * MIN, (0, 10.0), (1800, 6.0)), "Accepted"),
    )

    # 12:15 to 12:20 at 16 A, then 10 A to 12:50, then 6 A.
    assert [16.0, 12.0, 10.0, pytest.approx(22 / 3)] == list(told["limit_a"])
    assert [900.0] * 4 == list(told["limited_s"])
    assert pytest.approx(16 * 230 * 3) == told["limit_w"].iloc[0]
    assert ["ordered"] * 4 == list(told["reason"])


def test_the_default_holds_before_an_order_and_after_it_has_ended(path: Path) -> None:
    told = hour(
        path,
        (-60, limited(DEFAULT, NOON - 60 * MIN, (0, 8.0)), "Accepted"),
        (15, limited(TX, NOON + 15 * MIN, (0, 32.0), duration_s=900), "Accepted"),
    )

    assert [8.0, 32.0, 8.0, 8.0] == list(told["limit_a"])
    assert ["default", "ordered", "default", "default"] == list(told["reason"])


def test_an_order_that_was_refused_limits_nothing(path: Path) -> None:
    told = hour(path, (0, limited(TX, NOON, (0, 6.0)), "Rejected"))

    assert told["limit_a"].isna().all()
    assert [0.0] * 4 == list(told["limited_s"])
    assert [4000.0] * 4 == [round(value) for value in told["mean_w"]]


def test_a_limit_in_watts_is_told_in_amperes_too(path: Path) -> None:
    told = hour(path, (0, limited(TX, NOON, (0, 6900.0), rate_unit=RateUnit.W), "Accepted"))

    assert [10.0] * 4 == list(told["limit_a"])
    assert [6900.0] * 4 == list(told["limit_w"])


def test_the_reason_is_that_of_the_plan_in_force(path: Path) -> None:
    async def run() -> pd.DataFrame:
        desk = WireDesk(path)
        await _hour(desk, (0, limited(TX, NOON, (0, 16.0)), "Accepted"))
        ((session_id,),) = desk.rows("SELECT session_id FROM session")
        for name, minute, reason in (("a", 0, "price"), ("b", 35, "circuit")):
            desk.rows(
                "INSERT INTO plan BY NAME SELECT 'depot' AS site_id, "
                f"'{name}' AS plan_id, TIMESTAMPTZ '{NOON + minute * MIN}' AS made_at, "
                f"TIMESTAMPTZ '{NOON + 120 * MIN}' AS horizon_end, 'optimal' AS outcome, "
                "'' AS why, 0 AS cost, 0 AS solve_s, '' AS engine, 1 AS sessions, "
                "0 AS unmet_wh, '' AS unmet_words"
            )
            desk.rows(
                f"INSERT INTO plan_slot BY NAME SELECT '{name}' AS plan_id, 'CP-1' AS "
                f"charge_point_id, 1 AS connector_id, '{session_id}' AS session_id, "
                f"TIMESTAMPTZ '{NOON + minute * MIN}' AS slot_start, "
                f"TIMESTAMPTZ '{NOON + 120 * MIN}' AS slot_end, 16 AS current_a, 11000 AS power_w, "
                f"'{reason}' AS reason, 'because of {reason}' AS words"
            )
        with desk.ask() as reader:
            told = reader.session_limits(session_id)
        await desk.store.close()
        return told

    told = asyncio.run(run())

    assert ["price", "price", "circuit", "circuit"] == list(told["reason"])
    assert "because of circuit" == told["words"].iloc[3]


def test_the_maximum_of_the_whole_charger_caps_what_was_ordered(path: Path) -> None:
    told = hour(
        path,
        (0, limited(TX, NOON, (0, 16.0)), "Accepted"),
        (30, limited(ProfilePurpose.CHARGE_POINT_MAX, NOON + 30 * MIN, (0, 10.0)), "Accepted"),
    )

    assert [16.0, 16.0, 10.0, 10.0] == list(told["limit_a"])
    assert ["ordered", "ordered", "charger", "charger"] == list(told["reason"])


def test_a_limit_of_another_system_is_told_with_who_set_it(path: Path) -> None:
    async def run() -> pd.DataFrame:
        desk = WireDesk(path)
        await _hour(desk, (0, limited(TX, NOON, (0, 16.0)), "Accepted"))
        desk.rows(
            "INSERT INTO charging_limit VALUES ('CP-1', 0, 'EMS', "
            f"TIMESTAMPTZ '{NOON + 15 * MIN}', false, 'A 0:8.0 900:32.0', "
            f"TIMESTAMPTZ '{NOON + 45 * MIN}')"
        )
        ((session_id,),) = desk.rows("SELECT session_id FROM session")
        with desk.ask() as reader:
            told = reader.session_limits(session_id)
        await desk.store.close()
        return told

    told = asyncio.run(run())

    assert [16.0, 8.0, 16.0, 16.0] == list(told["limit_a"])
    assert ["ordered", "other", "ordered", "ordered"] == list(told["reason"])
    assert "set by another system (EMS)" == told["words"].iloc[1]

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from dashboards import site_power
from dashboards.palette import LIGHT
from dashboards.widgets import site_chart
from tests.dashboards.fake_view import live_view
from tests.dashboards.fakes import NOW

HOURS = timedelta(hours=6)
NOTHING = pd.DataFrame()


def metered(*minutes_ago: float, **changes: list[float]) -> pd.DataFrame:
    times = [NOW - timedelta(minutes=m) for m in minutes_ago]
    values: dict[str, Any] = {
        "site_w": 13e3, "charging_w": 7e3, "building_w": 10e3, "pv_w": 4e3, "limit_w": 44e3,
    }  # fmt: skip
    return pd.DataFrame(
        {"at": pd.DatetimeIndex(times).tz_convert("Europe/Berlin"), **values, **changes}
    )


def spans(frame: pd.DataFrame) -> list[tuple[float, float]]:
    """Start and end of what was metered, minutes before now."""
    past = frame[~frame["ahead"]]
    return [
        ((NOW - start).total_seconds() / 60, (NOW - end).total_seconds() / 60)
        for start, end in zip(past["start"], past["end"], strict=True)
    ]


def joined(past: pd.DataFrame, prices: pd.DataFrame = NOTHING, **changes: Any) -> pd.DataFrame:
    return site_power.joined(past, prices, live_view(**changes), HOURS, HOURS).frame


def test_steps_of_different_length_join_without_a_gap() -> None:
    frame = joined(metered(40, 25, 10, 5))

    assert [(40, 25), (25, 10), (10, 5), (5, 0)] == spans(frame)


def test_what_was_not_metered_stays_a_gap() -> None:
    assert [(60, 55), (10, 5), (5, 0)] == spans(joined(metered(60, 10, 5)))


def test_the_last_step_ends_now_at_the_latest() -> None:
    assert [(7, 2), (2, 0)] == spans(joined(metered(7, 2)))


def test_the_plan_begins_now_and_ends_with_the_window() -> None:
    frame = joined(NOTHING)
    ahead = frame[frame["ahead"]]

    assert NOW == ahead["start"].iloc[0]
    assert NOW + HOURS <= ahead["end"].iloc[-1] <= NOW + HOURS + timedelta(minutes=15)


def test_neither_history_nor_plan_is_an_empty_chart() -> None:
    view = live_view(plan=None)
    power = site_power.joined(NOTHING, NOTHING, view, HOURS, HOURS)

    assert (False, False, True) == (power.metered, power.priced, power.frame.empty)
    assert site_chart.chart(power, view, LIGHT).to_dict()
    assert "no plan ahead" in site_power.describe(power, view)


def test_a_price_holds_until_it_ends() -> None:
    start = datetime(2019, 3, 6, 22, tzinfo=UTC)
    prices = pd.DataFrame(
        {
            "starts_at": [start], "ends_at": [start + timedelta(minutes=20)],
            "kind": "energy", "value_per_kwh": [0.07],
        }
    )  # fmt: skip
    frame = joined(metered(40, 25, 10), prices, plan=None)

    assert [False, True, False] == list(frame["price_per_kwh"].notna())


def test_feed_in_is_not_taken_for_the_price() -> None:
    prices = pd.DataFrame(
        {
            "starts_at": [NOW - HOURS], "ends_at": [NOW], "kind": "feed-in",
            "value_per_kwh": [0.07],
        }
    )  # fmt: skip

    assert joined(metered(10), prices, plan=None)["price_per_kwh"].isna().all()


def test_unmeasured_power_is_not_drawn_as_zero() -> None:
    frame = joined(metered(10, 5, pv_w=[float("nan"), 4e3]), plan=None)
    table = site_power.table(
        site_power.SitePower(frame=frame, start=NOW - HOURS, now=NOW, end=NOW), live_view()
    )

    assert [True, False] == list(table["PV (kW)"].isna())

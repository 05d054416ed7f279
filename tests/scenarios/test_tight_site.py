"""Another site and month, a limit that binds all the time, three phases."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pandas as pd
import pytest

from ampherd.demo.report import DemoResult
from ampherd.demo.run import Demo, DemoOptions

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CARS = 6
SITE = """
[site]
id = "tight"
name = "Tight site"
timezone = "Europe/Berlin"
currency = "EUR"
voltage_v = 230
building_peak_w = 6000
[[circuit]]
id = "grid"
limit_a = 50
[[circuit]]
id = "cellar"
parent = "grid"
limit_a = 32
[tariff.site]
kind = "flat"
price_per_kwh = "0.28"
[tariff.driver]
energy_price_per_kwh = "0.45"
"""


@dataclass(frozen=True)
class Played:
    """A time that was played."""

    demo: Demo
    result: DemoResult


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Play six three-phase cars that together want more than the fuse carries."""
    folder = tmp_path_factory.mktemp("tight")
    chargers = "".join(
        f'[[charge_point]]\nid = "W-{n}"\nconnectors = [{{ id = 1, circuit = '
        f'"{"cellar" if n < 4 else "grid"}", max_current_a = 16 }}]\n'
        for n in range(1, CARS + 1)
    )
    site = folder / "mine.toml"
    site.write_text(SITE + chargers)
    sessions = folder / "sessions.csv"
    pd.DataFrame(
        {
            "session_id": [f"s{n}" for n in range(CARS)],
            "station_id": [f"W-{n + 1}" for n in range(CARS)],
            "arrival": [f"2031-02-11T08:{5 * n:02d}:00" for n in range(CARS)],
            "departure": [f"2031-02-11T11:{9 * n:02d}:00" for n in range(CARS)],
            "delivered_kwh": [15.0, 14.0, 16.0, 15.5, 13.0, 18.0],
        }
    ).to_csv(sessions, index=False)
    demo = Demo(
        DemoOptions(
            days=1, speed=50_000, headless=True, site=site, sessions=sessions, history_days=0,
            folder=folder,
        ),
        lambda _: None,
    )  # fmt: skip
    return Played(demo, asyncio.run(demo.run(lambda _: None)))


def test_no_fuse_is_passed_although_the_cars_could_draw_far_more(played: Played) -> None:
    """OCPP.md row 45."""
    assert played.result.seconds_above_limit == 0
    assert played.result.limit_w < CARS * 3 * 230 * 16


def test_the_fuse_is_used_to_its_limit(played: Played) -> None:
    assert played.result.peak_w > 0.9 * played.result.limit_w


def test_what_is_feasible_is_delivered(played: Played) -> None:
    """OCPP.md row 45."""
    assert played.result.sessions_stored == CARS
    assert played.result.energy_delivered_wh >= 0.99 * played.result.energy_feasible_wh


def test_local_times_without_a_zone_are_those_of_the_site(played: Played) -> None:
    assert played.demo.visits[0].arrival.isoformat() == "2031-02-11T07:00:00+00:00"

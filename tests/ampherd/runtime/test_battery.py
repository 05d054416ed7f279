"""The site's battery: its reports, and what the running system tells it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from ampherd.config import load_config
from ampherd.runtime.sitebattery import BatteryNow
from ampherd.runtime.system import System
from ampherd.tokens import Role, TokenStore
from ocpp_core.domain.clock import ManualClock, PacedClock, sleep
from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import SiteBattery
from tests.ampherd.cli.test_serve import SITE

MIDNIGHT = datetime(2024, 5, 6, 22, 0, tzinfo=UTC)
"""In Berlin."""
EARLY = datetime(2024, 5, 7, 3, 30, tzinfo=UTC)
"""Half an hour before energy becomes dear."""
MINUTE = timedelta(minutes=1)
CAN = SiteBattery(
    circuit_id=CircuitId("grid"),
    capacity_wh=50_000.0,
    energy_wh=0.0,
    max_charge_w=20_000.0,
    max_discharge_w=25_000.0,
    reserve_wh=5_000.0,
)
TABLES = """
[battery]
capacity_wh = 50000
max_charge_w = 20000
max_discharge_w = 25000
[tariff.site]
kind = "time-of-use"
[[tariff.site.bands]]
start = "00:00"
end = "06:00"
price_per_kwh = 0.1
[[tariff.site.bands]]
start = "06:00"
end = "08:00"
price_per_kwh = 0.9
[[tariff.site.bands]]
price_per_kwh = 0.5
"""


def test_a_report_stands_for_a_quarter_of_an_hour() -> None:
    clock = ManualClock(MIDNIGHT)
    battery = BatteryNow(CAN, clock)

    assert battery.to_plan() is None
    assert battery.heard(20_000.0, 3_000.0)
    planned = battery.to_plan()
    assert planned is not None
    assert (20_000.0, 3_000.0) == (planned.energy_wh, battery.power_w)

    clock.advance(16 * 60)

    assert battery.to_plan() is None
    assert 0.0 == battery.power_w
    (words,) = battery.alarms(ZoneInfo("Europe/Berlin"))
    assert "silent since 00:00" in words


def test_one_that_never_reported_is_told_with_what_is_kept_free_for_it() -> None:
    clock = ManualClock(MIDNIGHT)
    battery = BatteryNow(CAN, clock)
    clock.advance(16 * 60)

    (words,) = battery.alarms(ZoneInfo("Europe/Berlin"))

    assert "since 00:00: plans do without it, and 20 kW are kept free for it." in words


@pytest.mark.parametrize(
    ("stored_wh", "planned_w", "allowed_w"),
    [
        (20_000.0, 30_000.0, 20_000.0),
        (20_000.0, -30_000.0, -25_000.0),
        (50_000.0, 9_000.0, 0.0),
        (5_000.0, -9_000.0, 0.0),
    ],
)
def test_it_is_told_what_it_can(stored_wh: float, planned_w: float, allowed_w: float) -> None:
    battery = BatteryNow(CAN, ManualClock(MIDNIGHT))
    battery.heard(stored_wh, 0.0)

    assert allowed_w == battery.allowed_w(planned_w)


def test_charging_beyond_its_setpoints_is_told() -> None:
    clock, zone = ManualClock(MIDNIGHT), ZoneInfo("UTC")
    battery = BatteryNow(CAN, clock)
    battery.heard(20_000.0, 0.0)
    battery.told(8_000.0, MIDNIGHT + 5 * MINUTE)
    battery.told(0.0, MIDNIGHT + 5 * MINUTE)

    battery.heard(20_000.0, 8_000.0)
    assert [] == list(battery.alarms(zone))

    battery.told(0.0, MIDNIGHT + 5 * MINUTE)
    battery.heard(20_000.0, 8_000.0)
    (words,) = battery.alarms(zone)
    assert "more than it was told" in words


# The whole ----------------------------------------------------------------------------------------


@dataclass
class Running:
    """A site that runs, and the token of its battery's controller."""

    system: System
    clock: PacedClock
    api: httpx.AsyncClient

    async def told(self, stored_wh: float, power_w: float = 0.0) -> Mapping[str, Any]:
        """Report, and return the setpoint after the plan that follows it."""
        report = {"stored_wh": stored_wh, "power_w": power_w}
        with self.clock.hold():
            await self.api.put("/site/load", json={"building_w": 10_000})
            await self.api.put("/site/battery", json=report)
            await self.system.planner.replan()
            found: Mapping[str, Any] = (await self.api.put("/site/battery", json=report)).json()
        return found


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    path = tmp_path / "site.toml"
    path.write_text(SITE + TABLES)
    config = load_config(path, {})
    token = TokenStore(config.tokens_path).create("battery", Role.OPERATOR)
    clock = PacedClock(EARLY, 5_000)
    async with (
        System(config, clock, demo=True) as system,
        httpx.AsyncClient(
            base_url=f"{system.api.url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        ) as api,
    ):
        pacing = asyncio.create_task(clock.run())
        yield Running(system, clock, api)
        pacing.cancel()
        with suppress(asyncio.CancelledError):
            await pacing


async def test_a_battery_charges_when_energy_is_cheap_and_gives_when_it_is_dear(
    running: Running,
) -> None:
    first = await running.told(0.0)
    await sleep(running.clock, 7 * 60)  # what an earlier run may have told it is over
    cheap = await running.told(0.0)
    live = (await running.api.get("/live")).json()
    await sleep(running.clock, 30 * 60)
    dear = await running.told(50_000.0, -5_000.0)
    giving = (await running.api.get("/live")).json()

    assert first["power_w"] >= 0.0
    assert 20_000.0 == cheap["power_w"] == live["battery"]["setpoint_w"]
    assert -10_000.0 == pytest.approx(dear["power_w"])
    assert (50_000.0, -5_000.0) == (giving["battery"]["stored_wh"], giving["battery"]["power_w"])
    assert 10_000.0 - 5_000.0 == giving["site_w"]
    assert 10_000.0 - 5_000.0 == giving["circuits"][0]["measured_w"]


async def test_a_battery_that_nothing_is_planned_for_rests(running: Running) -> None:
    report = {"stored_wh": 0, "power_w": 0}
    setpoint = (await running.api.put("/site/battery", json=report)).json()

    assert 0.0 == setpoint["power_w"]
    assert "Nothing is planned" in setpoint["words"]

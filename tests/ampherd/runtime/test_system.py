"""The whole system with a simulated charger: what is said over HTTP reaches the car."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from ampherd.config import load_config
from ampherd.runtime.system import System
from ampherd.tokens import Role, TokenStore
from ocpp_core.domain.clock import PacedClock, sleep
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, IdToken
from ocpp_core.sim.cars import RecordedVisit
from ocpp_core.sim.site import SimulatedSite
from tests.ampherd.cli.test_serve import SITE

START = datetime(2024, 5, 6, 6, 0, tzinfo=UTC)
REF = ConnectorRef(ChargePointId("CP-1"), ConnectorId(1))


@dataclass
class Running:
    """A site that runs, with one car that came for 40 kWh."""

    system: System
    site: SimulatedSite
    clock: PacedClock
    api: httpx.AsyncClient

    @property
    def current_a(self) -> float:
        """What the car draws now."""
        return self.site.chargers[REF.charge_point_id].outlet(REF.connector_id).current_a

    async def until(self, reached: Callable[[float], bool]) -> float:
        """Let up to an hour of the site's time pass until the car's current is as wanted."""
        for _ in range(360):
            if reached(self.current_a):
                return self.current_a
            await sleep(self.clock, 10)
        raise AssertionError(f"the car still draws {self.current_a} A")


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    path = tmp_path / "site.toml"
    path.write_text(SITE.replace("sql_port = 0", "sql_port = 0\naccept_unknown_tokens = true"))
    config = load_config(path, {})
    token = TokenStore(config.tokens_path).create("test", Role.OPERATOR)
    clock = PacedClock(START, 5_000)
    visit = RecordedVisit(
        visit_id="one",
        ref=REF,
        arrival=START + timedelta(minutes=2),
        departure=START + timedelta(hours=9),
        energy_wh=40_000.0,
        id_token=IdToken("CARD"),
    )
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(System(config, clock, demo=True))
        site = SimulatedSite(site=config.site, visits=[visit], url=system.ocpp_url, clock=clock)
        await stack.enter_async_context(site)
        await site.ready()
        pacing = asyncio.create_task(clock.run())
        api = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=f"{system.api.url}/api/v1",
                headers={"Authorization": f"Bearer {token}"},
                trust_env=False,
            )
        )
        yield Running(system, site, clock, api)
        pacing.cancel()
        with suppress(asyncio.CancelledError):
            await pacing


async def test_a_limit_set_over_http_reaches_the_car_and_its_end_too(running: Running) -> None:
    await running.until(lambda current_a: current_a == 16.0)

    lowered = await running.api.put("/circuits/grid/limit", json={"limit_a": 9, "reason": "hot"})
    current_a = await running.until(lambda current_a: current_a < 16.0)
    live = (await running.api.get("/live")).json()
    cleared = await running.api.delete("/circuits/grid/limit")
    await running.until(lambda current_a: current_a == 16.0)

    assert lowered.is_success
    assert cleared.is_success
    assert 6.0 <= current_a <= 9.0
    assert "hot" in live["circuits"][0]["limit_source"]


async def test_a_limit_below_the_minimum_current_makes_the_car_wait_and_says_so(
    running: Running,
) -> None:
    await running.until(lambda current_a: current_a == 16.0)

    await running.api.put("/circuits/grid/limit", json={"limit_a": 5, "reason": "cable"})
    await running.until(lambda current_a: current_a == 0.0)
    await running.system.replan.settled()
    live = (await running.api.get("/live")).json()

    connector = live["connectors"][0]
    assert connector["reason"] == "minimum-current"
    assert "6 A" in connector["words"]


async def test_nobody_lifts_the_guards_limits_past_it(running: Running) -> None:
    refused = await running.api.post(
        f"/charge-points/{REF.charge_point_id}/commands/clear-profile", json={}
    )

    assert refused.json()["result"] == "rejected"
    assert refused.json()["status"] == "Guarded"


async def test_a_need_stated_over_http_is_planned_with(running: Running) -> None:
    await running.until(lambda current_a: current_a > 0)
    session = (await running.api.get("/live")).json()["connectors"][0]["session"]

    stated = await running.api.put(
        f"/sessions/{session['session_id']}/need",
        json={"energy_wh": 1_000, "departure": "2024-05-06T15:00:00Z"},
    )
    await running.until(lambda current_a: current_a == 0.0)

    assert not session["need_stated"]
    assert stated.is_success
    delivered = running.site.chargers[REF.charge_point_id].outlet(REF.connector_id).delivered_wh
    assert delivered >= 1_000


async def test_what_a_command_changed_can_be_read_once_it_is_answered(running: Running) -> None:
    charger = f"/charge-points/{REF.charge_point_id}"
    key = {"key": "ConnectionTimeOut", "value": "90"}  # which no boot sets
    answer = await running.api.post(f"{charger}/commands/change-configuration", json=key)
    kept = await running.api.get(f"{charger}/settings", params={"name": key["key"]})

    assert "accepted" == answer.json()["result"]
    assert ["90"] == [row["ordered_value"] for row in kept.json()]

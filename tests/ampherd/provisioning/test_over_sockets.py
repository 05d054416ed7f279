"""A whole site with simulated chargers that have faults, over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ampherd.config import load_config
from ampherd.runtime.system import System
from ampherd.tokens import Role, TokenStore
from analytics.records import SiteLoadRecord
from ocpp_core.domain.clock import PacedClock, sleep
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, IdToken
from ocpp_core.sim.cars import RecordedVisit
from ocpp_core.sim.charger import SimulatedCharger
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.faults import Faults, NeverAnswers, RejectsProfiles, SlowAnswers
from ocpp_core.sim.site import SimulatedSite
from ocpp_core.sim.traits import ChargerTraits
from tests.ampherd.cli.test_serve import SITE

START = datetime(2024, 5, 6, 6, 0, tzinfo=UTC)
CP = ChargePointId("CP-1")
REF = ConnectorRef(CP, ConnectorId(1))
VERSIONS = pytest.mark.parametrize("version", [Version.V16, Version.V201, Version.V21])


@dataclass
class Yard:
    """A running site with one charger."""

    system: System
    charger: SimulatedCharger
    clock: PacedClock
    api: httpx.AsyncClient
    folder: Path

    async def until(self, reached: Callable[[], bool]) -> None:
        """Let up to two hours of the site's time pass."""
        for _ in range(720):
            if reached():
                return
            await sleep(self.clock, 10)
        raise AssertionError("it does not come to that")

    async def visited(self) -> None:
        """Wait until the visit has ended and what it found is on record."""
        await self.until(lambda: CP in self.system.provisioner._visited)
        await self.system.provisioner.keep()
        # Records are committed in their order, so the last one tells that all are.
        await self.system.store.record(SiteLoadRecord(at=self.clock.now(), step_s=1.0))

    async def get(self, path: str) -> Any:
        answer = await self.api.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    async def facts(self) -> dict[str, str]:
        rows = (await self.get(f"/charge-points/{CP}/learned"))["facts"]
        return {row["fact"]: row["value"] for row in rows if row["verified"]}

    async def drift(self) -> dict[str, str]:
        rows = await self.get(f"/charge-points/{CP}/drift")
        return {row["name"]: row["state"] for row in rows}


@asynccontextmanager
async def yard(
    folder: Path,
    *,
    version: Version = Version.V16,
    faults: Faults = (),
    meter_interval_s: int = 900,
    server: str = "",
    more: str = "",
    model: str = "Simulated",
) -> AsyncIterator[Yard]:
    path = folder / "site.toml"
    given = SITE.replace("sql_port = 0", f"sql_port = 0\naccept_unknown_tokens = true\n{server}")
    path.write_text(given + more)
    config = load_config(path, {})
    tokens = TokenStore(config.tokens_path)
    token = tokens.create(f"test {len(tokens.entries())}", Role.OPERATOR)
    clock = PacedClock(START, 5_000)
    visit = RecordedVisit(
        visit_id="one",
        ref=REF,
        arrival=START + timedelta(minutes=40),
        departure=START + timedelta(hours=9),
        energy_wh=40_000.0,
        id_token=IdToken("CARD"),
    )
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(System(config, clock, demo=True))
        site = SimulatedSite(
            site=config.site,
            visits=[visit],
            url=system.ocpp_url,
            clock=clock,
            meter_interval_s=meter_interval_s,
            traits={CP: ChargerTraits(version=version, faults=faults, model=model)},
        )
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
        yield Yard(system, site.chargers[CP], clock, api, folder)
        pacing.cancel()
        with suppress(asyncio.CancelledError):
            await pacing


@VERSIONS
async def test_a_charger_is_set_asked_and_verified_after_its_boot(
    tmp_path: Path, version: Version
) -> None:
    """OCPP.md rows 46 and 61, for every version."""
    async with yard(tmp_path, version=version) as site:
        await site.visited()
        facts, drift = await site.facts(), await site.drift()
        learned = await site.get(f"/charge-points/{CP}/learned")

    assert "60" == site.charger.keys.text("MeterValueSampleInterval")
    assert "set" == drift["MeterValueSampleInterval"]
    assert "set" == drift["MeterValuesSampledData"]
    assert "A,W" == facts["rate-units"]
    assert "8" == facts["highest-stack-level"]
    assert "TxDefaultProfile" in facts["purposes"]
    assert "register-mode" in learned["unknown"]
    assert ["verified"] == [check["state"] for check in learned["limits"]]


@pytest.mark.parametrize("version", [Version.V16, Version.V201])
async def test_settings_that_a_reboot_lost_are_set_again(tmp_path: Path, version: Version) -> None:
    """OCPP.md row 61; each boot brings one visit (row 62)."""
    async with yard(tmp_path, version=version) as site:
        await site.visited()
        site.charger.keys.change("MeterValueSampleInterval", "900")
        await site.api.post(f"/charge-points/{CP}/commands/reset", json={"kind": "Hard"})
        await site.until(lambda: CP not in site.system.provisioner._visited)
        await site.visited()

    assert "60" == site.charger.keys.text("MeterValueSampleInterval")


async def test_a_report_that_is_never_answered_blocks_nothing(tmp_path: Path) -> None:
    """Quirk v2-report-while-booting: the rest is done, and the guard's default is set."""
    async with yard(
        tmp_path,
        version=Version.V201,
        faults=(NeverAnswers(actions=("GetBaseReport",)),),
        server="command_timeout_s = 0.2",
    ) as site:
        await site.until(lambda: site.charger.keys.text("MeterValueSampleInterval") == "60")

        assert not site.system.controller.guard.unproven()


async def test_a_slow_charger_is_waited_for_longer_from_then_on(tmp_path: Path) -> None:
    """OCPP.md row 59: late answers are recognised, and the time-out grows with them."""
    async with yard(
        tmp_path, faults=(SlowAnswers(seconds=0.3),), server="command_timeout_s = 0.2"
    ) as site:
        await site.until(lambda: site.charger.keys.text("MeterValueSampleInterval") == "60")
        slowest_s = site.system.central.slowest_answer_s(CP)

    assert slowest_s is not None
    assert slowest_s > 0.2


@pytest.mark.parametrize(
    ("fault", "form"),
    [
        (RejectsProfiles(units=("A",)), "W 0 TxProfile zero"),
        (RejectsProfiles(above_level=0), "A 0 TxProfile zero"),
        (RejectsProfiles(zero=True), "A 0 TxProfile least"),
    ],
)
async def test_a_car_is_charged_whatever_form_of_orders_its_charger_takes(
    tmp_path: Path, fault: RejectsProfiles, form: str
) -> None:
    """OCPP.md rows 31, 37 and 39; quirks sc-stack0-only and sc-zero-rejected."""
    async with yard(tmp_path, faults=(fault,)) as site:
        outlet = site.charger.outlet(REF.connector_id)
        await site.until(lambda: outlet.current_a > 0)
        await site.visited()
        facts = await site.facts()
        worst_a = site.system.controller.guard.worst_a(REF, site.clock.now())

    assert form == facts["order-form"]
    assert outlet.current_a <= worst_a + 0.01


async def test_a_session_that_cannot_be_paused_is_stopped_where_the_site_wants_that(
    tmp_path: Path,
) -> None:
    """Quirk sc-zero-rejected: pause by other means (OCPP.md row 37)."""
    stop = '[planning]\nwhere_zero_is_refused = "stop"\n'
    async with yard(tmp_path, faults=(RejectsProfiles(zero=True),), more=stop) as site:
        outlet = site.charger.outlet(REF.connector_id)
        await site.until(lambda: outlet.current_a > 6)
        await site.api.put("/circuits/grid/limit", json={"limit_a": 5, "reason": "cable"})
        await site.until(lambda: not site.system.live.open_sessions())

    assert 0 == outlet.current_a


async def test_what_was_learned_is_where_the_next_start_begins(tmp_path: Path) -> None:
    """Remembered for the charger and for its model, and shared without a word of the site."""
    async with yard(tmp_path, faults=(RejectsProfiles(units=("A",)),)) as site:
        await site.visited()
        models = await site.get("/charger-profiles")
    async with yard(tmp_path, faults=(RejectsProfiles(units=("A",)),)) as again:
        await again.until(lambda: not again.system.controller.guard.unproven())
        refused = again.system.central.counters["commands_refused"]
    shared = (tmp_path / "ampherd.charger-profiles.json").read_text()

    assert "W 0 TxProfile zero" == models[0]["facts"]["order-form"]["value"]
    assert 0 == refused
    assert "CP-1" not in shared
    assert "Simulated" == json.loads(shared)["profiles"][0]["model"]


async def test_a_group_sets_more_and_leaves_alone_what_it_says(tmp_path: Path) -> None:
    more = """
[[charger_group]]
name = "all"
settings = { ConnectionTimeOut = 120, NumberOfConnectors = 4, NoSuchThing = true }
leave = ["MeterValueSampleInterval"]
"""
    async with yard(tmp_path, more=more) as site:
        await site.visited()
        drift = await site.drift()
        off = await site.get(f"/charge-points/{CP}/drift?off=true")

    assert "120" == site.charger.keys.text("ConnectionTimeOut")
    assert "900" == site.charger.keys.text("MeterValueSampleInterval")
    assert ("readonly", "unknown") == (drift["NumberOfConnectors"], drift["NoSuchThing"])
    assert "MeterValueSampleInterval" not in drift
    assert {"NumberOfConnectors", "NoSuchThing"} <= {row["name"] for row in off}


async def test_a_site_may_switch_all_of_it_off(tmp_path: Path) -> None:
    async with yard(tmp_path, more="[provisioning]\nenabled = false\n") as site:
        await site.until(lambda: not site.system.controller.guard.unproven())
        await sleep(site.clock, 600)

        assert "900" == site.charger.keys.text("MeterValueSampleInterval")
        assert {} == await site.drift()

"""Chargers of OCPP 1.6, 2.0.1 and 2.1 on one fuse: the real server over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

import analytics
from ampherd.config import Config, load_config
from ampherd.runtime.opening import reprocess_store
from ampherd.runtime.system import System
from analytics.importers.reading import NoProgress
from ocpp_core.domain.clock import PacedClock, SystemClock
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, IdToken
from ocpp_core.sim.cars import RecordedVisit
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.site import SimulatedSite
from ocpp_core.sim.traits import ChargerTraits
from ocpp_core.sim.witness import Witness

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
VERSIONS = {"CP-16": Version.V16, "CP-201": Version.V201, "CP-21": Version.V21}
LIMIT_A = 30
ENERGY_WH = 12_345.0
SITE = f"""
[site]
id = "versions"
name = "Versions"
timezone = "Europe/Berlin"
currency = "EUR"
[[circuit]]
id = "grid"
limit_a = {LIMIT_A}
[server]
ocpp_host = "127.0.0.1"
ocpp_port = 0
api_port = 0
sql_port = 0
accept_unknown_tokens = true
security_profile = 0
"""


@dataclass(frozen=True)
class Played:
    """What three cars on three versions left behind."""

    site: SimulatedSite
    sessions: pd.DataFrame
    messages: pd.DataFrame
    violations: Counter[str]
    limited: frozenset[str]
    """Chargers whose car was seen drawing less than it could, under a profile."""
    config: Config


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Let one three-phase car of 16 A charge at each charger: together more than the fuse."""
    return asyncio.run(_play(tmp_path_factory.mktemp("versions")))


async def _play(folder: Path) -> Played:
    chargers = "".join(
        f'[[charge_point]]\nid = "{name}"\nconnectors = [{{ id = 1, circuit = "grid", '
        "max_current_a = 16 }]\n"
        for name in VERSIONS
    )
    path = folder / "site.toml"
    path.write_text(SITE + chargers, "utf-8")
    config = load_config(path, {})
    clock = PacedClock(START, 20_000)
    violations: Counter[str] = Counter()
    visits = [
        RecordedVisit(
            visit_id=name,
            ref=ConnectorRef(ChargePointId(name), ConnectorId(1)),
            arrival=START + timedelta(minutes=5 + number),
            departure=START + timedelta(hours=4),
            energy_wh=ENERGY_WH,
            id_token=IdToken("CARD"),
        )
        for number, name in enumerate(VERSIONS)
    ]
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(System(config, clock, demo=True))
        site = SimulatedSite(
            site=config.site,
            visits=visits,
            url=system.ocpp_url,
            clock=clock,
            traits={
                ChargePointId(name): ChargerTraits(version=version)
                for name, version in VERSIONS.items()
            },
            registers_wh={visit.ref: 100_000.0 for visit in visits},
            witness=lambda version: Witness(version, violations),
        )
        await stack.enter_async_context(site)
        await site.ready()
        pacing = asyncio.create_task(clock.run())
        limited = set[str]()
        for _ in range(60):
            await clock.sleep_until(clock.now() + timedelta(minutes=1))
            for name in VERSIONS:
                outlet = site.chargers[ChargePointId(name)].outlet(ConnectorId(1))
                if 0 < outlet.current_a < 16:
                    limited.add(name)
        await site.finished()
        await clock.sleep_until(clock.now() + timedelta(minutes=1))
        pacing.cancel()
    with analytics.open(config.store_path) as reader:
        return Played(
            site=site,
            sessions=reader.sql("SELECT * FROM session WHERE source = 'ocpp'"),
            messages=reader.sql("SELECT * FROM ocpp_message ORDER BY seq"),
            violations=violations,
            limited=frozenset(limited),
            config=config,
        )


def test_the_fuse_holds_although_the_cars_could_draw_more(played: Played) -> None:
    assert 0 == max(played.site.truth.seconds_over_limits().values())
    assert played.site.truth.peak_w > 0.9 * LIMIT_A * 3 * 230


def test_messages_of_each_version_make_the_very_same_tables_again(played: Played) -> None:
    found = reprocess_store(played.config, SystemClock(), NoProgress(), apply=False)

    assert [] == [table for table in found.tables if not table.same]
    assert 0 == found.rebuilt.unread_count


def test_a_charger_of_each_version_follows_its_profile(played: Played) -> None:
    assert set(VERSIONS) == played.limited
    for charger in played.site.chargers.values():
        assert charger.counters["profiles-accepted"] > 0
        assert [] == list(charger.findings)


def test_the_energy_of_each_version_is_stored_to_the_watt_hour(played: Played) -> None:
    stored = dict(
        zip(played.sessions["charge_point_id"], played.sessions["energy_wh"], strict=True)
    )

    assert dict.fromkeys(VERSIONS, ENERGY_WH) == pytest.approx(played.site.delivered_wh)
    assert dict.fromkeys(VERSIONS, ENERGY_WH) == stored


def test_every_message_of_each_version_is_answered_with_a_result(played: Played) -> None:
    inbound = played.messages[played.messages["direction"] == "from-charger"]

    assert set(VERSIONS.values()) == set(inbound["ocpp_version"])
    assert [] == [answer for answer in inbound["answer"] if json.loads(answer)[0] != 3]


def test_what_the_server_sends_fits_the_schemas_of_each_version(played: Played) -> None:
    assert Counter() == played.violations

"""Chargers that lose, repeat, break and delay messages: what they delivered is stored exactly."""

from __future__ import annotations

import asyncio
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
from ocpp_core.sim.faults import (
    BacklogFlood,
    DuplicatedStatus,
    Faults,
    FlappingLink,
    LostAnswers,
    MalformedFrames,
    NewIdOnRetry,
    Offline,
    Reboots,
    RepeatedMessages,
)
from ocpp_core.sim.link import LinkPolicy
from ocpp_core.sim.meter import register_wh
from ocpp_core.sim.site import SimulatedSite, VisitOutcome
from ocpp_core.sim.traits import ChargerTraits
from ocpp_core.sim.witness import Witness

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
POLICY = LinkPolicy(call_timeout_s=0.2, first_backoff_s=0.02, longest_backoff_s=0.1)
VISITS = 2
SITE = """
[site]
id = "faulty"
name = "Faulty"
timezone = "Europe/Berlin"
currency = "EUR"
[[circuit]]
id = "grid"
limit_a = 400
[server]
ocpp_host = "127.0.0.1"
ocpp_port = 0
api_port = 0
sql_port = 0
accept_unknown_tokens = true
security_profile = 0
"""
FAULTS: dict[str, Faults] = {
    "lossy": (LostAnswers(share=0.15), DuplicatedStatus()),
    "renaming": (LostAnswers(share=0.15), NewIdOnRetry()),
    "repeating": (RepeatedMessages(share=0.3), RepeatedMessages(share=0.3, new_id=True)),
    "garbled": (MalformedFrames(every=5), DuplicatedStatus(share=1)),
    "absent": (Offline(every_s=1800, for_s=900), RepeatedMessages(share=0.2, new_id=True)),
    "flooding": (Offline(every_s=1800, for_s=900), BacklogFlood()),
    "flapping": (FlappingLink(every_s=600), LostAnswers(share=0.05)),
    "restarting": (Reboots(every_s=3000), FlappingLink(every_s=1200)),
}
SPOKEN = {
    f"{name}-{version.value.removeprefix('ocpp')}": (version, faults)
    for name, faults in FAULTS.items()
    for version in Version
}


@dataclass(frozen=True)
class Played:
    """What the fleet left behind."""

    outcomes: tuple[VisitOutcome, ...]
    registers_wh: dict[str, int]
    """What the meter of each charger shows at the end; at the start it was 0."""
    sessions: pd.DataFrame
    messages: pd.DataFrame
    violations: Counter[str]
    faults: Counter[str]
    config: Config


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Let two cars come to each charger, one after the other, until everything is told."""
    return asyncio.run(_play(tmp_path_factory.mktemp("faulty")))


async def _play(folder: Path) -> Played:
    path = folder / "site.toml"
    chargers = "".join(
        f'[[charge_point]]\nid = "{name}"\nconnectors = [{{ id = 1, circuit = "grid", '
        "max_current_a = 16 }]\n"
        for name in SPOKEN
    )
    path.write_text(SITE + chargers, "utf-8")
    config = load_config(path, {})
    clock = PacedClock(START, 20_000)
    violations: Counter[str] = Counter()
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(System(config, clock, demo=True))
        site = SimulatedSite(
            site=config.site,
            visits=[
                RecordedVisit(
                    visit_id=f"{name}/{number}",
                    ref=ConnectorRef(ChargePointId(name), ConnectorId(1)),
                    arrival=START + timedelta(minutes=5 + 70 * number),
                    departure=START + timedelta(minutes=60 + 70 * number),
                    energy_wh=4_000.0 + number,
                    id_token=IdToken(f"CARD-{number}"),
                )
                for name in SPOKEN
                for number in range(VISITS)
            ],
            url=system.ocpp_url,
            clock=clock,
            meter_interval_s=300,
            traits={
                ChargePointId(name): ChargerTraits(version=version, faults=faults, policy=POLICY)
                for name, (version, faults) in SPOKEN.items()
            },
            witness=lambda version: Witness(version, violations),
            seed=1,
        )
        for charger in site.chargers.values():
            charger.keys.change("TransactionMessageAttempts", "20")
            charger.keys.change("TransactionMessageRetryInterval", "5")
        await stack.enter_async_context(site)
        pacing = asyncio.create_task(clock.run())
        await site.finished()
        for charger in site.chargers.values():
            charger.come_back()
        while any(charger.queued for charger in site.chargers.values()):
            await clock.sleep_until(clock.now() + timedelta(seconds=10))
        pacing.cancel()
        counters = sum((charger.counters for charger in site.chargers.values()), Counter[str]())
    with analytics.open(config.store_path) as reader:
        return Played(
            outcomes=tuple(site.outcomes),
            registers_wh={
                name: register_wh(charger.outlet(ConnectorId(1)))
                for name, charger in site.chargers.items()
            },
            sessions=reader.sql("SELECT * FROM session WHERE source = 'ocpp'"),
            messages=reader.sql("SELECT * FROM ocpp_message ORDER BY seq"),
            violations=violations,
            faults=Counter(
                {k.removeprefix("fault:"): n for k, n in counters.items() if "fault:" in k}
            ),
            config=config,
        )


def test_everything_went_wrong_that_should(played: Played) -> None:
    assert {
        "lost-answers", "new-id-on-retry", "repeated-messages", "duplicated-status",
        "malformed-frames", "offline", "backlog-flood", "flapping-link", "reboots",
    } == set(played.faults)  # fmt: skip


def test_each_charger_has_delivered_what_is_stored_to_the_watt_hour(played: Played) -> None:
    stored: Counter[str] = Counter()
    for row in played.sessions.to_dict("records"):
        stored[row["charge_point_id"]] += row["energy_wh"]

    assert played.registers_wh == dict(stored)


def test_messages_of_faulty_chargers_make_the_very_same_tables_again(played: Played) -> None:
    found = reprocess_store(played.config, SystemClock(), NoProgress(), apply=False)

    assert [] == [table for table in found.tables if not table.same]
    assert 0 == found.rebuilt.unread_count


def test_each_visit_is_one_session_at_most_however_often_it_was_told(played: Played) -> None:
    charged = Counter(
        outcome.visit.ref.charge_point_id for outcome in played.outcomes if outcome.delivered_wh > 0
    )
    sessions = Counter(played.sessions["charge_point_id"])

    # A restart right after the start leaves a session without energy.
    for name in SPOKEN:
        assert charged[ChargePointId(name)] <= sessions[name] <= VISITS
    assert played.sessions["ended_at"].notna().all()


def test_no_message_that_can_be_read_is_refused(played: Played) -> None:
    refused = played.messages[
        (played.messages["direction"] == "from-charger")
        & (played.messages["outcome"] == "refused")
        & ~played.messages["frame"].str.contains("truncated-1|not-utf8-1|,{")
    ]

    assert [] == list(refused["frame"])


def test_what_the_server_sends_fits_the_schemas(played: Played) -> None:
    assert Counter() == played.violations

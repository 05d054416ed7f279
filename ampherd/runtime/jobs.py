"""What a running site does again and again, by its own clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from ampherd.config import Config
from ampherd.provisioning.provisioner import Provisioner
from ampherd.runtime.foresight import LEARN_INTERVAL_S, Foresight
from ampherd.runtime.ghosts import LOOK_INTERVAL_S, GhostWatch
from ampherd.runtime.journal import NOTE_INTERVAL_S, AlarmJournal
from ampherd.runtime.loads import LoadForesight
from ampherd.runtime.planner import SiteNow
from ampherd.runtime.prices import price_records
from ampherd.runtime.reckoning import Reckoning
from ampherd.runtime.view import circuit_limit_w
from ampherd.security.credentials import CredentialStore
from analytics.records import SiteLoadRecord
from analytics.retention.keeper import Keeper
from analytics.store import Store
from ocpp_core.domain.clock import Clock
from optimizer.control.scheduler import Scheduler

log = structlog.get_logger(__name__)

METER_INTERVAL_S = 60
"""How often the site's power goes to the store."""
REFRESH_INTERVAL_S = 300
"""How often running sessions are settled provisionally, so that pages show them."""
SIZE_INTERVAL_S = 3600
"""How often the size of the database is measured."""
PRICE_INTERVAL_S = 6 * 3600
"""How often the prices of the coming day go to the store."""


class SiteJobs:
    """The jobs of one running site."""

    def __init__(
        self,
        *,
        config: Config,
        clock: Clock,
        now: SiteNow,
        store: Store,
        keeper: Keeper,
        credentials: CredentialStore,
        provisioner: Provisioner,
        ghosts: GhostWatch,
        journal: AlarmJournal,
        replan: Callable[[str], None],
        loads: LoadForesight,
        foresight: Foresight | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._now = now
        self._store = store
        self._keeper = keeper
        self._credentials = credentials
        self._provisioner = provisioner
        self._ghosts = ghosts
        self._journal = journal
        self._replan = replan
        self._loads = loads
        self._foresight = foresight

    async def add_to(self, scheduler: Scheduler) -> None:
        """Have every job run at its times; the coming prices are recorded at once."""
        scheduler.every(METER_INTERVAL_S, "record the site's power", self._record_power)
        scheduler.every(METER_INTERVAL_S, "keep security profiles", self._flush_profiles)
        scheduler.every(METER_INTERVAL_S, "keep what is known of chargers", self._provisioner.keep)
        scheduler.every(NOTE_INTERVAL_S, "keep the journal of alarms", self._journal.note)
        scheduler.every(LOOK_INTERVAL_S, "look for ghosts", self._ghosts.look)
        scheduler.every(REFRESH_INTERVAL_S, "settle running sessions", self._settle)
        scheduler.every(REFRESH_INTERVAL_S, "roll up readings", self._keeper.roll_up)
        scheduler.every(SIZE_INTERVAL_S, "measure the database", self._measure)
        await self._learn()
        scheduler.every(LEARN_INTERVAL_S, "learn from the past", self._learn)
        scheduler.cron(
            "archive", self._tidy, timezone=self._config.site.timezone, expression="17 3 * * *"
        )
        scheduler.cron(
            "reckon yesterday",
            self._reckon,
            timezone=self._config.site.timezone,
            expression="20 0 * * *",
        )
        if self._config.site_tariff is not None:
            await self._record_prices()
            scheduler.every(PRICE_INTERVAL_S, "record prices", self._record_prices)
        scheduler.cron(
            "follow the plan's slots",
            self._follow_plan,
            timezone=self._config.site.timezone,
            expression=f"*/{max(1, min(59, self._config.planning.slot_s // 60))} * * * *",
        )

    async def _record_power(self) -> None:
        now, site = self._now, self._config.site
        at = self._clock.now()
        now.peak.reading(at, now.site_w)
        await self._store.record(
            SiteLoadRecord(
                at=at,
                step_s=METER_INTERVAL_S,
                building_w=now.building.value_w,
                pv_w=now.pv.value_w,
                charging_w=now.charging_w,
                site_w=now.site_w,
                limit_w=circuit_limit_w(
                    site.root, now.limits.get(site.root.circuit_id), site.voltage_v
                ),
            )
        )

    async def _record_prices(self) -> None:
        tariff, now = self._config.site_tariff, self._clock.now()
        if tariff is None:
            return
        ahead = price_records(tariff, now - timedelta(hours=1), now + timedelta(hours=24))
        if ahead:
            await self._store.record(*ahead)

    async def _learn(self) -> None:
        await self._loads.learn(self._clock.now())
        if self._foresight is not None:
            await self._foresight.learn(self._clock.now())

    async def _settle(self) -> None:
        await self._store.refresh_open_sessions(self._clock.now())

    async def _measure(self) -> None:
        await self._keeper.measure()

    async def _tidy(self) -> None:
        tidied = await self._keeper.tidy()
        if tidied.days_archived or tidied.files_deleted:
            log.info(
                "history archived",
                days=tidied.days_archived,
                rows=tidied.rows_archived,
                files_deleted=tidied.files_deleted,
            )

    async def _reckon(self) -> None:
        reckoning = Reckoning(
            store=self._store,
            clock=self._clock,
            site=self._config.site,
            tariff=self._config.site_tariff,
        )
        done = await reckoning.run()
        if done:
            log.info("days reckoned", days=done)

    async def _flush_profiles(self) -> None:
        await asyncio.to_thread(self._credentials.keep)

    async def _follow_plan(self) -> None:
        """The plan's next slot has begun: plan anew, which also hands out its orders."""
        self._replan("time went on")

"""Opening the database of a configuration."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ampherd.config import Config
from analytics.configuration import write_tariffs
from analytics.database import Database
from analytics.importers.reading import Progress
from analytics.reprocess import Reprocessed, reprocess
from analytics.settlement import Settlement
from analytics.settling import book_of, settlement_of
from analytics.store import Store
from analytics.writer import CommitPolicy
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.ids import TariffId
from ocpp_core.domain.tariff import DriverTariff, TariffBook

FREE = DriverTariff(
    tariff_id=TariffId("free"), version=1, currency="XXX", energy_price_per_kwh=Decimal(0)
)
"""Stands in where the configuration has no driver tariff."""


def open_store(config: Config, clock: Clock, *, waits: bool = True) -> Store:
    """Open or create the database of a site; raises StoreError with a hint.

    `waits`: commits wait up to 20 ms for more messages, which saves CPU under load. Simulated time
    stands still meanwhile, so that there they had better not.
    """
    site = config.site
    return Store.open(
        config.store_path,
        site=site,
        driver_tariff=_driver_tariffs(config),
        site_tariff=config.site_tariff,
        groups=config.token_groups(),
        clock=clock,
        memory_limit=f"{config.spec.store.memory_mb}MB",
        temp_limit=f"{config.spec.live_sql.temp_mb}MB",
        policy=CommitPolicy() if waits else CommitPolicy(window_s=0.001),
    )


def reprocess_store(
    config: Config, clock: Clock, progress: Progress, *, apply: bool
) -> Reprocessed:
    """Make all tables anew that follow from messages; raises StoreError while a server runs."""

    def settlement(database: Database) -> Settlement:
        with database.transaction():
            stored = write_tariffs(database, _driver_tariffs(config), clock.now())
        return settlement_of(
            database,
            _driver_tariffs(config),
            stored,
            config.site_tariff,
            zone=config.site.timezone,
            groups=config.token_groups(),
        )

    return reprocess(
        config.store_path,
        site=config.site,
        settlement_of=settlement,
        now=clock.now,
        progress=progress,
        apply=apply,
    )


def _driver_tariffs(config: Config) -> TariffBook:
    return config.driver_tariffs or book_of(replace(FREE, currency=config.site.currency))

"""The time before a demonstration, imported as anybody would import it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from ampherd.config import Config
from ampherd.demo.recording import PowerOverYear, Recording
from ampherd.demo.site import charge_point_name
from ampherd.runtime.opening import open_store
from ampherd.runtime.prices import price_records
from analytics.importers import (
    ImportRules,
    Overlaps,
    PowerQuantity,
    PowerRow,
    Reading,
    import_power,
    import_sessions,
)
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef
from ocpp_core.sim.cars import connectors_by_station

_STEP = timedelta(minutes=30)


async def import_history(
    config: Config,
    recording: Recording,
    *,
    start: datetime,
    end: datetime,
    building: PowerOverYear,
    pv: PowerOverYear,
    say: Callable[[str], None],
) -> None:
    """Import the sessions, building load and PV of [start, end) into a site's database."""
    reading = recording.reading
    sessions = replace(
        reading, rows=tuple(row for row in reading.rows if start <= row.arrival < end)
    )
    strangers = connectors_by_station(recording.stations, config.site)

    def connector_of(station: str) -> ConnectorRef:
        own = ConnectorRef(ChargePointId(charge_point_name(station)), ConnectorId(1))
        return own if own in config.site.connectors else strangers[station]

    async with open_store(config, ManualClock(end)) as store:
        # Stations of the recording share connectors of the site; some cars stay beyond its end.
        rules = ImportRules(overlaps=Overlaps.KEEP, future=True)
        report = await import_sessions(store, sessions, connector_of=connector_of, rules=rules)
        for quantity, power in ((PowerQuantity.BUILDING, building), (PowerQuantity.PV, pv)):
            await import_power(store, _series(quantity, power, start, end))
        if config.site_tariff is not None:
            await store.record(*price_records(config.site_tariff, start, end))
    say(f"imported {report.rows_imported} sessions of the {(end - start).days} days before")


def _series(
    quantity: PowerQuantity, power: PowerOverYear, start: datetime, end: datetime
) -> Reading[PowerRow]:
    steps = (end - start) // _STEP
    return Reading(
        importer=f"{quantity} of a typical year",
        file_name=f"{quantity}",
        rows=tuple(
            PowerRow(
                line=number + 1,
                starts_at=start + number * _STEP,
                step_s=int(_STEP.total_seconds()),
                power_w=power(start + number * _STEP),
                quantity=quantity,
            )
            for number in range(steps)
        ),
        rejected=(),
    )

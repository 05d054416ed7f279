"""Wrong units that a person confirmed, and chargers without a register, from frame to grid."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from ocpp_core.domain.site import Site
from tests.analytics.builders import NOON, make_site
from tests.analytics.wire import WireDesk, differences, metered, stamp, start, stop

MIN = timedelta(minutes=1)


def sampled(minute: int, number: int, **value: Any) -> dict[str, Any]:
    return {
        "connectorId": 1,
        "transactionId": number,
        "meterValue": [{"timestamp": stamp(NOON + minute * MIN), "sampledValue": [value]}],
    }


def played(
    path: Path, site: Site, frames: list[dict[str, Any]], start_wh: int = 0, stop_wh: int = 0
) -> list[tuple[Any, ...]]:
    """Play an hour, check that it can be made anew, and return the session."""

    async def run() -> list[tuple[Any, ...]]:
        desk = WireDesk(path, site)
        await desk.take("StartTransaction", start(NOON, start_wh), NOON)
        for frame in frames:
            await desk.take("MeterValues", frame, NOON + 60 * MIN)
        await desk.take("StopTransaction", stop(NOON + 60 * MIN, 1, stop_wh), NOON + 60 * MIN)
        await desk.settled()
        found = desk.rows("SELECT energy_wh, trust, findings FROM session")
        grid = desk.rows("SELECT sum(energy_wh), bool_or(assumed) FROM session_interval")
        assert [(found[0][0], found[0][1] == "assumed")] == grid
        assert [] == differences(await desk.reprocessed())
        return found

    return asyncio.run(run())


def test_a_confirmed_factor_is_applied_and_raw_readings_stay(path: Path) -> None:
    """OCPP.md row 21."""
    site = make_site()
    first, *others = site.charge_points
    site = replace(site, charge_points=(replace(first, register_factor=1000.0), *others))
    frames = [metered(NOON + minute * MIN, 100 + minute / 10, 1) for minute in (10, 20, 40)]

    ((energy_wh, trust, findings),) = played(path, site, frames, 100, 106)

    assert (6000, "repaired") == (energy_wh, trust)
    assert "registers were multiplied by 1000" in findings


def test_power_alone_makes_an_assumed_course(path: Path) -> None:
    frames = [
        sampled(minute, 1, value="6.0", unit="kW", measurand="Power.Active.Import")
        for minute in range(0, 61, 10)
    ]

    ((energy_wh, trust, _),) = played(path, make_site(), frames)

    assert (6000, "assumed") == (round(energy_wh), trust)


def test_intervals_alone_are_added_up(path: Path) -> None:
    frames = [
        sampled(minute, 1, value="0.5", unit="kWh", measurand="Energy.Active.Import.Interval")
        for minute in (15, 30, 45, 60)
    ]

    ((energy_wh, trust, findings),) = played(path, make_site(), frames)

    assert (2000, "repaired") == (energy_wh, trust)
    assert "4 values of intervals were added up" in findings

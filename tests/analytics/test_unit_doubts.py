"""Registers against the power over the same time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from ocpp_core.domain.events import Booted, Metered
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.metering import Measurand, MeterSample, Unit, readings_of
from tests.analytics.builders import NOON, register
from tests.analytics.desk import Desk


@pytest.fixture
async def desk(path: Path) -> AsyncIterator[Desk]:
    desk = Desk(path)
    yield desk
    await desk.store.close()


@pytest.mark.parametrize(
    ("step_wh", "power_w", "found"),
    [
        pytest.param(
            0.12,
            7200,
            ("register", 1000, "the register counts kWh and says Wh"),
            id="register in kWh",
        ),
        pytest.param(
            120_000,
            7200,
            ("register", 0.001, "the register counts Wh and says kWh"),
            id="register in Wh",
        ),
        pytest.param(120, 7.2, ("power", 1000, "power is in kW and says W"), id="power in kW"),
        pytest.param(120, 7.2e6, ("power", 0.001, "power is in W and says kW"), id="power in W"),
        pytest.param(120, 7200, None, id="both right"),
        pytest.param(100, 7200, None, id="not the same, but no unit"),
        pytest.param(0, 7200, None, id="a register that stands still"),
    ],
)
async def test_a_wrong_unit_is_told_with_its_factor_by_model(
    desk: Desk, step_wh: float, power_w: float, found: tuple[str, float, str] | None
) -> None:
    """OCPP.md row 21."""
    await desk.hear(Booted(vendor="V", model="M", firmware_version="1"), NOON)
    for minute in range(12):
        at = NOON + timedelta(minutes=minute)
        power = MeterSample(
            taken_at=at, measurand=Measurand.POWER_IMPORT, value=power_w, unit=Unit.W
        )
        samples = [register(at, 1000 + step_wh * minute), power]
        await desk.hear(
            Metered(
                connector_id=ConnectorId(1), transaction_id=None, readings=readings_of(samples)
            ),
            at,
        )

    with desk.ask() as reader:
        doubts = reader.unit_doubts(NOON, NOON + timedelta(hours=1))
    told = [
        (row.vendor, row.model, row.firmware_version, row.quantity, row.factor, row.words)
        for row in doubts.itertuples()
    ]
    assert ([] if found is None else [("V", "M", "1", *found)]) == told

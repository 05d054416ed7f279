"""Tariffs and bills of earlier versions are the same after the tables were made anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from analytics.schema.migrations import migrate, migrations
from ocpp_core.domain.tariff import DriverTariff, tariff_from_json
from tests.analytics.builders import NOON, TARIFF

TARIFFS = next(step.version for step in migrations() if step.name.endswith("_tariffs.sql"))
BEFORE = tuple(step for step in migrations() if step.version < TARIFFS)


@pytest.mark.parametrize(
    "short",
    [
        TARIFF,
        replace(TARIFF, session_fee=Decimal(0), idle_price_per_hour=Decimal(0), idle_grace_s=0),
        replace(TARIFF, version=2, valid_from=NOON + timedelta(hours=1, microseconds=5)),
    ],
    ids=["all prices", "energy only", "valid from an instant"],
)
def test_a_tariff_of_an_earlier_version_is_the_short_form(
    tmp_path: Path, short: DriverTariff
) -> None:
    path = tmp_path / "site.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection, path, NOON, BEFORE)
        connection.execute(
            "INSERT INTO tariff VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            [
                short.tariff_id, short.version, short.currency, short.energy_price_per_kwh,
                short.session_fee, short.idle_price_per_hour, short.idle_grace_s,
                short.valid_from, NOON,
            ],
        )  # fmt: skip
        connection.execute(
            "INSERT INTO cost_line VALUES ('depot', 's', 1, 'ENERGY', 14.4, 'kWh', 0.39, 5.62, "
            "'EUR', 'standard', 1, 'energy: 14.4 kWh x 0.39', false)"
        )
        migrate(connection, path, NOON)
        (definition,) = connection.execute("SELECT definition FROM tariff").fetchone() or ("",)
        line = connection.execute("SELECT amount, vat_amount, rule FROM cost_line").fetchone()

    assert short.expanded() == tariff_from_json(definition)
    assert (Decimal("5.62"), Decimal(0), "energy: 14.4 kWh x 0.39") == line

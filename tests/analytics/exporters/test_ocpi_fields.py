"""The field list of OCPI 2.2.1: every mandatory field of every class is missed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analytics.exporters import cdrs_of
from analytics.exporters.ocpi_fields import CLASSES, faults
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.ids import TariffId
from ocpp_core.domain.tariff import (
    DayOfWeek,
    Dimension,
    PriceComponent,
    PriceLimit,
    Restrictions,
    Tariff,
    TariffBook,
    TariffElement,
    TariffType,
    tariff_from_dict,
)
from tests.analytics.builders import NOON, Charger, make_site
from tests.analytics.exporters.conftest import OPERATOR

ALWAYS = (NOON - timedelta(days=400), NOON + timedelta(days=400))

RICH = Tariff(
    tariff_id=TariffId("day-and-night"),
    version=3,
    currency="EUR",
    tariff_type=TariffType.REGULAR,
    min_price=PriceLimit(excl_vat=Decimal("0.5"), incl_vat=Decimal("0.6")),
    idle_grace_s=600,
    elements=(
        TariffElement(
            components=(
                PriceComponent(
                    dimension=Dimension.ENERGY, price=Decimal("0.39"), vat_percent=Decimal(19)
                ),
            ),
            restrictions=Restrictions(
                start_time=time(6),
                end_time=time(22),
                start_date=date(2020, 1, 1),
                day_of_week=frozenset(DayOfWeek),
                min_kwh=Decimal(1),
                max_duration=86400,
            ),
        ),
        TariffElement(
            components=(
                PriceComponent(dimension=Dimension.ENERGY, price=Decimal("0.29")),
                PriceComponent(dimension=Dimension.PARKING_TIME, price=Decimal(6), step_size=60),
            )
        ),
    ),
)


@pytest.fixture
async def cdr(tmp_path: Path) -> dict[str, Any]:
    clock = ManualClock(NOON + timedelta(days=3))
    async with Store.open(
        tmp_path / "a.duckdb",
        site=make_site(),
        driver_tariff=TariffBook(tariffs=(RICH,)),
        clock=clock,
    ) as store:
        for message in Charger("CP-1").whole_session(NOON, 7):
            await store.append(message)
        with store.reader() as reader:
            (made,) = cdrs_of(reader, *ALWAYS, OPERATOR).cdrs
    return made


def _objects(value: dict[str, Any], kind: str) -> Iterator[tuple[dict[str, Any], str]]:
    yield value, kind
    for name, field in CLASSES[kind].items():
        inner = value.get(name)
        if field.inner not in CLASSES or inner is None:
            continue
        for item in inner if field.kind == "list" else [inner]:
            yield from _objects(item, field.inner)


async def test_every_mandatory_field_is_there_and_is_missed_when_it_goes(
    cdr: dict[str, Any],
) -> None:
    assert () == faults(cdr)

    seen = set()
    for number, (_, kind) in enumerate(_objects(cdr, "CDR")):
        seen.add(kind)
        for name, field in CLASSES[kind].items():
            broken = copy.deepcopy(cdr)
            found, _ = list(_objects(broken, "CDR"))[number]
            found.pop(name, None)
            assert field.required == any(f"{name} is missing" in f for f in faults(broken))
    assert CLASSES.keys() == seen


async def test_the_tariff_that_was_attached_is_in_the_cdr(cdr: dict[str, Any]) -> None:
    """OCPP.md row 65: what a session cost is stored with its rule, and exported."""
    (tariff,) = cdr["tariffs"]

    assert ("DE", "AMP", "day-and-night") == (
        tariff["country_code"],
        tariff["party_id"],
        tariff["id"],
    )
    assert {"day-and-night"} == {period["tariff_id"] for period in cdr["charging_periods"]}
    assert RICH.elements == tariff_from_dict(tariff).elements
    assert "600 s" in tariff["tariff_alt_text"][0]["text"]

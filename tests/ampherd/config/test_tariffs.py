"""Driver tariffs in the shape of OCPI, several of them, and the grid fee."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal

import pytest

from ampherd.config import Config
from ocpp_core.domain.tariff import DayOfWeek, Dimension, PriceLimit, Tariff
from tests.ampherd.config.conftest import Faults, Load

STAFF = """
[[driver_tariff]]
id = "staff"
groups = ["STAFF"]
elements = [{ price_components = [{ type = "FLAT", price = 0 }] }]
"""

FULL = """
[[driver_tariff]]
id = "public"
version = 4
valid_from = 2027-01-01
idle_grace_minutes = 30
min_price = { excl_vat = 0.50, incl_vat = 0.60 }

[[driver_tariff.elements]]
price_components = [{ type = "ENERGY", price = 0.45, vat = 19, step_size = 100 }]
restrictions = { start_time = "17:00", end_time = "21:00", day_of_week = ["FRIDAY"], min_power = 9 }

[[driver_tariff.elements]]
price_components = [{ type = "ENERGY", price = 0.35 }, { type = "PARKING_TIME", price = 6 }]
"""


def tariffs(config: Config) -> tuple[Tariff, ...]:
    assert config.driver_tariffs is not None
    return config.driver_tariffs.tariffs


def test_a_tariff_in_the_shape_of_ocpi(load: Load, valid: str) -> None:
    (tariff,) = tariffs(load(f"{valid}{FULL}"))

    assert ("public", 4, "EUR", 1800) == (
        tariff.tariff_id, tariff.version, tariff.currency, tariff.idle_grace_s,
    )  # fmt: skip
    # Midnight in Amsterdam.
    assert datetime(2026, 12, 31, 23, tzinfo=UTC) == tariff.valid_from
    assert PriceLimit(excl_vat=Decimal("0.50"), incl_vat=Decimal("0.60")) == tariff.min_price
    dear, other = tariff.elements
    assert (time(17), time(21), frozenset({DayOfWeek.FRIDAY}), Decimal(9)) == (
        dear.restrictions.start_time, dear.restrictions.end_time, dear.restrictions.day_of_week,
        dear.restrictions.min_power,
    )  # fmt: skip
    assert [Dimension.ENERGY, Dimension.PARKING_TIME] == [c.dimension for c in other.components]


def test_the_short_form_stands_beside_others(load: Load, valid: str) -> None:
    text = valid.replace('token = "04AB"', 'token = "04AB"\ngroup = "STAFF"')
    config = load(f"{text}\n[tariff.driver]\nenergy_price_per_kwh = 0.4\nvat_percent = 19\n{STAFF}")
    short, staff = tariffs(config)

    assert Decimal(19) == short.elements[0].components[0].vat_percent
    assert {"STAFF"} == staff.groups
    assert {"04ab": "STAFF"} == config.token_groups()


def test_a_grid_fee_comes_on_top_of_the_energy(load: Load, valid: str) -> None:
    config = load(
        f'{valid}\n[tariff.site]\nkind = "flat"\nprice_per_kwh = 0.20\ngrid_fee_bands = [\n'
        '  { start = "08:00", end = "20:00", price_per_kwh = 0.07 }, { price_per_kwh = 0.03 },\n]\n'
    )
    noon = datetime(2026, 6, 5, 10, tzinfo=UTC)

    assert config.site_tariff is not None
    assert Decimal("0.27") == config.site_tariff.import_price_per_kwh(noon)
    assert Decimal("0.23") == config.site_tariff.import_price_per_kwh(noon.replace(hour=22))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            STAFF + FULL.replace("valid_from = 2027-01-01\n", "")
            + FULL.replace('"public"', '"guests"').replace("2027-01-01", "2027-03-01"),
            ("site.toml:45: driver_tariff[2].valid_from: public v4 and guests v4 both hold for "
            "everybody, from 2027-02-28 23:00Z. Let one end (valid_to) where the other begins, or "
            "give one to a group."),
        ),
        (
            FULL.replace("valid_from", "valid_to")
            + FULL.replace('"public"', '"next"').replace("2027-01-01", "2027-03-01"),
            ("site.toml:41: driver_tariff[1].valid_from: no tariff holds for everybody from "
            "2026-12-31 23:00Z to 2027-02-28 23:00Z. Sessions that start in between would have no "
            "price."),
        ),
        (
            FULL.replace("version = 4", 'currency = "USD"'),
            ("site.toml:26: driver_tariff[0].currency: public v1 is in USD, the site in EUR. All "
            "prices of a site are in one currency; nothing is converted."),
        ),
        (
            STAFF,
            ("site.toml:26: driver_tariff[0].groups: no [[id_token]] has the group 'STAFF'. Give "
            "the drivers' tokens this group."),
        ),
        (
            FULL.replace("min_power = 9", "min_power = 9, max_power = 8"),
            ("site.toml:33: driver_tariff[0].elements[0].restrictions.min_power: min_power 9 is "
            "not below max_power 8."),
        ),
        (
            FULL.replace("incl_vat = 0.60", "incl_vat = 0.40"),
            ("site.toml:29: driver_tariff[0].min_price.incl_vat: incl_vat 0.40 is below excl_vat "
            "0.50."),
        ),
        (
            FULL.replace('"PARKING_TIME"', '"ENERGY"'),
            ("site.toml:36: driver_tariff[0].elements[1].price_components: price_components has "
            "two prices for ENERGY."),
        ),
        (
            FULL.replace('type = "PARKING_TIME"', 'type = "PARKING"'),
            ("site.toml:36: driver_tariff[0].elements[1].price_components[1].type: should be "
            "'ENERGY', 'TIME', 'FLAT' or 'PARKING_TIME', not 'PARKING'. Did you mean "
            "'PARKING_TIME'?"),
        ),
        (
            ("\n[tariff.site]\nkind = 'flat'\nprice_per_kwh = 0.2\n"
            "grid_fee_bands = [{ start = '08:00', end = '20:00', price_per_kwh = 0.07 }]\n"),
            ("site.toml:27: tariff.site.grid_fee_bands: no band covers Monday 00:00 in January. "
            "End with a band that names only its price: it holds for all other times."),
        ),
    ],
    ids=[
        "overlap", "gap", "currency mix", "unknown group", "bounds", "limit", "two prices",
        "unknown type", "grid fee gap",
    ],
)  # fmt: skip
def test_what_is_wrong_with_tariffs_is_told_with_its_place(
    faults: Faults, valid: str, text: str, fault: str
) -> None:
    assert fault in faults(valid + text)

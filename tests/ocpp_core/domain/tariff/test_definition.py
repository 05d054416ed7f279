"""What a tariff may be, and that its text gives it back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from ocpp_core.domain.ids import TariffId
from ocpp_core.domain.tariff import (
    DayOfWeek,
    Dimension,
    PriceComponent,
    PriceLimit,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffBook,
    TariffElement,
    TariffType,
    tariff_from_json,
    tariff_to_json,
)
from tests.ocpp_core.domain.tariff.test_counting import tariffs

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
ENERGY = PriceComponent(dimension=Dimension.ENERGY, price=Decimal("0.3"))


def tariff(name: str = "standard", version: int = 1, **fields: object) -> Tariff:
    given_: dict[str, object] = {
        "currency": "EUR",
        "elements": (TariffElement(components=(ENERGY,)),),
    }
    return Tariff(tariff_id=TariffId(name), version=version, **{**given_, **fields})  # type: ignore[arg-type]


def problems(*given_: Tariff) -> list[tuple[int, str, str]]:
    faults = TariffBook(tariffs=given_).faults("EUR")
    return [(fault.index, fault.key, fault.problem) for fault in faults]


@given(tariffs())
def test_the_text_of_a_tariff_gives_it_back(made: dict[str, object]) -> None:
    first = tariff_from_json(json.dumps(made))

    assert first == tariff_from_json(tariff_to_json(first))


def test_the_text_keeps_every_field() -> None:
    full = tariff(
        tariff_type=TariffType.REGULAR,
        groups=frozenset({"STAFF"}),
        min_price=PriceLimit(excl_vat=Decimal("0.5")),
        max_price=PriceLimit(excl_vat=Decimal(10), incl_vat=Decimal("11.9")),
        idle_grace_s=600,
        free_without_energy=True,
        valid_from=NEW_YEAR,
        valid_to=NEW_YEAR + timedelta(days=1),
        elements=(
            TariffElement(
                components=(ENERGY,),
                restrictions=Restrictions(
                    start_time=time(8), end_time=time(17, 30), start_date=NEW_YEAR.date(),
                    end_date=NEW_YEAR.date() + timedelta(days=9), min_kwh=Decimal(1),
                    max_kwh=Decimal(2), min_current=Decimal(3), max_current=Decimal(4),
                    min_power=Decimal(5), max_power=Decimal(6), min_duration=7, max_duration=8,
                    day_of_week=frozenset({DayOfWeek.MONDAY}),
                ),
            ),
            TariffElement(
                components=(PriceComponent(dimension=Dimension.TIME, price=Decimal(5)),),
                restrictions=Restrictions(reservation=ReservationRestriction.RESERVATION),
            ),
        ),
    )  # fmt: skip

    assert full == tariff_from_json(tariff_to_json(full))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Restrictions(min_kwh=Decimal(5), max_kwh=Decimal(5)), "min_kwh 5 is not below"),
        (lambda: TariffElement(components=()), "no price"),
        (lambda: TariffElement(components=(ENERGY, ENERGY)), "two prices"),
        (
            lambda: TariffElement(
                components=(ENERGY,),
                restrictions=Restrictions(reservation=ReservationRestriction.RESERVATION),
            ),
            "reservation can only",
        ),
        (lambda: tariff(elements=()), "no elements"),
        (lambda: tariff(valid_from=NEW_YEAR, valid_to=NEW_YEAR), "valid_from is not before"),
        (lambda: PriceLimit(excl_vat=Decimal(2), incl_vat=Decimal(1)), "a limit of 2"),
        (lambda: PriceComponent(dimension=Dimension.FLAT, price=Decimal(-1)), "negative"),
        (
            lambda: tariff(
                min_price=PriceLimit(excl_vat=Decimal(2)), max_price=PriceLimit(excl_vat=Decimal(1))
            ),
            "min_price is above",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(make: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()  # type: ignore[operator]


def test_a_group_s_own_tariff_goes_before_everybody_s() -> None:
    staff = tariff("staff", groups=frozenset({"STAFF"}))
    book = TariffBook(tariffs=(tariff(), staff))

    assert (staff, "standard") == (
        book.choose("staff", NEW_YEAR),
        book.choose("VISITORS", NEW_YEAR).tariff_id,  # type: ignore[union-attr]
    )


def test_the_version_counts_that_holds_since_last() -> None:
    book = TariffBook(tariffs=(tariff(), tariff(version=2, valid_from=NEW_YEAR)))
    chosen = [book.choose(None, NEW_YEAR + timedelta(days=days)) for days in (-1, 0)]

    assert [1, 2] == [found.version for found in chosen if found]
    assert [] == problems(*book.tariffs)


def test_a_version_for_a_group_ends_where_the_next_one_is_for_everybody() -> None:
    staff = tariff(groups=frozenset({"STAFF"}))
    book = TariffBook(tariffs=(staff, tariff(version=2, valid_from=NEW_YEAR)))
    chosen = [book.choose("STAFF", NEW_YEAR + timedelta(days=days)) for days in (-1, 0)]

    assert [1, 2] == [found.version for found in chosen if found]


def test_where_no_tariff_holds_none_is_chosen() -> None:
    assert TariffBook(tariffs=(tariff(valid_to=NEW_YEAR),)).choose(None, NEW_YEAR) is None


def test_tariffs_that_overlap_are_a_fault() -> None:
    found = problems(tariff(), tariff("other", valid_from=NEW_YEAR))

    assert [(1, "valid_from")] == [fault[:2] for fault in found]
    assert "standard v1 and other v1 both hold for everybody, from 2027-01-01" in found[0][2]


def test_two_versions_without_dates_overlap() -> None:
    assert "always" in problems(tariff(), tariff(version=2))[0][2]


def test_tariffs_of_different_groups_do_not_overlap() -> None:
    assert [] == problems(tariff(), tariff("staff", groups=frozenset({"STAFF"})))


def test_a_gap_is_a_fault() -> None:
    later = NEW_YEAR + timedelta(days=31)
    found = problems(tariff(valid_to=NEW_YEAR), tariff("next", valid_from=later))

    assert [
        (
            1,
            "valid_from",
            "no tariff holds for everybody from 2027-01-01 00:00Z to 2027-02-01 00:00Z",
        )
    ] == found


def test_another_currency_is_a_fault() -> None:
    assert [(0, "currency", "standard v1 is in USD, the site in EUR")] == problems(
        tariff(currency="USD")
    )


def test_a_name_used_twice_is_a_fault() -> None:
    assert (1, "version", "there is another standard v1") in problems(tariff(), tariff())

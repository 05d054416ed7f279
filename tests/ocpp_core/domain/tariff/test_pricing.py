"""What holds for every bill, whatever the tariff."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.ids import TariffId
from ocpp_core.domain.tariff import (
    Bill,
    CostKind,
    Course,
    CoursePoint,
    Dimension,
    DriverTariff,
    PriceComponent,
    PriceLimit,
    Restrictions,
    Tariff,
    TariffElement,
    price,
)

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 28, 20, tzinfo=UTC)
"""The evening before the clocks go forward in Berlin."""

amounts = st.integers(0, 500).map(lambda n: Decimal(n) / 100)
vats = st.sampled_from([None, Decimal(0), Decimal(7), Decimal(19)])


def component(dimension: Dimension, value: str, step: int = 1) -> PriceComponent:
    return PriceComponent(dimension=dimension, price=Decimal(value), step_size=step)


def element(*components: PriceComponent, **restrictions: Any) -> TariffElement:
    return TariffElement(
        components=components,
        restrictions=Restrictions(**restrictions),
    )


def tariff(*elements: TariffElement, **fields: Any) -> Tariff:
    return Tariff(tariff_id=TariffId("t"), version=3, currency="EUR", elements=elements, **fields)


BANDED = tariff(
    element(component(Dimension.ENERGY, "0.60"), min_power=Decimal(10)),
    element(
        component(Dimension.ENERGY, "0.20"), component(Dimension.TIME, "0.40"),
        start_time=time(22), end_time=time(6),
    ),
    element(component(Dimension.ENERGY, "0.30"), max_kwh=Decimal(4)),
    element(component(Dimension.PARKING_TIME, "1", 900), min_duration=7200),
    element(
        component(Dimension.ENERGY, "0.35", 10), component(Dimension.PARKING_TIME, "3", 60),
        component(Dimension.TIME, "0.50"), component(Dimension.FLAT, "1"),
    ),
)  # fmt: skip


@st.composite
def simple_tariffs(draw: st.DrawFn) -> Tariff:
    """Prices for all dimensions at all times."""
    components = tuple(
        PriceComponent(
            dimension=dimension,
            price=draw(amounts),
            vat_percent=draw(vats),
            step_size=draw(st.sampled_from([0, 1, 60, 500, 900])),
        )
        for dimension in Dimension
    )
    limits: dict[str, Any] = {}
    if draw(st.booleans()):
        low = draw(amounts)
        limits["min_price"] = PriceLimit(excl_vat=low, incl_vat=low * 2)
    return tariff(
        TariffElement(components=components), idle_grace_s=draw(st.sampled_from([0, 600])), **limits
    )


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Whole seconds, energy in mWh for each second: every second is an exact point."""
    at, mwh = START, 0
    points = [CoursePoint(at=at, energy_wh=Decimal(0))]
    for _ in range(draw(st.integers(1, 6))):
        seconds = draw(st.integers(1, 20_000))
        at += timedelta(seconds=seconds)
        mwh += seconds * draw(st.sampled_from([0, 1000, 2500, 6111]))
        points.append(CoursePoint(at=at, energy_wh=Decimal(mwh) / 1000))
    idle_from = next(point.at for point in points if point.energy_wh == points[-1].energy_wh)
    return Course(points=tuple(points), idle_from=idle_from)


def cut(course: Course, seconds: list[int]) -> Course:
    """Return a course with further points on the same lines."""
    points = list(course.points)
    for offset in seconds:
        at = START + timedelta(seconds=offset)
        after = next((n for n, point in enumerate(points) if point.at > at), None)
        if after is None or points[after - 1].at == at:
            continue
        left, right = points[after - 1], points[after]
        rate = (right.energy_wh - left.energy_wh) / int((right.at - left.at).total_seconds())
        energy_wh = left.energy_wh + rate * int((at - left.at).total_seconds())
        points.insert(after, CoursePoint(at=at, energy_wh=energy_wh))
    return replace(course, points=tuple(points))


def paid(bill: Bill) -> tuple[Decimal, Decimal]:
    return bill.excl_vat, bill.vat


@given(courses(), st.lists(st.integers(1, 120_000), max_size=8))
def test_more_readings_on_the_same_course_change_nothing(
    course: Course, seconds: list[int]
) -> None:
    assert price(course, BANDED, BERLIN) == price(cut(course, seconds), BANDED, BERLIN)


@given(courses(), simple_tariffs(), st.integers(0, 10**7))
def test_more_energy_never_costs_less(course: Course, given_: Tariff, more_mwh: int) -> None:
    last = course.points[-1]
    more = replace(last, energy_wh=last.energy_wh + Decimal(more_mwh) / 1000)
    # The idle time of both is the same: none.
    less = price(replace(course, idle_from=None), given_, BERLIN)
    dearer = price(
        replace(course, points=(*course.points[:-1], more), idle_from=None), given_, BERLIN
    )

    assert less.excl_vat <= dearer.excl_vat
    assert less.incl_vat <= dearer.incl_vat


@given(courses(), simple_tariffs(), st.integers(1, 10**6))
def test_more_idle_time_never_costs_less(course: Course, given_: Tariff, more_s: int) -> None:
    # TIME alone is rounded up by its step, which parking takes away: OCPI 2.2.1 section 10.3.1.
    exact = replace(
        given_,
        elements=(
            TariffElement(
                components=tuple(
                    replace(c, step_size=0) if c.dimension is Dimension.TIME else c
                    for c in given_.elements[0].components
                )
            ),
        ),
    )
    last = course.points[-1]
    later = CoursePoint(at=last.at + timedelta(seconds=more_s), energy_wh=last.energy_wh)
    longer = replace(course, points=(*course.points, later))

    assert price(course, exact, BERLIN).incl_vat <= price(longer, exact, BERLIN).incl_vat


@given(courses(), simple_tariffs())
def test_a_total_is_the_sum_of_its_lines_and_every_line_is_right_to_the_cent(
    course: Course, given_: Tariff
) -> None:
    bill = price(course, given_, BERLIN)

    assert bill.incl_vat == sum((n.amount + n.vat_amount for n in bill.lines), Decimal(0))
    for line in bill.lines:
        assert abs(line.amount - line.quantity * line.unit_price) < Decimal("0.0101")
        assert str(line.amount) in line.rule
        assert "t v3" in line.rule
        if line.vat_percent is None and line.kind is not CostKind.MIN_PRICE:
            assert Decimal(0) == line.vat_amount


@given(
    courses(), simple_tariffs(), st.integers(0, 2000), st.integers(0, 2000), st.sampled_from([1, 2])
)
def test_the_least_and_the_highest_price_are_kept(
    course: Course, given_: Tariff, first: int, second: int, factor: int
) -> None:
    low, high = (Decimal(n) / 100 for n in sorted((first, second)))
    limited = replace(
        given_,
        min_price=PriceLimit(excl_vat=low, incl_vat=low * factor),
        max_price=PriceLimit(excl_vat=high, incl_vat=high * factor),
    )
    bill = price(course, limited, BERLIN)

    assert low <= bill.excl_vat <= high
    assert low * factor <= bill.incl_vat <= high * factor


@given(courses())
def test_periods_hold_all_energy_and_all_time(course: Course) -> None:
    periods = price(course, BANDED, BERLIN).periods

    assert abs(sum(p.energy_kwh for p in periods) - course.energy_wh / 1000) < Decimal("0.0001")
    assert (periods[0].starts_at, periods[-1].ends_at) == (START, course.points[-1].at)
    assert all(a.ends_at == b.starts_at for a, b in pairwise(periods))


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-03", 24)],
    ids=["23 hours", "25 hours", "24 hours"],
)
def test_a_day_is_as_long_as_the_clocks_say(day: str, hours: int) -> None:
    """OCPI 2.2.1 section 11.4.6: dates are local ones."""
    that_day = datetime.fromisoformat(day).date()
    only_then = tariff(
        element(
            component(Dimension.TIME, "1"),
            start_date=that_day,
            end_date=that_day + timedelta(days=1),
        )
    )
    at = datetime.combine(that_day, time(0), UTC) - timedelta(days=1)
    course = Course(
        points=(
            CoursePoint(at=at, energy_wh=Decimal(0)),
            CoursePoint(at=at + timedelta(days=3), energy_wh=Decimal(30_000)),
        )
    )

    assert Decimal(hours) == price(course, only_then, BERLIN).excl_vat


def test_energy_that_came_in_no_time_is_billed() -> None:
    course = Course(points=(CoursePoint(at=START, energy_wh=Decimal(2000)),))
    bill = price(course, tariff(element(component(Dimension.ENERGY, "0.5"))), BERLIN)

    assert Decimal(1) == bill.excl_vat


def test_a_course_that_goes_back_is_refused() -> None:
    points = (
        CoursePoint(at=START, energy_wh=Decimal(10)),
        CoursePoint(at=START + timedelta(hours=1), energy_wh=Decimal(9)),
    )

    with pytest.raises(ValueError, match="goes back"):
        Course(points=points)


def test_a_line_says_its_rule_with_its_numbers() -> None:
    course = Course(
        points=(
            CoursePoint(at=START, energy_wh=Decimal(0)),
            CoursePoint(at=START + timedelta(hours=1), energy_wh=Decimal("7301.5")),
        )
    )
    dear = PriceComponent(
        dimension=Dimension.ENERGY, price=Decimal("0.40"), vat_percent=Decimal(19), step_size=100
    )
    bill = price(course, tariff(element(dear, start_time=time(17), end_time=time(22))), BERLIN)

    rule = (
        "energy (17:00 to 22:00), 7.3015 kWh rounded up by steps of 100 Wh of the total: "
        "7.4 kWh x 0.40 EUR/kWh = 2.96, VAT 19 % = 0.56; t v3, element 1"
    )

    assert [rule] == [line.rule for line in bill.lines]


def test_the_short_form_is_a_tariff_of_one_element() -> None:
    short = DriverTariff(
        tariff_id=TariffId("t"), version=1, currency="EUR", energy_price_per_kwh=Decimal("0.4"),
        session_fee=Decimal(1), idle_price_per_hour=Decimal(3), idle_grace_s=1800,
    )  # fmt: skip
    end = START + timedelta(hours=2)
    course = Course(
        points=(
            CoursePoint(at=START, energy_wh=Decimal(0)),
            CoursePoint(at=START + timedelta(hours=1), energy_wh=Decimal(10_000)),
            CoursePoint(at=end, energy_wh=Decimal(10_000)),
        ),
        idle_from=START + timedelta(hours=1),
    )
    bill = price(course, short.expanded(), BERLIN)

    assert {"ENERGY": Decimal(4), "FLAT": Decimal(1), "PARKING_TIME": Decimal("1.5")} == {
        str(line.kind): line.amount for line in bill.lines
    }
    assert (Decimal("6.50"), Decimal(0)) == paid(bill)

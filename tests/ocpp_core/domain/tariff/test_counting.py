"""The engine against a second one that counts minutes, on generated tariffs and sessions."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ocpp_core.domain.tariff import Course, CoursePoint, Reservation, price, tariff_from_json
from tests.ocpp_core.domain.tariff.counting import Minutes, count

ZONES = ("Europe/Amsterdam", "America/New_York", "Asia/Kathmandu", "UTC", "Australia/Lord_Howe")
DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
AROUND = (
    datetime(2026, 3, 28, 12, tzinfo=UTC),
    datetime(2026, 10, 24, 12, tzinfo=UTC),
    datetime(2026, 11, 1, 1, tzinfo=UTC),
    datetime(2026, 4, 4, 10, tzinfo=UTC),
    datetime(2026, 6, 3, 10, tzinfo=UTC),
)
"""Changes of clocks and an ordinary Wednesday."""

clocks = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.sampled_from([0, 15, 30]))
prices = st.integers(0, 60).map(lambda n: n * 36 / 1000)


@st.composite
def components(draw: st.DrawFn, dimensions: tuple[str, ...]) -> list[dict[str, Any]]:
    chosen = draw(st.lists(st.sampled_from(dimensions), min_size=1, unique=True))
    made = []
    for dimension in chosen:
        component: dict[str, Any] = {
            "type": dimension,
            "price": draw(prices),
            "step_size": draw(st.sampled_from([0, 1, 60, 300, 900, 1000])),
        }
        if draw(st.booleans()):
            component["vat"] = draw(st.sampled_from([0, 7, 19]))
        made.append(component)
    return made


@st.composite
def restrictions(draw: st.DrawFn) -> dict[str, Any]:
    dates = st.dates(datetime(2026, 3, 28).date(), datetime(2026, 3, 31).date())  # noqa: DTZ001 -- days
    found: dict[str, Any] = {}
    for name, values in (
        ("start_time", clocks), ("end_time", clocks), ("start_date", dates.map(str)),
        ("min_duration", st.integers(0, 8).map(lambda n: n * 1800)),
        ("min_kwh", st.integers(0, 20).map(lambda n: n * 0.6)),
        ("min_power", st.sampled_from([3, 3.6, 5, 7.2])),
        ("day_of_week", st.lists(st.sampled_from(DAYS), min_size=1, unique=True)),
    ):  # fmt: skip
        if draw(st.integers(0, 3)) == 0:
            found[name] = draw(values)
    for name, more in (("duration", 3600), ("kwh", 6), ("power", 4)):
        if draw(st.integers(0, 3)) == 0:
            found[f"max_{name}"] = found.get(f"min_{name}", 0) + more
    return found


@st.composite
def tariffs(draw: st.DrawFn) -> dict[str, Any]:
    elements = []
    for _ in range(draw(st.integers(1, 4))):
        kinds = ("ENERGY", "TIME", "FLAT", "PARKING_TIME")
        elements.append(
            {"price_components": draw(components(kinds)), "restrictions": draw(restrictions())}
        )
    kinds_of = st.lists(st.sampled_from(["RESERVATION", "RESERVATION_EXPIRES"]), max_size=2)
    elements += [
        {
            "price_components": draw(components(("TIME", "FLAT"))),
            "restrictions": {"reservation": kind},
        }
        for kind in draw(kinds_of)
    ]
    tariff = {
        "id": "t", "currency": "EUR", "elements": elements,
        "idle_grace_s": draw(st.sampled_from([0, 0, 600, 3600])),
    }  # fmt: skip
    if draw(st.booleans()):
        low = draw(st.integers(0, 5))
        tariff["min_price"] = {"excl_vat": low, "incl_vat": low * 1.1}
    if draw(st.booleans()):
        high = draw(st.integers(6, 30))
        tariff["max_price"] = {"excl_vat": high, "incl_vat": high * 1.1}
    return tariff


@st.composite
def sessions(draw: st.DrawFn) -> Minutes:
    runs = draw(
        st.lists(
            st.tuples(st.integers(3, 30), st.sampled_from([0, 60, 120])), min_size=1, max_size=5
        )
    )
    wh = [rate for minutes, rate in runs for _ in range(2 * minutes)]
    while wh and wh[-1] == 0:
        wh.pop()
    return Minutes(
        start=draw(st.sampled_from(AROUND)) + timedelta(minutes=draw(st.integers(0, 1440))),
        wh=wh or [60, 60],
        idle=draw(st.sampled_from([0, 0, 6, 47, 150])),
        reserved=draw(st.sampled_from([0, 0, 13, 75])),
    )


def course_of(session: Minutes) -> Course:
    at, total = session.start, 0
    points = [CoursePoint(at=at, energy_wh=Decimal(0))]
    for wh in session.wh:
        at, total = at + timedelta(minutes=1), total + wh
        points.append(CoursePoint(at=at, energy_wh=Decimal(total)))
    if session.idle:
        end = at + timedelta(minutes=session.idle)
        points.append(CoursePoint(at=end, energy_wh=Decimal(total)))
    reserved_at = session.start - timedelta(minutes=session.reserved)
    reservation = Reservation(reserved_at=reserved_at, until=session.start, expired=session.expired)
    return Course(
        points=() if session.expired else tuple(points),
        idle_from=at,
        reservation=reservation if session.reserved else None,
    )


@settings(max_examples=250)
@given(sessions(), tariffs(), st.sampled_from(ZONES))
def test_both_engines_reckon_the_same(session: Minutes, tariff: dict[str, Any], zone: str) -> None:
    text = json.dumps(tariff)
    bill = price(course_of(session), tariff_from_json(text), ZoneInfo(zone))
    counted = count(session, json.loads(text, parse_float=Decimal), ZoneInfo(zone))

    assert counted == (bill.excl_vat, bill.vat)


@given(st.integers(1, 300), tariffs(), st.sampled_from(AROUND))
def test_both_reckon_the_same_for_a_reservation_that_expired(
    minutes: int, tariff: dict[str, Any], at: datetime
) -> None:
    session = Minutes(start=at, wh=(), idle=0, reserved=minutes, expired=True)
    text = json.dumps(tariff)
    bill = price(course_of(session), tariff_from_json(text), ZoneInfo("UTC"))
    counted = count(session, json.loads(text, parse_float=Decimal), ZoneInfo("UTC"))

    assert counted == (bill.excl_vat, bill.vat)

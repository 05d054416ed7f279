"""Numbers and times as people read them: the unit follows the size, the zone is always named."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

type Number = float | Decimal | None

ABSENT = "–"
"""What stands where nothing is known; never 0."""

MINUS = "\N{MINUS SIGN}"
"""Stands before negative numbers: as wide as a plus."""


def power(value_w: Number) -> str:
    """Write a power given in W: `850 W`, `7.2 kW`, `1.25 MW`."""
    return _scaled(value_w, "W")


def energy(value_wh: Number) -> str:
    """Write an energy given in Wh: `850 Wh`, `7.2 kWh`, `1.25 MWh`."""
    return _scaled(value_wh, "Wh")


def current(value_a: Number) -> str:
    """Write a current per phase given in A: `6 A`, `13.4 A`."""
    if value_a is None or math.isnan(value_a):
        return ABSENT
    return f"{_decimal(value_a, 1).removesuffix('.0')} A"


def money(amount: Number, currency: str) -> str:
    """Write an amount with its ISO 4217 code: `1,234.50 EUR`."""
    if amount is None or math.isnan(amount):
        return ABSENT
    return f"{_decimal(amount, 2)} {currency}"


def price(per_kwh: Number, currency: str) -> str:
    """Write an energy price: `0.0869 USD/kWh`."""
    if per_kwh is None or math.isnan(per_kwh):
        return ABSENT
    return f"{_decimal(per_kwh, 4)} {currency}/kWh"


def percent(share: Number) -> str:
    """Write a share of 1: `7.5 %`, `42 %`."""
    if share is None or math.isnan(share):
        return ABSENT
    value = 100 * float(share)
    return f"{_decimal(value, 1 if abs(value) < 10 else 0)} %"


def count(value: Number) -> str:
    """Write a number of things: `1,234`."""
    if value is None or math.isnan(value):
        return ABSENT
    return _decimal(value, 0)


def duration(seconds: Number) -> str:
    """Write a length of time: `40 s`, `12 min`, `3 h 05 min`, `2 d 4 h`."""
    if seconds is None or math.isnan(seconds):
        return ABSENT
    whole = round(abs(float(seconds)))
    sign = MINUS if seconds < 0 and whole else ""
    if whole < 60:
        return f"{sign}{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{sign}{minutes} min"
    if minutes < 24 * 60:
        return f"{sign}{minutes // 60} h {minutes % 60:02d} min"
    hours = round(minutes / 60)
    return f"{sign}{hours // 24} d {hours % 24} h"


def clock(at: datetime, zone: ZoneInfo) -> str:
    """Write the time of day at the site with its zone: `14:32 PST`."""
    local = at.astimezone(zone)
    return f"{local:%H:%M} {zone_name(at, zone)}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Write a date and time at the site with its zone: `Wed 6 Mar 2019 14:32 PST`."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M} {zone_name(at, zone)}"


def clock_near(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Write a time of day, with the weekday when it is not today: `17:05`, `Thu 07:30`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if timedelta(0) < local.date() - today < timedelta(days=7):
        return f"{local:%a %H:%M}"
    return f"{local.day} {local:%b %H:%M}"


def zone_name(at: datetime, zone: ZoneInfo) -> str:
    """Name the zone as in force then: its abbreviation, or its offset where it has none."""
    name = at.astimezone(zone).tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts numbers in names as numbers: CP-2 before CP-10."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.split(r"(\d+)", name)
    ]


def power_unit(highest_w: float) -> tuple[float, str]:
    """Return divisor and unit for an axis that reaches `highest_w`."""
    return (1e6, "MW") if abs(highest_w) >= 2e6 else (1e3, "kW")


def energy_unit(highest_wh: float) -> tuple[float, str]:
    """Return divisor and unit for an axis that reaches `highest_wh`."""
    return (1e6, "MWh") if abs(highest_wh) >= 2e6 else (1e3, "kWh")


def _scaled(value: Number, unit: str) -> str:
    if value is None or math.isnan(value):
        return ABSENT
    amount = float(value)
    # Thresholds lie where the smaller unit would round up to 1,000.
    if abs(amount) < 999.5:
        return f"{_decimal(amount, 0)} {unit}"
    if abs(amount) < 999_950:
        return f"{_decimal(amount / 1e3, 1)} k{unit}"
    return f"{_decimal(amount / 1e6, 2)} M{unit}"


def _decimal(value: float | Decimal, places: int) -> str:
    text = f"{value:,.{places}f}"
    if text.startswith("-"):
        magnitude = text[1:]
        return magnitude if not magnitude.strip("0.,") else f"{MINUS}{magnitude}"
    return text

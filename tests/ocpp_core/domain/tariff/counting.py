"""A second engine, written to be obvious: it counts minute by minute and knows no intervals.

It can only price sessions whose prices change at whole minutes and whose energy is whole Wh a
minute; within that it shares no line with the engine that it checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Minutes:
    """A session: Wh in each minute, then idle minutes, after reserved minutes."""

    start: datetime
    wh: Sequence[int]
    idle: int
    reserved: int = 0
    expired: bool = False


def count(session: Minutes, tariff: dict[str, Any], zone: ZoneInfo) -> tuple[Decimal, Decimal]:
    """Return the cost without VAT and the VAT of a session by an OCPI tariff."""
    units: dict[tuple[str, int], Decimal] = {}
    last: dict[str, int] = {}

    def use(dimension: str, element: int, amount: int) -> None:
        key = (dimension, element)
        units[key] = units.get(key, Decimal(0)) + amount
        last[dimension] = element

    reserving = [(n, e) for n, e in enumerate(tariff["elements"]) if _kind(e) is not None]
    if session.expired:
        reserving.sort(key=lambda pair: (_kind(pair[1]) != "RESERVATION_EXPIRES", pair[0]))
    else:
        reserving = [pair for pair in reserving if _kind(pair[1]) == "RESERVATION"]
    reserved_from = session.start - timedelta(minutes=session.reserved)
    for minute in range(session.reserved):
        local = (reserved_from + timedelta(minutes=minute)).astimezone(zone)
        state: State = (local, minute * 60, 0, None)
        held = _held(reserving, state)
        for dimension, name, amount in (("FLAT", "FEE", 1), ("TIME", "RESERVED", 60)):
            element = _first(held, dimension)
            if element is not None and not (name == "FEE" and name in last):
                use(name, element, amount)
    charging = [(n, e) for n, e in enumerate(tariff["elements"]) if _kind(e) is None]
    flows = [] if session.expired else [*session.wh, *([0] * session.idle)]
    grace = tariff.get("idle_grace_s", 0) // 60
    so_far = 0
    for minute, wh in enumerate(flows):
        local = (session.start + timedelta(minutes=minute)).astimezone(zone)
        state = (local, minute * 60, so_far, Decimal(wh) * 60 / 1000)
        idle = minute - len(session.wh)
        wanted = {"FLAT": 0 if "FLAT" in last else 1, "ENERGY": wh}
        if idle < 0 and wh:
            wanted["TIME"] = 60
        if idle >= grace and idle >= 0:
            wanted["PARKING_TIME"] = 60
        held = _held(charging, state)
        for dimension, amount in wanted.items():
            element = _first(held, dimension)
            if amount and element is not None:
                use(dimension, element, amount)
        so_far += wh
    timed = "PARKING_TIME" if "PARKING_TIME" in last else "TIME"
    for dimension in {"ENERGY", timed, "RESERVED"} & last.keys():
        step = _price(tariff, dimension, last[dimension])["step_size"]
        of_dimension = [amount for (name, _), amount in units.items() if name == dimension]
        while step and (sum(of_dimension) % step):
            of_dimension.append(Decimal(1))
            units[dimension, last[dimension]] += 1
    excl = vat = Decimal(0)
    for (dimension, number), billed in units.items():
        component = _price(tariff, dimension, number)
        per = {"ENERGY": 1000, "FLAT": 1, "FEE": 1}.get(dimension, 3600)
        # Prices of the generated tariffs are multiples of 0.036: no division leaves a rest.
        cost = billed * Decimal(str(component["price"])) / per
        excl += cost
        vat += cost * Decimal(component.get("vat", 0)) / 100
    return _limited(excl, vat, tariff)


def _limited(excl: Decimal, vat: Decimal, tariff: dict[str, Any]) -> tuple[Decimal, Decimal]:
    incl = excl + vat
    for name, pick in (("min_price", max), ("max_price", min)):
        if name in tariff:
            excl = pick(excl, Decimal(str(tariff[name]["excl_vat"])))
            incl = pick(incl, Decimal(str(tariff[name]["incl_vat"])))
    cent = Decimal("0.01")
    return excl.quantize(cent, ROUND_HALF_UP), (incl - excl).quantize(cent, ROUND_HALF_UP)


def _kind(element: dict[str, Any]) -> str | None:
    found: str | None = element.get("restrictions", {}).get("reservation")
    return found


def _price(tariff: dict[str, Any], dimension: str, element: int) -> dict[str, Any]:
    name = {"FEE": "FLAT", "RESERVED": "TIME"}.get(dimension, dimension)
    components: list[dict[str, Any]] = tariff["elements"][element]["price_components"]
    return next(c for c in components if c["type"] == name)


type State = tuple[datetime, int, int, Decimal | None]


type Numbered = tuple[int, dict[str, Any]]


def _held(elements: Sequence[Numbered], state: State) -> list[Numbered]:
    return [(n, e) for n, e in elements if _matches(e.get("restrictions", {}), state)]


def _first(held: Sequence[Numbered], dimension: str) -> int | None:
    for number, element in held:
        if any(c["type"] == dimension for c in element["price_components"]):
            return number
    return None


def _matches(given: dict[str, Any], state: State) -> bool:
    local, age_s, so_far_wh, power_kw = state
    clock, day = f"{local:%H:%M}", f"{local:%Y-%m-%d}"
    start, end = given.get("start_time", "00:00"), given.get("end_time", "00:00")
    in_day = start <= clock < end if start < end else clock >= start or clock < end
    tests = [
        in_day,
        not given.get("day_of_week") or f"{local:%A}".upper() in given["day_of_week"],
        day >= given.get("start_date", day),
        day < given.get("end_date", "9999-99-99"),
        age_s >= given.get("min_duration", 0),
        age_s < given.get("max_duration", 10**9),
        so_far_wh >= given.get("min_kwh", 0) * 1000,
        so_far_wh < given.get("max_kwh", 10**9) * 1000,
    ]
    if power_kw is not None:
        tests.append(power_kw >= given.get("min_power", 0))
        tests.append(power_kw < given.get("max_power", 10**9))
    return all(tests)

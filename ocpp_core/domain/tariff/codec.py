"""Driver tariffs as JSON in the words of OCPI 2.2.1, beside them what is ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from ocpp_core.domain.ids import TariffId
from ocpp_core.domain.tariff.definition import (
    DayOfWeek,
    Dimension,
    PriceComponent,
    PriceLimit,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffElement,
    TariffType,
)

_BOUNDS = ("min_kwh", "max_kwh", "min_current", "max_current", "min_power", "max_power")
_AGES = ("min_duration", "max_duration")


def tariff_to_json(tariff: Tariff) -> str:
    """Return a tariff as the text that `tariff_from_json` reads; equal tariffs give equal texts."""
    return json.dumps(tariff_to_dict(tariff), ensure_ascii=False, sort_keys=True)


def tariff_from_json(text: str) -> Tariff:
    """Return the tariff that a text says; raises ValueError or KeyError for one that says none."""
    return tariff_from_dict(json.loads(text, parse_float=Decimal))


def tariff_to_dict(tariff: Tariff) -> dict[str, Any]:
    """Return a tariff as an OCPI 2.2.1 Tariff object without party and time of change.

    Not of OCPI: `version`, `groups`, `idle_grace_s`, `free_without_energy`.
    """
    return _given(
        {
            "id": str(tariff.tariff_id),
            "version": tariff.version,
            "currency": tariff.currency,
            "type": tariff.tariff_type,
            "groups": sorted(tariff.groups) or None,
            "min_price": _limit(tariff.min_price),
            "max_price": _limit(tariff.max_price),
            "idle_grace_s": tariff.idle_grace_s or None,
            "free_without_energy": tariff.free_without_energy or None,
            "start_date_time": _instant(tariff.valid_from),
            "end_date_time": _instant(tariff.valid_to),
            "elements": [_element(element) for element in tariff.elements],
        }
    )


def tariff_from_dict(given: Mapping[str, Any]) -> Tariff:
    """Return the tariff that an OCPI 2.2.1 Tariff object says; a missing version is 1."""
    return Tariff(
        tariff_id=TariffId(given["id"]),
        version=int(given.get("version", 1)),
        currency=given["currency"],
        tariff_type=TariffType(given["type"]) if given.get("type") else None,
        groups=frozenset(given.get("groups") or ()),
        min_price=_limit_of(given.get("min_price")),
        max_price=_limit_of(given.get("max_price")),
        idle_grace_s=int(given.get("idle_grace_s") or 0),
        free_without_energy=bool(given.get("free_without_energy")),
        valid_from=_instant_of(given.get("start_date_time")),
        valid_to=_instant_of(given.get("end_date_time")),
        elements=tuple(
            TariffElement(
                components=tuple(_component_of(c) for c in element["price_components"]),
                restrictions=_restrictions_of(element.get("restrictions") or {}),
            )
            for element in given["elements"]
        ),
    )


def _element(element: TariffElement) -> dict[str, Any]:
    r = element.restrictions
    restrictions = _given(
        {
            **{name: getattr(r, name) for name in _AGES},
            **{name: _number(getattr(r, name)) for name in _BOUNDS},
            "start_time": None if r.start_time is None else f"{r.start_time:%H:%M}",
            "end_time": None if r.end_time is None else f"{r.end_time:%H:%M}",
            "start_date": None if r.start_date is None else r.start_date.isoformat(),
            "end_date": None if r.end_date is None else r.end_date.isoformat(),
            "day_of_week": [str(day) for day in DayOfWeek if day in r.day_of_week] or None,
            "reservation": r.reservation,
        }
    )
    prices = [
        _given(
            {
                "type": component.dimension,
                "price": _number(component.price),
                "vat": _number(component.vat_percent),
                "step_size": component.step_size,
            }
        )
        for component in element.components
    ]
    return _given({"price_components": prices, "restrictions": restrictions or None})


def _component_of(given: Mapping[str, Any]) -> PriceComponent:
    return PriceComponent(
        dimension=Dimension(given["type"]),
        price=_decimal(given["price"]),
        vat_percent=None if given.get("vat") is None else _decimal(given["vat"]),
        step_size=int(given["step_size"]),
    )


def _restrictions_of(given: Mapping[str, Any]) -> Restrictions:
    def bound(name: str) -> Decimal | None:
        return None if given.get(name) is None else _decimal(given[name])

    def age(name: str) -> int | None:
        return None if given.get(name) is None else int(given[name])

    def clock(name: str) -> time | None:
        return None if given.get(name) is None else time.fromisoformat(given[name])

    def day(name: str) -> date | None:
        return None if given.get(name) is None else date.fromisoformat(given[name])

    kind = given.get("reservation")
    return Restrictions(
        start_time=clock("start_time"),
        end_time=clock("end_time"),
        start_date=day("start_date"),
        end_date=day("end_date"),
        min_kwh=bound("min_kwh"),
        max_kwh=bound("max_kwh"),
        min_current=bound("min_current"),
        max_current=bound("max_current"),
        min_power=bound("min_power"),
        max_power=bound("max_power"),
        min_duration=age("min_duration"),
        max_duration=age("max_duration"),
        day_of_week=frozenset(DayOfWeek(name) for name in given.get("day_of_week") or ()),
        reservation=None if kind is None else ReservationRestriction(kind),
    )


def _limit(limit: PriceLimit | None) -> dict[str, Any] | None:
    if limit is None:
        return None
    return _given({"excl_vat": _number(limit.excl_vat), "incl_vat": _number(limit.incl_vat)})


def _limit_of(given: Mapping[str, Any] | None) -> PriceLimit | None:
    if given is None:
        return None
    incl = given.get("incl_vat")
    return PriceLimit(
        excl_vat=_decimal(given["excl_vat"]), incl_vat=None if incl is None else _decimal(incl)
    )


def _given(cells: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cells.items() if value is not None}


def _number(value: Decimal | None) -> int | float | None:
    """Return a JSON number; its shortest text is that of the decimal up to 15 digits."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _instant_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

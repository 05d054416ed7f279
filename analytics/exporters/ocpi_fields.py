"""The field list of OCPI 2.2.1 for CDRs, and what in a CDR does not keep to it.

Sections 10.3.1 (CDR), 10.4 (its classes), 11.3.1 and 11.4 (tariffs), 8.4 (enumerations of
locations), 16 (types).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z?")
_CLOCK = re.compile(r"([0-1]\d|2[0-3]):[0-5]\d")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_LATITUDE = re.compile(r"-?\d{1,2}\.\d{5,7}")
_LONGITUDE = re.compile(r"-?\d{1,3}\.\d{5,7}")
_PRINTABLE = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    kind: str
    """`ci` (case-insensitive, printable ASCII), `text`, `number`, `bool`, `time`, `object`,
    `list` `whole` or the name of a pattern."""
    most: int = 0
    """Characters, or digits and signs."""
    required: bool = True
    """A list that is not required is left out rather than empty."""
    choices: frozenset[str] = frozenset()
    inner: str = ""
    """Class of an object, or of the items of a list."""


def _ci(most: int, *, required: bool = True) -> _Field:
    return _Field(kind="ci", most=most, required=required)


def _text(most: int, *, required: bool = True) -> _Field:
    return _Field(kind="text", most=most, required=required)


def _enum(*choices: str, required: bool = True) -> _Field:
    return _Field(kind="text", most=40, choices=frozenset(choices), required=required)


def _object(inner: str, *, required: bool = True) -> _Field:
    return _Field(kind="object", inner=inner, required=required)


_NUMBER = _Field(kind="number")
_NUMBER_IF = _Field(kind="number", required=False)
_WHOLE = _Field(kind="whole")
_WHOLE_IF = _Field(kind="whole", required=False)
_TIME = _Field(kind="time", most=25)
_TIME_IF = _Field(kind="time", most=25, required=False)

CLASSES: Mapping[str, Mapping[str, _Field]] = {
    "CDR": {
        "country_code": _ci(2),
        "party_id": _ci(3),
        "id": _ci(39),
        "start_date_time": _TIME,
        "end_date_time": _TIME,
        "session_id": _ci(36, required=False),
        "cdr_token": _object("CdrToken"),
        "auth_method": _enum("AUTH_REQUEST", "COMMAND", "WHITELIST"),
        "authorization_reference": _ci(36, required=False),
        "cdr_location": _object("CdrLocation"),
        "meter_id": _text(255, required=False),
        "currency": _text(3),
        "tariffs": _Field(kind="list", inner="Tariff", required=False),
        "charging_periods": _Field(kind="list", inner="ChargingPeriod"),
        "total_cost": _object("Price"),
        "total_fixed_cost": _object("Price", required=False),
        "total_energy": _NUMBER,
        "total_energy_cost": _object("Price", required=False),
        "total_time": _NUMBER,
        "total_time_cost": _object("Price", required=False),
        "total_parking_time": _NUMBER_IF,
        "total_parking_cost": _object("Price", required=False),
        "total_reservation_cost": _object("Price", required=False),
        "remark": _text(255, required=False),
        "invoice_reference_id": _ci(39, required=False),
        "credit": _Field(kind="bool", required=False),
        "credit_reference_id": _ci(39, required=False),
        "home_charging_compensation": _Field(kind="bool", required=False),
        "last_updated": _TIME,
    },
    "CdrToken": {
        "country_code": _ci(2),
        "party_id": _ci(3),
        "uid": _ci(36),
        "type": _enum("AD_HOC_USER", "APP_USER", "OTHER", "RFID"),
        "contract_id": _ci(36),
    },
    "CdrLocation": {
        "id": _ci(36),
        "name": _text(255, required=False),
        "address": _text(45),
        "city": _text(45),
        "postal_code": _text(10, required=False),
        "state": _text(20, required=False),
        "country": _text(3),
        "coordinates": _object("GeoLocation"),
        "evse_uid": _ci(36),
        "evse_id": _ci(48),
        "connector_id": _ci(36),
        "connector_standard": _enum(
            "CHADEMO", "CHAOJI", "DOMESTIC_A", "DOMESTIC_B", "DOMESTIC_C", "DOMESTIC_D",
            "DOMESTIC_E", "DOMESTIC_F", "DOMESTIC_G", "DOMESTIC_H", "DOMESTIC_I", "DOMESTIC_J",
            "DOMESTIC_K", "DOMESTIC_L", "DOMESTIC_M", "DOMESTIC_N", "DOMESTIC_O", "GBT_AC",
            "GBT_DC", "IEC_60309_2_single_16", "IEC_60309_2_three_16", "IEC_60309_2_three_32",
            "IEC_60309_2_three_64", "IEC_62196_T1", "IEC_62196_T1_COMBO", "IEC_62196_T2",
            "IEC_62196_T2_COMBO", "IEC_62196_T3A", "IEC_62196_T3C", "NEMA_5_20", "NEMA_6_30",
            "NEMA_6_50", "NEMA_10_30", "NEMA_10_50", "NEMA_14_30", "NEMA_14_50",
            "PANTOGRAPH_BOTTOM_UP", "PANTOGRAPH_TOP_DOWN", "TESLA_R", "TESLA_S",
        ),
        "connector_format": _enum("SOCKET", "CABLE"),
        "connector_power_type": _enum(
            "AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"
        ),
    },
    "GeoLocation": {
        "latitude": _Field(kind="latitude", most=10),
        "longitude": _Field(kind="longitude", most=11),
    },
    "ChargingPeriod": {
        "start_date_time": _TIME,
        "dimensions": _Field(kind="list", inner="CdrDimension"),
        "tariff_id": _ci(36, required=False),
    },
    "CdrDimension": {
        "type": _enum(
            "ENERGY", "MAX_CURRENT", "MIN_CURRENT", "MAX_POWER", "MIN_POWER", "PARKING_TIME",
            "RESERVATION_TIME", "TIME",
        ),
        "volume": _NUMBER,
    },
    "Tariff": {
        "country_code": _ci(2),
        "party_id": _ci(3),
        "id": _ci(36),
        "currency": _text(3),
        "type": _enum(
            "AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR",
            required=False,
        ),
        "tariff_alt_text": _Field(kind="list", inner="DisplayText", required=False),
        "tariff_alt_url": _text(255, required=False),
        "min_price": _object("Price", required=False),
        "max_price": _object("Price", required=False),
        "elements": _Field(kind="list", inner="TariffElement"),
        "start_date_time": _TIME_IF,
        "end_date_time": _TIME_IF,
        "last_updated": _TIME,
    },
    "TariffElement": {
        "price_components": _Field(kind="list", inner="PriceComponent"),
        "restrictions": _object("TariffRestrictions", required=False),
    },
    "PriceComponent": {
        "type": _enum("ENERGY", "FLAT", "PARKING_TIME", "TIME"),
        "price": _NUMBER,
        "vat": _NUMBER_IF,
        "step_size": _WHOLE,
    },
    "TariffRestrictions": {
        "start_time": _Field(kind="clock", most=5, required=False),
        "end_time": _Field(kind="clock", most=5, required=False),
        "start_date": _Field(kind="day", most=10, required=False),
        "end_date": _Field(kind="day", most=10, required=False),
        "min_kwh": _NUMBER_IF,
        "max_kwh": _NUMBER_IF,
        "min_current": _NUMBER_IF,
        "max_current": _NUMBER_IF,
        "min_power": _NUMBER_IF,
        "max_power": _NUMBER_IF,
        "min_duration": _WHOLE_IF,
        "max_duration": _WHOLE_IF,
        "day_of_week": _Field(
            kind="list", inner="text", most=9, required=False,
            choices=frozenset({
                "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY",
            }),
        ),
        "reservation": _enum("RESERVATION", "RESERVATION_EXPIRES", required=False),
    },
    "DisplayText": {"language": _text(2), "text": _text(512)},
    "Price": {"excl_vat": _NUMBER, "incl_vat": _NUMBER_IF},
}  # fmt: skip
"""Every class of a CDR by its fields; `signed_data` and `energy_mix` are not written here."""

_PATTERNS = {
    "time": _DATE_TIME,
    "clock": _CLOCK,
    "day": _DAY,
    "latitude": _LATITUDE,
    "longitude": _LONGITUDE,
}


def faults(value: Any, kind: str = "CDR", path: str = "") -> tuple[str, ...]:
    """Say what in a CDR does not keep to the field list, one sentence each."""
    if not isinstance(value, dict):
        return (f"{path or kind} is no object",)
    fields = CLASSES[kind]
    found = [f"{path}{name} is no field of {kind}" for name in value if name not in fields]
    for name, field in fields.items():
        here = f"{path}{name}"
        if value.get(name) is None:
            if field.required:
                found.append(f"{here} is missing")
            continue
        found += _field_faults(value[name], field, here)
    return tuple(found)


def _field_faults(value: Any, field: _Field, here: str) -> list[str]:
    match field.kind:
        case "object":
            return list(faults(value, field.inner, f"{here}."))
        case "list":
            if not isinstance(value, list) or not value:
                return [f"{here} is no list with items"]
            return [
                fault
                for number, item in enumerate(value)
                for fault in _item_faults(item, field, f"{here}[{number}]")
            ]
        case "number":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return [] if number else [f"{here} is no number"]
        case "whole":
            whole = isinstance(value, int) and not isinstance(value, bool)
            return [] if whole else [f"{here} is no whole number"]
        case "bool":
            return [] if isinstance(value, bool) else [f"{here} is neither true nor false"]
        case _:
            return _text_faults(value, field, here)


def _item_faults(item: Any, field: _Field, here: str) -> Sequence[str]:
    if field.inner == "text":
        return _text_faults(item, field, here)
    return faults(item, field.inner, f"{here}.")


def _text_faults(value: Any, field: _Field, here: str) -> list[str]:
    if not isinstance(value, str) or not value:
        return [f"{here} is no text"]
    if len(value) > field.most:
        return [f"{here} is longer than {field.most} characters"]
    if field.choices and value not in field.choices:
        return [f"{here} is none of OCPI's values"]
    if field.kind == "ci" and not _PRINTABLE.fullmatch(value):
        return [f"{here} holds characters beyond printable ASCII"]
    pattern = _PATTERNS.get(field.kind)
    if pattern is not None and not pattern.fullmatch(value):
        return [f"{here} is not written as OCPI wants it"]
    return []

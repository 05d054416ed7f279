"""What kinds of values settings have."""

from __future__ import annotations

import ipaddress
from datetime import time
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("Input should be a number")  # noqa: TRY004 - pydantic reports ValueError only
    return value


def known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no such time zone; write an IANA name such as 'Europe/Berlin'") from None
    return name


def _clock_time(value: object) -> object:
    if isinstance(value, str) and value in {"24:00", "24:00:00"}:
        return time(0)
    if not isinstance(value, str | time):
        raise ValueError("Input should be a time of day such as '08:00'")  # noqa: TRY004 - see above
    return value


def _without_offset(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("Input should be a local time, without an offset")
    return value


def _digit(value: object) -> object:
    # A variable of the environment is text.
    return int(value) if isinstance(value, str) and value.isdigit() else _no_boolean(value)


def _network(name: str) -> str:
    try:
        ipaddress.ip_network(name)
    except ValueError:
        raise ValueError("Input should be an IP address or network such as '10.0.0.0/24'") from None
    return name


Number = Annotated[float, BeforeValidator(_no_boolean), Field(allow_inf_nan=False)]
Whole = Annotated[int, BeforeValidator(_no_boolean)]
Price = Annotated[Decimal, BeforeValidator(_no_boolean), Field(allow_inf_nan=False, max_digits=12)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Port = Annotated[Whole, Field(ge=0, le=65535)]
ClockTime = Annotated[time, BeforeValidator(_clock_time), AfterValidator(_without_offset)]
ProfileNumber = Annotated[Literal[0, 1, 2, 3], BeforeValidator(_digit)]
"""An OCPP security profile."""
Address = Annotated[str, AfterValidator(_network)]
"""An IP address or network."""
PhaseName = Literal["L1", "L2", "L3"]
VersionName = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
"""WebSocket subprotocols that are spoken here."""
Month = Annotated[Whole, Field(ge=1, le=12)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Spec(BaseModel):
    """Base: unknown keys are faults, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

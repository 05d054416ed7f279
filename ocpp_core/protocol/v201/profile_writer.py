"""Charging profiles as we send them (OCPP 2.0.1 K01)."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any

from ocpp_core.domain.commands import Unsupported
from ocpp_core.domain.composite import V201, faults
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ChargingProfile, ProfilePurpose, SchedulePeriod
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.translator import TransactionNames
from ocpp_core.protocol.v201.fields import present, station_name
from ocpp_core.protocol.v201.profile import wire_purpose
from ocpp_core.protocol.v201.profile_rules import breach_of_201

type WriteProfile = Callable[
    [ChargingProfile, ConnectorId | None, str | None], dict[str, Any] | Unsupported
]
"""How a version writes a profile: for which connector, and with which name of its transaction."""

SCHEDULE_ID = 1
"""Of the one schedule of a profile; cars number schedules from 1 to 255 (ISO 15118-2 SAIDType)."""

DECIMALS_OF_201 = 1
"""Of a limit (OCPP 2.0.1 part 2, ChargingSchedulePeriodType)."""


def rounded_down(value: float, decimals: int) -> float:
    """Return a value towards 0 with at most so many decimals: 8.1 stays 8.1, 8.19 is 8.1.

    Raises ValueError for what is no number.
    """
    if not math.isfinite(value):
        raise ValueError(f"a limit is a number, not {value}")
    try:
        exact = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN)
    except InvalidOperation as error:
        raise ValueError(f"{value} is no limit of any charger") from error
    return float(exact)


def wire_limit(limit: float | None, decimals: int) -> float | None:
    """Return a limit as it is written; raises ValueError for one that is negative."""
    if limit is None:
        return None
    if limit < 0:
        raise ValueError(f"a limit is a number from 0 upwards, not {limit}")
    return rounded_down(limit, decimals)


def to_wire_profile(
    profile: ChargingProfile, connector_id: ConnectorId | None, transaction: str | None
) -> dict[str, Any] | Unsupported:
    """Write a profile; what OCPP 2.0.1 has no words for is not left out but refused."""
    for broken in faults(profile, V201, connector_id):
        return Unsupported(reason=broken)
    beyond = breach_of_201(profile)
    if beyond:
        return Unsupported(reason=f"OCPP 2.0.1 has no {beyond}")
    return wire_head(profile, transaction) | {
        "chargingSchedule": [
            wire_schedule(profile, DECIMALS_OF_201)
            | {"chargingSchedulePeriod": [_period(period) for period in profile.periods]}
        ]
    }


def transaction_of(profile: ChargingProfile, names: TransactionNames) -> str | Unsupported | None:
    """Return what the charger calls the transaction of a TxProfile (K01.FR.03)."""
    if profile.transaction_id is None:
        if profile.purpose is ProfilePurpose.TX:
            return Unsupported(reason="a TxProfile names its transaction (K01.FR.03)")
        return None
    return station_name(profile.transaction_id, names)


def started_profile_fault(profile: ChargingProfile) -> str:
    """Say what keeps a profile from going with a remote start (F01, K05); empty: nothing."""
    if profile.purpose is not ProfilePurpose.TX:
        return "a remote start takes a TxProfile only"
    if profile.transaction_id is not None:
        return "the profile of a remote start names no transaction"
    return ""


def wire_head(profile: ChargingProfile, transaction: str | None) -> dict[str, Any]:
    """Write what stands around the schedule and is the same in every 2.x version."""
    return present(
        id=profile.profile_id,
        stackLevel=profile.stack_level,
        chargingProfilePurpose=wire_purpose(profile.purpose),
        chargingProfileKind=profile.kind.value,
        recurrencyKind=None if profile.recurrency is None else profile.recurrency.value,
        validFrom=written(profile.valid_from),
        validTo=written(profile.valid_to),
        transactionId=transaction,
    )


def wire_schedule(profile: ChargingProfile, decimals: int) -> dict[str, Any]:
    """Write the schedule without its periods."""
    return present(
        id=SCHEDULE_ID,
        startSchedule=written(profile.start),
        duration=profile.duration_s,
        chargingRateUnit=profile.rate_unit.value,
        minChargingRate=wire_limit(profile.min_rate, decimals),
    )


def written(instant: datetime | None) -> str | None:
    """Write an instant, where there is one."""
    return None if instant is None else wiretime.write(instant)


def _period(period: SchedulePeriod) -> dict[str, Any]:
    return present(
        startPeriod=period.start_s,
        limit=wire_limit(period.limit, DECIMALS_OF_201),
        numberPhases=period.phase_count,
        phaseToUse=period.phase_to_use,
    )

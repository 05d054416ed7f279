"""Profiles and stacks in few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ocpp_core.domain.composite import V16, WHOLE, Place, Session, Stack, StackingRules, limit_at
from ocpp_core.domain.ids import ConnectorId, TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SchedulePeriod,
)

START = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
ONE, TWO = ConnectorId(1), ConnectorId(2)
SESSION = Session(started_at=START, transaction_id=TransactionId(5))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def profile(
    *limits: tuple[int, float] | float,
    purpose: ProfilePurpose = ProfilePurpose.TX_DEFAULT,
    kind: ProfileKind = ProfileKind.ABSOLUTE,
    recurrency: RecurrencyKind | None = None,
    start_s: float | None = 0,
    **other: Any,
) -> ChargingProfile:
    """Build a profile; a bare number is a limit from second 0 on, A."""
    given = [limit if isinstance(limit, tuple) else (0, limit) for limit in limits]
    return ChargingProfile(
        profile_id=other.pop("profile_id", 1),
        purpose=purpose,
        kind=ProfileKind.RECURRING if recurrency else kind,
        recurrency=recurrency,
        periods=tuple(SchedulePeriod(start_s=s, limit=limit) for s, limit in given),
        start=None if start_s is None or kind is ProfileKind.RELATIVE else at(start_s),
        **other,
    )


def in_watts(limit_w: float, phase_count: int | None = None, **other: Any) -> ChargingProfile:
    made = profile(limit_w, rate_unit=RateUnit.W, **other)
    return replace(made, periods=(replace(made.periods[0], phase_count=phase_count),))


def stack(
    *own: ChargingProfile,
    whole: Sequence[ChargingProfile] = (),
    two: Sequence[ChargingProfile] = (),
    rules: StackingRules = V16,
    session: Session | None = SESSION,
    place: Place | None = None,
    **other: Any,
) -> Stack:
    """Build a charger with connectors 1 and 2; `own` is installed on connector 1."""
    one = replace(place or Place(), session=session)
    return Stack(
        rules=rules,
        voltage_v=230.0,
        profiles={ONE: own, TWO: tuple(two), WHOLE: tuple(whole)},
        places={ONE: one, TWO: Place(session=session)},
        **other,
    )


def limits_a(
    subject: Stack, *seconds: float, of: ConnectorId = ONE, sharers: int = 1
) -> list[float | None]:
    return [limit_at(subject, of, at(s), sharers=sharers).limit_a for s in seconds]

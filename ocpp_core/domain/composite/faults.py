"""What is wrong with a profile by itself, before anybody installs it."""

from __future__ import annotations

from collections.abc import Iterator

from ocpp_core.domain.composite.rules import StackingRules
from ocpp_core.domain.composite.stack import WHOLE
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ChargingProfile, ProfileKind, ProfilePurpose

_OF_SESSIONS = {ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT}


def faults(
    profile: ChargingProfile, rules: StackingRules, connector_id: ConnectorId | None = None
) -> Iterator[str]:
    """Yield the rules that a profile breaks, in words; None stands for whichever connector.

    Sources: OCPP 1.6 sections 3.13.1 and 7.8 to 7.14; OCPP 2.0.1 and 2.1 K01.FR.03, 16, 19, 31, 35,
    38, 40 and 41, K21 and K28.
    """
    purpose, kind = profile.purpose, profile.kind
    if purpose not in rules.purposes:
        yield f"{rules.name} has no {purpose} profile"
    if connector_id is not None:
        if purpose is ProfilePurpose.CHARGE_POINT_MAX and connector_id != WHOLE:
            yield "a ChargePointMaxProfile is for connector 0"
        if purpose is ProfilePurpose.TX and connector_id == WHOLE:
            yield "a TxProfile needs a connector"
    if purpose is not ProfilePurpose.TX and profile.transaction_id is not None:
        yield "only a TxProfile names a transaction"
    if purpose is ProfilePurpose.PRIORITY_CHARGING and profile.duration_s is not None:
        yield "a PriorityCharging profile has no duration"
    if profile.randomized_delay_s and purpose not in _OF_SESSIONS:
        yield "only a TxProfile or TxDefaultProfile is delayed at random"
    if (kind is ProfileKind.RECURRING) != (profile.recurrency is not None):
        yield "a recurring profile, and no other, is Daily or Weekly"
    yield from _faults_of_the_start(profile, rules)
    yield from _faults_of_the_periods(profile)


def _faults_of_the_start(profile: ChargingProfile, rules: StackingRules) -> Iterator[str]:
    kind, has_start = profile.kind, profile.start is not None
    if profile.purpose is ProfilePurpose.CHARGE_POINT_MAX:
        if kind is ProfileKind.RELATIVE:
            yield "a ChargePointMaxProfile cannot be relative"
        elif kind is not ProfileKind.DYNAMIC and not has_start:
            yield "a ChargePointMaxProfile needs a start"
    elif rules.start_goes_with_kind:
        if kind in {ProfileKind.ABSOLUTE, ProfileKind.RECURRING} and not has_start:
            yield f"a profile of kind {kind} needs a start"
        if kind is ProfileKind.RELATIVE and has_start:
            yield "a relative profile has no start"


def _faults_of_the_periods(profile: ChargingProfile) -> Iterator[str]:
    starts = [period.start_s for period in profile.periods]
    if not starts:
        yield "it has no periods"
    elif starts[0] != 0:
        yield "the first period does not start at 0"
    if starts != sorted(set(starts)):
        yield "the periods are not in the order of their starts"
    if profile.kind is ProfileKind.DYNAMIC and len(starts) != 1:
        yield "a dynamic profile has one period"
    if any(period.phase_to_use and period.phase_count != 1 for period in profile.periods):
        yield "the phase to use is chosen for a single phase only"

"""What somebody else put into a charger is told while it may lift a limit of the guard."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ocpp_core.domain.commands import (
    Accepted,
    ClearProfile,
    Command,
    CommandResult,
    GetProfiles,
    Rejected,
)
from ocpp_core.domain.events import (
    ChargingLimitCleared,
    ChargingLimitNotified,
    DomainEvent,
    PriorityChargingNotified,
    ProfilesReported,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    ConnectorId,
    MessageId,
    StationTransactionId,
    TransactionId,
)
from ocpp_core.domain.live import Liftings
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    SchedulePeriod,
)

CP, ONE = ChargePointId("CP-1"), ConnectorId(1)


def take(
    told: Liftings,
    event: DomainEvent | None = None,
    command: Command | None = None,
    result: CommandResult | None = None,
) -> None:
    told.take(
        StoredMessage(
            at=datetime(2026, 3, 2, tzinfo=UTC),
            charge_point_id=CP,
            direction=Direction.FROM_CHARGER if command is None else Direction.TO_CHARGER,
            message_id=MessageId("m"),
            action="",
            ocpp_version="ocpp2.1",
            frame="",
            answer="",
            outcome=Outcome.ANSWERED,
            event=event,
            command=command,
            result=result,
        )
    )


def reported(
    purpose: ProfilePurpose, source: str = "EMS", transaction_id: TransactionId | None = None
) -> ProfilesReported:
    profile = ChargingProfile(
        profile_id=90,
        purpose=purpose,
        kind=ProfileKind.ABSOLUTE,
        stack_level=3,
        periods=(SchedulePeriod(start_s=0, limit=32.0),),
        transaction_id=transaction_id,
    )
    return ProfilesReported(
        request_id=1, connector_id=ONE, source=source, more=False, profiles=(profile,)
    )


@pytest.mark.parametrize(
    ("purpose", "source", "words"),
    [
        (ProfilePurpose.LOCAL_GENERATION, "EMS", "added on top"),
        (ProfilePurpose.LOCAL_GENERATION, "CSO", "added on top"),
        (ProfilePurpose.PRIORITY_CHARGING, "CSO", "in place of"),
        (ProfilePurpose.TX, "Other", "may lead"),
        (ProfilePurpose.TX_DEFAULT, "SO", "may lead"),
        (ProfilePurpose.TX_DEFAULT, "CSO", ""),
        (ProfilePurpose.TX, "CSO", ""),
        (ProfilePurpose.EXTERNAL_CONSTRAINTS, "EMS", ""),
        (ProfilePurpose.CHARGE_POINT_MAX, "Other", ""),
    ],
)
def test_profiles_that_may_lift_a_limit_are_told(
    purpose: ProfilePurpose, source: str, words: str
) -> None:
    told = Liftings()
    take(told, reported(purpose, source))
    said = " ".join(told.words(CP))

    assert bool(words) == bool(said)
    assert words in said
    assert not words or f"CP-1/1 holds a {purpose.value} (id 90, set by {source})" in said


@pytest.mark.parametrize(
    ("command", "result", "gone"),
    [
        (ClearProfile(profile_id=90), Accepted(), True),
        (ClearProfile(profile_id=91), Accepted(), False),
        (ClearProfile(profile_id=90), Rejected(status="Unknown"), False),
        (ClearProfile(purpose=ProfilePurpose.LOCAL_GENERATION), Accepted(), True),
        (ClearProfile(connector_id=ConnectorId(2)), Accepted(), False),
        (GetProfiles(), Accepted(status="NoProfiles"), True),
        (GetProfiles(source="EMS", stack_level=3), Accepted(), True),
        (GetProfiles(source="SO"), Accepted(), False),
        (GetProfiles(profile_ids=(89,)), Accepted(), False),
        (GetProfiles(), Rejected(status="Rejected"), False),
    ],
    ids=repr,
)
def test_a_profile_is_gone_once_cleared_or_not_there_when_asked_again(
    command: Command, result: CommandResult, gone: bool
) -> None:
    told = Liftings()
    take(told, reported(ProfilePurpose.LOCAL_GENERATION))
    take(told, command=command, result=result)

    assert gone == (not list(told.words(CP)))


def test_a_profile_for_a_transaction_is_gone_with_it() -> None:
    told = Liftings()
    take(told, reported(ProfilePurpose.TX, "Other", TransactionId(7)))
    told.session_ended(TransactionId(6), None)
    assert list(told.words(CP))
    told.session_ended(TransactionId(7), None)

    assert [] == list(told.words(CP))


def test_local_generation_is_told_until_it_is_cleared() -> None:
    told = Liftings()
    limit = ChargingLimitNotified(connector_id=None, source="EMS", grid_critical=False)
    take(told, limit)
    assert [] == list(told.words(CP))
    take(
        told,
        ChargingLimitNotified(
            connector_id=None, source="EMS", grid_critical=False, local_generation=True
        ),
    )
    (said,) = told.words(CP)
    assert said.startswith("CP-1 tells of local generation (EMS)")
    take(told, ChargingLimitCleared(connector_id=None, source="EMS"))

    assert [] == list(told.words(CP))


def test_priority_is_told_until_it_is_off_or_its_session_ends() -> None:
    told = Liftings()
    for number in ("a", "b"):
        take(told, PriorityChargingNotified(station_transaction_id=number, activated=True))
    assert 2 == len(list(told.words(CP)))
    take(told, PriorityChargingNotified(station_transaction_id="a", activated=False))
    told.session_ended(TransactionId(1), StationTransactionId("b"))

    assert [] == list(told.words(CP))

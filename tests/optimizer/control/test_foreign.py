"""What people may tell chargers beside the guard."""

from __future__ import annotations

import pytest

from ocpp_core.domain.commands import (
    ClearProfile,
    Command,
    GetComposite,
    RemoteStart,
    RemoteStop,
    Reset,
    SetProfile,
)
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    SchedulePeriod,
)
from optimizer.control.foreign import objection


def profile(purpose: ProfilePurpose) -> ChargingProfile:
    return ChargingProfile(
        profile_id=1,
        purpose=purpose,
        kind=ProfileKind.ABSOLUTE,
        periods=(SchedulePeriod(start_s=0, limit=32.0),),
    )


def set_profile(purpose: ProfilePurpose) -> SetProfile:
    return SetProfile(connector_id=ConnectorId(0), profile=profile(purpose))


@pytest.mark.parametrize(
    "command",
    [
        set_profile(ProfilePurpose.TX),
        set_profile(ProfilePurpose.TX_DEFAULT),
        ClearProfile(),
        ClearProfile(profile_id=1),
        ClearProfile(purpose=ProfilePurpose.TX_DEFAULT),
        RemoteStart(id_token=IdToken("A"), profile=profile(ProfilePurpose.TX)),
    ],
    ids=repr,
)
def test_what_could_raise_a_limit_is_refused_with_words(command: Command) -> None:
    assert objection(command)


@pytest.mark.parametrize(
    "command",
    [
        set_profile(ProfilePurpose.CHARGE_POINT_MAX),
        ClearProfile(purpose=ProfilePurpose.CHARGE_POINT_MAX),
        RemoteStart(id_token=IdToken("A")),
        RemoteStop(transaction_id=TransactionId(1)),
        GetComposite(connector_id=ConnectorId(1), duration_s=3600),
        Reset(),
    ],
    ids=repr,
)
def test_what_can_only_lower_or_ask_is_sent(command: Command) -> None:
    assert objection(command) is None

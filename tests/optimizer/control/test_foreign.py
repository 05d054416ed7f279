"""What people may tell chargers beside the guard."""

from __future__ import annotations

import pytest

from ocpp_core.domain.commands import (
    ChangeConfiguration,
    ClearProfile,
    Command,
    GetComposite,
    RemoteStart,
    RemoteStop,
    Reset,
    SendRaw,
    SetProfile,
    SetVariables,
    UpdateDynamicSchedule,
    UsePriorityCharging,
    VariableValue,
)
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    SchedulePeriod,
)
from ocpp_core.domain.variables import VariableName
from optimizer.control.foreign import objection
from optimizer.control.wire import FIRST_FOREIGN_ID


def profile(purpose: ProfilePurpose, profile_id: int = FIRST_FOREIGN_ID) -> ChargingProfile:
    return ChargingProfile(
        profile_id=profile_id,
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
        ClearProfile(profile_id=11, purpose=ProfilePurpose.CHARGE_POINT_MAX),
        SetProfile(
            connector_id=ConnectorId(0), profile=profile(ProfilePurpose.CHARGE_POINT_MAX, 11)
        ),
        set_profile(ProfilePurpose.PRIORITY_CHARGING),
        RemoteStart(id_token=IdToken("A"), profile=profile(ProfilePurpose.TX)),
        UpdateDynamicSchedule(profile_id=FIRST_FOREIGN_ID, limit=6.0),
        UsePriorityCharging(transaction_id=TransactionId(1), activate=True),
        SendRaw(action="setChargingProfile", payload="{}"),
        SendRaw(action="SetVariables", payload="{}"),
        SendRaw(action="AFRRSignal", payload="{}"),
        ChangeConfiguration(key="SmartChargingCtrlr.Enabled", value="false"),
        ChangeConfiguration(key="smartchargingctrlr.ENABLED", value="false"),
        ChangeConfiguration(key="SmartChargingCtrlr@1.Enabled", value="false"),
        ChangeConfiguration(key=" SmartChargingCtrlr[main]@1/2.Enabled[x] ", value="false"),
        SetVariables(
            variables=(
                VariableValue(name=VariableName.parse("ChargingStation.X"), value="1"),
                VariableValue(
                    name=VariableName(
                        component="smartChargingCtrlr",
                        component_instance="2",
                        connector_id=ConnectorId(1),
                        variable="enabled",
                    ),
                    value="false",
                ),
            )
        ),
        SetVariables(
            variables=(
                VariableValue(name=VariableName.parse("SmartChargingCtrlr.Enabled"), value="false"),
            )
        ),
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
        SendRaw(action="SetDisplayMessage", payload="{}"),
        ChangeConfiguration(key="EVSE@1.Enabled", value="false"),
        ChangeConfiguration(key="SmartChargingCtrlr.LimitChangeSignificance", value="1"),
        UsePriorityCharging(transaction_id=TransactionId(1), activate=False),
    ],
    ids=repr,
)
def test_what_can_only_lower_or_ask_is_sent(command: Command) -> None:
    assert objection(command) is None

"""Commands that people send past the plan: which of them the guard can live with."""

from __future__ import annotations

from ocpp_core.domain.commands import (
    ChangeConfiguration,
    ClearProfile,
    Command,
    RemoteStart,
    SendRaw,
    SetProfile,
    SetVariables,
    UpdateDynamicSchedule,
    UsePriorityCharging,
)
from ocpp_core.domain.profile import ProfilePurpose
from ocpp_core.domain.variables import plain_name
from optimizer.control.wire import FIRST_FOREIGN_ID

_RAW_LIMITS = frozenset({
    "afrrsignal", "clearchargingprofile", "remotestarttransaction", "requeststarttransaction",
    "setchargingprofile", "setdercontrol", "setvariables", "updatedynamicschedule",
    "useprioritycharging",
})  # fmt: skip
"""Actions that can change what a charger may draw; those that are in use have a command."""

_SWITCH = "smartchargingctrlr.enabled"
"""The variable that switches charging profiles off (OCPP 2.0.1 part 2, SmartChargingCtrlr)."""


def objection(command: Command) -> str | None:
    """Say why a command would undo what the guard proved, or None when it cannot.

    A ChargePointMaxProfile can only lower what a charger draws (OCPP 1.6 section 3.13.3: the lower
    of both purposes holds), so people may set and clear that one. Every other profile is the
    guard's own: another one could let a charger draw more than its books say.
    """
    match command:
        case SetProfile(profile=profile) if profile.purpose is not ProfilePurpose.CHARGE_POINT_MAX:
            return (
                f"a {profile.purpose.value} is the guard's to set: state the driver's need or set "
                "a circuit's limit, or send a ChargePointMaxProfile, which can only lower"
            )
        case SetProfile(profile=profile) if profile.profile_id < FIRST_FOREIGN_ID:
            return (
                f"profile ids below {FIRST_FOREIGN_ID} are the guard's, and a profile replaces "
                "the one that has its id: take a higher one"
            )
        case ClearProfile(profile_id=profile_id) if profile_id is not None:
            return (
                "with an id its purpose does not count (OCPP 1.6 section 6.8), so it may be the "
                "guard's: name the purpose ChargePointMaxProfile alone"
            )
        case ClearProfile(purpose=purpose) if purpose is not ProfilePurpose.CHARGE_POINT_MAX:
            return (
                "clearing the guard's profiles would lift its limits: name the purpose "
                "ChargePointMaxProfile"
            )
        case RemoteStart(profile=profile) if profile is not None:
            return "the guard sets the limit of the session itself: start without a profile"
        case UpdateDynamicSchedule():
            return "the values of profiles are the guard's to set: set a circuit's limit instead"
        case UsePriorityCharging(activate=True):
            return "a priority profile replaces the limits of the guard: state the driver's need"
        case SendRaw(action=action) if action.casefold() in _RAW_LIMITS:
            return f"{action} can change what the charger may draw: send the command for it"
        case ChangeConfiguration(key=key) if plain_name(key) == _SWITCH:
            return "without charging profiles no limit of the guard would hold"
        case SetVariables(variables=variables) if any(
            plain_name(str(one.name)) == _SWITCH for one in variables
        ):
            return "without charging profiles no limit of the guard would hold"
        case _:
            return None

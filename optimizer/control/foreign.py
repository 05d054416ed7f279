"""Commands that people send past the plan: which of them the guard can live with."""

from __future__ import annotations

from ocpp_core.domain.commands import ClearProfile, Command, RemoteStart, SetProfile
from ocpp_core.domain.profile import ProfilePurpose


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
        case ClearProfile(purpose=purpose) if purpose is not ProfilePurpose.CHARGE_POINT_MAX:
            return (
                "clearing the guard's profiles would lift its limits: name the purpose "
                "ChargePointMaxProfile"
            )
        case RemoteStart(profile=profile) if profile is not None:
            return "the guard sets the limit of the session itself: start without a profile"
        case _:
            return None

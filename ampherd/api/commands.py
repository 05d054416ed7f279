"""Every command of the domain as a route: its name, its body, who may send it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import Field

from ampherd.api.derived import Check, Derived, body_of, domain_value
from ampherd.tokens import Role
from ocpp_core.domain.commands import (
    ChangeConfiguration,
    Command,
    DeleteCertificate,
    GetComposite,
    InstallCertificate,
    RemoteStart,
    SendLocalList,
    SendRaw,
    SendSignedCertificate,
    SendVendorData,
    SetNetworkProfile,
    SetVariables,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
)
from ocpp_core.domain.profile import ChargingProfile, ProfileKind, SchedulePeriod

_SOCKET = Field(ge=1, description="A single connector: 0, the charger as a whole, is none.")

_LIMITS: dict[tuple[type[Any], str], Any] = {
    (ChargingProfile, "periods"): Field(min_length=1),
    (ChargingProfile, "duration_s"): Field(gt=0),
    (SchedulePeriod, "phase_count"): Field(ge=1, le=3),
    (SchedulePeriod, "phase_to_use"): Field(ge=1, le=3),
    (GetComposite, "duration_s"): Field(gt=0, le=7 * 86400),
    (RemoteStart, "connector_id"): _SOCKET,
    (TriggerMessage, "connector_id"): _SOCKET,
    (TriggerMessage, "message"): Field(min_length=1, examples=["StatusNotification"]),
    (UnlockConnector, "connector_id"): _SOCKET,
    (ChangeConfiguration, "key"): Field(min_length=1, max_length=200),
    (ChangeConfiguration, "value"): Field(max_length=2500),
    (SetVariables, "variables"): Field(min_length=1),
    (SendVendorData, "vendor"): Field(min_length=1, max_length=255),
    (SendRaw, "action"): Field(min_length=1, max_length=50, pattern="^[A-Za-z0-9]+$"),
    (SendLocalList, "version"): Field(ge=1),
}


def _profile_fault(profile: ChargingProfile) -> str | None:
    if profile.kind in {ProfileKind.ABSOLUTE, ProfileKind.RECURRING} and profile.start is None:
        return f"a profile of kind {profile.kind} needs a start"
    if (profile.recurrency is not None) is not (profile.kind is ProfileKind.RECURRING):
        return "recurrency goes with the kind Recurring, and only there"
    if profile.periods[0].start_s != 0:
        return "the first period starts at 0"
    starts = [period.start_s for period in profile.periods]
    if starts != sorted(set(starts)):
        return "periods are in order of start_s"
    return None


_CHECKS: dict[type[Any], Check] = {ChargingProfile: _profile_fault}

_FOR_ADMINS: frozenset[type[Any]] = frozenset({
    DeleteCertificate, InstallCertificate, SendRaw, SendSignedCertificate, SetNetworkProfile,
    UpdateFirmware,
})  # fmt: skip
"""What can take a charger away from its site, or makes it run somebody else's program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRoute:
    """One command as the API offers it."""

    name: str
    """In the URL, e.g. `remote-start`."""
    command: type[Any]
    body: type[Derived]
    role: Role

    def read(self, body: Derived) -> Command:
        """Turn a checked body into the command."""
        command: Command = domain_value(body, self.command)
        return command


def route_name(command: type[Any]) -> str:
    """Return a command's name as URLs have it: RemoteStart is remote-start."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", command.__name__).lower()


def _route(command: type[Any]) -> CommandRoute:
    return CommandRoute(
        name=route_name(command),
        command=command,
        body=body_of(command, limits=_LIMITS, checks=_CHECKS),
        role=Role.ADMIN if command in _FOR_ADMINS else Role.OPERATOR,
    )


ROUTES: tuple[CommandRoute, ...] = tuple(
    _route(command)
    for command in sorted(get_args(Command.__value__), key=lambda command: command.__name__)
)
"""One for every command of the domain."""

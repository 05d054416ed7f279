"""Changing a charger's password over OCPP, so that at every moment one of both lets it in.

Source: A01 of the OCPP 1.6 security whitepaper and of OCPP 2.0.1: once the charger accepted the new
password, the old one counts no more, and it connects anew with the new one.
"""

from __future__ import annotations

import re
import secrets
from typing import Protocol

import structlog

from ampherd.security.credentials import CredentialStore
from ocpp_core.domain.commands import (
    Accepted,
    ChangeConfiguration,
    Command,
    CommandResult,
    Offline,
    Rejected,
    SendRaw,
    SetNetworkProfile,
    SetVariables,
    TimedOut,
)
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import KEY_BYTES, SecurityProfile
from ocpp_core.domain.variables import plain_name
from ocpp_core.protocol.versions import password_setting

log = structlog.get_logger(__name__)

_PASSWORD = re.compile(r"authorizationkey|basicauthpassword", re.IGNORECASE)


class Chargers(Protocol):
    """How rotation reaches chargers; the central system is one."""

    def version_of(self, charge_point_id: ChargePointId) -> str | None:
        """Return the OCPP version that a charger speaks now; None when it is not connected."""
        ...

    async def send(self, charge_point_id: ChargePointId, command: Command) -> CommandResult:
        """Send one command and return how it ended."""
        ...


class PasswordRotation:
    """Changes passwords, one change of a charger at a time."""

    def __init__(self, chargers: Chargers, credentials: CredentialStore) -> None:
        self._chargers = chargers
        self._credentials = credentials
        self._under_way: set[ChargePointId] = set()

    async def rotate(self, charge_point_id: ChargePointId) -> CommandResult:
        """Give a charger a new random password and return how it took it; nobody sees it.

        The new one counts from before it is sent. Accepted: the old one counts no more. Refused:
        the new one does not. No answer: both count until one of them is used. Raises StoreError
        when that cannot be kept; then the charger was told nothing.
        """
        asked = self._credentials.configured(charge_point_id)
        if asked is None:
            return Rejected(status="Unknown", reason="the charger is not configured")
        if asked.profile is SecurityProfile.MUTUAL_TLS:
            return Rejected(
                status="NoPassword", reason="with security profile 3 its certificate counts"
            )
        if charge_point_id in self._under_way:
            return Rejected(status="Busy", reason="its password is being changed")
        version = self._chargers.version_of(charge_point_id)
        if version is None:
            return Offline()
        self._under_way.add(charge_point_id)
        try:
            return await self._change(charge_point_id, password_setting(version))
        finally:
            self._under_way.discard(charge_point_id)

    async def _change(self, charge_point_id: ChargePointId, setting: str) -> CommandResult:
        credentials = self._credentials
        key = secrets.token_bytes(KEY_BYTES)
        credentials.expect(charge_point_id, key)
        try:
            result = await self._chargers.send(
                charge_point_id, ChangeConfiguration(key=setting, value=key.hex())
            )
        except BaseException:
            credentials.leave_open(charge_point_id)
            raise
        match result:
            case Accepted():
                credentials.confirm(charge_point_id)
            case TimedOut() | Offline(sent=True):
                credentials.leave_open(charge_point_id)
            case _:
                credentials.abandon(charge_point_id)
        log.info(
            "change of a key asked", charge_point=charge_point_id, result=type(result).__name__
        )
        return result


def security_objection(command: Command, reached: SecurityProfile) -> str | None:
    """Say why a setting that concerns security is not sent as any other one; None when it may be.

    A password that is set past us locks the charger out; a lower profile is never set over OCPP
    (OCPP 2.0.1 A00.FR.005).
    """
    match command:
        case ChangeConfiguration(key=key, value=value):
            settings = [(plain_name(key), value)]
        case SetVariables(variables=variables):
            settings = [(plain_name(str(one.name)), one.value) for one in variables]
        case SetNetworkProfile(security_profile=profile):
            settings = [("securityprofile", str(profile))]
        case SendRaw(payload=payload) if _PASSWORD.search(payload):
            settings = [("authorizationkey", "")]
        case _:
            return None
    for name, value in settings:
        if _PASSWORD.fullmatch(name.rpartition(".")[2]):
            return (
                "a password is changed with POST /charge-points/ID/password, so that it is known "
                "here as well"
            )
        lower = value.strip().isdigit() and int(value) < reached
        if name.rpartition(".")[2] == "securityprofile" and lower:
            return f"the charger is on security profile {reached:d}: over OCPP it is never lowered"
    return None

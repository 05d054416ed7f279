"""How a simulated charger answers the server's CALLs in OCPP 1.6 (section 5, whitepaper)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ocpp_core.domain.commands import ResetKind
from ocpp_core.domain.composite import WHOLE
from ocpp_core.domain.events import StopReason
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import ProfilePurpose
from ocpp_core.sim import (
    remote16_certificates,
    remote16_files,
    remote16_profiles,
    remote16_settings,
    remote16_tokens,
    remote16_trigger,
)
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.profiles import read_profile_16
from ocpp_core.sim.replies16 import REJECTED, said
from ocpp_core.sim.wire import ErrorReply, Payload, Reply

ECHO = "Echo"
"""The one message of its own vendor that this charger knows: it answers what it is sent."""


def answer(charger: ChargerBody, action: str, payload: Payload) -> Reply | ErrorReply:
    """Answer one CALL; a payload that cannot be read gets FormationViolation."""
    handler = _HANDLERS.get(action)
    if handler is None:
        return ErrorReply("NotImplemented", action)
    try:
        return handler(charger, payload)
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        finding = f"{action}: {type(fault).__name__} {fault}"
        charger.findings.append(finding)
        return ErrorReply("FormationViolation", finding[:255])


def _remote_start(charger: ChargerBody, payload: Payload) -> Reply:
    place, token = payload.get("connectorId"), IdToken(str(payload["idTag"]))
    wire_profile = payload.get("chargingProfile")
    profile = None if wire_profile is None else read_profile_16(wire_profile)
    if profile is not None and (
        profile.purpose is not ProfilePurpose.TX or profile.transaction_id is not None
    ):
        return REJECTED
    free = [
        bay
        for bay in charger.bays.values()
        if place in {None, bay.connector_id}
        and bay.transaction is None
        and bay.operative
        and charger.admission.admits(bay, token)
    ]
    if not free:
        return REJECTED
    bay = next((b for b in free if b.outlet.car is not None), free[0])
    return said("Accepted", then=partial(charger.remote_start, bay, token, profile))


def _remote_stop(charger: ChargerBody, payload: Payload) -> Reply:
    transaction_id = TransactionId(int(payload["transactionId"]))
    for bay in charger.bays.values():
        if bay.running is not None and bay.running.transaction_id == transaction_id:
            return said("Accepted", then=partial(charger.stop, bay, StopReason.REMOTE))
    return REJECTED


def _reset(charger: ChargerBody, payload: Payload) -> Reply:
    kind = ResetKind(payload["type"])
    return said("Accepted", then=partial(charger.restarts.reset, kind))


def _change_availability(charger: ChargerBody, payload: Payload) -> Reply:
    place, operative = ConnectorId(payload["connectorId"]), payload["type"] == "Operative"
    bays = [b for b in charger.bays.values() if place in {WHOLE, b.connector_id}]
    if not bays:
        return REJECTED
    busy = not operative and any(bay.transaction is not None for bay in bays)
    return said(
        "Scheduled" if busy else "Accepted",
        then=partial(charger.set_operative, bays, operative=operative),
    )


def _unlock(charger: ChargerBody, payload: Payload) -> Reply:
    bay = charger.bays.get(ConnectorId(payload["connectorId"]))
    word = charger.traits.unlock
    if bay is None or word == "NotSupported":
        return said("NotSupported")
    # Section 5.18: a transaction is ended first.
    return said(word, then=partial(charger.stop, bay, StopReason.UNLOCK_COMMAND))


def _data_transfer(charger: ChargerBody, payload: Payload) -> Reply:
    if payload["vendorId"] != charger.traits.vendor:
        return said("UnknownVendorId")
    if payload.get("messageId") != ECHO:
        return said("UnknownMessageId")
    return Reply({"status": "Accepted", "data": str(payload.get("data", ""))})


type Handler = Callable[[ChargerBody, Payload], Reply]

_HANDLERS: Mapping[str, Handler] = {
    "CancelReservation": remote16_tokens.cancel,
    "CertificateSigned": remote16_certificates.signed,
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": remote16_settings.change,
    "ClearCache": remote16_tokens.clear_cache,
    "ClearChargingProfile": remote16_profiles.clear,
    "DataTransfer": _data_transfer,
    "DeleteCertificate": remote16_certificates.delete,
    "ExtendedTriggerMessage": remote16_trigger.extended_trigger,
    "GetCompositeSchedule": remote16_profiles.composite,
    "GetConfiguration": remote16_settings.read,
    "GetDiagnostics": remote16_files.diagnostics,
    "GetInstalledCertificateIds": remote16_certificates.installed,
    "GetLocalListVersion": remote16_tokens.list_version,
    "GetLog": remote16_files.log,
    "InstallCertificate": remote16_certificates.install,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "ReserveNow": remote16_tokens.reserve,
    "Reset": _reset,
    "SendLocalList": remote16_tokens.update_list,
    "SetChargingProfile": remote16_profiles.install,
    "SignedUpdateFirmware": remote16_files.update_signed_firmware,
    "TriggerMessage": remote16_trigger.trigger,
    "UnlockConnector": _unlock,
    "UpdateFirmware": remote16_files.update_firmware,
}

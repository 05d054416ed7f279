"""How a simulated charger answers the server's CALLs in OCPP 2.0.1 and 2.1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ocpp_core.domain.commands import ResetKind
from ocpp_core.domain.composite import WHOLE
from ocpp_core.domain.events import StopReason, Transfer
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.domain.profile import ProfilePurpose
from ocpp_core.sim import (
    remote2_certificates,
    remote2_device,
    remote2_files,
    remote2_profiles,
    remote2_tokens,
)
from ocpp_core.sim.bay import Bay, number_of
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.profiles import read_profile_2
from ocpp_core.sim.replies2 import REJECTED, refused, said
from ocpp_core.sim.wire import ErrorReply, Payload, Reply

type Handler = Callable[[ChargerBody, Payload], Reply]


def answer(charger: ChargerBody, action: str, payload: Payload) -> Reply | ErrorReply:
    """Answer one CALL; a payload that cannot be read gets FormatViolation."""
    handler = _HANDLERS.get(action)
    if handler is None and charger.traits.version is Version.V21:
        handler = _HANDLERS_21.get(action)
    if handler is None:
        known = action in KNOWN_BUT_UNSUPPORTED
        return ErrorReply("NotSupported" if known else "NotImplemented", action)
    try:
        return handler(charger, payload)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as fault:
        finding = f"{action}: {type(fault).__name__} {fault}"
        charger.findings.append(finding)
        return ErrorReply(charger.dialect.malformed, finding[:255])


KNOWN_BUT_UNSUPPORTED = frozenset({
    "ClearDisplayMessage", "ClearVariableMonitoring", "CustomerInformation", "GetDisplayMessages",
    "GetMonitoringReport", "PublishFirmware", "SetDisplayMessage", "SetMonitoringBase",
    "SetMonitoringLevel", "SetNetworkProfile", "SetVariableMonitoring", "UnpublishFirmware",
})  # fmt: skip
"""Actions of the specification that this charger answers with NotSupported."""


def _start(charger: ChargerBody, payload: Payload) -> Reply:
    place, token = payload.get("evseId"), IdToken(str(payload["idToken"]["idToken"]))
    free = [
        bay
        for bay in charger.bays.values()
        if place in {None, bay.connector_id}
        and bay.transaction is None
        and bay.operative
        and charger.admission.admits(bay, token)
    ]
    wire_profile = payload.get("chargingProfile")
    profile = None
    if wire_profile is not None:
        profile = read_profile_2(wire_profile, partial(number_of, charger.bays.values()))
        if profile.purpose is not ProfilePurpose.TX or profile.transaction_id is not None:
            return refused("InvalidProfile", "a TxProfile without a transaction is wanted")
    if not free:
        return refused("TxInProgress", "no free EVSE")
    bay = next((b for b in free if b.outlet.car is not None), free[0])
    number = int(payload["remoteStartId"])
    return said("Accepted", then=partial(charger.remote_start, bay, token, profile, number))


def _stop(charger: ChargerBody, payload: Payload) -> Reply:
    bay = _running(charger, payload["transactionId"])
    if bay is None:
        return refused("TxNotFound")
    return said("Accepted", then=partial(charger.stop, bay, StopReason.REMOTE))


def _transaction_status(charger: ChargerBody, payload: Payload) -> Reply:
    name = payload.get("transactionId")
    body: Payload = {"messagesInQueue": charger.waits_to_tell(name)}
    if name is not None:
        body["ongoingIndicator"] = _running(charger, name) is not None
    return Reply(body)


def _reset(charger: ChargerBody, payload: Payload) -> Reply:
    if "evseId" in payload:
        return refused("UnsupportedParam", "only the whole charger can be reset")
    if payload["type"] == "ImmediateAndResume":
        return refused("UnsupportedParam", "transactions end with a restart")
    immediate = payload["type"] == "Immediate"
    busy = any(bay.transaction is not None for bay in charger.bays.values())
    if busy and not immediate:
        return said("Scheduled", then=charger.restarts.reset_when_idle)
    kind = ResetKind.HARD if immediate else ResetKind.SOFT
    return said("Accepted", then=partial(charger.restarts.reset, kind))


def _availability(charger: ChargerBody, payload: Payload) -> Reply:
    place = ConnectorId(payload.get("evse", {}).get("id", WHOLE))
    operative = payload["operationalStatus"] == "Operative"
    bays = [b for b in charger.bays.values() if place in {WHOLE, b.connector_id}]
    if not bays:
        return refused("UnknownEvse")
    busy = not operative and any(bay.transaction is not None for bay in bays)
    return said(
        "Scheduled" if busy else "Accepted",
        then=partial(charger.set_operative, bays, operative=operative),
    )


def _trigger(charger: ChargerBody, payload: Payload) -> Reply:
    place = payload.get("evse", {}).get("id")
    if place is not None and place not in charger.bays:
        return refused("UnknownEvse")
    bays = [b for b in charger.bays.values() if place in {None, b.connector_id}]

    def statuses() -> None:
        for bay in bays:
            charger.say_status(bay.connector_id)

    def meters(*, running: bool) -> None:
        for bay in bays:
            if not running or bay.transaction is not None:
                charger.say_meter(bay, "Trigger", outside=not running)

    progress = charger.upkeep.say_progress
    match payload["requestedMessage"]:
        case "BootNotification":
            return said("Accepted", then=charger.terminal.say_boot)
        case "Heartbeat":
            return said("Accepted", then=partial(charger.terminal.say, "Heartbeat", {}))
        case "StatusNotification":
            return said("Accepted", then=statuses)
        case "MeterValues":
            return said("Accepted", then=partial(meters, running=False))
        case "TransactionEvent":
            if not any(bay.transaction is not None for bay in bays):
                return REJECTED
            return said("Accepted", then=partial(meters, running=True))
        case "FirmwareStatusNotification":
            return said("Accepted", then=partial(progress, Transfer.FIRMWARE))
        case "LogStatusNotification":
            return said("Accepted", then=partial(progress, Transfer.LOG))
        case "SignChargingStationCertificate":
            return said("Accepted", then=charger.upkeep.ask_for_certificate)
        case _:
            return said("NotImplemented")


def _unlock(charger: ChargerBody, payload: Payload) -> Reply:
    bay = charger.bays.get(ConnectorId(payload["evseId"]))
    if bay is None or payload["connectorId"] != 1:
        return said("UnknownConnector")
    if bay.transaction is not None:
        return said("OngoingAuthorizedTransaction")
    return said("Unlocked")


def _data_transfer(charger: ChargerBody, payload: Payload) -> Reply:
    del charger, payload
    return said("UnknownVendorId")


def _cost(charger: ChargerBody, payload: Payload) -> Reply:
    charger.costs[str(payload["transactionId"])] = float(payload["totalCost"])
    return Reply({})


def _running(charger: ChargerBody, name: str) -> Bay | None:
    return next(
        (b for b in charger.bays.values() if b.transaction and b.transaction.name == name), None
    )


_HANDLERS: Mapping[str, Handler] = {
    "CancelReservation": remote2_tokens.cancel,
    "CertificateSigned": remote2_certificates.signed,
    "ChangeAvailability": _availability,
    "ClearCache": remote2_tokens.clear_cache,
    "ClearChargingProfile": remote2_profiles.clear,
    "CostUpdated": _cost,
    "DataTransfer": _data_transfer,
    "DeleteCertificate": remote2_certificates.delete,
    "GetBaseReport": remote2_device.base_report,
    "GetChargingProfiles": remote2_profiles.report,
    "GetCompositeSchedule": remote2_profiles.composite,
    "GetInstalledCertificateIds": remote2_certificates.installed,
    "GetLocalListVersion": remote2_tokens.list_version,
    "GetLog": remote2_files.log,
    "GetReport": remote2_device.report,
    "GetTransactionStatus": _transaction_status,
    "GetVariables": remote2_device.get_variables,
    "InstallCertificate": remote2_certificates.install,
    "RequestStartTransaction": _start,
    "RequestStopTransaction": _stop,
    "ReserveNow": remote2_tokens.reserve,
    "Reset": _reset,
    "SendLocalList": remote2_tokens.update_list,
    "SetChargingProfile": remote2_profiles.install,
    "SetVariables": remote2_device.set_variables,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock,
    "UpdateFirmware": remote2_files.update_firmware,
}

_HANDLERS_21: Mapping[str, Handler] = {
    "UpdateDynamicSchedule": remote2_profiles.update_dynamic,
    "UsePriorityCharging": remote2_profiles.use_priority,
}

"""How a simulated charger answers the server's CALLs (OCPP 1.6 section 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from ocpp_core.domain.commands import ResetKind
from ocpp_core.domain.composite import WHOLE
from ocpp_core.domain.events import StopReason
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import ChargingProfile, ProfilePurpose, RateUnit
from ocpp_core.sim import wire16
from ocpp_core.sim.keys import KeyChange
from ocpp_core.sim.link import ErrorReply, Payload, Reply
from ocpp_core.sim.profiles import read_profile_16
from ocpp_core.sim.stack import Refusal

if TYPE_CHECKING:
    from ocpp_core.sim.charger import SimulatedCharger

ACCEPTED = Reply({"status": "Accepted"})
REJECTED = Reply({"status": "Rejected"})


def answer(charger: SimulatedCharger, action: str, payload: Payload) -> Reply | ErrorReply:
    """Answer one CALL; a payload that cannot be read gets FormationViolation."""
    handler = _HANDLERS.get(action)
    if handler is None:
        known = action in wire16.KNOWN_BUT_UNSUPPORTED
        return ErrorReply("NotSupported" if known else "NotImplemented", action)
    try:
        return handler(charger, payload)
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        finding = f"{action}: {type(fault).__name__} {fault}"
        charger.findings.append(finding)
        return ErrorReply("FormationViolation", finding[:255])


def _set_profile(charger: SimulatedCharger, payload: Payload) -> Reply:
    profile = read_profile_16(payload["csChargingProfiles"])
    refusal = charger.install(ConnectorId(payload["connectorId"]), profile)
    if isinstance(refusal, Refusal):
        charger.counters["profiles-rejected"] += 1
        charger.findings.append(f"SetChargingProfile: {refusal.words}")
        return REJECTED
    charger.counters["profiles-accepted"] += 1
    return ACCEPTED


def _clear_profile(charger: SimulatedCharger, payload: Payload) -> Reply:
    wanted = payload.get("id")
    place = payload.get("connectorId")
    purpose = payload.get("chargingProfilePurpose")
    level = payload.get("stackLevel")

    def matches(connector_id: ConnectorId, profile: ChargingProfile) -> bool:
        if wanted is not None:
            # Section 6.8: with an id the other criteria do not count.
            return bool(profile.profile_id == wanted)
        return (
            (place is None or connector_id == place)
            and (purpose is None or profile.purpose == purpose)
            and (level is None or profile.stack_level == level)
        )

    return ACCEPTED if charger.board.clear(matches) else Reply({"status": "Unknown"})


def _composite(charger: SimulatedCharger, payload: Payload) -> Reply:
    connector_id = ConnectorId(payload["connectorId"])
    if connector_id != WHOLE and connector_id not in charger.bays:
        return REJECTED
    unit = RateUnit(payload.get("chargingRateUnit", RateUnit.A))
    schedule = charger.board.composite(connector_id, int(payload["duration"]), unit)
    return Reply(wire16.composite(connector_id, schedule))


def _remote_start(charger: SimulatedCharger, payload: Payload) -> Reply:
    place = payload.get("connectorId")
    free = [b for b in charger.bays.values() if b.transaction is None and b.operative]
    if place is not None:
        free = [b for b in free if b.connector_id == place]
    wire_profile = payload.get("chargingProfile")
    profile = None if wire_profile is None else read_profile_16(wire_profile)
    if profile is not None and (
        profile.purpose is not ProfilePurpose.TX or profile.transaction_id is not None
    ):
        return REJECTED
    if not free:
        return REJECTED
    bay = next((b for b in free if b.outlet.car is not None), free[0])
    token = IdToken(str(payload["idTag"]))
    return Reply({"status": "Accepted"}, then=partial(charger.remote_start, bay, token, profile))


def _remote_stop(charger: SimulatedCharger, payload: Payload) -> Reply:
    transaction_id = TransactionId(int(payload["transactionId"]))
    for bay in charger.bays.values():
        if bay.running is not None and bay.running.transaction_id == transaction_id:
            return Reply({"status": "Accepted"}, then=partial(charger.stop, bay, StopReason.REMOTE))
    return REJECTED


def _change_configuration(charger: SimulatedCharger, payload: Payload) -> Reply:
    change = charger.keys.change(str(payload["key"]), str(payload["value"]))
    then = charger.keys_changed if change is KeyChange.ACCEPTED else None
    return Reply({"status": change.value}, then=then)


def _get_configuration(charger: SimulatedCharger, payload: Payload) -> Reply:
    names = [str(name) for name in payload.get("key") or charger.keys.names()]
    known = [name for name in names if name in charger.keys]
    body: Payload = {
        "configurationKey": [
            {
                "key": name,
                "readonly": charger.keys.is_readonly(name),
                "value": charger.keys.text(name),
            }
            for name in known
        ]
    }
    unknown = [name for name in names if name not in charger.keys]
    if unknown:
        body["unknownKey"] = unknown
    return Reply(body)


def _trigger(charger: SimulatedCharger, payload: Payload) -> Reply:
    place = payload.get("connectorId")
    if place is not None and place != WHOLE and place not in charger.bays:
        return REJECTED
    bays = [b for b in charger.bays.values() if place in {None, WHOLE, b.connector_id}]

    def statuses() -> None:
        if place is None or place == WHOLE:
            charger.say_status(WHOLE)
        for bay in bays:
            charger.say_status(bay.connector_id)

    def meters() -> None:
        for bay in bays:
            charger.say_meter(bay, "Trigger")

    then: Callable[[], object] | None
    match payload["requestedMessage"]:
        case "BootNotification":
            then = charger.terminal.say_boot
        case "Heartbeat":
            then = partial(charger.terminal.say, "Heartbeat", {})
        case "StatusNotification":
            then = statuses
        case "MeterValues":
            then = meters
        case _:
            return Reply({"status": "NotImplemented"})
    return Reply({"status": "Accepted"}, then=then)


def _reset(charger: SimulatedCharger, payload: Payload) -> Reply:
    kind = ResetKind(payload["type"])
    return Reply({"status": "Accepted"}, then=partial(charger.reset, kind))


def _change_availability(charger: SimulatedCharger, payload: Payload) -> Reply:
    place, operative = ConnectorId(payload["connectorId"]), payload["type"] == "Operative"
    bays = [b for b in charger.bays.values() if place in {WHOLE, b.connector_id}]
    if not bays:
        return REJECTED
    busy = not operative and any(bay.transaction is not None for bay in bays)
    return Reply(
        {"status": "Scheduled" if busy else "Accepted"},
        then=partial(charger.set_operative, bays, operative=operative),
    )


def _unlock(charger: SimulatedCharger, payload: Payload) -> Reply:
    del charger, payload
    return Reply({"status": "NotSupported"})


def _clear_cache(charger: SimulatedCharger, payload: Payload) -> Reply:
    del charger, payload
    return REJECTED


def _data_transfer(charger: SimulatedCharger, payload: Payload) -> Reply:
    del charger, payload
    return Reply({"status": "UnknownVendorId"})


type Handler = Callable[[SimulatedCharger, Payload], Reply]

_HANDLERS: Mapping[str, Handler] = {
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": _change_configuration,
    "ClearCache": _clear_cache,
    "ClearChargingProfile": _clear_profile,
    "DataTransfer": _data_transfer,
    "GetCompositeSchedule": _composite,
    "GetConfiguration": _get_configuration,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "Reset": _reset,
    "SetChargingProfile": _set_profile,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock,
}

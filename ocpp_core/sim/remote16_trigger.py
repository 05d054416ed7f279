"""Messages that a 1.6 server asks for (section 5.17; security whitepaper, ExtendedTrigger)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ocpp_core.domain.composite import WHOLE
from ocpp_core.domain.events import Transfer
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.replies16 import REJECTED, said
from ocpp_core.sim.wire import Payload, Reply


def trigger(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer TriggerMessage."""
    return _answered(charger, payload, signed=False)


def extended_trigger(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer ExtendedTriggerMessage."""
    return _answered(charger, payload, signed=True)


def _answered(charger: ChargerBody, payload: Payload, *, signed: bool) -> Reply:
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

    progress = charger.upkeep.say_progress
    then: Callable[[], object]
    match payload["requestedMessage"]:
        case "BootNotification":
            then = charger.terminal.say_boot
        case "Heartbeat":
            then = partial(charger.terminal.say, "Heartbeat", {})
        case "StatusNotification":
            then = statuses
        case "MeterValues":
            then = meters
        case "FirmwareStatusNotification":
            then = partial(progress, Transfer.FIRMWARE, signed=signed)
        case "DiagnosticsStatusNotification" if not signed:
            then = partial(progress, Transfer.DIAGNOSTICS)
        case "LogStatusNotification" if signed:
            then = partial(progress, Transfer.LOG)
        case "SignChargePointCertificate" if signed:
            then = charger.upkeep.ask_for_certificate
        case _:
            return said("NotImplemented")
    return said("Accepted", then=then)

"""Variables of the device model that are not kept there, but follow from what a charger is."""

from __future__ import annotations

from ocpp_core.domain.events import ConnectorStatus
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.device import Name


def shown(charger: ChargerBody, name: Name) -> str | None:
    """Return the value of a variable as the charger is now; None: it is kept in the model."""
    match name:
        case Name(component="ChargingStation", variable="Model"):
            return charger.traits.model
        case Name(component="ChargingStation", variable="VendorName"):
            return charger.traits.vendor
        case Name(variable="AvailabilityState", evse_id=None):
            states = {charger.dialect.shown(bay.status) for bay in charger.bays.values()}
            return (states.pop() if len(states) == 1 else ConnectorStatus.AVAILABLE).value
        case Name(variable="AvailabilityState", evse_id=int(number)):
            return charger.dialect.shown(charger.bays[ConnectorId(number)].status).value
        case _:
            return None

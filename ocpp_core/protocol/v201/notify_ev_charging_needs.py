"""NotifyEVChargingNeeds (OCPP 2.0.1 K15 to K17)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ocpp_core.domain.events import ChargingNeedsNotified, EnergyTransfer
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound, Int32
from ocpp_core.protocol.v201.message import Number, Wire
from ocpp_core.protocol.v201.words import one_of
from ocpp_core.protocol.words import reduced

_TRANSFERS = {reduced(transfer.value): transfer for transfer in EnergyTransfer}

OPEN_ENUMS = frozenset({"requestedEnergyTransfer"})


class AcParameters(Wire, frozen=True, kw_only=True):
    """What a car can take as AC: Wh, A per phase, V."""

    energy_amount: float | None = None
    ev_min_current: float | None = None
    ev_max_current: float | None = None
    ev_max_voltage: float | None = None


class DcParameters(Wire, frozen=True, kw_only=True):
    """What a car can take as DC: A, V, W, Wh, percent."""

    ev_max_current: float | None = None
    ev_max_voltage: float | None = None
    energy_amount: float | None = None
    ev_max_power: float | None = None
    state_of_charge: float | None = None
    ev_energy_capacity: float | None = None
    full_soc: float | None = msgspec.field(default=None, name="fullSoC")
    bulk_soc: float | None = msgspec.field(default=None, name="bulkSoC")


class ChargingNeeds(Wire, frozen=True, kw_only=True):
    """What a car wants."""

    requested_energy_transfer: str
    departure_time: datetime | None = None
    ac_charging_parameters: AcParameters | None = None
    dc_charging_parameters: DcParameters | None = None


class Request(Wire, frozen=True, kw_only=True):
    """What the car at an EVSE wants."""

    evse_id: Number
    charging_needs: ChargingNeeds
    max_schedule_tuples: Int32 | None = None


def to_event(request: Request, received_at: datetime, findings: list[str]) -> ChargingNeedsNotified:
    """Read what the car wants."""
    needs = request.charging_needs
    word = needs.requested_energy_transfer
    transfer = _TRANSFERS.get(reduced(word))
    if transfer is None:
        findings.append(f"energy transfer {word[:40]!r} is not known")
    departure = needs.departure_time
    ac = needs.ac_charging_parameters or AcParameters()
    dc = needs.dc_charging_parameters or DcParameters()
    return ChargingNeedsNotified(
        connector_id=ConnectorId(request.evse_id),
        transfer=transfer,
        departure=(None if departure is None else wiretime.read(departure, received_at, findings)),
        energy_wh=ac.energy_amount if ac.energy_amount is not None else dc.energy_amount,
        min_current_a=ac.ev_min_current,
        max_current_a=ac.ev_max_current if ac.ev_max_current is not None else dc.ev_max_current,
        max_power_w=dc.ev_max_power,
        state_of_charge_percent=dc.state_of_charge,
        max_schedule_periods=request.max_schedule_tuples,
        bidirectional="BPT" in word.upper(),
    )


to_payload = one_of("Accepted", "Rejected", "Processing", otherwise="Rejected")

MESSAGE = Inbound(
    "NotifyEVChargingNeeds",
    Request,
    to_event,
    to_payload,
    open_enums=OPEN_ENUMS,
    dispensable=frozenset({"energyAmount", "evMinCurrent", "evMaxCurrent", "evMaxVoltage"}),
)

"""NotifyEVChargingNeeds (OCPP 2.1 K15 to K19, Q): also what a car could give back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from ocpp_core.domain.events import ChargingNeedsNotified
from ocpp_core.protocol.v201 import notify_ev_charging_needs as v201
from ocpp_core.protocol.v201.message import Wire
from ocpp_core.protocol.v201.words import one_of


class V2xParameters(Wire, frozen=True, kw_only=True):
    """What a car can take and give over ISO 15118-20: W, A, V, Wh, percent."""

    min_charge_power: float | None = None
    min_charge_power_l2: float | None = msgspec.field(default=None, name="minChargePower_L2")
    min_charge_power_l3: float | None = msgspec.field(default=None, name="minChargePower_L3")
    max_charge_power: float | None = None
    max_charge_power_l2: float | None = msgspec.field(default=None, name="maxChargePower_L2")
    max_charge_power_l3: float | None = msgspec.field(default=None, name="maxChargePower_L3")
    min_discharge_power: float | None = None
    min_discharge_power_l2: float | None = msgspec.field(default=None, name="minDischargePower_L2")
    min_discharge_power_l3: float | None = msgspec.field(default=None, name="minDischargePower_L3")
    max_discharge_power: float | None = None
    max_discharge_power_l2: float | None = msgspec.field(default=None, name="maxDischargePower_L2")
    max_discharge_power_l3: float | None = msgspec.field(default=None, name="maxDischargePower_L3")
    min_charge_current: float | None = None
    max_charge_current: float | None = None
    min_discharge_current: float | None = None
    max_discharge_current: float | None = None
    min_voltage: float | None = None
    max_voltage: float | None = None
    ev_target_energy_request: float | None = None
    ev_min_energy_request: float | None = None
    ev_max_energy_request: float | None = None
    ev_min_v2x_energy_request: float | None = msgspec.field(
        default=None, name="evMinV2XEnergyRequest"
    )
    ev_max_v2x_energy_request: float | None = msgspec.field(
        default=None, name="evMaxV2XEnergyRequest"
    )
    target_soc: float | None = msgspec.field(default=None, name="targetSoC")


class ChargingNeeds(v201.ChargingNeeds, frozen=True, kw_only=True):
    """What a car wants; inverters and prices are in the raw frame only."""

    v2x_charging_parameters: V2xParameters | None = msgspec.field(
        default=None, name="v2xChargingParameters"
    )
    der_charging_parameters: Any = None
    ev_energy_offer: Any = None
    available_energy_transfer: list[str] | None = None
    control_mode: str | None = None
    mobility_needs_mode: str | None = None


class Request(v201.Request, frozen=True, kw_only=True):
    """What the car at an EVSE wants."""

    charging_needs: ChargingNeeds
    timestamp: datetime | None = None


def to_event(request: Request, received_at: datetime, findings: list[str]) -> ChargingNeedsNotified:
    """Read what the car wants; powers of three phases add up."""
    event = v201.to_event(request, received_at, findings)
    v2x = request.charging_needs.v2x_charging_parameters
    if v2x is None:
        return event
    return replace(
        event,
        energy_wh=_first(event.energy_wh, v2x.ev_target_energy_request),
        min_current_a=_first(event.min_current_a, v2x.min_charge_current),
        max_current_a=_first(event.max_current_a, v2x.max_charge_current),
        max_power_w=_first(
            event.max_power_w,
            _sum(v2x.max_charge_power, v2x.max_charge_power_l2, v2x.max_charge_power_l3),
        ),
        max_discharge_power_w=_sum(
            v2x.max_discharge_power, v2x.max_discharge_power_l2, v2x.max_discharge_power_l3
        ),
        available_wh=_available(v2x.ev_min_v2x_energy_request, v2x.ev_min_energy_request),
    )


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _available(*missing_wh: float | None) -> float | None:
    """Return what is above the highest of the least states of charge: missing less than nothing."""
    known = [value for value in missing_wh if value is not None]
    return -max(known) if known else None


def _sum(*values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


MESSAGE = v201.MESSAGE.extended(
    Request,
    to_event=to_event,
    to_payload=one_of(
        "Accepted", "Rejected", "Processing", "NoChargingProfile", otherwise="Rejected"
    ),
    open_enums=frozenset(
        {
            "availableEnergyTransfer",
            "controlMode",
            "evIslandingDetectionMethod",
            "evSupportedDERControl",
            "mobilityNeedsMode",
        }
    ),
)

"""Charging profiles by order of a 1.6 server (OCPP 1.6 sections 5.5, 5.7 and 5.16)."""

from __future__ import annotations

from ocpp_core.domain.composite import WHOLE
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ChargingProfile, RateUnit
from ocpp_core.sim import wire16
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.profiles import read_profile_16
from ocpp_core.sim.replies16 import ACCEPTED, REJECTED, said
from ocpp_core.sim.stack import Refusal
from ocpp_core.sim.wire import Payload, Reply


def install(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer SetChargingProfile."""
    profile = read_profile_16(payload["csChargingProfiles"])
    refusal = charger.install(ConnectorId(payload["connectorId"]), profile)
    if isinstance(refusal, Refusal):
        charger.counters["profiles-rejected"] += 1
        charger.findings.append(f"SetChargingProfile: {refusal.words}")
        return REJECTED
    charger.counters["profiles-accepted"] += 1
    return ACCEPTED


def clear(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer ClearChargingProfile."""
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

    return ACCEPTED if charger.board.clear(matches) else said("Unknown")


def composite(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer GetCompositeSchedule."""
    connector_id = ConnectorId(payload["connectorId"])
    if connector_id != WHOLE and connector_id not in charger.bays:
        return REJECTED
    unit = RateUnit(payload.get("chargingRateUnit", RateUnit.A))
    schedule = charger.board.composite(connector_id, int(payload["duration"]), unit)
    return Reply(wire16.composite(connector_id, schedule))

"""Smart charging as a charger of OCPP 2.0.1 and 2.1 answers it (chapter K)."""

from __future__ import annotations

from functools import partial

from ocpp_core.domain.composite import WHOLE
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
)
from ocpp_core.sim.bay import Bay, number_of
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.dynamics import pull
from ocpp_core.sim.profiles import MAX_PROFILE_2, read_profile_2, updated, write_composite_2
from ocpp_core.sim.replies2 import ACCEPTED, refused, said
from ocpp_core.sim.stack import Refusal
from ocpp_core.sim.wire import Payload, Reply


def install(charger: ChargerBody, payload: Payload) -> Reply:
    """SetChargingProfile (K01)."""
    wire = payload["chargingProfile"]
    place = ConnectorId(payload["evseId"])
    profile = read_profile_2(wire, partial(number_of, charger.bays.values()))
    if profile.purpose is ProfilePurpose.TX and profile.transaction_id is None:
        refusal: Refusal | None = Refusal("a TxProfile needs its transaction (FR.03)")
    else:
        refusal = charger.install(place, profile)
    if refusal is not None:
        charger.counters["profiles-rejected"] += 1
        charger.findings.append(f"SetChargingProfile: {refusal.words}")
        return refused(refusal.code, refusal.words)
    charger.counters["profiles-accepted"] += 1
    charger.received[profile.profile_id] = wire
    if profile.kind is ProfileKind.DYNAMIC and profile.dyn_update_interval_s:
        return said("Accepted", then=partial(charger.spawn, pull(charger, place, profile)))
    return ACCEPTED


def clear(charger: ChargerBody, payload: Payload) -> Reply:
    """ClearChargingProfile (K10)."""
    wanted = payload.get("chargingProfileId")
    criteria = payload.get("chargingProfileCriteria", {})
    place = criteria.get("evseId")
    purpose = _purpose(criteria.get("chargingProfilePurpose"))
    level = criteria.get("stackLevel")

    def matches(connector_id: ConnectorId, profile: ChargingProfile) -> bool:
        if wanted is not None:
            return bool(profile.profile_id == wanted)
        return (
            (place is None or connector_id == place)
            and (purpose is None or profile.purpose is purpose)
            and (level is None or profile.stack_level == level)
        )

    return ACCEPTED if charger.board.clear(matches) else said("Unknown")


def report(charger: ChargerBody, payload: Payload) -> Reply:
    """GetChargingProfiles (K09); the profiles follow in ReportChargingProfiles."""
    criteria = payload["chargingProfile"]
    place = payload.get("evseId")
    ids, level = criteria.get("chargingProfileId"), criteria.get("stackLevel")
    purpose = _purpose(criteria.get("chargingProfilePurpose"))
    sources = criteria.get("chargingLimitSource")
    found = {
        connector_id: kept
        for connector_id, profiles in charger.board.stack.installed.items()
        if (place is None or connector_id == place)
        and (sources is None or "CSO" in sources)
        and (
            kept := [
                charger.received[p.profile_id]
                for p in profiles
                if p.profile_id in charger.received
                and (ids is None or p.profile_id in ids)
                and (level is None or p.stack_level == level)
                and (purpose is None or p.purpose is purpose)
            ]
        )
    }
    if not found:
        return said("NoProfiles")
    return said("Accepted", then=partial(_tell, charger, int(payload["requestId"]), found))


def composite(charger: ChargerBody, payload: Payload) -> Reply:
    """GetCompositeSchedule (K08)."""
    place = ConnectorId(payload["evseId"])
    if place != WHOLE and place not in charger.bays:
        return refused("UnknownEvse")
    unit = RateUnit(payload.get("chargingRateUnit", RateUnit.A))
    schedule = charger.board.composite(place, int(payload["duration"]), unit)
    return Reply(
        {"status": "Accepted", "schedule": write_composite_2(place, schedule, charger.stamp)}
    )


def update_dynamic(charger: ChargerBody, payload: Payload) -> Reply:
    """UpdateDynamicSchedule (2.1 K28)."""
    number = payload["chargingProfileId"]
    found = next(
        (
            (place, profile)
            for place, profiles in charger.board.stack.installed.items()
            for profile in profiles
            if profile.profile_id == number
        ),
        None,
    )
    if found is None:
        return refused("InvalidProfile", f"there is no profile {number}")
    place, profile = found
    if profile.kind is not ProfileKind.DYNAMIC:
        return refused("InvalidProfile", f"profile {number} is not dynamic")
    refusal = charger.install(
        place, updated(profile, payload["scheduleUpdate"], charger.clock.now())
    )
    return ACCEPTED if refusal is None else refused("InvalidSchedule", refusal.words)


def use_priority(charger: ChargerBody, payload: Payload) -> Reply:
    """UsePriorityCharging (2.1 K21): needs a profile for it and a running transaction."""
    name, activated = payload["transactionId"], bool(payload["activate"])
    bay = next(
        (b for b in charger.bays.values() if b.transaction and b.transaction.name == name), None
    )
    if bay is None or bay.transaction is None:
        return refused("TxNotFound")
    kept = charger.board.stack.installed
    profiles = (*kept.get(bay.connector_id, ()), *kept.get(WHOLE, ()))
    if not any(p.purpose is ProfilePurpose.PRIORITY_CHARGING for p in profiles):
        return said("NoProfile")
    return said("Accepted", then=partial(_prefer, charger, bay, activated=activated))


def _tell(charger: ChargerBody, request_id: int, found: dict[ConnectorId, list[Payload]]) -> None:
    for number, (place, profiles) in enumerate(found.items(), 1):
        charger.terminal.say(
            "ReportChargingProfiles",
            {
                "requestId": request_id,
                "chargingLimitSource": "CSO",
                "evseId": place,
                "chargingProfile": profiles,
                "tbc": number < len(found),
            },
        )


def _purpose(word: str | None) -> ProfilePurpose | None:
    if word is None:
        return None
    return ProfilePurpose.CHARGE_POINT_MAX if word == MAX_PROFILE_2 else ProfilePurpose(word)


def _prefer(charger: ChargerBody, bay: Bay, *, activated: bool) -> None:
    """Prefer a transaction, or no more (K21); the profile for it then counts."""
    if bay.transaction is None:
        return
    charger.board.prefer(bay, activated=activated)
    charger.terminal.say(
        "NotifyPriorityCharging",
        {"transactionId": bay.transaction.name, "activated": activated},
    )

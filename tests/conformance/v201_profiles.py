"""Charging profiles of OCPP 2.0.1, as the API takes them and as chargers get them."""

from __future__ import annotations

from typing import Any

from tests.conformance.api import Api
from tests.conformance.station import Station
from tests.conformance.v201 import AT, WRITTEN_AT

FOR_EVER = {"duration_s": None}
"""A schedule that is not over by the time it is looked up."""


def profile(purpose: str, **more: Any) -> dict[str, Any]:
    """Return a profile as the API takes it."""
    fields = {
        "profile_id": 1,
        "purpose": purpose,
        "kind": "Absolute",
        "rate_unit": "A",
        "periods": [{"start_s": 0, "limit": 6, "phase_count": 3}, {"start_s": 60, "limit": 10.5}],
        "start": AT,
        "duration_s": 300,
    }
    return {name: value for name, value in (fields | more).items() if value is not None}


SCHEDULE = {
    "id": 1,
    "startSchedule": WRITTEN_AT,
    "duration": 300,
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [
        {"startPeriod": 0, "limit": 6.0, "numberPhases": 3},
        {"startPeriod": 60, "limit": 10.5},
    ],
}
ENDLESS = {name: value for name, value in SCHEDULE.items() if name != "duration"}


def written(purpose: str, **more: Any) -> dict[str, Any]:
    """Return the same as the charger gets it."""
    return {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [SCHEDULE],
    } | more


async def told(
    station: Station, api: Api, evse: int, wanted: dict[str, Any], word: str = "Accepted"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have a profile set; return what the charger got, and how it ended."""
    ordered = api.command("set-profile", connector_id=evse, profile=wanted)
    payload = await station.asked("SetChargingProfile", {"status": word})
    return payload, await ordered


async def in_force(api: Api) -> list[tuple[int, str, int, str]]:
    """Return what the charger holds by what is on record: EVSE, purpose, id, who set it."""
    rows = await api.get("/charge-points/{id}/profiles")
    return [(row["connector_id"], row["purpose"], row["profile_id"], row["source"]) for row in rows]

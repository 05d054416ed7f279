"""Dynamic charging profiles, whose values the charger asks for (OCPP 2.1 K28)."""

from __future__ import annotations

from datetime import timedelta

from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ChargingProfile
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.profiles import updated
from ocpp_core.sim.wire import Answered


async def pull(charger: ChargerBody, place: ConnectorId, profile: ChargingProfile) -> None:
    """Ask for new values at the profile's interval until it is gone or sent anew."""
    interval = timedelta(seconds=profile.dyn_update_interval_s or 0)
    number, wire = profile.profile_id, charger.received.get(profile.profile_id)
    while interval:
        await charger.clock.sleep_until(charger.clock.now() + interval)
        if charger.received.get(number) is not wire or _kept(charger, place, number) is None:
            return
        if not charger.connected:
            continue
        letter = charger.terminal.say("PullDynamicScheduleUpdate", {"chargingProfileId": number})
        outcome = await letter.outcome
        kept = _kept(charger, place, number)
        if kept is None or not isinstance(outcome, Answered):
            continue
        update = outcome.payload.get("scheduleUpdate")
        if outcome.payload.get("status") == "Accepted" and isinstance(update, dict):
            charger.install(place, updated(kept, update, charger.clock.now()))


def _kept(charger: ChargerBody, place: ConnectorId, number: int) -> ChargingProfile | None:
    profiles = charger.board.stack.installed.get(place, ())
    return next((profile for profile in profiles if profile.profile_id == number), None)

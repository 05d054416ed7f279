"""When a committed message is an occasion to plan anew, and how that is said."""

from __future__ import annotations

from ocpp_core.domain.events import (
    ChargingNeedsNotified,
    ConnectorStatus,
    DomainEvent,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StatusChanged,
)

_CAUSES = {
    "Authorized": "a driver was authorised",
    "CablePluggedIn": "a car plugged in",
    "ChargingStateChanged": "a car began, paused or ended charging",
    "EVDetected": "a car plugged in",
    "RemoteStart": "a session was started from afar",
    "Deauthorized": "a driver may not charge any more",
}
"""Causes of transaction events that change what a plan depends on (2.0.1 TriggerReasonEnumType)."""


def occasion(event: DomainEvent | None) -> str | None:
    """Say why an event asks for another plan; None when it does not."""
    match event:
        case SessionStarted():
            return "a car plugged in"
        case SessionUpdated(notice=notice):
            return _CAUSES.get(notice.trigger)
        case SessionStopped():
            return "a session ended"
        case ChargingNeedsNotified():
            return "a car said what it needs"
        case StatusChanged(status=ConnectorStatus.SUSPENDED_EV):
            return "a car takes no more"
        case _:
            return None

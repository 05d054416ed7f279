"""What state a connector or a charger is in: words, a colour by meaning and a sign."""

from __future__ import annotations

from dataclasses import dataclass

from ocpp_core.domain.plan import LimitReason
from ocpp_core.domain.view import ConnectorView


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state for people; the sign and the words say the same as the colour."""

    words: str
    colour: str
    """Name of a colour of `dashboards.palette.Palette`."""
    sign: str

    def __str__(self) -> str:
        """Return sign and words."""
        return f"{self.sign} {self.words}"


_STATES: dict[str, State] = {
    name: State(words=words, colour=colour, sign=sign)
    for name, words, colour, sign in (
        ("Available", "Free", "muted", "○"),
        ("Preparing", "Plugged in, not started", "waiting", "◔"),
        ("Occupied", "Plugged in", "waiting", "◔"),
        ("Charging", "Charging", "charging", "▶"),
        ("SuspendedEVSE", "Waiting for power", "waiting", "❚❚"),
        ("SuspendedEV", "Car pauses", "waiting", "❚❚"),
        ("Finishing", "Finished, still plugged in", "good", "✓"),
        ("Reserved", "Reserved", "muted", "◇"),
        ("Unavailable", "Out of service", "muted", "✕"),
        ("Faulted", "Fault", "fault", "!"),
        ("Unknown", "Unknown", "muted", "?"),
    )
}
"""By OCPP connector status."""

OFFLINE = State(words="Offline", colour="fault", sign="✕")
DONE = State(words="Has its energy", colour="good", sign="✓")
_PAUSED = {"SuspendedEV", "SuspendedEVSE"}
_WAITING = {"Occupied", "Preparing", "SuspendedEVSE"}


def state_of(connector: ConnectorView) -> State:
    """Return the state of a connector; that of one without a link is not known any more."""
    return reported(connector) if connector.online else OFFLINE


def waits(connector: ConnectorView) -> bool:
    """Whether a car is plugged in there that is allowed nothing yet and still wants energy."""
    return connector.state in _WAITING and not _done(connector)


def reported(connector: ConnectorView) -> State:
    """Return what the charger last said of a connector, and whether its car has all it wants."""
    if connector.state in _PAUSED and _done(connector):
        return DONE
    unknown = State(words=connector.state, colour="muted", sign="?")
    return _STATES.get(connector.state, unknown)


def _done(connector: ConnectorView) -> bool:
    return connector.session is not None and connector.reason == LimitReason.DONE


def error_of(connector: ConnectorView) -> str:
    """Return the error that the charger reports of a connector, empty for none."""
    return "" if connector.error_code == "NoError" else connector.error_code

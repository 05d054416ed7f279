"""How often cars have started, and since when they charge, as far as orders go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from ocpp_core.domain.ids import ConnectorRef, SessionId
from ocpp_core.domain.live import LiveSite


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """What a session was ordered so far."""

    starts: int = 0
    running_since: datetime | None = None
    """None while it is ordered nothing."""


NEW = Switched()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedSoFar:
    """What plans ordered the sessions that run, before this program started."""

    switched: Mapping[SessionId, Switched] = field(default_factory=dict)
    given_wh: Mapping[SessionId, float] = field(default_factory=dict)
    """What each was told to give back, Wh at the meter."""


NOTHING_YET = OrderedSoFar()


class Switching:
    """Follows the orders of each session from look to look.

    `recalled` is what plans ordered before a restart: a start that the guard did not follow counts.
    """

    def __init__(self, recalled: Mapping[SessionId, Switched] = MappingProxyType({})) -> None:
        self._known = dict(recalled)

    def look(
        self, live: LiveSite, orders_a: Mapping[ConnectorRef, float], at: datetime
    ) -> Mapping[SessionId, Switched]:
        """Take note of the orders in force, and return what is known of each open session."""
        known = {}
        for session in live.open_sessions():
            before = self._known.get(session.session_id, NEW)
            now = before
            if session.ref not in orders_a:
                pass  # not known yet: a charger has not confirmed anew since a restart
            elif orders_a[session.ref] <= 0:
                now = Switched(starts=before.starts)
            elif before.running_since is None:
                now = Switched(starts=before.starts + 1, running_since=at)
            known[session.session_id] = now
        self._known = known
        return known

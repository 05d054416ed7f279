"""How often cars have started, and since when they charge, as far as orders go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ocpp_core.domain.ids import ConnectorRef, SessionId
from ocpp_core.domain.live import LiveSite


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """What a session was ordered so far."""

    starts: int = 0
    running_since: datetime | None = None
    """None while it is ordered nothing."""


NEW = Switched()


class Switching:
    """Follows the orders of each session from look to look.

    It forgets at a restart: who charges then counts as having started once, just now.
    """

    def __init__(self) -> None:
        self._known: dict[SessionId, Switched] = {}

    def look(
        self, live: LiveSite, orders_a: Mapping[ConnectorRef, float], at: datetime
    ) -> Mapping[SessionId, Switched]:
        """Take note of the orders in force, and return what is known of each open session."""
        known = {}
        for session in live.open_sessions():
            before = self._known.get(session.session_id, NEW)
            now = before
            if orders_a.get(session.ref, 0.0) <= 0:
                now = Switched(starts=before.starts)
            elif before.running_since is None:
                now = Switched(starts=before.starts + 1, running_since=at)
            known[session.session_id] = now
        self._known = known
        return known

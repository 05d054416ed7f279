"""Which cars take no more, as far as their chargers can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ocpp_core.domain.events import ConnectorStatus
from ocpp_core.domain.ids import ConnectorRef, SessionId
from ocpp_core.domain.live import LiveConnector, LiveSite


@dataclass(frozen=True, slots=True, kw_only=True)
class FullnessRules:
    """When "suspended by the car" is believed."""

    after: timedelta = timedelta(seconds=120)
    """A car that takes nothing of its minimum current for this long is full. Before that, or at a
    limit below it, the word may as well stand for our own pause (lbbrhzn/ocpp#1245)."""
    again: timedelta = timedelta(minutes=30)
    """When it is asked once more: it may heat, or have waited for a timer of its own."""


class FullCars:
    """Remembers who was offered current and took none, since a full car is offered none."""

    def __init__(self, rules: FullnessRules | None = None) -> None:
        self._rules = rules or FullnessRules()
        self._offered_since: dict[ConnectorRef, datetime] = {}
        self._full_until: dict[SessionId, datetime] = {}

    def look(
        self, live: LiveSite, orders_a: Mapping[ConnectorRef, float], at: datetime
    ) -> frozenset[SessionId]:
        """Take note of states and orders now, and return whose car is full.

        Who has no order may draw what it likes.
        """
        full = set()
        for point in live.charge_points.values():
            for connector in point.connectors.values():
                session = connector.session
                self._note_offer(connector, orders_a, at)
                if session is not None and session.energy_wh > 0:
                    self._judge(connector, session.session_id, at)
                    if at < self._full_until.get(session.session_id, at):
                        full.add(session.session_id)
        self._full_until = {s: until for s, until in self._full_until.items() if s in full}
        return frozenset(full)

    def _note_offer(
        self, live: LiveConnector, orders_a: Mapping[ConnectorRef, float], at: datetime
    ) -> None:
        connector = live.connector
        if orders_a.get(connector.ref, connector.min_current_a) >= connector.min_current_a:
            self._offered_since.setdefault(connector.ref, at)
        else:
            self._offered_since.pop(connector.ref, None)

    def _judge(self, live: LiveConnector, session_id: SessionId, at: datetime) -> None:
        since = self._offered_since.get(live.connector.ref)
        if live.status is ConnectorStatus.CHARGING:
            self._full_until.pop(session_id, None)
        elif (
            live.status is ConnectorStatus.SUSPENDED_EV
            and since is not None
            and at - since >= self._rules.after
        ):
            self._full_until[session_id] = at + self._rules.again

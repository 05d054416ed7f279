"""What one group of messages adds to the tables, while it is being worked out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from analytics.rows import Rows
from analytics.state import SessionRow, State
from ocpp_core.domain.ids import SiteId
from ocpp_core.domain.metering import Layout, Reading

type Key = tuple[str, int]
"""Charger and connector."""
type _Quantity = tuple[str, str, str, str]
"""Measurand, phase, location and context: what of one instant there is one value of."""


@dataclass(slots=True)
class Batch:
    """Rows of one commit, over the state that follows from all commits before."""

    site_id: SiteId
    state: State
    rows: Rows = field(default_factory=Rows)
    changed: dict[str, SessionRow] = field(default_factory=dict)
    """Sessions to write."""
    unsettled: dict[str, SessionRow] = field(default_factory=dict)
    """Sessions whose energy has to be worked out after the samples are in."""

    def add_samples(
        self, key: Key, readings: tuple[Reading, ...], session: SessionRow | None
    ) -> None:
        """Add readings; each belongs to `session` where that ran, else to who ran there then."""
        charge_point_id, connector_id = key
        state = self.state
        until = latest = state.sampled_until.get(key)
        stored: dict[datetime, set[_Quantity]] = {}
        for reading in readings:
            taken_at = reading.taken_at
            session_id: str | None
            if session is not None and session.covers(taken_at):
                session_id = session.session_id
            else:
                ran = state.ran_at(key, taken_at)
                session_id = None if ran is None else ran.session_id
                if ran is not None and ran.ended_at is not None and reading.layout.has_register:
                    self.unsettled[ran.session_id] = ran
            is_new = until is None or taken_at > until
            table = (self.rows.new if is_new else self.rows.unsure)["meter_sample"]
            values, raw_values = reading.values, reading.raw_values
            known = stored.setdefault(taken_at, set())
            for at, quantity, unit, doubt in _cells_of(reading.layout):
                if quantity in known:
                    continue  # the same quantity twice in one message: the first one counts
                known.add(quantity)
                table.append(
                    (
                        charge_point_id, connector_id, session_id, taken_at, *quantity,
                        values[at], unit, doubt, raw_values[at] if raw_values else "",
                    )
                )  # fmt: skip
            if latest is None or taken_at > latest:
                latest = taken_at
        if latest is not None:
            state.sampled_until[key] = latest


@lru_cache(maxsize=4096)
def _cells_of(layout: Layout) -> tuple[tuple[int, _Quantity, str, str], ...]:
    """Return position, quantity, unit and doubt of each value of a layout."""
    return tuple(
        (
            at,
            (label.measurand, label.phase or "", label.location, label.context),
            label.unit,
            label.doubt,
        )
        for at, label in enumerate(layout.labels)
    )

"""What one group of messages adds to the tables, while it is being worked out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from analytics.readings import Quantity, placement_of, without
from analytics.rows import LateReading, Rows
from analytics.state import SessionRow, State
from ocpp_core.domain.ids import SiteId
from ocpp_core.domain.metering import Reading

type Key = tuple[str, int]
"""Charger and connector."""

_NOTHING: frozenset[Quantity] = frozenset()


@dataclass(slots=True)
class Batch:
    """Rows of one commit, over the state that follows from all commits before."""

    site_id: SiteId
    state: State
    seq: int = 0
    """Number of the message that is being worked out."""
    rows: Rows = field(default_factory=Rows)
    changed: dict[str, SessionRow] = field(default_factory=dict)
    """Sessions to write."""
    opened: list[str] = field(default_factory=list)
    """Sessions that were not heard of before."""
    unsettled: dict[str, SessionRow] = field(default_factory=dict)
    """Sessions whose energy has to be worked out after the samples are in."""

    def add_samples(
        self, key: Key, readings: tuple[Reading, ...], session: SessionRow | None
    ) -> None:
        """Add readings; each belongs to `session` where that ran, else to who ran there then."""
        charge_point_id, connector_id = key
        state = self.state
        until = latest = state.sampled_until.get(key, state.sampled_before)
        stored: dict[datetime, frozenset[Quantity]] = {}
        for given in readings:
            taken_at = given.taken_at
            session_id: str | None
            if session is not None and session.covers(taken_at):
                session_id = session.session_id
            else:
                ran = state.ran_at(key, taken_at)
                session_id = None if ran is None else ran.session_id
                if ran is not None and ran.ended_at is not None and given.layout.has_register:
                    self.unsettled[ran.session_id] = ran
            if latest is None or taken_at > latest:
                latest = taken_at
            if until is not None and taken_at <= until:
                self.rows.late_readings.append(
                    LateReading(charge_point_id, connector_id, session_id, self.seq, given)
                )
                continue
            before = stored.get(taken_at, _NOTHING)
            reading = without(given, before) if before else given
            if reading is None:
                continue
            placement = placement_of(reading.layout)
            stored[taken_at] = before | placement.quantities if before else placement.quantities
            if placement.layout_id not in state.layouts:
                state.layouts.add(placement.layout_id)
                self.rows.unsure["meter_layout"].extend(placement.labels)
            self.rows.new["meter_reading"].append(
                (
                    charge_point_id, connector_id, session_id, taken_at, self.seq,
                    placement.layout_id, *placement.cells(reading),
                )
            )  # fmt: skip
        if latest is not None:
            state.sampled_until[key] = latest

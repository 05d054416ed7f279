"""What a stored message means for the tables: a step without I/O, repeatable from raw frames."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from analytics.rows import Rows
from analytics.sessions import Trust
from analytics.state import SessionRow, State
from ocpp_core.domain.commands import Accepted, ClearProfile, GetComposite, Rejected, SetProfile
from ocpp_core.domain.events import (
    Booted,
    BootReply,
    BootStatus,
    Metered,
    SessionStarted,
    SessionStopped,
    StartReply,
    StatusChanged,
)
from ocpp_core.domain.ids import SiteId
from ocpp_core.domain.messages import Direction, StoredMessage
from ocpp_core.domain.metering import Layout, Reading
from ocpp_core.domain.profile import ChargingProfile, SchedulePeriod
from ocpp_core.domain.session import session_id_of

type Key = tuple[str, int]
type _Quantity = tuple[str, str, str, str]
"""Measurand, phase, location and context: what of one instant there is one value of."""


class Projection:
    """Collects the rows of one batch of messages.

    The same messages on the same state give the same rows. `changed` are the sessions to write,
    `unsettled` those whose energy has to be worked out after the samples are in.
    """

    def __init__(self, site_id: SiteId, state: State, first_seq: int) -> None:
        self._site_id = site_id
        self._state = state
        self._seq = first_seq
        self.rows = Rows()
        self.changed: dict[str, SessionRow] = {}
        self.unsettled: dict[str, SessionRow] = {}
        self.booted: dict[str, tuple[Booted, str, datetime]] = {}
        """Last accepted boot of each charger, with OCPP version and time."""
        self.repeated = 0
        """Messages that were stored before."""
        self.doubtful = 0
        """Messages with findings."""

    @property
    def next_seq(self) -> int:
        """Number of the next message."""
        return self._seq

    def add(self, message: StoredMessage) -> None:
        """Add what a message means; a message that is stored already adds nothing."""
        if self._state.seen(message):
            self.repeated += 1
            return
        session: SessionRow | None = None
        findings = list(message.findings)
        match message.event:
            case Metered() as metered:
                session = self._add_metered(message, metered)
            case StatusChanged() as change:
                self._add_status(message, change)
            case SessionStarted() as start if isinstance(message.reply, StartReply):
                session = self._add_start(message, start, message.reply, findings)
            case SessionStopped() as stop:
                session = self._add_stop(message, stop, findings)
            case Booted() as boot if isinstance(message.reply, BootReply):
                if message.reply.status is BootStatus.ACCEPTED:
                    self.booted[message.charge_point_id] = (
                        boot,
                        message.ocpp_version,
                        message.at,
                    )
            case _:
                pass
        if message.direction is Direction.TO_CHARGER:
            self._add_profile(message)
        self.add_raw(message, findings, session)

    def add_raw(
        self, message: StoredMessage, findings: list[str], session: SessionRow | None = None
    ) -> None:
        """Add the exchange itself."""
        if findings:
            self.doubtful += 1
        self.rows.new["ocpp_message"].append(
            (
                self._site_id, self._seq, message.at, message.charge_point_id, message.direction,
                message.message_id, message.action, message.ocpp_version, message.frame,
                message.answer, message.outcome,
                message.session_id or (session.session_id if session else None),
                "\n".join(findings),
            )
        )  # fmt: skip
        self._seq += 1

    # Sessions -----------------------------------------------------------------------------------

    def _add_start(
        self,
        message: StoredMessage,
        start: SessionStarted,
        reply: StartReply,
        findings: list[str],
    ) -> SessionRow:
        charge_point_id = message.charge_point_id
        row = SessionRow(
            session_id=session_id_of(self._site_id, charge_point_id, start),
            site_id=self._site_id,
            charge_point_id=charge_point_id,
            connector_id=start.connector_id,
            id_token=start.id_token,
            token_status=reply.status,
            transaction_id=reply.transaction_id,
            started_at=start.at,
            meter_start_wh=start.meter_start_wh or 0,
        )
        known = self._state.known_start(row)
        if known is not None:
            findings.append(
                "start of a session that is known"
                + (" and has ended; it stays ended" if known.ended_at else "")
            )
            return known
        key = (charge_point_id, int(start.connector_id))
        before = self._state.open_at.get(key)
        if before is not None:
            findings.append(f"transaction {before.transaction_id} before it never ended")
        self._state.open_at[key] = row
        self._state.remember(row)
        self.changed[row.session_id] = row
        return row

    def _add_stop(
        self, message: StoredMessage, stop: SessionStopped, findings: list[str]
    ) -> SessionRow | None:
        row = self._session_of_stop(message, stop, findings)
        key = (message.charge_point_id, row.connector_id if row else 0)
        if row is None:
            findings.append(f"this charger never had transaction {stop.transaction_id}")
        elif row.ended_at is not None:
            if (row.ended_at, row.meter_stop_wh) != (stop.at, stop.meter_stop_wh):
                findings.append(
                    f"stop at {stop.meter_stop_wh} Wh conflicts with the first one at "
                    f"{row.meter_stop_wh} Wh, which counts"
                )
            else:
                findings.append("stop of a session that has ended")
        else:
            row.ended_at = max(stop.at, row.started_at)
            if stop.at < row.started_at:
                findings.append("stop before the start; the session is given no length")
            row.meter_stop_wh = stop.meter_stop_wh
            row.stop_reason = stop.reason
            if self._state.open_at.get(key) is row:
                del self._state.open_at[key]
            self.changed[row.session_id] = row
            self.unsettled[row.session_id] = row
        if stop.readings and row is not None:
            self._add_samples(key, stop.readings, row)
            self.unsettled[row.session_id] = row
        return row

    def _session_of_stop(
        self, message: StoredMessage, stop: SessionStopped, findings: list[str]
    ) -> SessionRow | None:
        row = self._state.transaction(stop.transaction_id)
        if row is not None and row.charge_point_id != message.charge_point_id:
            findings.append("the transaction belongs to another charger")
            return None
        if row is None and message.session_id is not None:
            row = self._state.by_id(message.session_id)
            if row is not None and row.ended_at is None:
                findings.append(
                    f"{stop.transaction_id} was taken for transaction {row.transaction_id}"
                )
                row.trust = Trust.REPAIRED
        return row

    # Readings -----------------------------------------------------------------------------------

    def _add_metered(self, message: StoredMessage, metered: Metered) -> SessionRow | None:
        key = (str(message.charge_point_id), int(metered.connector_id))
        row = None
        if metered.transaction_id is not None and metered.transaction_id > 0:
            row = self._state.transaction(metered.transaction_id)
            if row is not None and row.charge_point_id != message.charge_point_id:
                row = None
        row = row or self._state.open_at.get(key)
        self._add_samples(key, metered.readings, row)
        if (
            row is not None
            and row.ended_at is not None
            and any(r.layout.has_register and r.taken_at <= row.ended_at for r in metered.readings)
        ):
            self.unsettled[row.session_id] = row  # came late: the course of its energy changes
        return row

    def _add_samples(self, key: Key, readings: tuple[Reading, ...], row: SessionRow | None) -> None:
        charge_point_id, connector_id = key
        until = latest = self._state.sampled_until.get(key)
        stored: dict[datetime, set[_Quantity]] = {}
        for reading in readings:
            taken_at = reading.taken_at
            in_session = (
                row is not None
                and row.started_at <= taken_at
                and (row.ended_at is None or taken_at <= row.ended_at)
            )
            session_id = row.session_id if in_session and row else None
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
            self._state.sampled_until[key] = latest

    def _add_status(self, message: StoredMessage, change: StatusChanged) -> None:
        key = (str(message.charge_point_id), int(change.connector_id))
        at = change.at or message.at
        until = self._state.status_until.get(key)
        late = until is not None and at <= until
        table = self.rows.unsure["status"] if late else self.rows.new["status"]
        table.append(
            (
                message.charge_point_id, change.connector_id, at, message.at, change.status,
                change.error_code, change.info, change.vendor_error_code,
            )
        )  # fmt: skip
        if not late:
            self._state.status_until[key] = at

    # Orders -------------------------------------------------------------------------------------

    def _add_profile(self, message: StoredMessage) -> None:
        result = message.result
        answer = result.status if isinstance(result, Accepted | Rejected) else ""
        head = (message.charge_point_id, message.at, message.message_id, message.outcome, answer)
        match message.command:
            case SetProfile(connector_id=connector_id, profile=profile):
                cells = _profile_cells(profile)
                self._add_order(message, head, int(connector_id), "ordered", cells)
            case ClearProfile(connector_id=connector_id) as clear:
                cells = (clear.profile_id, clear.purpose, None, clear.stack_level) + (None,) * 5
                self._add_order(message, head, int(connector_id or 0), "cleared", cells)
            case GetComposite(connector_id=connector_id) if (
                isinstance(result, Accepted) and result.composite is not None
            ):
                found = result.composite
                cells = (
                    None, None, None, None, found.rate_unit, found.start, found.duration_s,
                    _periods_text(found.periods), None,
                )  # fmt: skip
                self._add_order(message, head, int(connector_id), "in-force", cells)
            case _:
                pass

    def _add_order(
        self,
        message: StoredMessage,
        head: tuple[Any, ...],
        connector_id: int,
        step: str,
        cells: tuple[Any, ...],
    ) -> None:
        charge_point_id, at, message_id, outcome, answer = head
        running = self._state.open_at.get((charge_point_id, connector_id))
        session_id = message.session_id or (running.session_id if running else None)
        self.rows.new["charging_profile"].append(
            (
                charge_point_id, connector_id, at, message_id, step, outcome, answer, *cells,
                session_id,
            )
        )  # fmt: skip


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


def _profile_cells(profile: ChargingProfile) -> tuple[Any, ...]:
    return (
        profile.profile_id, profile.purpose, profile.kind, profile.stack_level, profile.rate_unit,
        profile.start, profile.duration_s,
        _periods_text(profile.periods),
        profile.transaction_id,
    )  # fmt: skip


def _periods_text(periods: Sequence[SchedulePeriod]) -> str:
    """Write `0:16 3600:8`; a hyphen stands where a period has no limit."""
    return " ".join(f"{p.start_s}:{'-' if p.limit is None else f'{p.limit:g}'}" for p in periods)

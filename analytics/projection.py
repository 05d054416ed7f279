"""What a stored message means for the tables: a step without I/O, repeatable from raw frames."""

from __future__ import annotations

from datetime import datetime

from analytics.batch import Batch
from analytics.decided import decided_of
from analytics.endings import end_idle
from analytics.profiles import (
    add_limit,
    add_profile_order,
    add_reported_profiles,
    end_transaction_profiles,
)
from analytics.rows import Rows
from analytics.state import SessionRow, State
from analytics.station import add_report, add_result, use_reservation
from analytics.transactions import add_metered, add_start, add_stop, add_update
from ocpp_core.domain.events import (
    Booted,
    BootReply,
    BootStatus,
    ChargingLimitCleared,
    ChargingLimitNotified,
    ConnectorStatus,
    Heartbeat,
    Metered,
    ProfilesReported,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StatesChanged,
    StatusChanged,
)
from ocpp_core.domain.ids import SiteId
from ocpp_core.domain.messages import Direction, StoredMessage


class Projection:
    """Collects the rows of one batch of messages.

    The same messages on the same state give the same rows. `changed` are the sessions to write,
    `unsettled` those whose energy has to be worked out after the samples are in.
    """

    def __init__(self, site_id: SiteId, state: State, first_seq: int) -> None:
        self._site_id = site_id
        self._state = state
        self._batch = Batch(site_id, state, first_seq)
        self.booted: dict[str, tuple[Booted, str, datetime]] = {}
        """Last accepted boot of each charger, with OCPP version and time."""
        self.repeated = 0
        """Messages that were stored before."""
        self.doubtful = 0
        """Messages with findings."""

    @property
    def next_seq(self) -> int:
        """Number of the next message."""
        return self._batch.seq

    @property
    def rows(self) -> Rows:
        """What is to be inserted."""
        return self._batch.rows

    @property
    def changed(self) -> dict[str, SessionRow]:
        """Sessions to write."""
        return self._batch.changed

    @property
    def opened(self) -> list[str]:
        """Sessions that were not heard of before."""
        return self._batch.opened

    @property
    def unsettled(self) -> dict[str, SessionRow]:
        """Sessions whose energy has to be worked out after the samples are in."""
        return self._batch.unsettled

    def add(self, message: StoredMessage) -> None:
        """Add what a message means; a message that is stored already adds nothing."""
        if self._state.seen(message):
            self.repeated += 1
            return
        findings = list(message.findings)
        session = self._derive(message, findings)
        self.add_raw(message, findings, session)

    def add_stored(self, seq: int, message: StoredMessage) -> None:
        """Add what a message means that is stored already under a number."""
        self._batch.seq = seq
        self._derive(message, [])

    def _derive(self, message: StoredMessage, findings: list[str]) -> SessionRow | None:
        if message.direction is Direction.TO_CHARGER:
            add_profile_order(self._batch, message)
            add_result(self._batch, message)
            return None
        return self._add_event(message, findings)

    def _add_event(self, message: StoredMessage, findings: list[str]) -> SessionRow | None:
        batch = self._batch
        match message.event:
            case Metered() as metered:
                return add_metered(batch, message, metered)
            case None:
                pass
            case Heartbeat():
                end_idle(batch, message.charge_point_id, message.at)
            case StatusChanged() as change:
                self._add_status(message, change)
                end_idle(batch, message.charge_point_id, message.at)
            case StatesChanged(changes=changes):
                for change in changes:
                    self._add_status(message, change)
                end_idle(batch, message.charge_point_id, message.at)
            case SessionStarted() as start:
                session = add_start(batch, message, start, findings)
                if session is not None:
                    use_reservation(batch, message, start.reservation_id, session)
                return session
            case SessionUpdated() as update:
                session = add_update(batch, message, update, findings)
                if session is not None:
                    use_reservation(batch, message, update.reservation_id, session)
                return session
            case SessionStopped() as stop:
                session = add_stop(batch, message, stop, findings)
                if session is not None:
                    end_transaction_profiles(
                        batch, message.charge_point_id, session.transaction_id, message.at
                    )
                return session
            case Booted() as boot:
                reply = message.reply
                if isinstance(reply, BootReply) and reply.status is BootStatus.ACCEPTED:
                    self.booted[message.charge_point_id] = (boot, message.ocpp_version, message.at)
                    batch.state.booted_at[message.charge_point_id] = message.at
            case ProfilesReported() as reported:
                add_reported_profiles(batch, message, reported)
            case ChargingLimitNotified() | ChargingLimitCleared() as limit:
                add_limit(batch, message, limit)
            case _:
                add_report(batch, message)
        return None

    def add_raw(
        self, message: StoredMessage, findings: list[str], session: SessionRow | None = None
    ) -> None:
        """Add the exchange itself."""
        if findings:
            self.doubtful += 1
        self.rows.new["ocpp_message"].append(
            (
                self._site_id, self._batch.seq, message.at, message.charge_point_id,
                message.direction, message.message_id, message.action, message.ocpp_version,
                message.frame, message.answer, message.outcome,
                message.session_id or (session.session_id if session else None),
                "\n".join(findings), *decided_of(message),
            )
        )  # fmt: skip
        self._batch.seq += 1

    def _add_status(self, message: StoredMessage, change: StatusChanged) -> None:
        key = (str(message.charge_point_id), int(change.connector_id))
        at = change.at or message.at
        state = self._state
        until, last = state.status_until.get(key), state.status_last.get(key)
        said = (at, str(change.overall or change.status), change.error_code)
        if until is None or at > until:
            table = self.rows.new["status"]
            state.status_until[key] = at
        elif said == last:
            table = self.rows.unsure["status"]  # told again
        elif last is not None and last[0] == at:
            table = self.rows.new["status"]  # a clock that stands still
        else:
            # Told again after another state: what came last is the present one, also after a
            # restart, whatever time it bears.
            table = self.rows.again["status"]
        state.status_last[key] = said
        if said[1] != ConnectorStatus.AVAILABLE:
            state.free.get(key[0], {}).pop(key[1], None)
        elif said != last:
            state.free.setdefault(key[0], {})[key[1]] = (at, message.at)
        table.append(
            (
                message.charge_point_id, change.connector_id, at, message.at,
                change.overall or change.status, change.error_code, change.info,
                change.vendor_error_code,
            )
        )  # fmt: skip

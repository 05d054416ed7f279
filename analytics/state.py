"""What the projection remembers between messages; rebuilt from the tables after a restart."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from analytics.rows import Row
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.session import is_superseded


@dataclass(slots=True, kw_only=True)
class SessionRow:
    """A row of table `session`, in the order of its columns."""

    session_id: str
    site_id: str
    charge_point_id: str
    connector_id: int
    id_token: str
    token_status: str | None
    transaction_id: int | None
    station_transaction_id: str | None = None
    ocpp_version: str | None = None
    started_at: datetime
    ended_at: datetime | None = None
    meter_start_wh: int | None
    meter_stop_wh: int | None = None
    energy_wh: float = 0.0
    last_energy_at: datetime | None = None
    stop_reason: str | None = None
    asked_wh: float | None = None
    departure: datetime | None = None
    need_stated: bool | None = None
    tariff_id: str | None = None
    tariff_version: int | None = None
    source: str = "ocpp"
    trust: str = "metered"
    findings: str = ""
    adopted: bool = False
    end_inferred: bool = False
    remarks: str = ""

    @property
    def number(self) -> int:
        """Our number of the transaction, 0 where it has none."""
        return self.transaction_id or 0

    def remark(self, words: str) -> None:
        """Keep what a message gave rise to with the session; the same words once."""
        if words not in self.remarks.splitlines():
            self.remarks = f"{self.remarks}\n{words}".lstrip("\n")
            self.findings = f"{self.findings}\n{words}".lstrip("\n")

    def forget_remark(self, start: str) -> None:
        """Take back what was remarked in words that start so."""
        kept = [line for line in self.remarks.splitlines() if not line.startswith(start)]
        self.remarks = "\n".join(kept)

    def covers(self, at: datetime) -> bool:
        """Tell whether the session runs at an instant."""
        return self.started_at <= at and (self.ended_at is None or at <= self.ended_at)

    def cells(self) -> tuple[Any, ...]:
        """Return the cells of the row."""
        return tuple(getattr(self, name) for name in SESSION_COLUMNS)


SESSION_COLUMNS = tuple(column.name for column in fields(SessionRow))


@dataclass(slots=True, kw_only=True)
class ProfileRow:
    """A row of table `profile_in_force`, in the order of its columns."""

    charge_point_id: str
    connector_id: int
    purpose: str
    stack_level: int
    profile_id: int
    kind: str
    rate_unit: str
    schedule_start: datetime | None
    duration_s: int | None
    periods: str
    valid_from: datetime | None
    valid_to: datetime | None
    transaction_id: int | None
    source: str
    since: datetime
    ended_at: datetime | None = None
    changed_at: datetime
    recurrency: str | None

    def cells(self) -> tuple[Any, ...]:
        """Return the cells of the row."""
        return tuple(getattr(self, name) for name in PROFILE_COLUMNS)


PROFILE_COLUMNS = tuple(column.name for column in fields(ProfileRow))


@dataclass(slots=True)
class State:
    """Small memory of the projection."""

    find_transaction: Callable[[int], SessionRow | None]
    """Looks up a session in the tables by its transaction id."""
    find_session: Callable[[str], SessionRow | None]
    """Looks up a session in the tables by its key."""
    by_transaction: OrderedDict[int, SessionRow] = field(default_factory=OrderedDict)
    """Open sessions and those that ended lately."""
    by_session: dict[str, SessionRow] = field(default_factory=dict)
    """The same by their key."""
    open_at: dict[tuple[str, int], SessionRow] = field(default_factory=dict)
    """The session that runs at a connector."""
    ended_at: dict[tuple[str, int], SessionRow] = field(default_factory=dict)
    """The session that ended last at a connector, as far as it is at hand."""
    sampled_until: dict[tuple[str, int], datetime] = field(default_factory=dict)
    """Latest stored sample of a connector: what is later cannot be there yet."""
    sampled_before: datetime | None = None
    """Until when readings may be in the archive: of connectors that have none in the database."""
    started_until: dict[str, datetime] = field(default_factory=dict)
    """Latest start of a session at a charger: what is later cannot be there yet."""
    sequenced_until: dict[str, int] = field(default_factory=dict)
    """Highest stored sequence number of a session at hand: what is higher is not there yet."""
    asked_until: int = 0
    """Highest transaction id that a session which is not at hand can have."""
    layouts: set[int] = field(default_factory=set)
    """Stored layouts of readings."""
    status_last: dict[tuple[str, int], tuple[datetime, str, str]] = field(default_factory=dict)
    """The state of a connector that came last: when it changed, state and error code."""
    free: dict[str, dict[int, tuple[datetime, datetime]]] = field(default_factory=dict)
    """Connectors of each charger that it says are free, since when, and when we heard so."""
    booted_at: dict[str, datetime] = field(default_factory=dict)
    """Last accepted boot of each charger."""
    queued: set[str] = field(default_factory=set)
    """Sessions of which their chargers say that messages wait there."""
    status_until: dict[tuple[str, int], datetime] = field(default_factory=dict)
    """Latest stored status of a connector."""
    last_said: dict[tuple[str, ...], Hashable] = field(default_factory=dict)
    """What a charger said last of something that has no time of its own: said again, it is old."""
    secrets: set[tuple[str, str]] = field(default_factory=set)
    """Charger and name of settings whose values are not stored."""
    limits: dict[tuple[str, int, str], Row] = field(default_factory=dict)
    """Limits of others that are in force, by charger, connector and source."""
    profiles: dict[str, dict[tuple[int, str, int], ProfileRow]] = field(default_factory=dict)
    """Profiles that each charger holds, by connector, purpose and stack level."""
    recent: dict[str, OrderedDict[int, None]] = field(default_factory=dict)
    """Fingerprints of each charger's latest messages."""

    REMEMBERED_SESSIONS = 5_000
    REMEMBERED_MESSAGES = 64
    """Per charger: a charger repeats what it was not answered, so only its latest messages."""

    def seen(self, message: StoredMessage) -> bool:
        """Tell whether this very message is stored already, and remember it."""
        known = self.recent.get(message.charge_point_id)
        if known is None:
            known = self.recent[message.charge_point_id] = OrderedDict()
        key = fingerprint(message.direction, message.message_id, message.outcome, message.frame)
        if key in known:
            known.move_to_end(key)
            return True
        known[key] = None
        if len(known) > self.REMEMBERED_MESSAGES:
            known.popitem(last=False)
        return False

    def by_id(self, session_id: str) -> SessionRow | None:
        """Return a session by its key."""
        row = self.by_session.get(session_id)
        if row is None:
            row = self.find_session(session_id)
            if row is not None:
                self.remember(row)
        return row

    def transaction(self, transaction_id: int) -> SessionRow | None:
        """Return a session by the number that we gave it."""
        row = self.by_transaction.get(transaction_id)
        if row is None and 0 < transaction_id <= self.asked_until:
            row = self.find_transaction(transaction_id)
            if row is not None:
                self.remember(row)
        return row

    def known_start(
        self, charge_point_id: str, session_id: str, started_at: datetime
    ) -> SessionRow | None:
        """Return the stored session with a key, or None when it is new."""
        row = self.by_session.get(session_id)
        if row is not None:
            return row
        until = self.started_until.get(charge_point_id)
        if until is None or started_at > until:
            return None
        return self.by_id(session_id)

    def ran_at(self, key: tuple[str, int], at: datetime) -> SessionRow | None:
        """Return the session at hand that ran at a connector at an instant, or None."""
        for row in (self.open_at.get(key), self.ended_at.get(key)):
            if row is not None and row.covers(at):
                return row
        return None

    def remember(self, row: SessionRow) -> None:
        """Keep a session at hand; the oldest ended ones are let go."""
        until = self.started_until.get(row.charge_point_id)
        if until is None or row.started_at > until:
            self.started_until[row.charge_point_id] = row.started_at
        if row.transaction_id is None:
            return
        self.by_transaction[row.transaction_id] = row
        self.by_session[row.session_id] = row
        if len(self.by_transaction) > 2 * self.REMEMBERED_SESSIONS:
            ended = [old for old in self.by_transaction.values() if old.ended_at is not None]
            for old in ended[: self.REMEMBERED_SESSIONS]:
                self._let_go(old)

    def _let_go(self, row: SessionRow) -> None:
        self.by_transaction.pop(row.number, None)
        self.by_session.pop(row.session_id, None)
        self.sequenced_until.pop(row.session_id, None)
        self.asked_until = max(self.asked_until, row.number)

    def place(self, row: SessionRow) -> SessionRow | None:
        """Put a running session on its connector and return the one it takes the place of."""
        key = (row.charge_point_id, row.connector_id)
        before = self.open_at.get(key)
        if row.connector_id == 0 or before is row:
            return None
        for other in (before, self.ended_at.get(key)):
            if other is not None and is_superseded(row, other):
                return None
        self.open_at[key] = row
        return before

    def running(self) -> list[SessionRow]:
        """Return the sessions that run, also those whose connector is not known yet."""
        waiting = (
            row
            for row in self.by_transaction.values()
            if row.connector_id == 0 and row.ended_at is None
        )
        return [*self.open_at.values(), *waiting]

    def end(self, row: SessionRow) -> None:
        """Take a session off its connector."""
        key = (row.charge_point_id, row.connector_id)
        if self.open_at.get(key) is row:
            del self.open_at[key]
        last = self.ended_at.get(key)
        if last is None or last.number <= row.number:
            self.ended_at[key] = row


def fingerprint(direction: str, message_id: str, outcome: str, frame: str) -> int:
    """Return what tells one message of a charger from its others."""
    return hash((direction, message_id, outcome, frame))

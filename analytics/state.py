"""What the projection remembers between messages; rebuilt from the tables after a restart."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from ocpp_core.domain.messages import StoredMessage


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
    started_at: datetime
    ended_at: datetime | None = None
    meter_start_wh: int
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

    def cells(self) -> tuple[Any, ...]:
        """Return the cells of the row."""
        return tuple(getattr(self, name) for name in SESSION_COLUMNS)


SESSION_COLUMNS = tuple(column.name for column in fields(SessionRow))


@dataclass(slots=True)
class State:
    """Small memory of the projection."""

    find_transaction: Callable[[int], SessionRow | None]
    """Looks up a session in the tables by its transaction id."""
    find_session: Callable[[str], SessionRow | None]
    """Looks up a session in the tables by its key."""
    by_transaction: OrderedDict[int, SessionRow] = field(default_factory=OrderedDict)
    """Open sessions and those that ended lately."""
    open_at: dict[tuple[str, int], SessionRow] = field(default_factory=dict)
    """The session that runs at a connector."""
    sampled_until: dict[tuple[str, int], datetime] = field(default_factory=dict)
    """Latest stored sample of a connector: what is later cannot be there yet."""
    started_until: dict[tuple[str, int], datetime] = field(default_factory=dict)
    """Latest start of a session at a connector: what is later cannot be there yet."""
    highest_transaction_id: int = 0
    """Highest number that a stored session has."""
    status_until: dict[tuple[str, int], datetime] = field(default_factory=dict)
    """Latest stored status of a connector."""
    recent: dict[str, OrderedDict[int, None]] = field(default_factory=dict)
    """Fingerprints of each charger's latest messages."""

    REMEMBERED_SESSIONS = 5_000
    REMEMBERED_MESSAGES = 64
    """Per charger: a charger repeats what it was not answered, so only its latest messages."""

    def seen(self, message: StoredMessage) -> bool:
        """Tell whether this very message is stored already, and remember it."""
        known = self.recent.setdefault(message.charge_point_id, OrderedDict())
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
        for row in reversed(self.by_transaction.values()):
            if row.session_id == session_id:
                return row
        return self.find_session(session_id)

    def transaction(self, transaction_id: int) -> SessionRow | None:
        """Return a session by the number that we gave it."""
        row = self.by_transaction.get(transaction_id)
        if row is None and 0 < transaction_id <= self.highest_transaction_id:
            row = self.find_transaction(transaction_id)
            if row is not None:
                self.remember(row)
        return row

    def known_start(self, row: SessionRow) -> SessionRow | None:
        """Return the stored session with the key of `row`, or None when it is new."""
        until = self.started_until.get((row.charge_point_id, row.connector_id))
        if until is None or row.started_at > until:
            return None
        return self.by_id(row.session_id)

    def remember(self, row: SessionRow) -> None:
        """Keep a session at hand; the oldest ended ones are let go."""
        key = (row.charge_point_id, row.connector_id)
        until = self.started_until.get(key)
        if until is None or row.started_at > until:
            self.started_until[key] = row.started_at
        if row.transaction_id is None:
            return
        self.highest_transaction_id = max(self.highest_transaction_id, row.transaction_id)
        self.by_transaction[row.transaction_id] = row
        if len(self.by_transaction) > 2 * self.REMEMBERED_SESSIONS:
            ended = [
                number for number, old in self.by_transaction.items() if old.ended_at is not None
            ]
            for transaction_id in ended[: self.REMEMBERED_SESSIONS]:
                del self.by_transaction[transaction_id]


def fingerprint(direction: str, message_id: str, outcome: str, frame: str) -> int:
    """Return what tells one message of a charger from its others."""
    return hash((direction, message_id, outcome, frame))

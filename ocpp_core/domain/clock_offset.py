"""How far a charger's clock is ahead of ours, estimated from the stamps of its messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

_MINUTES = 30
"""Minutes with messages that an estimate is made of."""
_ENOUGH = 3
_MINUTE = timedelta(minutes=1)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class ClockOffset:
    """An estimate that queued messages do not spoil (OCPP.md row 28).

    A stamp is never newer than its message, so the freshest one of each minute comes closest; the
    median over minutes with messages ignores minutes in which only old ones came.
    """

    minutes: list[tuple[int, float]] = field(default_factory=list)
    """Minute of receipt, and how far the freshest stamp in it was ahead, s; the last ones."""
    _begins: datetime = _NEVER
    _ends: datetime = _NEVER
    """The minute of the last stamp."""
    _freshest: timedelta = timedelta()

    def take(self, stamped_at: datetime, received_at: datetime) -> None:
        """Take the stamp of a message."""
        ahead = stamped_at - received_at
        known = self.minutes
        if self._begins <= received_at < self._ends:  # nearly always
            if ahead > self._freshest:
                self._freshest = ahead
                known[-1] = (known[-1][0], ahead.total_seconds())
            return
        self._freshest = ahead
        self._begins = received_at.replace(second=0, microsecond=0)
        self._ends = self._begins + _MINUTE
        known.append((int(received_at.timestamp() // 60), ahead.total_seconds()))
        if len(known) > _MINUTES:
            del known[0]

    @property
    def ahead_s(self) -> float | None:
        """How far the charger's clock is ahead, s; None until messages of some minutes are in."""
        if len(self.minutes) < _ENOUGH:
            return None
        return median(ahead_s for _, ahead_s in self.minutes)

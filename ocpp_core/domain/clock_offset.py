"""How far a charger's clock is ahead of ours, estimated from the stamps of its messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

_MINUTES = 30
"""Minutes with messages that an estimate is made of."""
_ENOUGH = 3


@dataclass(slots=True)
class ClockOffset:
    """An estimate that queued messages do not spoil (OCPP.md row 28).

    A stamp is never newer than its message, so the freshest one of each minute comes closest; the
    median over minutes with messages ignores minutes in which only old ones came.
    """

    minutes: list[tuple[int, float]] = field(default_factory=list)
    """Minute of receipt, and how far the freshest stamp in it was ahead, s; the last ones."""

    def take(self, stamped_at: datetime, received_at: datetime) -> None:
        """Take the stamp of a message."""
        minute = int(received_at.timestamp() // 60)
        ahead_s = (stamped_at - received_at).total_seconds()
        known = self.minutes
        if known and known[-1][0] == minute:
            if ahead_s > known[-1][1]:
                known[-1] = (minute, ahead_s)
            return
        known.append((minute, ahead_s))
        if len(known) > _MINUTES:
            del known[0]

    @property
    def ahead_s(self) -> float | None:
        """How far the charger's clock is ahead, s; None until messages of some minutes are in."""
        if len(self.minutes) < _ENOUGH:
            return None
        return median(ahead_s for _, ahead_s in self.minutes)

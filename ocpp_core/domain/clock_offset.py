"""How far a charger's clock is ahead of ours, estimated from the stamps of its messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

_MINUTE = timedelta(minutes=1)
_MINUTES = 30
"""Minutes with messages that an estimate is made of."""
_ENOUGH = 3


@dataclass(slots=True)
class ClockOffset:
    """An estimate that queued messages do not spoil (OCPP.md row 28).

    A stamp is never newer than its message, so the freshest one of each minute comes closest; the
    median over minutes with messages ignores minutes in which only old ones came.
    """

    minutes: list[timedelta] = field(default_factory=list)
    """How far the freshest stamp of each of the last minutes was ahead."""
    until: datetime | None = None
    """End of the last of them."""

    def take(self, stamped_at: datetime, received_at: datetime) -> None:
        """Take the stamp of a message."""
        ahead, minutes = stamped_at - received_at, self.minutes
        if self.until is not None and received_at < self.until:
            if ahead > minutes[-1]:  # noqa: PLR1730 - max() takes three times as long
                minutes[-1] = ahead
            return
        self.until = received_at + _MINUTE
        minutes.append(ahead)
        if len(minutes) > _MINUTES:
            del minutes[0]

    @property
    def ahead_s(self) -> float | None:
        """How far the charger's clock is ahead, s; None until messages of some minutes are in."""
        if len(self.minutes) < _ENOUGH:
            return None
        return median(ahead.total_seconds() for ahead in self.minutes)

"""A quantity over time as it was recorded: each value holds until the next."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values with their starts; the last one holds for `last_s`."""

    starts: tuple[datetime, ...]
    """Ascending."""
    values: tuple[float, ...]
    last_s: float = 3600.0
    longest_s: float = 7200.0
    """A value that is followed by nothing for longer than this is not known any more, s."""

    def at(self, instant: datetime) -> float | None:
        """Return the value that holds at an instant; None where nothing is recorded."""
        n = bisect.bisect_right(self.starts, instant) - 1
        if n < 0:
            return None
        age_s = (instant - self.starts[n]).total_seconds()
        most_s = self.last_s if n == len(self.starts) - 1 else self.longest_s
        return self.values[n] if age_s < most_s else None

    def mean(self, start: datetime, end: datetime) -> float | None:
        """Return the mean over [start, end) of what is recorded; None where nothing is."""
        cuts = [start]
        n = bisect.bisect_right(self.starts, start)
        while n < len(self.starts) and self.starts[n] < end:
            cuts.append(self.starts[n])
            n += 1
        total = length = 0.0
        for at, until in zip(cuts, [*cuts[1:], end], strict=True):
            value, seconds = self.at(at), (until - at).total_seconds()
            if value is not None and seconds > 0:
                total += value * seconds
                length += seconds
        return total / length if length > 0 else None

    def shifted(self, by: timedelta) -> Series:
        """Return the same values, later."""
        return Series(
            starts=tuple(at + by for at in self.starts),
            values=self.values,
            last_s=self.last_s,
            longest_s=self.longest_s,
        )

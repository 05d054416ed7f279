"""What a stationary battery may be charging with: a load of the building that takes orders.

Its controller asks for a setpoint and gets one that ends. It charges with no more than it was
told, and not at all once that is over. What it gives makes no room: it may stop at any time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.control.capacity import Floats

SETPOINT_S = 300
"""For how long a setpoint holds at most, s."""


class BatteryDraw:
    """The highest charging power to reckon with, now and later, W."""

    def __init__(self, rating_w: float = 0.0) -> None:
        """`rating_w` counts until it was heard of; 0: there is no battery."""
        self.rating_w = rating_w
        self._heard = rating_w == 0
        self._drawn_w = 0.0
        """Measured beyond what it was told."""
        self._told: list[tuple[float, float]] = []
        """POSIX time until which a setpoint may hold, W."""

    def heard(self, charging_w: float, now_s: float, *, before_until_s: float) -> None:
        """Take what it charges with now; negative: it gives.

        `before_until_s`: until when a setpoint may hold that nobody here remembers, told before a
        restart; it counts when this is the first that is heard.
        """
        self._told = [(until_s, told_w) for until_s, told_w in self._told if until_s > now_s]
        if not self._heard:
            self._heard = True
            self._told.append((before_until_s, self.rating_w))
        told_w = max((told_w for _, told_w in self._told), default=0.0)
        self._drawn_w = charging_w if charging_w > told_w else 0.0

    def told(self, power_w: float, until_s: float) -> None:
        """Count a setpoint before it leaves; one that gives counts as 0."""
        if power_w > 0:
            self._told.append((until_s, power_w))

    def ends_s(self) -> Iterator[float]:
        """Yield when something ends, POSIX s."""
        return (until_s for until_s, _ in self._told)

    def at(self, times_s: Floats) -> Floats:
        """Return the power to reckon with from each instant on, W; it never rises by itself."""
        worst_w = np.full(times_s.shape, self._drawn_w if self._heard else self.rating_w)
        for until_s, told_w in self._told:
            np.maximum(worst_w, np.where(times_s < until_s, told_w, 0.0), out=worst_w)
        return worst_w

"""What cars may be told to give back: never more than the circuits above them carry by itself.

Giving back is counted nowhere as room for others: an order to give is an order of 0 A. But what
flows back flows through the same fuses. So an order to give is released only as far as the sum of
all that may be given, by every order that may be applied, fits each limit while nobody draws
anything. PV that feeds in at the same time is not known here; plans leave room for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ocpp_core.domain.ids import ConnectorRef
from ocpp_core.domain.profile import ProfilePurpose
from ocpp_core.domain.units import wire_limit_a
from optimizer.control.sums import Books
from optimizer.control.values import Target


class BackFlow:
    """The currents that may flow back in one round."""

    def __init__(
        self, books: Books, targets: Mapping[ConnectorRef, Target] | None, now_s: float
    ) -> None:
        self._books, self._targets = books, targets or {}
        self._given_a = np.array([e.discharge_a(now_s) for e in books.exposures])

    def wanted_a(self, i: int) -> float:
        """Return what a connector may be told to give back, A; 0 where it should or may not."""
        exposure = self._books.exposures[i]
        target = self._targets.get(exposure.connector.ref)
        if target is None or not math.isfinite(target.discharge_a) or target.discharge_a <= 0:
            return 0.0
        by_transaction = exposure.ladder.form.session_purpose is ProfilePurpose.TX
        if exposure.refuses_discharge or exposure.cannot_pause or not by_transaction:
            return 0.0
        given_a = wire_limit_a(min(target.discharge_a, exposure.rating_a, self._room_a(i)))
        return given_a if given_a >= exposure.connector.min_current_a else 0.0

    def add(self, i: int, discharge_a: float) -> None:
        """An order leaves in this round: it counts for those that follow."""
        self._given_a[i] = max(self._given_a[i], discharge_a)

    def matters(self, wanted_a: float, given_a: float) -> bool:
        """Tell whether a change of what is given is worth an order."""
        begins_or_ends = (wanted_a > 0) != (given_a > 0)
        return begins_or_ends or abs(wanted_a - given_a) >= self._books.policy.deadband_a

    def _room_a(self, i: int) -> float:
        """Return what the limits above a connector leave beside all others that may give, A."""
        capacity = self._books.capacity
        others = self._given_a.copy()
        others[i] = 0.0
        rows = capacity.rows_of[i]
        left = capacity.limit[rows] - capacity.coefficient[rows] @ others
        return float((left / capacity.coefficient[rows, i]).min(initial=math.inf))

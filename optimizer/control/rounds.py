"""One round of the guard: from targets and books to the orders that may be sent now.

An order is released only if all sums fit in every interval with all orders on their way
applied, so whichever subset of them is, and whenever we fall silent, the limits hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from ocpp_core.domain.ids import ConnectorRef, TransactionId
from ocpp_core.domain.units import wire_limit_a
from optimizer.control.backflow import BackFlow
from optimizer.control.capacity import EPSILON
from optimizer.control.exposure import DefaultState, Exposure
from optimizer.control.shed import shed
from optimizer.control.stops import stops_now
from optimizer.control.sums import Books, Sums
from optimizer.control.values import Order, OrderKind, Round, Target
from optimizer.control.wire import default_order, session_order

ROUNDING_A = 1e-6
"""What a sum of currents may be off by its arithmetic; far below `EPSILON`."""

LOOK_AGAIN_S = 30.0
"""How soon an order that could not be made longer is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one connector should be told in this round."""

    kind: OrderKind
    limit_a: float
    gain_a: float
    """How far the worst that is counted for it is above what is wished, A."""


class RoundMaker:
    """Makes one round; use once."""

    def __init__(
        self, books: Books, targets: Mapping[ConnectorRef, Target] | None, now_s: float
    ) -> None:
        self._books, self._targets, self._now_s = books, targets, now_s
        policy = self._policy = books.policy
        tolerance_s = policy.clock_tolerance_s
        # Orders count until their end and the tolerance. They end either after the usual time, or
        # so that they are over when the measured building load no longer stands.
        second = math.floor(now_s)
        usual_s = float(_down_to(second + policy.valid_s + tolerance_s, policy.end_step_s))
        self._ends_s = [usual_s]
        measured_s = books.building.valid_until_s
        if second + policy.min_valid_s + tolerance_s <= measured_s < usual_s:
            self._ends_s.append(float(_down_to(math.floor(measured_s), policy.end_step_s)))
        self.sums = Sums(books, now_s, ends_s=self._ends_s)
        self._violated = self.sums.room.min(axis=1) < -EPSILON
        self._busy = {
            e.connector.ref.charge_point_id for e in books.exposures if e.pending is not None
        }
        self._orders: list[Order] = []
        self._wakes_s: list[float] = []
        self._held: dict[ConnectorRef, str] = {}
        self._row_words: dict[int, str] = {}
        self._waiting: dict[int, str] = {}
        """Connectors whose turn has not come, and why."""
        self._wanted_a = [self._wanted(i) for i in range(len(books.exposures))]
        self._back = BackFlow(books, targets, now_s)

    def make(self) -> Round:
        """Return the orders of this round, worst first: what lowers before what raises."""
        lower: dict[int, Wish] = {}
        raise_: dict[int, Wish] = {}
        for i, exposure in enumerate(self._books.exposures):
            wish = self._wish(i, exposure)
            if wish is not None:
                falls = wish.kind in {OrderKind.DEFAULT, OrderKind.DECREASE}
                (lower if falls else raise_)[i] = wish
        if self._targets is not None and self._violated.any():
            self._shed(lower, raise_)
        for i, wish in sorted(lower.items(), key=lambda item: -item[1].gain_a):
            self._release(i, wish, self._lowered)
        # What is held is kept before anybody gets more; who has least gets more first.
        for i, wish in sorted(
            raise_.items(),
            key=lambda item: (item[1].kind is OrderKind.INCREASE, self._effective_a(item[0])),
        ):
            self._release(i, wish, self._raised)
        for i, why in self._waiting.items():
            if self._books.exposures[i].transaction_id is not None:
                fits_a, until_s = self._best_end(i, self._wanted_a[i], None)
                full = fits_a < self._wanted_a[i] - ROUNDING_A
                self._hold(self._books.capacity.refs[i], self._full(i, until_s) if full else why)
        stops, stop_wakes_s = stops_now(self._books, self._targets, self._now_s)
        self._wakes_s += stop_wakes_s
        ends = [o.until_s for e in self._books.exposures for o in e.orders]
        ends += self._books.battery.ends_s()
        self._wakes_s += [end for end in ends if end > self._now_s]
        wake_s = min(self._wakes_s, default=None)
        return Round(
            orders=tuple(self._orders),
            stops=stops,
            # Rounded up: looked at too early, the same instant would be asked for again.
            wake_at=None if wake_s is None else datetime.fromtimestamp(wake_s + 0.001, UTC),
            held=self._held,
        )

    # What each connector wants ------------------------------------------------------------------

    def _wanted(self, i: int) -> float:
        """Return what the connector should be limited to: nothing between 0 and its minimum."""
        exposure = self._books.exposures[i]
        target = (self._targets or {}).get(exposure.connector.ref)
        wanted = self._books.fail_safe_a if target is None else target.limit_a
        if not math.isfinite(wanted):
            wanted = 0.0
        return self._allowed(i, min(wanted, exposure.rating_a))

    def _allowed(self, i: int, limit_a: float) -> float:
        exposure = self._books.exposures[i]
        limit_a = wire_limit_a(limit_a)
        least_a = exposure.connector.min_current_a
        if limit_a >= least_a:
            return limit_a
        # One that refuses 0 A is lowered as far as it goes, never raised to that.
        from_a = exposure.told_a(self._now_s) if self._is_passed(i) else self._effective_a(i)
        can_only_be_lowered = exposure.cannot_pause and from_a >= least_a
        return least_a if can_only_be_lowered else 0.0

    def _is_passed(self, i: int) -> bool:
        """Tell whether a limit above a connector may be passed."""
        return bool(self._violated[self._books.capacity.rows_of[i]].any())

    def _default_a(self, exposure: Exposure) -> float:
        default_a = min(self._books.fail_safe_a, exposure.rating_a)
        if default_a == 0 and not exposure.ladder.form.takes_zero:
            return min(wire_limit_a(exposure.connector.min_current_a), exposure.rating_a)
        return default_a

    def _effective_a(self, i: int) -> float:
        """Return what the connector applies now as far as it confirmed anything, A."""
        exposure = self._books.exposures[i]
        active = exposure.active(self._now_s)
        return exposure.fallback_a if active is None else active.limit_a

    def _wish(self, i: int, exposure: Exposure) -> Wish | None:
        ref = exposure.connector.ref
        default_a = self._default_a(exposure)
        needs_default = (
            exposure.default_state is not DefaultState.CONFIRMED
            or exposure.defaults_a != frozenset({default_a})
        )
        if not needs_default and exposure.transaction_id is None:
            return None
        if ref.charge_point_id not in self._books.online:
            self._hold(ref, f"{ref.charge_point_id} is not connected")
            return None
        if ref.charge_point_id in self._busy:
            self._waiting[i] = f"{ref.charge_point_id} has not answered yet"
            return None
        if self._now_s < exposure.retry_at_s:
            self._wakes_s.append(exposure.retry_at_s)
            self._hold(ref, f"{ref.charge_point_id} {exposure.refusal}")
            return None
        worst_a = exposure.ordered_worst_a(self._now_s)
        if needs_default:
            return Wish(kind=OrderKind.DEFAULT, limit_a=default_a, gain_a=worst_a - default_a)
        return None if self._targets is None else self._session_wish(i, exposure, worst_a)

    def _session_wish(self, i: int, exposure: Exposure, worst_a: float) -> Wish | None:
        policy = self._policy
        effective_a = self._effective_a(i)
        violated = self._is_passed(i)
        if violated:
            # Nobody gets more until the limit holds, not even where the books, which reckon with
            # the highest that was told and not answered, or sent by an earlier run of ours, call
            # it a decrease.
            self._cap(i, exposure.told_a(self._now_s))
        wanted_a = self._wanted_a[i]
        active = exposure.active(self._now_s)
        floor_a = max(wanted_a, self._default_a(exposure))
        over_a = worst_a - floor_a
        change_a = wanted_a - effective_a
        unsure = exposure.doubted or exposure.session_default_a > floor_a + EPSILON
        kind: OrderKind | None = None
        gives, gave = self._gives_a(i), exposure.given_a(self._now_s)
        if (unsure and over_a > EPSILON) or self._matters(change_a, wanted_a, falls=True):
            kind = OrderKind.DECREASE
        elif self._matters(change_a, wanted_a, falls=False):
            kind = OrderKind.INCREASE
        elif wanted_a == 0 and self._back.matters(gives, gave):
            kind = OrderKind.DECREASE
        elif active is not None and (gave > 0 or wanted_a != self._default_a(exposure)):
            due_s = active.until_s - policy.clock_tolerance_s - policy.refresh_before_s
            if exposure.doubted or self._now_s >= due_s:
                kind = OrderKind.REFRESH
            else:
                self._wakes_s.append(due_s)
        elif exposure.doubted:
            kind = OrderKind.REFRESH
        if kind is None:
            return None
        rests_s = exposure.last_sent_s + policy.min_interval_s
        first = exposure.confirmed is None and not exposure.orders
        urgent = kind is OrderKind.DECREASE and violated
        if self._now_s < rests_s and not first and not urgent:
            self._wakes_s.append(rests_s)
            self._waiting[i] = f"orders are at least {policy.min_interval_s:g} s apart"
            return None
        return Wish(kind=kind, limit_a=wanted_a, gain_a=over_a)

    def _gives_a(self, i: int) -> float:
        """Return what the connector should give back; nothing where it may charge."""
        waits = self._wanted_a[i] == 0 and not self._is_passed(i)
        return self._back.wanted_a(i) if waits else 0.0

    def _cap(self, i: int, limit_a: float) -> None:
        if self._wanted_a[i] > limit_a + EPSILON:
            self._wanted_a[i] = self._allowed(i, limit_a)
            self._waiting[i] = "a limit above it may be passed"

    def _matters(self, change_a: float, wanted_a: float, *, falls: bool) -> bool:
        size_a = -change_a if falls else change_a
        if size_a <= EPSILON:
            return False
        pauses_or_starts = wanted_a == 0 or change_a >= wanted_a - EPSILON
        return pauses_or_starts or size_a >= self._policy.deadband_a

    # A limit is passed --------------------------------------------------------------------------

    def _shed(self, lower: dict[int, Wish], raise_: dict[int, Wish]) -> None:
        """Cut below the targets where the orders on their way and those wished do not suffice."""
        books = self._books
        best = self.sums.worst_a.copy()
        can: list[bool] = []
        for i, exposure in enumerate(books.exposures):
            wish = lower.get(i)
            if exposure.pending is not None:
                pending = exposure.pending
                np.minimum(best[i], exposure.hoped_a(pending.kind, pending.limit_a), out=best[i])
            elif wish is not None:
                np.minimum(best[i], exposure.hoped_a(wish.kind, wish.limit_a), out=best[i])
            can.append(self._can_be_cut(exposure, wish))
        floors = np.array([e.least_a for e in books.exposures])
        least = np.array([e.connector.min_current_a for e in books.exposures])
        room = books.capacity.room(best, self.sums.building_w).min(axis=1)
        cuts = shed(books.capacity, best.max(axis=1), room, floors, least, np.array(can))
        for i, limit_a in cuts.items():
            exposure = books.exposures[i]
            self._wanted_a[i] = min(self._wanted_a[i], self._allowed(i, limit_a))
            raise_.pop(i, None)
            lower[i] = Wish(
                kind=OrderKind.DECREASE,
                limit_a=self._wanted_a[i],
                gain_a=exposure.ordered_worst_a(self._now_s) - self._wanted_a[i],
            )

    def _can_be_cut(self, exposure: Exposure, wish: Wish | None) -> bool:
        point = exposure.connector.ref.charge_point_id
        return (
            exposure.transaction_id is not None
            and point in self._books.online
            and point not in self._busy
            and self._now_s >= exposure.retry_at_s
            and (wish is None or wish.kind is not OrderKind.DEFAULT)
        )

    # Release ------------------------------------------------------------------------------------

    def _release(self, i: int, wish: Wish, fit: Callable[[int, Wish], Order | None]) -> None:
        point = self._books.exposures[i].connector.ref.charge_point_id
        if point in self._busy:
            return
        order = fit(i, wish)
        if order is None:
            return
        self._busy.add(point)
        self._orders.append(order)
        until_s = math.inf if order.until is None else order.until.timestamp()
        self.sums.add(i, order.limit_a, until_s)
        self._back.add(i, order.discharge_a)

    def _lowered(self, i: int, wish: Wish) -> Order | None:
        exposure = self._books.exposures[i]
        if wish.kind is OrderKind.DEFAULT:
            if self.sums.feasible_a(i, math.inf) < wish.limit_a - EPSILON:
                self._hold(exposure.connector.ref, self._full(i, math.inf))
                self._wakes_s.append(self._now_s + LOOK_AGAIN_S)
                return None
            return default_order(
                exposure.connector,
                wish.limit_a,
                form=exposure.ladder.form,
                voltage_v=self._books.voltage_v,
            )
        limit_a, until_s = self._best_end(i, wish.limit_a, self._own_end_s(exposure))
        return self._session_order(exposure, OrderKind.DECREASE, limit_a, until_s)

    def _raised(self, i: int, wish: Wish) -> Order | None:
        exposure, policy = self._books.exposures[i], self._policy
        ref = exposure.connector.ref
        effective_a = self._effective_a(i)
        active = exposure.active(self._now_s)
        limit_a, until_s = self._best_end(i, wish.limit_a, None)
        if wish.kind is OrderKind.REFRESH:
            longer = active is None or until_s > active.until_s + LOOK_AGAIN_S
            if limit_a >= min(wish.limit_a, effective_a) - EPSILON and (longer or exposure.doubted):
                return self._session_order(exposure, wish.kind, limit_a, until_s)
            rest_s = active.until_s - self._now_s if active is not None else math.inf
            last_call_s = policy.clock_tolerance_s + policy.refresh_before_s / 2
            if rest_s < last_call_s and limit_a > 0 and longer:
                # Less for longer is better for a car than to stop when the order ends.
                return self._session_order(exposure, wish.kind, limit_a, until_s)
            self._wakes_s.append(self._now_s + LOOK_AGAIN_S)
            self._hold(ref, self._full(i, until_s))
            return None
        if limit_a < wish.limit_a - EPSILON:
            self._hold(ref, self._full(i, until_s))
            starts = effective_a < exposure.connector.min_current_a <= limit_a
            if not starts and limit_a < effective_a + policy.partial_step_a:
                self._keep(i, exposure)
                return None
        return self._session_order(exposure, OrderKind.INCREASE, limit_a, until_s)

    def _keep(self, i: int, exposure: Exposure) -> None:
        """While an increase waits, repeat in time the order that holds."""
        active = exposure.active(self._now_s)
        if active is None or active.limit_a == self._default_a(exposure):
            return
        policy = self._policy
        due_s = active.until_s - policy.clock_tolerance_s - policy.refresh_before_s
        if self._now_s < due_s:
            self._wakes_s.append(due_s)
            return
        kept = Wish(kind=OrderKind.REFRESH, limit_a=active.limit_a, gain_a=0.0)
        self._release(i, kept, self._raised)

    @staticmethod
    def _own_end_s(exposure: Exposure) -> float | None:
        return max((o.until_s for o in exposure.orders), default=None)

    def _best_end(self, i: int, wanted_a: float, own_s: float | None) -> tuple[float, float]:
        """Return the first end at which the whole wish fits, else the most that fits anywhere."""
        exposure = self._books.exposures[i]
        ends_s = list(self._ends_s)
        soonest_s = self._now_s + self._policy.clock_tolerance_s + LOOK_AGAIN_S
        if own_s is not None and own_s >= soonest_s:
            ends_s.append(own_s)
        most_a, best_s = -1.0, ends_s[0]
        for end_s in ends_s:
            fits_a = self.sums.feasible_a(i, end_s)
            if fits_a >= wanted_a - ROUNDING_A:
                return wanted_a, end_s
            if fits_a > most_a + ROUNDING_A:
                most_a, best_s = fits_a, end_s
        limit_a = wire_limit_a(most_a)
        return (limit_a if limit_a >= exposure.connector.min_current_a else 0.0), best_s

    def _session_order(
        self, exposure: Exposure, kind: OrderKind, limit_a: float, until_s: float
    ) -> Order:
        transaction_id = exposure.transaction_id
        if transaction_id is None:
            raise ValueError(f"{exposure.connector.ref} has no session")
        i = self._books.capacity.index[exposure.connector.ref]
        return session_order(
            exposure.connector,
            TransactionId(transaction_id),
            kind=kind,
            limit_a=limit_a,
            discharge_a=self._gives_a(i) if limit_a == 0 else 0.0,
            now_s=self._now_s,
            until_s=until_s,
            tolerance_s=self._policy.clock_tolerance_s,
            form=exposure.ladder.form,
            voltage_v=self._books.voltage_v,
        )

    # Words --------------------------------------------------------------------------------------

    def _hold(self, ref: ConnectorRef, why: str) -> None:
        self._held[ref] = why

    def _full(self, i: int, until_s: float) -> str:
        row = self.sums.full_row(i, until_s)
        if row is None:
            return "no room"
        if row not in self._row_words:
            floors = [self._default_a(exposure) for exposure in self._books.exposures]
            meant_a = np.maximum(np.array(self._wanted_a), np.array(floors))
            self._row_words[row] = self.sums.why_full(row, meant_a, self._policy.deadband_a)
        return self._row_words[row]


def _down_to(second: int, step_s: int) -> int:
    return second - second % step_s

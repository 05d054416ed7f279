"""The guard: what every connector may draw, and which orders keep every limit whatever happens.

The core has no clock, no await and no logger. The promise, its assumptions and the proof are in
docs/guard.md. In one sentence: an order leaves only if, from now until everything expired, the sum
of the highest limits that each connector may be applying fits every circuit on every phase,
whichever of the unanswered orders arrived, and also if nothing is ever sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from ocpp_core.domain.commands import CommandResult, Unsupported
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorRef, TransactionId
from ocpp_core.domain.plan import CircuitLimit, LimitReason, Reserve
from ocpp_core.domain.profile import ProfilePurpose
from ocpp_core.domain.site import Site
from optimizer.control.battery import SETPOINT_S, BatteryDraw
from optimizer.control.capacity import EPSILON, BuildingLoad, Capacity, check_fail_safe
from optimizer.control.exposure import DefaultState, Exposure, PossibleOrder
from optimizer.control.forms import Ladder, OrderForm
from optimizer.control.memory import remembered, take_up
from optimizer.control.reasons import reason_of
from optimizer.control.rounds import RoundMaker
from optimizer.control.sums import Books, Sums
from optimizer.control.values import (
    Excess,
    GuardPolicy,
    GuardState,
    Order,
    RememberedConnector,
    Round,
    Target,
)

__all__ = ["Excess", "Guard", "GuardPolicy", "GuardState", "Order", "Target", "check_fail_safe"]


class Guard:
    """Keeps the books of all connectors of a site.

    Facts go in (`sent`, `answered`, `session_started`, …), `round` says what may be sent. Instants
    that are given to it never count backwards: an earlier one than known stands for the latest.
    """

    def __init__(
        self, site: Site, policy: GuardPolicy | None = None, *, battery_w: float = 0.0
    ) -> None:
        """`battery_w`: highest charging power of a stationary battery on the building's circuit."""
        self.site = site
        self.policy = policy or GuardPolicy()
        self._capacity = Capacity(site, self.policy.building_shares)
        self._building = BuildingLoad(site.building_peak_w, self.policy)
        self._battery = BatteryDraw(battery_w)
        self._ladders = {
            p.charge_point_id: Ladder(asks_zero=site.fail_safe_a == 0) for p in site.charge_points
        }
        self._exposures = {
            ref: Exposure(c, self._ladders[ref.charge_point_id])
            for ref, c in site.connectors.items()
        }
        self._online: set[ChargePointId] = set()
        self._by_hand = frozenset(p.charge_point_id for p in site.charge_points if not p.managed)
        self._latest_s = 0.0
        self.profiles_sent = 0
        """SetProfile commands handed out, both purposes."""
        self.default_writes: dict[ConnectorRef, int] = dict.fromkeys(self._exposures, 0)
        """Writes of TxDefaultProfiles, which wear a charger's flash (OCPP.md row 36)."""

    # Facts --------------------------------------------------------------------------------------

    def link(self, charge_point_id: ChargePointId, *, online: bool) -> None:
        """A charger connected or its link ended; one that is steered by hand takes no orders."""
        if charge_point_id in self._by_hand:
            return
        was_online = charge_point_id in self._online
        if online:
            self._online.add(charge_point_id)
            if not was_online:
                for exposure in self._of(charge_point_id):
                    exposure.reachable_again()
        else:
            self._online.discard(charge_point_id)

    def is_online(self, charge_point_id: ChargePointId) -> bool:
        """Tell whether orders can be sent to a charger."""
        return charge_point_id in self._online

    def booted(self, charge_point_id: ChargePointId) -> None:
        """A charger restarted; it may have lost its profiles."""
        for exposure in self._of(charge_point_id):
            exposure.booted()

    def session_started(self, ref: ConnectorRef, transaction_id: TransactionId) -> None:
        """A transaction runs; one not newer than the last known is a repeat and changes nothing.

        Transaction ids are ours and only grow.
        """
        exposure = self._exposures.get(ref)
        if exposure is not None and transaction_id > exposure.newest_transaction_id:
            exposure.session_started(transaction_id)

    def session_ended(
        self, charge_point_id: ChargePointId, transaction_id: TransactionId
    ) -> tuple[ConnectorRef, ...]:
        """A transaction ended; return its connector, or nothing when it was not known to run."""
        ended = [e for e in self._of(charge_point_id) if e.transaction_id == transaction_id]
        for exposure in ended:
            exposure.session_ended()
        return tuple(e.connector.ref for e in ended)

    def place_of(
        self, charge_point_id: ChargePointId, transaction_id: TransactionId
    ) -> ConnectorRef | None:
        """Return the connector where a transaction runs, or None."""
        running = (e for e in self._of(charge_point_id) if e.transaction_id == transaction_id)
        return next((e.connector.ref for e in running), None)

    def tell_again(self, ref: ConnectorRef) -> None:
        """Tell a running session's limit again, changed or not: its charger asks for it."""
        if (exposure := self._exposures.get(ref)) is not None:
            exposure.doubted = exposure.transaction_id is not None

    def begin_with(self, charge_point_id: ChargePointId, form: OrderForm, now: datetime) -> None:
        """Tell a charger its limits in this form from now on, unless it refuses that.

        One that is told sessions' limits by defaults may hold some from before a restart of ours,
        which outlive their sessions: its connectors count at their rating until these have ended.
        """
        ladder = self._ladders.get(charge_point_id)
        if ladder is None or ladder.form == form:
            return
        ladder.begin(form)
        if form.session_purpose is ProfilePurpose.TX:
            return
        until_s = self._time(now) + self._longest_s
        for exposure in self._of(charge_point_id):
            unseen = PossibleOrder(
                limit_a=exposure.rating_a,
                until_s=until_s,
                transaction_id=None,
                form=form,
                unseen=True,
            )
            exposure.orders = (*exposure.orders, unseen)

    def form_of(self, charge_point_id: ChargePointId) -> OrderForm | None:
        """Return the form in which a charger last accepted its default; None: in none yet.

        It tells of defaults for sessions as long as one may hold, so that who remembers the form
        knows after a restart that there may be one.
        """
        ladder = self._ladders.get(charge_point_id)
        if ladder is None or ladder.proven is None:
            return None
        may_hold = any(o.outlives_session for e in self._of(charge_point_id) for o in e.orders)
        purpose = ProfilePurpose.TX_DEFAULT if may_hold else ladder.form.session_purpose
        return replace(ladder.proven, session_purpose=purpose)

    def set_limits(self, limits: Iterable[CircuitLimit]) -> None:
        """Take every limit that stands in for a configured one; those not named fall back."""
        self._capacity.set_limits(limits)

    def set_building(self, at: datetime, power_w: float) -> None:
        """Take a measurement of the building's load."""
        self._building.measured(at, power_w)

    def battery_heard(self, charging_w: float, now: datetime) -> None:
        """Take what a stationary battery charges with, W; negative: it gives."""
        now_s = self._time(now)
        before_until_s = now_s + SETPOINT_S + self.policy.clock_tolerance_s
        self._battery.heard(charging_w, now_s, before_until_s=before_until_s)

    def tell_battery(self, wanted_w: float, now: datetime, until: datetime) -> float:
        """Return the setpoint that passes no limit until an instant, W, and count it as told.

        Raises ValueError for one that would hold for more than `SETPOINT_S`.
        """
        now_s, lasts_s = self._time(now), (until - now).total_seconds()
        if lasts_s > SETPOINT_S:
            raise ValueError(f"a setpoint of {lasts_s:g} s holds too long")
        until_s = now_s + lasts_s + self.policy.clock_tolerance_s
        sums = Sums(self._books(), now_s, ends_s=(until_s,))
        most_w = min(self._battery.rating_w, sums.feasible_battery_w(until_s))
        setpoint_w = min(wanted_w, most_w)
        self._battery.told(setpoint_w, until_s)
        return setpoint_w

    def set_reserves(self, reserves: Iterable[Reserve]) -> None:
        """Take what connectors draw against orders; those not named draw what they are told."""
        current_a = {reserve.ref: reserve.current_a for reserve in reserves}
        for ref, exposure in self._exposures.items():
            exposure.reserve_a = current_a.get(ref, 0.0)

    def sent(self, order: Order, now: datetime) -> None:
        """An order is about to leave; call it before the first byte does."""
        self._exposures[order.ref].sent(order, self._time(now))
        self.profiles_sent += 1
        if order.until is None or order.outlives_session:
            self.default_writes[order.ref] += 1

    def stopping(self, ref: ConnectorRef, now: datetime) -> None:
        """A stop is about to leave; the session counts until the charger says that it ended."""
        self._exposures[ref].stop_at_s = self._time(now) + self.policy.stop_again_s

    def answered(self, order: Order, result: CommandResult, now: datetime) -> bool:
        """Book how an order ended and return whether the charger accepted it."""
        exposure = self._exposures[order.ref]
        accepted = exposure.answered(order, result)
        if exposure.failures:
            wait_s = self.policy.retry_s * 2.0 ** min(exposure.failures - 1, 20)
            if isinstance(result, Unsupported):
                wait_s = self.policy.retry_max_s
            exposure.retry_at_s = self._time(now) + min(wait_s, self.policy.retry_max_s)
        return accepted

    # Survive a restart --------------------------------------------------------------------------

    def facts(self) -> tuple[RememberedConnector, ...]:
        """Return what `remember` needs after a restart."""
        return tuple(remembered(exposure) for exposure in self._exposures.values())

    def remember(
        self, facts: Iterable[RememberedConnector], *, now: datetime, complete: bool
    ) -> None:
        """Take up what was known before a restart; a connector not named counts at its rating.

        `complete` says that every order was on record before it was sent. When it was not, an
        order nobody remembers may be in force: each connector counts at its rating until it
        confirms an order, its session ends, or the longest order has expired.
        """
        unseen_until_s = None if complete else self._time(now) + self._longest_s
        for fact in facts:
            if (exposure := self._exposures.get(fact.ref)) is not None:
                take_up(exposure, fact, unseen_until_s=unseen_until_s)

    @property
    def _longest_s(self) -> float:
        """How long an order for a session may hold, with the tolerance for clocks, s."""
        return self.policy.valid_s + self.policy.clock_tolerance_s

    # Orders -------------------------------------------------------------------------------------

    def round(self, targets: Mapping[ConnectorRef, Target] | None, now: datetime) -> Round:
        """Return the orders that may be sent now, when to ask again, and who is held back why.

        A connector without a target is wanted at the fail-safe current. Without any targets
        (None: there is no plan yet) sessions are left as they are; defaults are set.
        """
        now_s = self._time(now)
        for exposure in self._exposures.values():
            exposure.forget_expired(now_s)
        return RoundMaker(self._books(), targets, now_s).make()

    def next_orders(
        self, targets: Mapping[ConnectorRef, Target] | None, now: datetime
    ) -> tuple[Order, ...]:
        """Return the orders of `round` alone."""
        return self.round(targets, now).orders

    # Questions ----------------------------------------------------------------------------------

    def worst_a(self, ref: ConnectorRef, at: datetime) -> float:
        """Return the highest current that has to be reckoned with at an instant, A."""
        return self._exposures[ref].worst_a(at.timestamp())

    def ordered_worst_a(self, ref: ConnectorRef, at: datetime) -> float:
        """Return the highest limit that the connector may be applying by what it was told, A."""
        return self._exposures[ref].ordered_worst_a(at.timestamp())

    def worst_w(self, circuit_id: CircuitId, at: datetime) -> float:
        """Return the most that chargers below a circuit and the building on it may draw, W."""
        at_s = at.timestamp()
        row = self._capacity.row_of(circuit_id)
        worst = np.array([e.worst_a(at_s) for e in self._exposures.values()])
        times_s = np.array([at_s])
        building = (self._building.at(times_s) + self._battery.at(times_s))[0]
        return float(
            self._capacity.coefficient[row] @ worst + self._capacity.per_building_w[row] * building
        )

    def exceeded(self, now: datetime) -> tuple[Excess, ...]:
        """Return every limit that might be passed now or later if nothing more were sent."""
        sums = Sums(self._books(), self._time(now))
        found = []
        for k, row in enumerate(self._capacity.rows):
            short = np.flatnonzero(sums.room[k] < -EPSILON)
            if short.size == 0:
                continue
            column = int(short[0])
            over = sums.worst_a[:, column] - self.site.fail_safe_a
            weight = self._capacity.coefficient[k] * np.maximum(over, 0.0)
            refs = tuple(
                self._capacity.refs[int(i)] for i in np.argsort(-weight) if weight[int(i)] > EPSILON
            )
            limit = float(self._capacity.limit[k])
            worst = limit - float(sums.room[k, column])
            weighing = [*map(str, refs[:5]), *(["…"] if refs[5:] else [])]
            battery_w = float(sums.battery_w[column])
            if battery_w > EPSILON and self._capacity.per_building_w[k] > 0:
                weighing.append(f"the battery (up to {battery_w / 1000:.1f} kW)")
            at = datetime.fromtimestamp(float(sums.times_s[column]), UTC)
            when = "now" if column == 0 else f"from {at:%H:%M:%S} UTC on"
            who = "; the building alone passes it"
            if weighing:
                who = f"; weighing on it: {', '.join(weighing)}"
            found.append(
                Excess(
                    circuit_id=row.circuit_id,
                    phase=row.phase,
                    at=at,
                    worst=worst,
                    limit=limit,
                    refs=refs,
                    words=f"{row}: up to {worst:.1f} {row.unit} {when}, "
                    f"limit {limit:g} {row.unit}{who}",
                )
            )
        return tuple(found)

    def unproven(self) -> tuple[ConnectorRef, ...]:
        """Return the connectors that have not confirmed their fail-safe default (since a boot)."""
        return tuple(
            ref
            for ref, exposure in self._exposures.items()
            if exposure.default_state is not DefaultState.CONFIRMED
        )

    def reserves(self, now: datetime) -> tuple[Reserve, ...]:
        """Return what a plan has to leave free: connectors that do not take orders now.

        Not connected, failing commands, drawing against orders, or idle with a fail-safe current.
        """
        now_s = self._time(now)
        found = []
        for ref, exposure in self._exposures.items():
            deaf = ref.charge_point_id not in self._online or exposure.failures > 1
            idle = exposure.transaction_id is None
            current_a = 0.0
            if deaf or exposure.reserve_a > 0:
                current_a = exposure.worst_a(now_s)
            elif idle:  # what it confirms within seconds, not what it might do until then
                current_a = min(self.site.fail_safe_a, exposure.rating_a)
            if current_a > 0:
                found.append(Reserve(ref=ref, current_a=current_a))
        return tuple(found)

    def may_give(self, ref: ConnectorRef) -> bool:
        """Tell whether the running session's charger has not refused an order to give back."""
        return not self._exposures[ref].refuses_discharge

    def refusals(self) -> tuple[str, ...]:
        """Return a sentence for each connector whose commands fail again and again."""
        return tuple(
            f"{ref}: {exposure.refusal}; counted at up to {exposure.worst_a(self._latest_s):.1f} A"
            for ref, exposure in self._exposures.items()
            if exposure.failures > 1
        )

    def state(
        self,
        ref: ConnectorRef,
        now: datetime,
        *,
        target: Target | None = None,
        held: str | None = None,
    ) -> GuardState:
        """Return one connector's limits with the reason why they are not higher."""
        exposure = self._exposures[ref]
        now_s = self._time(now)
        confirmed_a = exposure.confirmed_a(now_s)
        pending = exposure.pending
        reason, words = reason_of(exposure, confirmed_a, target, held)
        if ref.charge_point_id in self._by_hand:
            reason = LimitReason.BY_HAND
            words = f"Steered by hand; counted at its rating of {exposure.rating_a:g} A."
        return GuardState(
            limit_confirmed_a=confirmed_a,
            pending_a=None if pending is None else pending.limit_a,
            worst_a=exposure.worst_a(now_s),
            reason=reason,
            words=words,
            discharge_a=exposure.given_a(now_s),
        )

    def _books(self) -> Books:
        return Books(
            capacity=self._capacity,
            building=self._building,
            battery=self._battery,
            exposures=tuple(self._exposures.values()),
            online=frozenset(self._online),
            policy=self.policy,
            fail_safe_a=self.site.fail_safe_a,
            voltage_v=self.site.voltage_v,
        )

    def _of(self, charge_point_id: ChargePointId) -> tuple[Exposure, ...]:
        return tuple(
            e for ref, e in self._exposures.items() if ref.charge_point_id == charge_point_id
        )

    def _time(self, now: datetime) -> float:
        self._latest_s = max(self._latest_s, now.timestamp())
        return self._latest_s

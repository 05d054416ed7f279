"""The promise, under every order of events that hypothesis can think of.

The oracle is independent of the guard: model chargers keep their own profiles by the rules of OCPP
1.6, 2.0.1 or 2.1 and are asked what they might apply, now and at every later instant if nothing
more were sent. So each step of each run is also a test of Ampherd dying at that step.
"""

from __future__ import annotations

import math
import os
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ocpp_core.domain.commands import (
    Accepted,
    CommandResult,
    Offline,
    Rejected,
    SetProfile,
    TimedOut,
)
from ocpp_core.domain.composite import V16, V21, V201, StackingRules
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorRef, TransactionId
from ocpp_core.domain.plan import CircuitLimit
from ocpp_core.domain.profile import RateUnit
from optimizer.control import Guard, Order, OrderKind, RememberedConnector, Target
from optimizer.control.forms import OrderForm
from tests.optimizer.control.chargers import (
    START,
    Load,
    ModelCharger,
    Nature,
    circuit,
    loads,
    point,
    site,
    want,
)

CLOCKS_OFF_S = st.sampled_from([-60.0, -20.0, 0.0, 35.0, 60.0])
WISHES_A = st.lists(
    st.sampled_from([0.0, 3.0, 6.0, 8.1, 13.0, 20.0, 32.0, 32.0]), min_size=6, max_size=6
)
ANSWERS = st.lists(st.booleans(), min_size=5, max_size=5)
STEPS_S = st.sampled_from([0.3, 11.0, 61.0, 300.0, 640.5, 870.0, 915.0, 4000.0])
PEAK_W = 6_900.0
BATTERY_W = 4_100.0
NATURES = st.sampled_from(
    [
        Nature(),
        Nature(),
        Nature(units=frozenset({RateUnit.W})),
        Nature(units=frozenset({RateUnit.W}), sums_watts=True),
        Nature(highest_level=0),
        Nature(takes_zero=False),
        Nature(takes_tx=False),
        Nature(units=frozenset({RateUnit.W}), sums_watts=True, takes_zero=False, takes_tx=False),
    ]
)
"""OCPP.md rows 31, 32, 37 and 39; quirks sc-stack0-only and sc-zero-rejected."""
CIRCUITS = (
    circuit("main", a=60, w=35_000),
    circuit("east", "main", a=38, lines=[(1, 0, -1, 52)]),
    circuit("west", "main", a=35),
)
LOWEST_A = {CircuitId("main"): 50.0, CircuitId("east"): 22.0, CircuitId("west"): 20.0}
"""Lower limits than these do not fit the fail-safe currents and the building's peak."""
POINTS = (
    point("A", "east"),
    point("B", "east", rating_a=16, count=2),
    point("C", "west", fewest=3),
    point("D", "west", phases="1"),
    point("E", "main", rating_a=20, phases="23"),
)
POINT_NAMES = tuple(p.charge_point_id for p in POINTS)


class Promise(RuleBasedStateMachine):
    """A site with five chargers, an unreliable network and a guard."""

    fail_safe_a = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.site = site(
            *POINTS, circuits=CIRCUITS, fail_safe_a=self.fail_safe_a, building_peak_w=PEAK_W
        )
        self.guard = Guard(self.site, battery_w=BATTERY_W)
        self.told_battery: list[tuple[datetime, float]] = []
        """Until when it may be charging with which power; none of it is ever taken back."""
        self.now: datetime = START
        self.chargers = {p.charge_point_id: ModelCharger(p) for p in POINTS}
        self.online: set[ChargePointId] = set()
        self.flying: dict[ChargePointId, Order] = {}
        self.targets: dict[ConnectorRef, Target] = {}
        self.lowered: dict[CircuitId, float] = {}
        self.transactions = 0
        self.measured_at = START - timedelta(days=1)
        self.measured_w = PEAK_W
        self.forgetful: set[ConnectorRef] = set()
        """Lost the order of a session that it had confirmed: telling it again raises it."""
        self.forms: dict[ChargePointId, OrderForm] = {}
        """Which forms of orders chargers took: on record, whatever else is forgotten."""
        self.proven = False
        """The guard has said once, since things got worse, that every limit holds."""

    # The world ----------------------------------------------------------------------------------

    @initialize(
        offs=st.lists(CLOCKS_OFF_S, min_size=len(POINTS), max_size=len(POINTS)),
        absent=st.booleans(),
        plugged=st.lists(st.sampled_from([True, True, False]), min_size=6, max_size=6),
        limits=WISHES_A,
        rules=st.lists(
            st.sampled_from([V16, V201, V21]), min_size=len(POINTS), max_size=len(POINTS)
        ),
        natures=st.lists(NATURES, min_size=len(POINTS), max_size=len(POINTS)),
        remembered=st.booleans(),
        battery=st.booleans(),
    )
    def a_day_begins(
        self,
        offs: list[float],
        absent: bool,
        plugged: list[bool],
        limits: list[float],
        rules: list[StackingRules],
        natures: list[Nature],
        remembered: bool,
        battery: bool,
    ) -> None:
        """Clocks are a little off, one charger may never have been seen, some cars are there."""
        for charger, off_s, read_by, nature in zip(
            self.chargers.values(), offs, rules, natures, strict=True
        ):
            charger.clock_off_s, charger.rules, charger.nature = off_s, read_by, nature
            if remembered:
                self.forms[charger.charge_point.charge_point_id] = nature.form
                self.guard.begin_with(charger.charge_point.charge_point_id, nature.form, self.now)
        if battery:
            self.battery_asks(0.0)
            self.time_passes(300.0 + 61.0)
        for name in list(self.chargers)[: -1 if absent else None]:
            self.connect(name)
        for _ in range(3):
            self.ask()
            self.all_are_answered(late=True)
        for ref, is_plugged in zip(self.site.connectors, plugged, strict=True):
            if is_plugged:
                self.session_starts_or_stops(ref, told=True)
        self.plan_wants(limits)
        self.all_are_answered(late=True)

    @rule(name=st.sampled_from(POINT_NAMES))
    def link_up_or_down(self, name: ChargePointId) -> None:
        if name not in self.online:
            self.connect(name)
            return
        self.online.discard(name)
        if name in self.flying:
            self.fail(name, Offline(sent=True))
        self.guard.link(name, online=False)

    def connect(self, name: ChargePointId) -> None:
        self.online.add(name)
        self.guard.link(name, online=True)

    @rule(
        name=st.sampled_from(POINT_NAMES),
        keeps=st.booleans(),
        tells=st.booleans(),
    )
    def charger_restarts(self, name: ChargePointId, keeps: bool, tells: bool) -> None:
        """TxDefaultProfiles survive (erratum 3.37); whether TxProfiles do is up to the charger."""
        self.chargers[name].reboot(keeps_session_profiles=keeps)
        if not keeps:
            self.forgetful |= {c.ref for c in self.chargers[name].charge_point.connectors}
        if tells and name in self.online:
            self.guard.booted(name)

    @rule(ref=st.sampled_from([c.ref for p in POINTS for c in p.connectors]), told=st.booleans())
    def session_starts_or_stops(self, ref: ConnectorRef, told: bool) -> None:
        charger = self.chargers[ref.charge_point_id]
        running = charger.outlets[ref.connector_id].transaction_id
        if running is not None:
            charger.stop(ref.connector_id)
            if told and ref.charge_point_id in self.online:
                self.guard.session_ended(ref.charge_point_id, running)
            return
        self.transactions += 1
        number = TransactionId(self.transactions)
        charger.start(ref.connector_id, number)
        if told and ref.charge_point_id in self.online:
            self.note_early(ref)
            self.guard.session_started(ref, number)

    @rule(ref=st.sampled_from([c.ref for p in POINTS for c in p.connectors]), told=st.booleans())
    def another_car_comes_at_once(self, ref: ConnectorRef, told: bool) -> None:
        """What outlives a session meets the next one."""
        if self.chargers[ref.charge_point_id].outlets[ref.connector_id].transaction_id is not None:
            self.session_starts_or_stops(ref, told=True)
        self.session_starts_or_stops(ref, told=told)

    def note_early(self, ref: ConnectorRef) -> None:
        """Older firmware gives a session that runs already no new default (OCPP.md row 43).

        The guard reckons with that; for newer firmware what it takes for less is then more.
        """
        if ref in self.guard.unproven():
            self.forgetful.add(ref)

    @rule(step_s=STEPS_S)
    def time_passes(self, step_s: float) -> None:
        self.now += timedelta(seconds=step_s)

    @rule(share=st.sampled_from([0.0, 0.3, 0.7, 0.9, 1.0]), late_s=st.sampled_from([0, 30, 200]))
    def building_is_measured(self, share: float, late_s: int) -> None:
        at, power_w = self.now - timedelta(seconds=late_s), share * PEAK_W
        if at < self.measured_at:
            return
        if self.assumed_w(power_w) + self.battery_w(self.now) > self.building_w(self.now) + 1e-9:
            self.proven = False
        self.measured_at, self.measured_w = at, power_w
        self.guard.set_building(at, power_w)

    @rule(
        name=st.sampled_from([c.circuit_id for c in CIRCUITS]),
        share=st.sampled_from([0.0, 0.5, 1.0]),
    )
    def limit_is_ordered(self, name: CircuitId, share: float) -> None:
        highest = next(c.limit_a for c in CIRCUITS if c.circuit_id == name) or 0.0
        limit_a = LOWEST_A[name] + share * (highest - LOWEST_A[name])
        if limit_a < self.lowered.get(name, highest):
            self.proven = False
        self.lowered[name] = limit_a
        self.tell_limits()

    def tell_limits(self) -> None:
        self.guard.set_limits(
            [CircuitLimit(circuit_id=name, limit_a=a) for name, a in self.lowered.items()]
        )

    @rule(share=st.sampled_from([-1.0, 0.0, 0.4, 1.0, 1.0]))
    def battery_asks(self, share: float) -> None:
        """It draws what it was told last; the answer may reach it or not, at once or late."""
        self.guard.battery_heard(self.battery_w(self.now), self.now)
        until = self.now + timedelta(seconds=300)
        setpoint_w = self.guard.tell_battery(share * BATTERY_W, self.now, until)
        assert setpoint_w <= max(0.0, share) * BATTERY_W
        self.told_battery.append((until + timedelta(seconds=60), setpoint_w))

    def battery_w(self, at: datetime) -> float:
        """The most that it may be charging with by all it was told."""
        return max((told_w for until, told_w in self.told_battery if at < until), default=0.0)

    def assumed_w(self, measured_w: float) -> float:
        return min(PEAK_W, measured_w * 1.1)

    def building_w(self, at: datetime) -> float:
        """The highest load that the building and its battery may really have."""
        stands = at < self.measured_at + timedelta(seconds=900)
        load_w = self.assumed_w(self.measured_w) if stands else PEAK_W
        return load_w + self.battery_w(at)

    # Ampherd ------------------------------------------------------------------------------------

    @rule(limits=WISHES_A)
    def plan_wants(self, limits: list[float]) -> None:
        self.targets = {
            ref: want(limit_a) for ref, limit_a in zip(self.site.connectors, limits, strict=True)
        }
        self.ask()

    @rule(limits=WISHES_A, discharge_a=st.sampled_from([8.0, 32.0]))
    def plan_lets_cars_give(self, limits: list[float], discharge_a: float) -> None:
        """Who should wait gives back instead."""
        self.targets = {
            ref: replace(want(limit_a), discharge_a=0.0 if limit_a else discharge_a)
            for ref, limit_a in zip(self.site.connectors, limits, strict=True)
        }
        self.ask()

    @rule()
    def ask(self) -> None:
        """Send what the guard releases; whatever is too much already must not become more."""
        before = {(x.circuit_id, x.phase, x.line): x for x in self.possible(self.now) if x.passes}
        orders = self.guard.next_orders(self.targets, self.now)
        assert len({o.charge_point_id for o in orders}) == len(orders)
        for order in orders:
            name = order.charge_point_id
            assert name in self.online
            assert name not in self.flying
            self.guard.sent(order, self.now)
            self.flying[name] = order
            self.chargers[name].limbo.append(order.command)
            if order.kind is OrderKind.DEFAULT and order.limit_a > self.fail_safe_a:
                # It refused 0 A and was never seen to take that; it may hold it all the same.
                self.forgetful.add(order.ref)
        for order in orders:
            if order.discharge_a > 0:
                self.what_flows_back_fits(order)
        for x in self.possible(self.now):
            was = before.get((x.circuit_id, x.phase, x.line))
            if was is not None and not self.forgetful:
                assert x.value <= was.value + 1e-6, (was, x, orders)

    def what_flows_back_fits(self, order: Order) -> None:
        """All that may be given below a circuit is no more than it carries, with nobody drawing."""
        told = {ref: self.guard.state(ref, self.now).discharge_a for ref in self.site.connectors}
        for other in self.flying.values():
            told[other.ref] = max(told[other.ref], other.discharge_a)
        assert order.limit_a == 0
        for above in self.site.feeders(self.site.connectors[order.ref].circuit_id):
            limit_a = min(self.lowered.get(above.circuit_id, math.inf), above.limit_a or math.inf)
            below = self.site.connectors_below(above.circuit_id)
            for phase in self.site.connectors[order.ref].phases:
                back_a = sum(told[c.ref] for c in below if phase in c.phases)
                assert back_a <= limit_a + 1e-6, (above.circuit_id, phase, told)

    def succeed(self, name: ChargePointId, *, late: bool = True) -> None:
        order = self.flying.pop(name)
        result = self.arrive(name, order.command, late=late)
        idle = self.chargers[name].outlets[order.ref.connector_id].transaction_id is None
        if isinstance(result, Accepted) and (order.kind is not OrderKind.DEFAULT or idle):
            self.forgetful.discard(order.ref)
        self.guard.answered(order, result, self.now)

    def arrive(self, name: ChargePointId, command: SetProfile, *, late: bool) -> CommandResult:
        """The charger handles a command, and before it what was in limbo, or never that."""
        charger = self.chargers[name]
        limbo = charger.limbo
        at = next(k for k, c in enumerate(limbo) if c is command)
        for earlier in limbo[:at]:
            if late:
                charger.handle(earlier)
        del limbo[: at + 1]
        return charger.handle(command)

    def fail(self, name: ChargePointId, result: CommandResult) -> None:
        self.guard.answered(self.flying.pop(name), result, self.now)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), late=st.booleans())
    def one_is_answered(self, data: st.DataObject, late: bool) -> None:
        self.succeed(data.draw(st.sampled_from(sorted(self.flying))), late=late)

    @rule(late=st.booleans())
    def all_are_answered(self, late: bool) -> None:
        for name in sorted(self.flying):
            self.succeed(name, late=late)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), refused=st.sampled_from([Rejected(status="Rejected"), Offline()]))
    def one_is_refused(self, data: st.DataObject, refused: CommandResult) -> None:
        """Neither was it applied nor will it be."""
        name = data.draw(st.sampled_from(sorted(self.flying)))
        command = self.flying[name].command
        self.chargers[name].limbo = [c for c in self.chargers[name].limbo if c is not command]
        self.fail(name, refused)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), error=st.sampled_from([TimedOut(after_s=30), Rejected(status="Generic")]))
    def one_is_not_answered(self, data: st.DataObject, error: CommandResult) -> None:
        """It stays in limbo: applied now, later or never."""
        self.fail(data.draw(st.sampled_from(sorted(self.flying))), error)

    @rule(limits=WISHES_A, step_s=st.sampled_from([11.0, 31.0]), answers=ANSWERS)
    def a_round_goes_by(self, limits: list[float], step_s: float, answers: list[bool]) -> None:
        """A new plan, of whose orders some are answered and some are not."""
        self.time_passes(step_s)
        self.plan_wants(limits)
        self.no_limit_is_passed_now_or_later_if_ampherd_dies_here()
        for name, answered in zip(POINT_NAMES, answers, strict=True):
            if name in self.flying and answered:
                self.succeed(name)
            elif name in self.flying:
                self.fail(name, TimedOut(after_s=30))
        self.no_limit_is_passed_now_or_later_if_ampherd_dies_here()
        self.ask()

    @rule(data=st.data())
    def one_in_limbo_is_applied(self, data: st.DataObject) -> None:
        waiting = [
            charger
            for name, charger in self.chargers.items()
            if charger.limbo
            and (name not in self.flying or charger.limbo[0] is not self.flying[name].command)
        ]
        if waiting:
            charger = data.draw(st.sampled_from(waiting))
            charger.handle(charger.limbo.pop(0))

    @rule(complete=st.booleans(), knows_defaults=st.booleans())
    def ampherd_restarts(self, complete: bool, knows_defaults: bool = True) -> None:
        """Of an incomplete memory the defaults may be missing too."""
        facts: tuple[RememberedConnector, ...] = self.guard.facts()
        if not complete:
            facts = tuple(
                RememberedConnector(
                    ref=f.ref,
                    default_a=f.default_a if knows_defaults else None,
                    transaction_id=f.transaction_id,
                    orders=tuple(o for o in f.orders if o.confirmed),
                )
                for f in facts
            )
        self.flying.clear()
        for name in self.chargers:
            if (form := self.guard.form_of(name)) is not None:
                self.forms[name] = form
        self.guard = Guard(self.site, battery_w=BATTERY_W)
        for name, form in self.forms.items():
            self.guard.begin_with(name, form, self.now)
        self.guard.remember(facts, now=self.now, complete=complete)
        for fact in facts:
            if fact.transaction_id is not None:
                self.note_early(fact.ref)
        self.tell_limits()
        self.guard.set_building(self.measured_at, self.measured_w)
        for name in self.online:
            self.guard.link(name, online=True)

    # The promise --------------------------------------------------------------------------------

    def possible(self, at: datetime) -> list[Load]:
        currents_a = {
            c.ref: charger.might_apply_a(c.ref.connector_id, at)
            for charger in self.chargers.values()
            for c in charger.charge_point.connectors
        }
        return loads(self.site, currents_a, self.building_w(at), self.lowered)

    @invariant()
    def no_limit_is_passed_now_or_later_if_ampherd_dies_here(self) -> None:
        if not self.guard.exceeded(self.now):
            self.proven = True
        if not self.proven:
            return
        instants = {self.now, self.now + timedelta(days=1)}
        instants |= {b for c in self.chargers.values() for b in c.breaks(self.now)}
        instants.add(max(self.now, self.measured_at + timedelta(seconds=900)))
        for at in sorted(instants):
            passed = [x for x in self.possible(at) if x.passes]
            assert passed == [], (at, passed)

    @invariant()
    def the_worst_in_the_books_covers_what_chargers_apply(self) -> None:
        for charger in self.chargers.values():
            for c in charger.charge_point.connectors:
                applied = charger.applies_a(c.ref.connector_id, self.now)
                assert applied <= self.guard.worst_a(c.ref, self.now) + 1e-6

    @invariant()
    def no_car_is_offered_less_than_it_can_use(self) -> None:
        for order in self.flying.values():
            if order.kind is not OrderKind.DEFAULT:
                assert order.limit_a == 0 or order.limit_a >= 6

    def teardown(self) -> None:
        """With every charger reachable again, all limits hold after a few rounds of decreases."""
        self.battery_asks(0.0)
        for name in self.chargers:
            if name not in self.online:
                self.connect(name)
            for c in self.chargers[name].charge_point.connectors:
                running = self.chargers[name].outlets[c.ref.connector_id].transaction_id
                known = self.guard.facts()[list(self.site.connectors).index(c.ref)].transaction_id
                if known is not None and known != running:
                    self.guard.session_ended(name, known)
                if running is not None:
                    self.note_early(c.ref)
                    self.guard.session_started(c.ref, running)
        for _ in range(12):
            self.ask()
            for name in list(self.flying):
                self.succeed(name, late=False)
            self.now += timedelta(seconds=301)
            self.no_limit_is_passed_now_or_later_if_ampherd_dies_here()
        assert self.guard.exceeded(self.now) == ()


class PromiseWithFailSafe(Promise):
    """The same where every connector keeps a current without us."""

    fail_safe_a = 6.0


def test_a_default_confirmed_after_a_restart_is_all_that_a_charger_was_told() -> None:
    """D lost its orders, and we our memory: what it is told must not be more than its default.

    The books reckon with its rating, since older firmware may go on with that in the session. But
    it may be at 0 A, and C, which takes nothing in amperes, at its rating.
    """
    world, d = Promise(), ChargePointId("D")
    natures = [Nature(), Nature(), Nature(units=frozenset({RateUnit.W})), Nature(), Nature()]
    world.a_day_begins([-60.0] * 5, False, [True] * 6, [0.0] * 6, [V16] * 5, natures, False, True)
    world.no_limit_is_passed_now_or_later_if_ampherd_dies_here()
    world.charger_restarts(d, keeps=False, tells=True)
    world.ampherd_restarts(complete=False)
    world.ask()
    world.all_are_answered(late=False)
    world.ask()
    command = world.flying[d].command
    world.chargers[d].limbo = [c for c in world.chargers[d].limbo if c is not command]
    world.fail(d, Rejected(status="Rejected"))

    world.teardown()


SOAK = int(os.environ.get("AMPHERD_PROMISE_RUNS", "0"))
"""More runs than everyday tests make, each time other ones: AMPHERD_PROMISE_RUNS=2000 pytest …"""
EFFORT = settings(
    max_examples=SOAK or 60,
    stateful_step_count=40,
    derandomize=not SOAK,
    database=None,
)
TestPromise = Promise.TestCase
TestPromise.settings = EFFORT
TestPromiseWithFailSafe = PromiseWithFailSafe.TestCase
TestPromiseWithFailSafe.settings = EFFORT

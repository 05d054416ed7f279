"""What the guard does, one situation at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ocpp_core.domain.commands import Offline, Rejected, TimedOut, Unsupported
from ocpp_core.domain.ids import ChargePointId, CircuitId, TransactionId
from ocpp_core.domain.plan import CircuitLimit, LimitReason, Reserve
from ocpp_core.domain.profile import ProfileKind, ProfilePurpose
from ocpp_core.domain.units import Phase
from optimizer.control import Guard, GuardPolicy, OrderKind, RememberedConnector
from optimizer.control.values import RememberedOrder
from tests.optimizer.control.chargers import START, circuit, point, ref, site, want
from tests.optimizer.control.rig import Rig

A, B, C = ref("A"), ref("B"), ref("C")
POINT_A = ChargePointId("A")


def two(limit_a: float = 32, **more: float) -> Rig:
    """A and B on one fuse, both charging, defaults confirmed."""
    rig = Rig(site(point("A"), point("B"), circuits=[circuit("main", a=limit_a)], **more))
    rig.confirm_defaults()
    rig.plug(A, B)
    return rig


def kinds(rig: Rig) -> list[tuple[str, str, float]]:
    return [(o.charge_point_id, o.kind.value, o.limit_a) for o in rig.log]


# The order of things --------------------------------------------------------------------------


def test_the_first_thing_a_charger_is_told_is_its_fail_safe_default() -> None:
    rig = Rig(site(point("A", count=2), fail_safe_a=0))

    first = rig.do_all()

    assert [OrderKind.DEFAULT] * 2 == [o.kind for o in first]
    profile = first[0].command.profile
    assert ProfilePurpose.TX_DEFAULT is profile.purpose
    assert profile.duration_s is None
    assert profile.end is None
    assert 0.0 == profile.periods[0].limit


def test_a_decrease_is_confirmed_before_its_current_is_given_to_another() -> None:
    rig = two(32)
    rig.aim(A=26, B=6)
    rig.do_all()
    rig.log.clear()
    rig.wait(60)

    rig.aim(A=6, B=26)
    (only,) = rig.send()
    assert ("A", OrderKind.DECREASE, 6) == (only.charge_point_id, only.kind, only.limit_a)
    assert not rig.send()
    rig.answer(only)
    (then,) = rig.send()

    assert ("B", OrderKind.INCREASE, 26) == (then.charge_point_id, then.kind, then.limit_a)


def test_an_increase_goes_as_far_as_confirmed_decreases_allow() -> None:
    rig = Rig(site(point("A"), point("B"), point("C"), circuits=[circuit("main", a=48)]))
    rig.confirm_defaults()
    rig.plug(A, B, C)
    rig.aim(A=20, B=20, C=8)
    rig.do_all()
    rig.wait(60)
    rig.aim(A=10, B=8, C=30)
    a, b = sorted(rig.send(), key=lambda o: o.charge_point_id)

    rig.answer(a)
    (part,) = rig.send()
    rig.answer(part)
    rig.answer(b)
    rig.wait(11)
    (rest,) = rig.send()

    assert [C, C] == [part.ref, rest.ref]
    assert [18.0, 30.0] == [pytest.approx(o.limit_a, abs=0.11) for o in (part, rest)]


def test_a_car_does_not_start_below_its_minimum_current() -> None:
    rig = two(20)
    rig.aim(A=16, B=6)
    rig.do_all()

    assert 16.0 == rig.applied_a(A)
    assert 0.0 == rig.applied_a(B)
    state = rig.guard.state(B, rig.now, target=rig.targets[B], held=_held(rig, B))
    assert LimitReason.GUARD is state.reason
    assert "circuit main" in state.words


def test_a_limit_below_the_minimum_is_sent_as_zero() -> None:
    rig = two()
    rig.aim(A=16)
    rig.do_all()
    rig.wait(60)
    rig.aim(A=4)
    rig.do_all()

    assert 0.0 == rig.log[-1].limit_a


def test_nothing_is_cleared_before_it_is_set() -> None:
    """OCPP.md row 35."""
    rig = two()
    for limit_a in (16, 6, 0, 20):
        rig.aim(A=limit_a)
        rig.do_all()
        rig.wait(60)

    of_sessions = [o.command.profile for o in rig.log if o.kind is not OrderKind.DEFAULT]
    assert {12} == {p.profile_id for p in of_sessions}
    assert all(p.start is not None and p.start < START + timedelta(hours=1) for p in of_sessions)


def test_a_session_s_order_starts_in_the_past_and_ends_by_itself() -> None:
    """OCPP.md row 35 and row 42."""
    rig = two()
    rig.aim(A=16)
    (order,) = rig.do_all()
    profile = order.command.profile

    assert ProfilePurpose.TX is profile.purpose
    assert ProfileKind.ABSOLUTE is profile.kind
    assert TransactionId(1) == profile.transaction_id
    assert profile.start == rig.now - timedelta(seconds=60)
    assert profile.end is not None
    assert timedelta(minutes=14) < profile.end - rig.now <= timedelta(minutes=15)
    assert order.until == profile.end + timedelta(seconds=60)


def test_one_command_at_a_time_goes_to_a_charge_point() -> None:
    rig = Rig(site(point("A", count=3), circuits=[circuit("main", a=200)]))

    for _ in range(3):
        (order,) = rig.send()
        assert not rig.send()
        rig.answer(order)

    assert not rig.guard.unproven()


def test_the_worst_goes_first() -> None:
    rig = Rig(
        site(
            point("A"),
            point("B", rating_a=63),
            point("C", rating_a=16),
            circuits=[circuit("main", a=20)],
        )
    )

    assert ["B", "A", "C"] == [o.charge_point_id for o in rig.orders()]


# What is not known ----------------------------------------------------------------------------


def test_a_charger_that_never_confirmed_counts_at_its_rating() -> None:
    rig = Rig(site(point("A"), point("B"), circuits=[circuit("main", a=40)]))
    rig.guard.link(ChargePointId("B"), online=False)
    rig.do_all()
    rig.plug(A)
    rig.aim(A=32)
    rig.do_all()

    assert (B,) == rig.guard.unproven()
    assert 32.0 == rig.guard.worst_a(B, rig.now)
    assert 8.0 == pytest.approx(rig.applied_a(A), abs=0.11)
    assert (Reserve(ref=B, current_a=32.0),) == rig.guard.reserves(rig.now)


def test_a_dead_charger_is_reckoned_with_until_its_order_has_ended() -> None:
    rig = two(32)
    rig.aim(A=26, B=6)
    rig.do_all()
    rig.guard.link(ChargePointId("A"), online=False)
    rig.aim(A=0, B=32)
    rig.wait(60)
    rig.do_all()
    assert 6.0 == rig.applied_a(B)

    rig.wait(960)
    rig.do_all()

    assert 0.0 == rig.guard.worst_a(A, rig.now)
    assert 32.0 == rig.applied_a(B)


def test_an_order_without_an_answer_counts_as_applied_and_as_not_applied() -> None:
    rig = two(40)
    rig.aim(A=10, B=6)
    rig.do_all()
    rig.wait(60)
    rig.aim(A=30)
    (raised,) = rig.send()
    rig.answer(raised, TimedOut(after_s=30))
    assert 30.0 == rig.guard.worst_a(A, rig.now)

    rig.aim(A=6)
    rig.wait(15)
    (lowered,) = rig.send()
    rig.answer(lowered, Offline(sent=True))
    assert 30.0 == rig.guard.worst_a(A, rig.now)

    rig.wait(30)
    (again,) = rig.send()
    rig.answer(again)
    assert 6.0 == rig.guard.worst_a(A, rig.now)


@pytest.mark.parametrize(
    "result",
    [Offline(sent=False), Rejected(status="Rejected"), Unsupported()],
    ids=["not sent", "rejected", "unsupported"],
)
def test_an_order_that_cannot_have_been_applied_is_forgotten(
    result: Offline | Rejected | Unsupported,
) -> None:
    rig = two(40)
    rig.aim(A=10)
    rig.do_all()
    rig.wait(60)
    rig.aim(A=30)
    (raised,) = rig.send()
    rig.answer(raised, result)

    assert 10.0 == rig.guard.worst_a(A, rig.now)


def test_a_failing_charger_is_asked_again_later_and_later() -> None:
    """OCPP.md row 34: its words are told, and it counts at what it may draw meanwhile."""
    rig = two()
    rig.aim(A=16)
    waits = []
    for _ in range(8):
        (order,) = rig.send()
        rig.answer(order, Rejected(status="Rejected", reason="local balancer off"))
        waited = 0
        while not rig.orders():
            rig.wait(5)
            waited += 5
        waits.append(waited)

    assert [10, 20, 40, 80, 160, 300, 300, 300] == waits
    (words,) = rig.guard.refusals()
    assert "local balancer off" in words
    assert f"counted at up to {rig.guard.worst_a(A, rig.now):.1f} A" in words


def test_a_restarted_charger_is_told_again_and_trusted_only_then() -> None:
    rig = two(40)
    rig.aim(A=10, B=6)
    rig.do_all()
    rig.wait(60)
    rig.log.clear()

    rig.guard.booted(ChargePointId("A"))
    assert (A,) == rig.guard.unproven()
    assert 32.0 == rig.guard.worst_a(A, rig.now)
    rig.aim(B=20)
    rig.do_all()

    assert [("A", "default", 0.0), ("A", "refresh", 10.0)] == [k for k in kinds(rig) if k[0] == "A"]
    assert 10.0 == rig.guard.worst_a(A, rig.now)
    rig.wait(11)
    rig.do_all()
    assert 20.0 == rig.applied_a(B)


def test_a_charger_that_lost_its_default_costs_others_only_if_it_does_not_answer() -> None:
    rig = two(40)
    rig.aim(A=20, B=20)
    rig.do_all()
    rig.wait(60)
    rig.chargers[ChargePointId("A")].reboot(keeps_session_profiles=False, keeps_defaults=False)
    rig.guard.booted(ChargePointId("A"))
    rig.log.clear()

    (default,) = rig.send()
    assert OrderKind.DEFAULT is default.kind
    assert rig.guard.exceeded(rig.now)
    rig.answer(default, TimedOut(after_s=30))
    (cut,) = rig.send()

    assert ("B", OrderKind.DECREASE) == (cut.charge_point_id, cut.kind)
    assert cut.limit_a <= 8.0


def test_a_session_that_began_before_the_default_keeps_its_old_limit_until_ordered() -> None:
    """Older firmware applies a new TxDefaultProfile to later sessions only (OCPP.md row 43)."""
    rig = Rig(site(point("A"), circuits=[circuit("main", a=40)]))
    rig.plug(A)
    rig.targets[A] = want(0)
    (default,) = rig.send()
    rig.answer(default)
    assert 32.0 == rig.guard.worst_a(A, rig.now)

    (order,) = rig.send()
    rig.answer(order)

    assert ProfilePurpose.TX is order.command.profile.purpose
    assert 0.0 == rig.guard.worst_a(A, rig.now)


# Time -----------------------------------------------------------------------------------------


def test_an_order_that_stays_wanted_is_repeated_before_it_ends() -> None:
    rig = two()
    rig.aim(A=16)
    rig.do_all()
    for _ in range(600):
        rig.wait(10)
        rig.do_all()
        assert 16.0 == rig.applied_a(A)

    repeats = [o for o in rig.log if o.kind is OrderKind.REFRESH]
    assert 9 <= len(repeats) <= 11


def test_the_guard_says_when_to_look_again() -> None:
    rig = two()
    rig.aim(A=16)
    rig.do_all()

    wake_at = rig.guard.round(rig.targets, rig.now).wake_at

    assert wake_at is not None
    rig.now = wake_at - timedelta(seconds=1)
    assert not rig.orders()
    rig.now = wake_at
    (order,) = rig.orders()
    assert OrderKind.REFRESH is order.kind


def test_without_us_every_limit_falls_to_the_default() -> None:
    """OCPP.md row 42."""
    rig = two(60, fail_safe_a=6.0)
    rig.aim(A=16)
    rig.do_all()

    later = rig.now + timedelta(seconds=2000)

    assert [16.0, 6.0] == [rig.guard.worst_a(A, at) for at in (rig.now, later)]
    rig.wait(2000)
    assert 6.0 == rig.applied_a(A)


def test_a_paused_session_counts_at_its_default_since_another_car_may_come_unseen() -> None:
    rig = two(22, fail_safe_a=6.0)
    rig.aim(A=0, B=32)
    rig.do_all()

    assert 0.0 == rig.applied_a(A)
    assert 6.0 == rig.guard.worst_a(A, rig.now)
    assert 16.0 == pytest.approx(rig.applied_a(B), abs=0.11)


def test_a_session_s_end_frees_its_current() -> None:
    rig = two(32)
    rig.aim(A=26, B=6)
    rig.do_all()
    rig.unplug(A)
    rig.aim(B=32)
    rig.wait(60)
    rig.do_all()

    assert 32.0 == rig.applied_a(B)


def test_an_older_transaction_s_start_or_stop_changes_nothing() -> None:
    rig = two()
    rig.unplug(A)
    rig.plug(A)
    rig.aim(A=16)
    rig.do_all()

    rig.guard.session_ended(ChargePointId("A"), TransactionId(1))
    rig.guard.session_started(A, TransactionId(1))
    rig.guard.session_started(A, TransactionId(3))

    assert 16.0 == rig.guard.worst_a(A, rig.now)


def test_time_that_goes_backwards_does_not_revive_an_order() -> None:
    rig = two(32)
    rig.aim(A=26)
    rig.do_all()
    rig.wait(3600)
    rig.orders()
    rig.wait(-3600)
    rig.aim(A=0, B=32)
    rig.do_all()

    assert 32.0 == rig.log[-1].limit_a
    assert rig.log[-1].until is not None
    assert rig.log[-1].until > START + timedelta(hours=1)


# Writes ---------------------------------------------------------------------------------------


def test_small_changes_are_not_sent() -> None:
    """OCPP.md row 36."""
    rig = two(60)
    rig.aim(A=16)
    rig.do_all()
    rig.wait(60)
    before = rig.guard.profiles_sent

    for limit_a in (15.8, 16.3, 16.0):
        rig.aim(A=limit_a)
        rig.do_all()
        rig.wait(20)

    assert before == rig.guard.profiles_sent


def test_changes_in_quick_succession_are_one_write() -> None:
    """OCPP.md row 36."""
    rig = two(60)
    rig.aim(A=16)
    rig.do_all()
    before = rig.guard.profiles_sent
    for limit_a in (18, 20, 22, 24):
        rig.wait(2)
        rig.aim(A=limit_a)
        rig.do_all()

    rig.wait(5)
    rig.do_all()

    assert before + 1 == rig.guard.profiles_sent
    assert 24.0 == rig.applied_a(A)


def test_a_decrease_that_a_limit_needs_does_not_wait_for_the_interval() -> None:
    rig = two(60)
    rig.aim(A=30, B=30)
    rig.do_all()
    rig.wait(1)
    rig.guard.set_limits([CircuitLimit(circuit_id=CircuitId("main"), limit_a=20)])

    assert 2 == len(rig.send())


def test_the_persistent_default_is_written_once() -> None:
    """OCPP.md row 36: what changes goes to the running session."""
    rig = two()
    for hour in range(24):
        rig.aim(A=6 + hour)
        rig.do_all()
        rig.wait(3600)

    assert {A: 1, B: 1} == rig.guard.default_writes
    assert rig.guard.profiles_sent == len(rig.log)


# Limits that get worse ------------------------------------------------------------------------


def test_a_lower_limit_is_met_by_decreases_alone_sent_at_once() -> None:
    rig = Rig(site(*(point(n) for n in "ABCD"), circuits=[circuit("main", a=100)]))
    rig.confirm_defaults()
    rig.plug(A, B, C, ref("D"))
    rig.aim(A=32, B=32, C=20, D=16)
    rig.do_all()
    rig.wait(60)
    rig.log.clear()

    rig.guard.set_limits([CircuitLimit(circuit_id=CircuitId("main"), limit_a=48)])
    (excess, *_) = rig.guard.exceeded(rig.now)
    assert "A/1" in excess.words
    assert "100.0 A" in excess.words
    cuts = rig.send()

    assert {OrderKind.DECREASE} == {o.kind for o in cuts}
    assert 4 == len(cuts)
    for cut in cuts:
        rig.answer(cut)
    assert not rig.guard.exceeded(rig.now)
    assert 48.0 == pytest.approx(sum(rig.applied_a(r) for r in rig.site.connectors), abs=0.5)


def test_below_the_sum_of_minimum_currents_some_cars_wait() -> None:
    rig = Rig(site(*(point(n) for n in "ABCD"), circuits=[circuit("main", a=64)]))
    rig.confirm_defaults()
    rig.plug(A, B, C, ref("D"))
    rig.aim(A=16, B=16, C=16, D=16)
    rig.do_all()
    rig.wait(60)

    rig.guard.set_limits([CircuitLimit(circuit_id=CircuitId("main"), limit_a=14)])
    rig.do_all()

    assert [6.0, 6.0, 0.0, 0.0] == [rig.applied_a(r) for r in rig.site.connectors]
    assert not rig.guard.exceeded(rig.now)


def test_a_session_at_an_old_default_can_be_cut_too() -> None:
    rig = Rig(site(point("A"), point("B"), circuits=[circuit("main", a=40)]))
    rig.plug(A, B)
    rig.aim(A=32, B=32)
    rig.do_all()
    rig.wait(11)
    rig.do_all()

    assert not rig.guard.exceeded(rig.now)
    assert [32.0, 8.0] == [rig.applied_a(A), rig.applied_a(B)]


def test_after_a_restart_nobody_gets_more_than_it_is_known_to_have_been_told() -> None:
    """Counted at 32 A each for want of memory, one of them may be at 0 A: 20 A would be more."""
    rig = Rig(site(point("A"), point("B"), circuits=[circuit("main", a=40)]))
    known = RememberedOrder(
        limit_a=32,
        until=rig.now + timedelta(minutes=10),
        transaction_id=TransactionId(1),
        confirmed=True,
    )
    rig.guard.remember(
        [
            RememberedConnector(
                ref=A, default_a=None, transaction_id=TransactionId(1), orders=(known,)
            ),
            RememberedConnector(ref=B, default_a=None, transaction_id=TransactionId(2), orders=()),
        ],
        now=rig.now,
        complete=False,
    )
    for name in ("A", "B"):
        rig.guard.link(ChargePointId(name), online=True)
    rig.aim(A=20, B=20)
    for order in rig.send():
        rig.answer(order)
    told = {order.ref: order.limit_a for order in rig.send()}

    assert {A: 20.0, B: 0.0} == told


def test_when_a_dead_charger_keeps_its_current_the_others_make_room() -> None:
    rig = two(40)
    rig.aim(A=20, B=20)
    rig.do_all()
    rig.guard.link(ChargePointId("A"), online=False)
    rig.wait(30)

    rig.guard.set_limits([CircuitLimit(circuit_id=CircuitId("main"), limit_a=30)])
    rig.do_all()

    assert 10.0 == rig.applied_a(B)
    assert not rig.guard.exceeded(rig.now)


def test_more_than_can_be_cut_is_said_with_names() -> None:
    rig = two(40)
    rig.aim(A=20, B=20)
    rig.do_all()
    rig.guard.link(ChargePointId("A"), online=False)

    rig.guard.set_limits([CircuitLimit(circuit_id=CircuitId("main"), limit_a=15)])
    rig.do_all()
    (first, *_) = rig.guard.exceeded(rig.now)

    assert (A,) == first.refs
    assert 0.0 == rig.applied_a(B)
    assert "limit 15 A" in first.words


def test_an_ordered_limit_above_the_fuse_does_not_lift_it() -> None:
    """OCPP.md row 47: and when a limit is used."""
    rig = two(20)
    rig.guard.set_limits([CircuitLimit(circuit_id=CircuitId("main"), limit_a=100)])
    rig.aim(A=32, B=0)
    rig.do_all()

    assert 20.0 == pytest.approx(rig.applied_a(A), abs=0.11)


def test_each_phase_is_held_on_its_own() -> None:
    rig = Rig(
        site(
            point("A", phases="1"),
            point("B", phases="2"),
            point("C", phases="12"),
            circuits=[circuit("main", a=32)],
        )
    )
    rig.confirm_defaults()
    rig.plug(A, B, C)
    rig.aim(A=22, B=12, C=20)
    rig.do_all()

    assert rig.applied_a(A) + rig.applied_a(C) <= 32
    assert rig.applied_a(B) + rig.applied_a(C) <= 32
    assert 12.0 == rig.applied_a(B)


def test_a_power_limit_holds_as_a_current_limit_does() -> None:
    rig = two(100)
    rig.guard.set_limits([CircuitLimit(circuit_id=CircuitId("main"), limit_w=22_080)])
    rig.aim(A=32, B=32)
    rig.do_all()

    assert 32.0 == pytest.approx(rig.applied_a(A) + rig.applied_a(B), abs=0.2)
    assert rig.guard.worst_w(CircuitId("main"), rig.now) <= 22_080


# Building load --------------------------------------------------------------------------------

PEAK_W = 20_700.0  # 30 A on each phase


def test_an_unmeasured_building_counts_at_its_peak() -> None:
    rig = two(50, building_peak_w=PEAK_W)
    rig.aim(A=32)
    rig.do_all()

    assert 20.0 == pytest.approx(rig.applied_a(A), abs=0.11)


def test_a_measured_building_frees_current_for_as_long_as_the_measurement_stands() -> None:
    rig = two(50, building_peak_w=PEAK_W)
    rig.guard.set_building(rig.now - timedelta(seconds=30), 6_900)  # 10 A, 11 A with the margin
    rig.aim(A=32)
    (order,) = rig.do_all()

    assert 32.0 == order.limit_a
    assert order.until is not None
    assert order.until <= rig.now - timedelta(seconds=30) + timedelta(seconds=900)


def test_a_building_that_nobody_measures_any_more_takes_the_current_back() -> None:
    rig = two(50, building_peak_w=PEAK_W)
    rig.guard.set_building(rig.now, 6_900)
    rig.aim(A=32)
    rig.do_all()
    for _ in range(120):
        rig.wait(10)
        rig.do_all()
        assert not rig.guard.exceeded(rig.now)

    assert 20.0 == pytest.approx(rig.applied_a(A), abs=0.11)


def test_a_building_that_draws_more_than_assumed_is_answered_with_decreases() -> None:
    rig = two(50, building_peak_w=PEAK_W)
    rig.guard.set_building(rig.now, 0)
    rig.aim(A=32, B=18)
    rig.do_all()
    rig.wait(60)

    rig.guard.set_building(rig.now, 13_800)  # 20 A, 22 A with the margin
    assert rig.guard.exceeded(rig.now)
    rig.do_all()

    assert not rig.guard.exceeded(rig.now)
    assert 28.0 == pytest.approx(rig.applied_a(A) + rig.applied_a(B), abs=0.2)


def test_the_building_may_load_the_phases_unevenly() -> None:
    policy = GuardPolicy(building_shares={Phase.L1: 1.0, Phase.L2: 0.0, Phase.L3: 0.0})
    rig = Rig(
        site(
            point("A", phases="1"),
            point("B", phases="2"),
            circuits=[circuit("main", a=40)],
            building_peak_w=6_900,
        ),
        policy=policy,
    )
    rig.confirm_defaults()
    rig.plug(A, B)
    rig.aim(A=32, B=32)
    rig.do_all()

    assert 10.0 == pytest.approx(rig.applied_a(A), abs=0.11)
    assert 32.0 == rig.applied_a(B)


# Reserves, refusals of 0 A --------------------------------------------------------------------


def test_what_a_charger_draws_against_orders_is_taken_from_the_others() -> None:
    rig = two(32)
    rig.aim(A=6, B=26)
    rig.do_all()
    rig.wait(60)

    rig.guard.set_reserves([Reserve(ref=A, current_a=16)])
    rig.do_all()

    assert 16.0 == rig.applied_a(B)
    assert (Reserve(ref=A, current_a=16),) == rig.guard.reserves(rig.now)


def test_a_charger_that_refuses_zero_is_kept_at_its_minimum() -> None:
    """OCPP.md row 37."""
    rig = two(32)
    rig.aim(A=16)
    rig.do_all()
    rig.wait(60)
    rig.aim(A=0)
    (zero,) = rig.send()
    rig.answer(zero, Rejected(status="Rejected"))
    rig.wait(20)
    rig.do_all()

    assert 6.0 == rig.applied_a(A)


def test_a_charger_that_refuses_zero_is_not_started_by_it() -> None:
    rig = two(32)
    rig.aim(A=16)
    rig.do_all()
    rig.wait(60)
    rig.aim(A=0)
    (zero,) = rig.send()
    rig.answer(zero, Rejected(status="Rejected"))
    rig.wait(2000)

    rig.do_all()

    assert 0.0 == rig.applied_a(A)


# Restart --------------------------------------------------------------------------------------


def test_a_restarted_guard_knows_what_chargers_apply() -> None:
    rig = two(32)
    rig.aim(A=20, B=10)
    rig.do_all()
    rig.aim(A=6)
    rig.wait(60)
    (unanswered,) = rig.send()
    again = Guard(rig.site)

    again.remember(rig.guard.facts(), now=rig.now, complete=True)

    assert 6.0 == unanswered.limit_a
    assert 20.0 == again.worst_a(A, rig.now)
    assert 10.0 == again.worst_a(B, rig.now)
    assert not again.unproven()
    assert not again.exceeded(rig.now)


def test_a_restarted_guard_trusts_incomplete_facts_only_after_a_confirmation() -> None:
    rig = two(40)
    rig.aim(A=10, B=10)
    rig.do_all()
    facts = rig.guard.facts()
    rig.guard = Guard(rig.site)
    rig.guard.remember(facts, now=rig.now, complete=False)
    for name in rig.chargers:
        rig.guard.link(name, online=True)
    assert 32.0 == rig.guard.worst_a(A, rig.now)

    rig.do_all()

    assert 10.0 == rig.guard.worst_a(A, rig.now)
    assert 10.0 == rig.applied_a(A)


def test_without_facts_a_restarted_guard_reckons_with_ratings() -> None:
    guard = Guard(site(point("A"), point("B")))

    guard.remember([], now=START, complete=True)

    assert (A, B) == guard.unproven()
    assert 32.0 == guard.worst_a(A, START)


def test_before_a_plan_sessions_are_left_as_they_are() -> None:
    rig = two(32)
    rig.aim(A=20, B=10)
    rig.do_all()
    rig.guard.booted(POINT_A)
    rig.wait(60)

    assert [OrderKind.DEFAULT] == [o.kind for o in rig.guard.round(None, rig.now).orders]


# Words ----------------------------------------------------------------------------------------


def test_a_held_connector_says_whom_it_waits_for() -> None:
    rig = two(32)
    rig.aim(A=26, B=6)
    rig.do_all()
    rig.guard.link(ChargePointId("A"), online=False)
    rig.aim(A=6, B=26)
    rig.wait(60)
    rig.do_all()

    state = rig.guard.state(B, rig.now, target=rig.targets[B], held=_held(rig, B))

    assert LimitReason.GUARD is state.reason
    assert (
        "Held at 6.0 A instead of 26.0 A: circuit main, phase L1, is full until these confirm "
        "less: A/1 (up to 26.0 A)."
    ) == state.words


def test_a_connector_with_its_target_says_the_plan_s_reason() -> None:
    rig = two()
    rig.aim(A=16)
    rig.do_all()

    state = rig.guard.state(A, rig.now, target=rig.targets[A], held=_held(rig, A))

    assert (LimitReason.CAR, "As fast as the car allows.") == (state.reason, state.words)
    assert (16.0, None, 16.0) == (state.limit_confirmed_a, state.pending_a, state.worst_a)


def test_before_the_default_is_confirmed_a_connector_says_so() -> None:
    rig = Rig(site(point("A")))

    state = rig.guard.state(A, rig.now)

    assert LimitReason.FAIL_SAFE is state.reason
    assert state.limit_confirmed_a is None
    assert "32 A" in state.words


def _held(rig: Rig, of: object) -> str | None:
    return {str(r): why for r, why in rig.guard.round(rig.targets, rig.now).held.items()}.get(
        str(of)
    )


# Steered by hand ------------------------------------------------------------------------------


def test_a_charger_that_people_steer_gets_no_order_and_counts_at_its_rating() -> None:
    by_hand = replace(point("A"), managed=False)
    rig = Rig(site(by_hand, point("B"), circuits=[circuit("main", a=40)]))
    rig.do_all()
    rig.plug(A, B)
    rig.aim(A=6, B=32)
    rig.do_all()

    assert {POINT_A} & {o.charge_point_id for o in rig.log} == set()
    assert 32.0 == rig.guard.worst_a(A, rig.now)
    assert 8.0 == pytest.approx(rig.applied_a(B), abs=0.11)
    assert [Reserve(ref=A, current_a=32.0)] == [
        r for r in rig.guard.reserves(rig.now) if r.ref == A
    ]
    state = rig.guard.state(A, rig.now)
    assert LimitReason.BY_HAND is state.reason
    assert "32 A" in state.words

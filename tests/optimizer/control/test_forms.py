"""Orders in other forms, for chargers that refuse the usual one (OCPP.md rows 31, 32, 37, 39)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.commands import Rejected
from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.profile import ProfileKind, ProfilePurpose, RateUnit
from optimizer.control import Guard, GuardPolicy, Order
from optimizer.control.forms import USUAL, Ladder, OrderForm, period
from tests.optimizer.control.chargers import VOLTS, Nature, circuit, point, ref, site
from tests.optimizer.control.rig import Rig

A, B = ref("A"), ref("B")
WATTS = Nature(units=frozenset({RateUnit.W}))
AMPERES = Nature(units=frozenset({RateUnit.A}))
SUMS = Nature(units=frozenset({RateUnit.W}), sums_watts=True)


def rig_with(nature: Nature, *, fewest: int = 1, policy: GuardPolicy | None = None) -> Rig:
    rig = Rig(site(point("A", fewest=fewest), circuits=[circuit("main", a=40)]), policy=policy)
    rig.chargers[A.charge_point_id].nature = nature
    return rig


def run(rig: Rig, rounds: int = 20) -> list[Order]:
    """Let five-minute rounds go by; chargers answer by their nature."""
    sent: list[Order] = []
    for _ in range(rounds):
        for order in rig.send():
            sent.append(order)
            rig.answer(order, rig.chargers[order.charge_point_id].handle(order.command))
        rig.wait(301)
    return sent


@pytest.mark.parametrize(
    ("nature", "form"),
    [
        (Nature(), USUAL),
        (Nature(highest_level=0), USUAL),
        (WATTS, OrderForm(rate_unit=RateUnit.W)),
        (Nature(takes_zero=False), OrderForm(takes_zero=False)),
        (
            Nature(units=frozenset({RateUnit.W}), takes_zero=False),
            OrderForm(rate_unit=RateUnit.W, takes_zero=False),
        ),
    ],
)
def test_the_ladder_ends_at_a_form_that_the_charger_takes(nature: Nature, form: OrderForm) -> None:
    """OCPP.md rows 31, 37 and 39; quirks sc-stack0-only and sc-zero-rejected."""
    rig = rig_with(nature)
    run(rig)

    assert form == rig.guard.form_of(A.charge_point_id)
    assert not rig.guard.unproven()


def test_the_first_order_is_at_stack_level_0() -> None:
    """Quirk sc-stack0-only: higher levels are refused, 0 is taken by nearly all (row 31)."""
    rig = rig_with(Nature(highest_level=0))
    (order,) = rig.send()

    assert 0 == order.command.profile.stack_level


def test_a_single_refusal_changes_no_form() -> None:
    rig = rig_with(Nature())
    (order,) = rig.send()
    rig.answer(order, Rejected(status="Rejected"))
    rig.wait(11)
    (again,) = rig.send()

    assert order.form == again.form


def test_a_charger_that_refuses_zero_counts_at_its_minimum_and_is_told_that() -> None:
    """Quirk sc-zero-rejected: keep the minimum in the budget, never assume the car stopped."""
    rig = rig_with(Nature(takes_zero=False))
    run(rig)
    rig.plug(A)
    rig.aim(A=0)
    run(rig, 3)

    assert 6.0 == rig.guard.worst_a(A, rig.now)
    assert 6.0 == rig.applied_a(A)


def test_zero_is_tried_again_after_a_restart() -> None:
    rig = rig_with(Nature(takes_zero=False))
    run(rig)
    rig.chargers[A.charge_point_id].nature = Nature()
    rig.guard.booted(A.charge_point_id)
    run(rig)

    assert 0.0 == rig.guard.worst_a(A, rig.now)


def test_who_took_zero_before_is_not_told_more_because_it_refuses_once_more() -> None:
    rig = rig_with(Nature())
    run(rig)
    rig.guard.booted(A.charge_point_id)
    for _ in range(4):
        (order,) = rig.send()
        rig.answer(order, Rejected(status="Rejected"))
        rig.wait(301)

        assert 0.0 == order.limit_a


def test_a_charger_without_session_profiles_is_told_by_defaults_that_end() -> None:
    """OCPP.md row 32: a TxDefaultProfile with an end, above the persistent one."""
    rig = rig_with(Nature(takes_tx=False))
    run(rig)
    rig.plug(A)
    rig.aim(A=16)
    sent = run(rig, 6)
    profile = sent[-1].command.profile

    assert 16.0 == rig.applied_a(A)
    assert ProfilePurpose.TX_DEFAULT is profile.purpose
    assert profile.stack_level > 0
    assert profile.duration_s is not None
    assert profile.transaction_id is None


def test_what_outlives_its_session_stays_in_the_books_after_it() -> None:
    rig = rig_with(Nature(takes_tx=False))
    run(rig)
    rig.plug(A)
    rig.aim(A=16)
    run(rig, 6)
    rig.unplug(A)

    assert 16.0 == rig.guard.worst_a(A, rig.now)
    rig.wait(1200)
    assert 0.0 == rig.guard.worst_a(A, rig.now)


def test_a_form_of_the_same_model_is_begun_with_and_left_when_it_is_refused() -> None:
    """A value from elsewhere is a guess: it is verified by the charger's own answer (row 33)."""
    rig = rig_with(AMPERES)
    rig.guard.begin_with(A.charge_point_id, OrderForm(rate_unit=RateUnit.W), rig.now)
    (first,) = rig.send()
    rig.answer(first, Rejected(status="Rejected"))
    rig.wait(301)
    run(rig)
    proven = rig.guard.form_of(A.charge_point_id)

    assert RateUnit.W is first.form.rate_unit
    assert proven is not None
    assert RateUnit.A is proven.rate_unit


@pytest.mark.parametrize("nature", [WATTS, SUMS])
def test_watts_keep_the_limit_on_the_fewest_phases_that_a_car_uses(nature: Nature) -> None:
    """OCPP.md row 39: 16 A told as 11 kW is 48 A for a car on one phase."""
    rig = rig_with(nature)
    run(rig)
    rig.plug(A)
    rig.aim(A=16)
    sent = run(rig, 3)
    (told,) = sent[-1].command.profile.periods

    assert 16 * VOLTS == told.limit
    assert 1 == told.phase_count
    assert rig.applied_a(A) <= 16.0


def test_an_order_for_one_phase_is_budgeted_on_three() -> None:
    """Quirk sc-phases-ignored: a charger may use all of them all the same."""
    rig = rig_with(WATTS)
    run(rig)
    rig.plug(A)
    rig.aim(A=16)
    sent = run(rig, 3)

    assert 1 == sent[-1].command.profile.periods[0].phase_count
    assert 3 * 16 * VOLTS == rig.guard.worst_w(CircuitId("main"), rig.now)


def test_where_every_car_uses_three_phases_watts_are_for_three() -> None:
    rig = rig_with(SUMS, fewest=3)
    run(rig)
    rig.plug(A)
    rig.aim(A=16)
    sent = run(rig, 3)
    (told,) = sent[-1].command.profile.periods

    assert 3 * 16 * VOLTS == told.limit
    assert 16.0 == pytest.approx(rig.applied_a(A))


@given(
    limit_a=st.floats(0, 400),
    fewest=st.integers(1, 3),
    phases=st.sampled_from(["1", "12", "123"]),
    volts=st.floats(100, 400),
)
def test_no_form_tells_more_than_the_limit(
    limit_a: float, fewest: int, phases: str, volts: float
) -> None:
    connector = point("A", phases=phases, fewest=fewest).connectors[0]
    in_a = period(limit_a, USUAL, connector, volts)
    in_w = period(limit_a, OrderForm(rate_unit=RateUnit.W), connector, volts)
    used = min(fewest, len(phases))

    assert (in_a.limit or 0.0) <= limit_a + 1e-6
    assert (in_w.limit or 0.0) <= limit_a * used * volts + 1e-5
    assert used == in_w.phase_count


@given(answers=st.lists(st.booleans(), max_size=40))
def test_the_ladder_visits_every_form_again_and_again(answers: list[bool]) -> None:
    """Whatever was refused before, no form is left out for good."""
    ladder = Ladder()
    for accepted in answers:
        if accepted:
            ladder.default_accepted(ladder.form, 6.0)
        else:
            ladder.default_refused(ladder.form)
    seen = set()
    for _ in range(40):
        seen.add((ladder.form.rate_unit, ladder.form.stack_level))
        ladder.default_refused(ladder.form)

    assert {(unit, level) for unit in RateUnit for level in (0, 1)} == seen


def test_a_form_says_itself() -> None:
    form = OrderForm(
        rate_unit=RateUnit.W, takes_zero=False, session_purpose=ProfilePurpose.TX_DEFAULT
    )

    assert "W at stack level 0, not 0, by TxDefaultProfile alone" == form.words


def test_an_unknown_charger_has_no_form() -> None:
    guard = Guard(site(point("A")))

    assert guard.form_of(B.charge_point_id) is None


def test_a_refusal_is_told_in_the_charger_s_words_and_its_current_is_kept_from_others() -> None:
    """OCPP.md row 34: refused since a local balancer is off; uncontrollable in the plan."""
    rig = rig_with(Nature())
    for _ in range(2):
        (order,) = rig.send()
        rig.answer(order, Rejected(status="Rejected", reason="balancer is off"))
        rig.wait(301)

    assert "balancer is off" in rig.guard.refusals()[0]
    assert [32.0] == [reserve.current_a for reserve in rig.guard.reserves(rig.now)]


@pytest.mark.parametrize("nature", [Nature(), WATTS, Nature(takes_zero=False, takes_tx=False)])
def test_every_form_is_absolute_and_starts_in_the_past(nature: Nature) -> None:
    """OCPP.md rows 35 and 38: Relative is refused by some, and a later start leaves a gap."""
    rig = rig_with(nature)
    run(rig)
    rig.plug(A)
    rig.aim(A=16)
    sent = run(rig, 6)

    for order in [*rig.log, *sent]:
        profile = order.command.profile
        assert ProfileKind.ABSOLUTE is profile.kind
        assert profile.start is not None
        assert profile.start < rig.now


@given(
    unit=st.sampled_from(RateUnit),
    level=st.sampled_from([0, 1]),
    purpose=st.sampled_from([ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT]),
    zero=st.booleans(),
)
def test_a_form_is_kept_as_text_and_read_again(
    unit: RateUnit, level: int, purpose: ProfilePurpose, zero: bool
) -> None:
    form = OrderForm(rate_unit=unit, stack_level=level, session_purpose=purpose, takes_zero=zero)

    assert form == OrderForm.of_text(form.text)


@pytest.mark.parametrize(
    "text", ["", "A", "A 2 TxProfile zero", "V 0 TxProfile zero", "A 0 X zero"]
)
def test_another_text_names_no_form(text: str) -> None:
    assert OrderForm.of_text(text) is None


def stopping_rig(nature: Nature) -> Rig:
    rig = rig_with(nature, policy=GuardPolicy(stops_where_zero_is_refused=True))
    run(rig)
    rig.plug(A)
    return rig


def test_where_zero_is_refused_a_session_may_be_stopped_instead() -> None:
    """Quirk sc-zero-rejected: pause by other means, where the site says so (OCPP.md row 37)."""
    rig = stopping_rig(Nature(takes_zero=False))
    rig.aim(A=0)
    (stop,) = rig.guard.round(rig.targets, rig.now).stops
    rig.guard.stopping(A, rig.now)
    at_once = rig.guard.round(rig.targets, rig.now).stops
    rig.wait(121)
    later = rig.guard.round(rig.targets, rig.now).stops

    assert (A, 1) == (stop.ref, stop.command.transaction_id)
    assert () == at_once
    assert (stop,) == later
    assert 6.0 == rig.guard.worst_a(A, rig.now)  # stopped is what the charger says, not what we ask


def test_nobody_is_stopped_who_can_be_paused_or_is_not_planned_yet() -> None:
    pausable, unplanned = stopping_rig(Nature()), stopping_rig(Nature(takes_zero=False))
    pausable.aim(A=0)
    charging = stopping_rig(Nature(takes_zero=False))
    charging.aim(A=6)

    for rig in (pausable, unplanned, charging):
        assert () == rig.guard.round(rig.targets, rig.now).stops


def test_without_the_policy_the_least_current_goes_on() -> None:
    rig = rig_with(Nature(takes_zero=False))
    run(rig)
    rig.plug(A)
    rig.aim(A=0)

    assert () == rig.guard.round(rig.targets, rig.now).stops


def test_after_a_restart_of_ours_what_outlives_sessions_is_reckoned_with_unseen() -> None:
    """Nobody remembers a default that an earlier run set for a session that has ended since."""
    rig = rig_with(Nature(takes_tx=False))
    rig.guard.begin_with(A.charge_point_id, Nature(takes_tx=False).form, rig.now)
    rig.confirm_defaults()

    assert 32.0 == rig.guard.worst_a(A, rig.now)
    rig.wait(961)
    assert 0.0 == rig.guard.worst_a(A, rig.now)


def test_taking_up_facts_forgets_nothing_that_was_reckoned_with_before() -> None:
    rig = rig_with(Nature(takes_tx=False))
    rig.guard.begin_with(A.charge_point_id, Nature(takes_tx=False).form, rig.now)
    facts = Guard(rig.site).facts()
    rig.guard.remember(facts, now=rig.now, complete=True)
    rig.confirm_defaults()

    assert 32.0 == rig.guard.worst_a(A, rig.now)

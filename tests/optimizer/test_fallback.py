"""Equal shares keep every limit and need no solver."""

from hypothesis import given, settings

from ocpp_core.domain.plan import LimitReason, SiteSnapshot
from optimizer import check
from optimizer.model import read
from optimizer.planner import fall_back
from tests.optimizer.builders import car, circuit, site, snapshot
from tests.optimizer.strategies import snapshots


@settings(max_examples=80)
@given(snapshots())
def test_the_fallback_passes_the_check_by_itself(taken: SiteSnapshot) -> None:
    outcome = fall_back(read(taken), "for the test")

    assert () == outcome.findings
    assert "equal-share" == outcome.plan.engine
    assert () == check.findings(taken, outcome.plan)


def test_equal_wishes_get_equal_shares() -> None:
    """OCPP.md row 44."""
    names = ("CP-1", "CP-2", "CP-3")
    on = site(circuit("main", limit_a=40), connectors=dict.fromkeys(names, "main"))
    taken = snapshot(on, *(car(name, kwh=60, hours=4) for name in names))

    made = fall_back(read(taken), "for the test").plan

    first = [slot for slot in made.slots if slot.start == taken.taken_at]
    assert [13.4, 13.3, 13.3] == [slot.current_a for slot in first]
    assert {LimitReason.FALLBACK} == {slot.reason for slot in first}
    assert "charges at 13.4 A: equal shares, for the test" == first[0].words


def test_when_minima_do_not_fit_the_most_urgent_go_first() -> None:
    names = ("CP-1", "CP-2")
    on = site(circuit("main", limit_a=10), connectors=dict.fromkeys(names, "main"))
    taken = snapshot(on, car("CP-1", kwh=10, hours=4), car("CP-2", kwh=10, hours=2))

    made = fall_back(read(taken), "for the test").plan

    first = {s.ref.charge_point_id: s.current_a for s in made.slots if s.start == taken.taken_at}
    assert {"CP-1": 0.0, "CP-2": 10.0} == first

"""What of a plan is shown to people."""

from dataclasses import replace

import optimizer
from ampherd.runtime.view import PlannedAhead, plan_view
from ocpp_core.domain.plan import PlanOptions
from tests.optimizer.test_giving import BACK, evening, giver


def test_rules_that_are_not_kept_and_cars_that_cannot_give_are_told() -> None:
    wrong = replace(BACK, charge_efficiency=2.0)
    taken = evening(replace(giver(kwh=15.0, back=wrong), max_starts=0))

    shown = plan_view(PlannedAhead(snapshot=taken, outcome=optimizer.plan(taken, PlanOptions())))

    assert (
        "CP-1/1: it starts once more, 0 allowed: energy and limits go first",
        "CP-1/1: gives nothing back: its numbers cannot be",
    ) == shown.notes

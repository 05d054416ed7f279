"""What the file says of planning reaches the planner."""

from dataclasses import fields

import pytest
from pydantic import ValidationError

from ampherd.config.spec import PlanningSpec
from ocpp_core.domain.plan import PlanOptions, SplitPolicy


def test_every_key_that_the_planner_knows_is_told_to_it() -> None:
    said = {
        "unmet_price_per_kwh": 33.0,
        "time_limit_s": 2.0,
        "policy": SplitPolicy.FIRST_COME,
        "imbalance_price_per_a": 0.1,
        "change_price_per_a": 0.2,
        "ramp_w_per_slot": 5000.0,
        "carbon_price_per_kg": 0.1,
        "milp_s": 1.5,
        "min_run_s": 1800,
        "max_starts": 2,
    }
    shared = PlanningSpec.model_fields.keys() & {field.name for field in fields(PlanOptions)}

    options = PlanningSpec.model_validate(said | {"carbon_kg_per_kwh": [0.4]}).options()

    assert said.keys() == shared
    assert said == {name: getattr(options, name) for name in shared}


@pytest.mark.parametrize(
    ("said", "finding"),
    [
        ({"carbon_price_per_kg": 0.1}, "changes nothing without carbon_kg_per_kwh"),
        ({"carbon_kg_per_kwh": [0.1, 0.2]}, "has 2 numbers: give one, or one for each hour"),
        ({"carbon_kg_per_kwh": [-0.1]}, "greater than or equal to 0"),
        ({"max_starts": 0}, "greater than or equal to 1"),
        ({"min_run_s": -5}, "greater than or equal to 0"),
        ({"milp_s": 9.0}, "milp_s 9 is above time_limit_s 5"),
    ],
)
def test_planning_that_cannot_be_is_refused(said: dict[str, object], finding: str) -> None:
    with pytest.raises(ValidationError, match=finding):
        PlanningSpec.model_validate(said)

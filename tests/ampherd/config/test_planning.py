"""What the file says of planning reaches the planner."""

from dataclasses import fields

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
    }
    shared = PlanningSpec.model_fields.keys() & {field.name for field in fields(PlanOptions)}

    options = PlanningSpec.model_validate(said).options()

    assert said.keys() == shared
    assert said == {name: getattr(options, name) for name in shared}

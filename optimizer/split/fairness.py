"""How evenly a draft serves its cars."""

from __future__ import annotations

import numpy as np

from ocpp_core.domain.plan import Fairness
from optimizer.draft import Draft


def fairness_of(draft: Draft) -> Fairness | None:
    """Return the fairness of a draft over the cars that want energy; None when there is none."""
    inputs = draft.inputs
    wanting = [car for car in inputs.cars if car.wants]
    if not wanting:
        return None
    given_kwh = (draft.power_kw @ np.array(inputs.hours))[[car.index for car in wanting]]
    taken_kwh = np.array([car.taken_kwh for car in wanting])
    wanted_kwh = np.array([car.energy_kwh for car in wanting])
    share = np.minimum(1.0, (taken_kwh + given_kwh) / (taken_kwh + wanted_kwh))
    squares = float(share @ share)
    jain = float(share.sum()) ** 2 / (len(share) * squares) if squares > 0 else 1.0
    return Fairness(jain_index=min(1.0, jain), least_share=float(share.min()))

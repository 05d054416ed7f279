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
    hours = np.array(inputs.hours)
    shares = []
    for car in wanting:
        taken_kwh = car.taken_kwh + float(np.array(draft.power_kw[car.index]) @ hours)
        shares.append(min(1.0, taken_kwh / (car.taken_kwh + car.energy_kwh)))
    share = np.array(shares)
    squares = float(share @ share)
    jain = float(share.sum()) ** 2 / (len(share) * squares) if squares > 0 else 1.0
    return Fairness(jain_index=min(1.0, jain), least_share=float(share.min()))

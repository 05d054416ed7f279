"""Line currents by their definition, for tests of everything that bounds them."""

import math

from ocpp_core.domain.lines import ANGLES_DEG
from ocpp_core.domain.site import LineLimit


def magnitude_a(line: LineLimit, l1_a: float, l2_a: float, l3_a: float) -> float:
    """Return the current of a line for given currents on the phases, A."""
    weights = (line.weight_l1, line.weight_l2, line.weight_l3)
    total = sum(
        weight * current * complex(math.cos(math.radians(a)), math.sin(math.radians(a)))
        for weight, current, a in zip(weights, (l1_a, l2_a, l3_a), ANGLES_DEG, strict=True)
    )
    return abs(total)

"""What an energy register can have risen by; shared by the live state and the settlement."""

from __future__ import annotations

import math
from datetime import datetime

SLACK_WH = 1000.0
"""Energy above what the rating allows that still passes: meters and clocks are not exact."""
_SLACK_SHARE = 1.25


def is_believable(rise_wh: float, max_power_w: float, start: datetime, end: datetime) -> bool:
    """Tell whether a register may have risen by so much in a time."""
    # The slack comes first: it settles nearly every reading of a minute.
    return rise_wh <= SLACK_WH or rise_wh <= most_energy_wh(max_power_w, start, end)


def most_energy_wh(max_power_w: float, start: datetime, end: datetime) -> float:
    """Return the most that a connector can be believed to have delivered in a time, Wh."""
    hours = max(0.0, (end - start).total_seconds()) / 3600
    return max_power_w * hours * _SLACK_SHARE + SLACK_WH


def is_nearer(value: float, one: float, other: float) -> bool:
    """Tell whether a value is of the size of one rather than the other."""
    if min(value, one, other) <= 0:
        return False
    return abs(math.log(value / one)) < abs(math.log(value / other))

"""Units and the few conversions between them.

Names carry units: `_w` watt, `_wh` watt-hour, `_a` ampere per phase, `_v` volt phase to neutral,
`_s` second. Money is `Decimal` with a currency beside it, see `money`.
"""

from __future__ import annotations

import math
from enum import StrEnum

MIN_CHARGING_CURRENT_A = 6.0
"""Lowest current that a car may be offered, else 0 (IEC 61851-1 Annex A)."""

WIRE_STEP_A = 0.1
"""Limits on the wire have one decimal (OCPP 1.6 section 7.12 ChargingSchedulePeriod)."""


class Phase(StrEnum):
    """A line conductor of a three-phase supply."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"


THREE_PHASES = (Phase.L1, Phase.L2, Phase.L3)


def power_w(current_a: float, phase_count: int, voltage_v: float) -> float:
    """Power drawn at `current_a` on each of `phase_count` phases at nominal `voltage_v`."""
    return current_a * phase_count * voltage_v


def current_a(power_w: float, phase_count: int, voltage_v: float) -> float:
    """Return the current per phase for `power_w` (errata 3.34 to OCPP 1.6: A is per phase)."""
    return power_w / (phase_count * voltage_v)


def wire_limit_a(limit_a: float) -> float:
    """Round a current limit down to what the wire carries; never up, so that no fuse is passed."""
    return max(0.0, math.floor(limit_a / WIRE_STEP_A + 1e-6) / 10)

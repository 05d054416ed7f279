"""What charging profiles allow: stacking, combining and composite schedules, exactly and purely.

The rules, their sources and what differs between the versions: docs/composite.md.
"""

from ocpp_core.domain.composite.compare import Difference, differences
from ocpp_core.domain.composite.faults import faults
from ocpp_core.domain.composite.flows import Flow
from ocpp_core.domain.composite.limits import Limit, limit_at, next_change
from ocpp_core.domain.composite.rules import V16, V21, V201, StackingRules
from ocpp_core.domain.composite.schedule import composite_schedule
from ocpp_core.domain.composite.stack import WHOLE, Place, ProfilesByConnector, Session, Stack
from ocpp_core.domain.composite.timeline import Silence, says

__all__ = [
    "V16",
    "V21",
    "V201",
    "WHOLE",
    "Difference",
    "Flow",
    "Limit",
    "Place",
    "ProfilesByConnector",
    "Session",
    "Silence",
    "Stack",
    "StackingRules",
    "composite_schedule",
    "differences",
    "faults",
    "limit_at",
    "next_change",
    "says",
]

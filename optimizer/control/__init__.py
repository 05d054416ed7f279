"""From plans to orders that keep every fuse: guard (pure), controller, compliance, scheduler."""

from optimizer.control.capacity import check_fail_safe
from optimizer.control.guard import Guard
from optimizer.control.values import (
    Excess,
    GuardPolicy,
    GuardState,
    Order,
    OrderKind,
    RememberedConnector,
    RememberedOrder,
    Round,
    Target,
)

__all__ = [
    "Excess",
    "Guard",
    "GuardPolicy",
    "GuardState",
    "Order",
    "OrderKind",
    "RememberedConnector",
    "RememberedOrder",
    "Round",
    "Target",
    "check_fail_safe",
]

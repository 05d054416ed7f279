"""Energy that does not suffice, shared out evenly, and how even a plan is."""

from optimizer.split.fairness import fairness_of
from optimizer.split.shares import share_out

__all__ = ["fairness_of", "share_out"]

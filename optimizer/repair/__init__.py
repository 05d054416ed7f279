"""From the solver's powers to what chargers can do, never by dropping energy."""

from optimizer.repair.feasible import repair

__all__ = ["repair"]

"""Why each connector gets what it gets, and what one more ampere would be worth."""

from optimizer.explain.explained import Explained, with_solver, without_solver
from optimizer.explain.story import UNMET_WH

__all__ = ["UNMET_WH", "Explained", "with_solver", "without_solver"]

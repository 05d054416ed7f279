"""The linear program: readable parts, written down in PuLP, solved by HiGHS."""

from optimizer.lp.builder import Builder
from optimizer.lp.kept import Kept
from optimizer.lp.model import Model, solve
from optimizer.lp.solution import Solution, Steps, nothing_to_solve

__all__ = ["Builder", "Kept", "Model", "Solution", "Steps", "nothing_to_solve", "solve"]

"""Whether the solver runs here."""

from __future__ import annotations

import pulp


def solver_works() -> bool:
    """Solve a problem with one unknown; raises whatever keeps the solver from running."""
    program = pulp.LpProblem("selftest")
    wanted = program.add_variable("wanted", lowBound=0, upBound=4)
    program.setObjective(pulp.lpSum_vars_coefs([(wanted, -1.0)]))
    program.addConstraint(pulp.lpSum_vars_coefs([(wanted, 2.0)]) <= 6)
    program.solve(pulp.HiGHS(msg=False))
    value = wanted.value()
    return value is not None and abs(value - 3) < 1e-6

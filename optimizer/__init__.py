"""The planner: `plan(snapshot, options) -> PlanOutcome`, pure, without clock or I/O."""

from ocpp_core.domain.plan import PlanOptions, PlanOutcome, SiteSnapshot

DEFAULT_OPTIONS = PlanOptions()


def plan(snapshot: SiteSnapshot, options: PlanOptions = DEFAULT_OPTIONS) -> PlanOutcome:
    """Plan every session of the site over the horizon; never raises for bad luck.

    Equal snapshots give equal plans, except for the measured `solve_s`.
    """
    # pulp and HiGHS take a third of a second to load; the server, which plans in its worker
    # process, imports this package without needing them.
    from optimizer.planner import make_plan  # noqa: PLC0415  (see above)

    return make_plan(snapshot, options)

"""What a day would have been without management, and what it could have been at best."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ocpp_core.domain.plan import CircuitLimit, PlanOptions, SessionNeed, SiteSnapshot
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff.site_cost import ends_of
from ocpp_core.domain.units import power_w
from optimizer.replay.stay import RecordedStay


def unmanaged_w(
    stays: Sequence[RecordedStay], starts: Sequence[datetime], end: datetime, voltage_v: float
) -> tuple[float, ...]:
    """Return mean charging power in each slot when each car charges at once and at full power.

    Slots are half-open, slot t ends where the next one starts, the last one at `end`. No limit is
    looked at: this is what the cars would draw, not what the site could bear.
    """
    slots = list(zip(starts, ends_of(starts, end), strict=True))
    energy_wh = [0.0] * len(slots)
    for stay in stays:
        watts = power_w(stay.max_current_a, len(stay.phases), voltage_v)
        rest_wh = stay.energy_wh
        if watts <= 0 or rest_wh <= 0:
            continue
        if starts and stay.arrival < starts[0]:
            before_s = (min(starts[0], stay.departure) - stay.arrival).total_seconds()
            rest_wh -= watts * before_s / 3600
        for t, (start, until) in enumerate(slots):
            here_s = (min(until, stay.departure) - max(start, stay.arrival)).total_seconds()
            if here_s > 0 and rest_wh > 0:
                taken_wh = min(rest_wh, watts * here_s / 3600)
                rest_wh -= taken_wh
                energy_wh[t] += taken_wh
    return tuple(
        wh * 3600 / (until - start).total_seconds() if until > start else 0.0
        for wh, (start, until) in zip(energy_wh, slots, strict=True)
    )


def hindsight_energy_wh(
    site: Site,
    stays: Sequence[RecordedStay],
    starts: Sequence[datetime],
    end: datetime,
    *,
    building_w: Sequence[float] = (),
    limits: Sequence[CircuitLimit] = (),
) -> float:
    """Return the most energy that any management could deliver under the site's limits, Wh.

    A linear program with the whole day known: currents may take any value, so that minimum
    currents, steps and tapering only lower what is possible in practice. `building_w` is 0 where
    it is not given.
    """
    from optimizer import lp, model, problem  # noqa: PLC0415  (loads the solver only when asked)

    here = [
        stay
        for stay in stays
        if starts and stay.departure > starts[0] and stay.arrival < end and stay.energy_wh > 0
    ]
    if not here:
        return 0.0
    slots = len(starts)
    snapshot = SiteSnapshot(
        taken_at=starts[0],
        site=site,
        slot_starts=tuple(starts),
        horizon_end=end,
        sessions=tuple(
            SessionNeed(
                session_id=stay.session_id,
                ref=stay.ref,
                phases=stay.phases,
                max_current_a=stay.max_current_a,
                min_current_a=0.0,
                energy_wh=stay.energy_wh,
                departure=stay.departure,
            )
            for stay in here
        ),
        limits=tuple(limits),
        energy_price_per_kwh=(0.0,) * slots,
        feed_in_per_kwh=(0.0,) * slots,
        building_w=tuple(building_w) or (0.0,) * slots,
        pv_w=(0.0,) * slots,
    )
    options = PlanOptions(
        unmet_price_per_kwh=1.0,
        early_price_per_kwh=0.0,
        late_price_per_kwh=0.0,
        energy_first=False,
        time_limit_s=60.0,
    )
    arrivals = {i: stay.arrival for i, stay in enumerate(here)}
    possible = problem.build(model.read(snapshot), options, arrivals)
    if not possible.size:
        return 0.0
    found = lp.solve(possible, options)
    return 1000 * float(found.power_kw @ possible.cell_hours)

"""From the site now to what people are shown; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.live import LiveChargePoint, LiveConnector, LiveSite, OpenSession
from ocpp_core.domain.plan import (
    CircuitLimit,
    CircuitValue,
    Fallback,
    Feasible,
    LimitReason,
    Optimal,
    PlanOutcome,
    SiteSnapshot,
)
from ocpp_core.domain.session import DriverNeed
from ocpp_core.domain.site import Circuit, Site
from ocpp_core.domain.tokens import masked
from ocpp_core.domain.view import CircuitView, ConnectorView, PlanView, SessionView


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a connector is held to, and why."""

    confirmed_a: float | None
    planned_a: float | None
    reason: LimitReason
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAhead:
    """A plan with the snapshot that it was made from."""

    snapshot: SiteSnapshot
    outcome: PlanOutcome


def circuit_limit_w(circuit: Circuit, override: CircuitLimit | None, voltage_v: float) -> float:
    """Power that the limits in force on a circuit allow together, W."""
    candidates: list[float] = []
    for source in (circuit, override):
        if source is None:
            continue
        if source.limit_w is not None:
            candidates.append(source.limit_w)
        if source.limit_a is not None:
            candidates.append(source.limit_a * 3 * voltage_v)
    return min(candidates)


def session_view(session: OpenSession, need: DriverNeed, planned: str = "") -> SessionView:
    """Show a session that runs."""
    return SessionView(
        session_id=session.session_id,
        transaction_id=session.transaction_id,
        id_token=masked(session.id_token),
        started_at=session.started_at,
        energy_wh=session.energy_wh,
        asked_wh=need.energy_wh,
        departure=need.departure,
        need_stated=need.stated,
        planned=planned,
    )


def connector_view(
    point: LiveChargePoint,
    live: LiveConnector,
    order: Order,
    need: DriverNeed | None,
    planned: str = "",
) -> ConnectorView:
    """Show a connector."""
    return ConnectorView(
        ref=str(live.connector.ref),
        circuit_id=live.connector.circuit_id,
        online=point.online,
        state=live.status.value if live.status else "Unknown",
        error_code=live.error_code,
        power_w=live.power_w,
        current_a=max(live.current_a.values(), default=0.0),
        measured_at=live.measured_at,
        limit_a=order.confirmed_a,
        planned_a=order.planned_a,
        reason=order.reason.value,
        words=order.words,
        session=None
        if live.session is None or need is None
        else session_view(live.session, need, planned),
    )


def circuit_views(
    live: LiveSite,
    *,
    limits: Mapping[CircuitId, CircuitLimit],
    sources: Mapping[CircuitId, str],
    building_w: float,
    pv_w: float,
    worst_case_w: Callable[[CircuitId], float],
    values: Mapping[CircuitId, float],
) -> tuple[CircuitView, ...]:
    """Show every circuit; PV lowers what is measured on circuits that the building weighs on."""
    site = live.site
    views = []
    for circuit in site.circuits:
        measured = _charging_w(live, site, circuit.circuit_id)
        if site.building_weighs_on(circuit.circuit_id):
            measured += building_w - pv_w
        override = limits.get(circuit.circuit_id)
        views.append(
            CircuitView(
                circuit_id=circuit.circuit_id,
                parent_id=circuit.parent_id,
                limit_w=circuit_limit_w(circuit, override, site.voltage_v),
                limit_a=override.limit_a
                if override is not None and override.limit_a is not None
                else circuit.limit_a,
                measured_w=measured,
                worst_case_w=worst_case_w(circuit.circuit_id),
                limit_source=sources.get(circuit.circuit_id, "configured"),
                value_of_one_ampere=values.get(circuit.circuit_id),
            )
        )
    return tuple(views)


def _charging_w(live: LiveSite, site: Site, circuit_id: CircuitId) -> float:
    total = 0.0
    for connector in site.connectors_below(circuit_id):
        now = live.connector(connector.ref)
        total += now.power_w if now else 0.0
    return total


def values_of_one_ampere(ahead: PlannedAhead | None) -> dict[CircuitId, float]:
    """Saving by one more ampere on each circuit in the plan's first slot, for each hour."""
    if ahead is None:
        return {}
    plan = ahead.outcome.plan
    starts = plan.slot_starts
    end = starts[1] if len(starts) > 1 else plan.horizon_end
    hours = max((end - starts[0]).total_seconds() / 3600, 1e-9)
    return {
        price.circuit_id: price.value_per_a / hours
        for price in plan.circuit_prices
        if price.start == starts[0]
    }


def ampere_words(value: CircuitValue, currency: str) -> str:
    """Say what one more ampere on a circuit would be worth; nothing where nobody would notice."""
    gains = []
    if value.delivered_wh >= 50:
        gains.append(f"{value.delivered_wh / 1000:.1f} kWh more for cars")
    if value.energy_saved >= 0.005:
        gains.append(f"{value.energy_saved:.2f} {currency} less for energy")
    if value.demand_saved >= 0.005:
        gains.append(f"{value.demand_saved:.2f} {currency} less demand charge")
    if not gains:
        return ""
    what = ", ".join(gains)
    text = f"One more ampere on {value.circuit_id} over the next {value.hours:.0f} h: {what}"
    money = value.money_in_a_month()
    return f"{text}; {money:.0f} {currency} in a month of such hours." if money >= 1 else f"{text}."


def plan_view(ahead: PlannedAhead) -> PlanView:
    """Show the plan ahead."""
    plan, snapshot = ahead.outcome.plan, ahead.snapshot
    outcome, why = _outcome_in_words(ahead.outcome)
    return PlanView(
        plan_id=plan.plan_id,
        made_at=plan.made_at,
        outcome=outcome,
        why=why,
        solve_ms=plan.solve_s * 1000,
        slot_starts=plan.slot_starts,
        horizon_end=plan.horizon_end,
        site_w=plan.site_w,
        charging_w=plan.charging_w,
        building_w=snapshot.building_w,
        pv_w=snapshot.pv_w,
        price_per_kwh=snapshot.energy_price_per_kwh,
        unmet=tuple(f"{unmet.ref}: {unmet.words}" for unmet in plan.unmet),
        one_ampere=tuple(
            words
            for value in plan.circuit_values
            if (words := ampere_words(value, snapshot.site.currency))
        ),
        notes=(*(f"{rule.ref}: {rule.words}" for rule in plan.broken_rules), *plan.notes),
    )


def _outcome_in_words(outcome: PlanOutcome) -> tuple[str, str]:
    match outcome:
        case Optimal():
            return "optimal", ""
        case Feasible(gap=gap):
            return "feasible", f"at most {100 * gap:.2f} % dearer than the best plan"
        case Fallback(why=why, findings=findings):
            return "fallback", "; ".join((why, *findings[:3]))

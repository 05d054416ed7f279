"""The rows of facts that are no OCPP messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

from analytics.grid import SLOT_S, slot_of
from analytics.records import (
    AlarmRecord,
    ChargerFindingsRecord,
    DayResultRecord,
    DefaultCheckRecord,
    DriftRecord,
    DriverNeedRecord,
    EmissionRecord,
    LinkRecord,
    PlanQualityRecord,
    PlanRecord,
    PriceRecord,
    Record,
    SiteLoadRecord,
    TokenRecord,
)
from analytics.rows import Rows
from ocpp_core.domain.ids import SiteId
from ocpp_core.domain.plan import Fallback, Feasible, Optimal, Plan, PlanSlot, SiteSnapshot
from ocpp_core.domain.plan_rows import column_of


def add_record(rows: Rows, site_id: SiteId, record: Record) -> None:
    """Add the rows of a record."""
    match record:
        case PlanRecord():
            _add_plan(rows, site_id, record)
        case SiteLoadRecord() as load:
            rows.unsure["site_load"].extend(
                (
                    site_id, at, step_s, load.building_w, load.pv_w, load.charging_w, load.site_w,
                    load.limit_w, load.source,
                )
                for at, step_s in _quarters(load.at, load.step_s)
            )  # fmt: skip
        case DriverNeedRecord(need=need):
            rows.unsure["driver_need"].append(
                (
                    site_id, record.session_id, record.at, need.energy_wh, need.departure,
                    need.stated,
                )
            )  # fmt: skip
        case PriceRecord() as price:
            rows.unsure["price"].append(
                (
                    site_id, price.kind, price.starts_at, price.step_s, price.value_per_kwh,
                    price.currency, price.source,
                )
            )  # fmt: skip
        case AlarmRecord() as alarm:
            rows.new["alarm"].append(
                (
                    site_id, alarm.alarm_id, alarm.raised_at, alarm.cleared_at, alarm.kind,
                    alarm.subject, alarm.words,
                )
            )  # fmt: skip
        case TokenRecord() as token:
            rows.new["id_token"].append(
                (
                    token.id_token,
                    token.status,
                    token.label,
                    token.driver_id,
                    token.at,
                    token.expires_at,
                    token.group_token,
                    token.single,
                )
            )
        case ChargerFindingsRecord(profile=profile):
            model = profile.model
            rows.new["charger_finding"].extend(
                (
                    record.charge_point_id, fact, finding.value, finding.evidence, model.vendor,
                    model.model, model.firmware, finding.first_at, finding.last_at, finding.times,
                )
                for fact, finding in profile.findings.items()
            )  # fmt: skip
        case DriftRecord(drift=drift):
            rows.new["setting_drift"].append(
                (
                    record.charge_point_id, drift.name, drift.wanted, drift.found, drift.state,
                    drift.words, drift.source, drift.checked_at,
                )
            )  # fmt: skip
        case DefaultCheckRecord() as check:
            rows.new["default_check"].append(
                (
                    check.ref.charge_point_id, check.ref.connector_id, check.state, check.words,
                    check.at,
                )
            )  # fmt: skip
        case EmissionRecord() as emission:
            rows.unsure["emission"].extend(
                (site_id, at, step_s, emission.kg_per_kwh, emission.source)
                for at, step_s in _quarters(emission.at, emission.step_s)
            )
        case LinkRecord() as link:
            rows.unsure["link"].append((link.charge_point_id, link.at, link.state, link.reason))
        case DayResultRecord() as day:
            rows.new["day_result"].append(
                (
                    site_id, day.day, day.sessions, day.energy_asked_wh, day.energy_feasible_wh,
                    day.energy_delivered_wh, day.peak_w, day.limit_w, day.seconds_above_limit,
                    day.energy_cost, day.energy_cost_unmanaged, day.demand_charge,
                    day.demand_charge_unmanaged, day.revenue, day.currency,
                )
            )  # fmt: skip
        case PlanQualityRecord() as quality:
            rows.new["plan_quality"].append(
                (
                    site_id, quality.day, quality.sessions, quality.wanted_wh,
                    quality.delivered_wh, quality.delivered_unmanaged_wh,
                    quality.delivered_best_wh, quality.energy_cost,
                    quality.energy_cost_unmanaged, quality.energy_cost_best,
                    quality.demand_charge, quality.demand_charge_unmanaged,
                    quality.demand_charge_best, quality.peak_w, quality.peak_unmanaged_w,
                    quality.peak_best_w, quality.currency,
                )
            )  # fmt: skip
        case _ as unreachable:
            assert_never(unreachable)


def _add_plan(rows: Rows, site_id: SiteId, record: PlanRecord) -> None:
    plan, snapshot = record.outcome.plan, record.snapshot
    why, gap, name = "", None, "fallback"
    match record.outcome:
        case Optimal() as optimal:
            name, gap = "optimal", optimal.gap
        case Feasible() as feasible:
            name, gap = "feasible", feasible.gap
        case Fallback() as fallback:
            why = fallback.why
    rows.unsure["plan"].append(
        (
            site_id, plan.plan_id, plan.made_at, plan.horizon_end, name, why, gap, plan.cost,
            plan.bound, plan.objective, plan.solve_s, plan.engine, len(snapshot.sessions),
            sum(unmet.energy_wh for unmet in plan.unmet),
            "\n".join(unmet.words for unmet in plan.unmet),
        )
    )  # fmt: skip
    rows.unsure["plan_slot"].extend(
        (
            plan.plan_id, ref.charge_point_id, ref.connector_id, session_id, start, end, *values,
        )
        for (ref, session_id, *values), start, end in _joined(plan.slots)
    )  # fmt: skip
    ends = (*plan.slot_starts[1:], plan.horizon_end)
    rows.unsure["plan_site"].extend(
        (plan.plan_id, *values)
        for values in zip(
            plan.slot_starts, ends, plan.site_w, plan.charging_w, *_expected(plan, snapshot),
            strict=True,
        )
    )  # fmt: skip


def _expected(plan: Plan, snapshot: SiteSnapshot) -> tuple[tuple[float, ...], ...]:
    if plan.slot_starts != snapshot.slot_starts:
        raise ValueError(f"plan {plan.plan_id} was not made from this snapshot: its slots differ")
    return snapshot.building_w, snapshot.pv_w, snapshot.energy_price_per_kwh


def _quarters(at: datetime, step_s: float) -> list[tuple[datetime, float]]:
    """Cut a span at the borders of the 15-minute grid, so that every slot finds its part."""
    if step_s <= SLOT_S and slot_of(at) == slot_of(at + timedelta(seconds=step_s * 0.999)):
        return [(at, step_s)]
    parts = []
    end = at + timedelta(seconds=step_s)
    while at < end:
        until = min(slot_of(at) + timedelta(seconds=SLOT_S), end)
        parts.append((at, (until - at).total_seconds()))
        at = until
    return parts


def _joined(slots: Sequence[PlanSlot]) -> list[tuple[tuple[Any, ...], datetime, datetime]]:
    """Make neighbouring slots with the same order and reason one: plans are made every minute.

    Of each: connector, session, order and reason, then start and end.
    """
    names = ("ref", "session_id", "current_a", "power_w", "reason", "words", "binding_circuit")
    orders = zip(*(column_of(slots, name) for name in names), strict=True)
    joined: list[tuple[tuple[Any, ...], datetime, datetime]] = []
    last: tuple[Any, ...] = ()
    ended: datetime | None = None
    spans = zip(column_of(slots, "start"), column_of(slots, "end"), strict=True)
    for order, (start, end) in zip(orders, spans, strict=True):
        if start == ended and order == last:
            joined[-1] = (last, joined[-1][1], end)
        else:
            joined.append((order, start, end))
            last = order
        ended = end
    return joined

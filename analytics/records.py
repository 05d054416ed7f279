"""Facts that are no OCPP messages, as the rest of Ampherd hands them to the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, assert_never

from analytics.grid import SLOT_S, slot_of
from analytics.rows import Rows
from ocpp_core.domain.charger_profile import ChargerProfile, Drift
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ChargePointId, ConnectorRef, IdToken, SessionId, SiteId
from ocpp_core.domain.plan import (
    Fallback,
    Feasible,
    Optimal,
    Plan,
    PlanOutcome,
    PlanSlot,
    SiteSnapshot,
)
from ocpp_core.domain.plan_rows import column_of
from ocpp_core.domain.session import DriverNeed


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    """A plan with what it was made from."""

    outcome: PlanOutcome
    snapshot: SiteSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLoadRecord:
    """Power of the site, W, holding for `step_s` from `at`; None where it is not known."""

    at: datetime
    step_s: float
    building_w: float | None = None
    pv_w: float | None = None
    charging_w: float | None = None
    site_w: float | None = None
    """Grid import: chargers + building - PV."""
    limit_w: float | None = None
    source: str = "measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverNeedRecord:
    """What a driver asked for, or the default that stands in."""

    session_id: SessionId
    at: datetime
    need: DriverNeed


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionRecord:
    """CO2 that one more kWh from the grid causes, kg, holding for `step_s` from `at`."""

    at: datetime
    step_s: float
    kg_per_kwh: float
    source: str


class LinkState(StrEnum):
    """What is known of a charger's link."""

    ONLINE = "online"
    OFFLINE = "offline"
    UNWATCHED = "unwatched"
    """From then on no server was there to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecord:
    """A charger connected, went away, or is not watched any more."""

    charge_point_id: ChargePointId
    at: datetime
    state: LinkState
    reason: str = ""


class PriceKind(StrEnum):
    """What a price is for."""

    ENERGY = "energy"
    FEED_IN = "feed-in"
    MARKET = "market"
    """Of the day-ahead market, as it was imported: without fees and surcharges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRecord:
    """A price for a kWh, holding for `step_s` from `starts_at`."""

    starts_at: datetime
    step_s: int
    value_per_kwh: Decimal
    currency: str
    kind: PriceKind = PriceKind.ENERGY
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRecord:
    """Something that needs a person; record it again with `cleared_at` when it is over."""

    alarm_id: str
    """Unique over servers; the same one when it is cleared."""
    raised_at: datetime
    cleared_at: datetime | None = None
    kind: str
    subject: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """A card, app or vehicle and whether it may charge; the last record of a token counts."""

    id_token: IdToken
    status: AuthorizationStatus
    at: datetime
    label: str | None = None
    driver_id: str | None = None
    expires_at: datetime | None = None
    group_token: IdToken | None = None
    single: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResultRecord:
    """How a whole day in the site's zone went; recorded again, it replaces the earlier one."""

    day: date
    sessions: int
    energy_asked_wh: float
    energy_feasible_wh: float
    energy_delivered_wh: float
    peak_w: float
    limit_w: float
    seconds_above_limit: float
    energy_cost: Decimal
    energy_cost_unmanaged: Decimal
    demand_charge: Decimal
    demand_charge_unmanaged: Decimal
    revenue: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanQualityRecord:
    """A local day as run, unmanaged and at best; recorded again, it replaces the earlier one."""

    day: date
    sessions: int
    wanted_wh: float
    delivered_wh: float
    delivered_unmanaged_wh: float
    delivered_best_wh: float
    energy_cost: Decimal
    energy_cost_unmanaged: Decimal
    energy_cost_best: Decimal
    demand_charge: Decimal
    demand_charge_unmanaged: Decimal
    demand_charge_best: Decimal
    peak_w: float
    peak_unmanaged_w: float
    peak_best_w: float
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerFindingsRecord:
    """What is known of a charger now; a fact recorded again replaces the earlier one."""

    charge_point_id: ChargePointId
    profile: ChargerProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRecord:
    """How a charger stands to one setting that is wanted of it."""

    charge_point_id: ChargePointId
    drift: Drift


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultCheckRecord:
    """Whether a connector reports the limits that it accepted."""

    ref: ConnectorRef
    state: str
    words: str
    at: datetime


type Record = (
    PlanRecord
    | SiteLoadRecord
    | DriverNeedRecord
    | PriceRecord
    | AlarmRecord
    | TokenRecord
    | DayResultRecord
    | PlanQualityRecord
    | ChargerFindingsRecord
    | DriftRecord
    | DefaultCheckRecord
    | EmissionRecord
    | LinkRecord
)


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

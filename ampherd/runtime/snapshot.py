"""From the site now to what the planner is given; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ampherd.runtime.givingcars import MayGive
from ampherd.runtime.switching import NEW, Switched
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import CircuitId, ConnectorRef, SessionId
from ocpp_core.domain.live import LiveConnector, LiveSite, OpenSession
from ocpp_core.domain.plan import (
    CircuitLimit,
    ExpectedArrival,
    Reserve,
    SessionNeed,
    SiteBattery,
    SiteSnapshot,
)
from ocpp_core.domain.session import DriverNeed
from ocpp_core.domain.tariff import SiteTariff
from optimizer.forecast import ExpectedNeed, Restraint, restrained_price

_MORE_SHARE = 0.25
"""Share of the assumed wish that a car is planned to want further, while it draws beyond it."""
_SHORTEST_SLOT_S = 60.0
_VISIBLE_HORIZON = timedelta(hours=4)
"""Least horizon, so that a plan ahead can be shown when cars leave soon or none is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningRules:
    """Site-wide choices that a snapshot depends on."""

    slot_s: int = 900
    horizon_s: int = 24 * 3600
    default_energy_wh: float = 20_000.0
    """Assumed wish of a driver who stated none, Wh."""
    default_stay_s: int = 8 * 3600
    carbon_kg_per_kwh: tuple[float, ...] = ()
    """Marginal emissions of grid power: one number, or one for each hour of the site's day; empty
    when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPeak:
    """A peak that plans may take as given, and what a kW beyond it has to bring."""

    peak_w: float
    restraint: Restraint
    carbon_price_per_kg: float = 0.0
    """What plans pay for emissions, in the site's currency."""

    def price_per_kwh(self, snapshot: SiteSnapshot) -> float | None:
        """Return what a kWh that may not be wanted is worth; None without a demand charge."""
        carbon = snapshot.carbon_kg_per_kwh or (0.0,) * len(snapshot.slot_starts)
        prices = [
            price + self.carbon_price_per_kg * kg
            for price, kg in zip(snapshot.energy_price_per_kwh, carbon, strict=True)
        ]
        return restrained_price(prices, snapshot.demand_charge_per_kw, self.restraint)


def slot_starts(now: datetime, slot_s: int, end: datetime) -> tuple[tuple[datetime, ...], datetime]:
    """Return slot starts from `now` on the grid of `slot_s`, and the end of the last slot.

    The first slot is what is left of the running one; when that is under a minute, it is joined
    to the next.
    """
    epoch_s = now.timestamp()
    boundary = datetime.fromtimestamp((epoch_s // slot_s + 1) * slot_s, UTC)
    if (boundary - now).total_seconds() < _SHORTEST_SLOT_S:
        boundary += timedelta(seconds=slot_s)
    starts = [now]
    while boundary < end:
        starts.append(boundary)
        boundary += timedelta(seconds=slot_s)
    return tuple(starts), boundary


def need_of(session: OpenSession, rules: PlanningRules) -> DriverNeed:
    """Return what the driver stated, else what the car said, else the site's default.

    What nobody said is the default; a need counts as stated when somebody said its energy.
    """
    need, car = session.need, session.car_need
    if need is not None and (need.stated or car is None):
        return need
    energy_wh = None if car is None else car.energy_wh
    departure = None if car is None else car.departure
    return DriverNeed(
        energy_wh=rules.default_energy_wh if energy_wh is None else energy_wh,
        departure=departure or session.started_at + timedelta(seconds=rules.default_stay_s),
        stated=energy_wh is not None,
    )


def session_need(
    live: LiveConnector,
    rules: PlanningRules,
    now: datetime,
    current_a: float,
    *,
    full: bool,
    expected: ExpectedNeed | None = None,
    switched: Switched = NEW,
    gives: MayGive | None = None,
) -> SessionNeed | None:
    """Return what the planner should know of a connector's session, or None when it may not charge.

    Who stated a need gets that much. Of a car whose driver said nothing it is only known that it
    still draws. A car that overstays its departure is planned for one more slot. A
    `full` one wants no more. What history says (`expected`) is put in place of both, as far as it
    has something to say.
    """
    session = live.session
    if session is None or session.status is not AuthorizationStatus.ACCEPTED:
        return None
    need = need_of(session, rules)
    owed_wh = 0.0 if gives is None else gives.owed_wh
    rest_wh = max(0.0, need.energy_wh + owed_wh - session.energy_wh)
    if full:
        rest_wh = 0.0
    elif expected is not None and not expected.energy_assumed:
        rest_wh = expected.energy_wh + owed_wh
    elif not need.stated and live.power_w > 0:
        rest_wh = max(rest_wh, _MORE_SHARE * rules.default_energy_wh)
    departure = need.departure
    if expected is not None and not expected.departure_assumed:
        departure = expected.departure
    if departure <= now:
        departure = now + timedelta(seconds=rules.slot_s)
    connector = live.connector
    return SessionNeed(
        session_id=session.session_id,
        ref=session.ref,
        phases=connector.phases,
        max_current_a=connector.max_current_a,
        min_current_a=connector.min_current_a,
        step_a=connector.step_a,
        energy_wh=rest_wh,
        departure=departure,
        current_a=current_a,
        plugged_in_at=session.started_at,
        taken_wh=max(0.0, session.energy_wh),
        starts=switched.starts,
        running_since=switched.running_since,
        discharge=None if gives is None or full else gives.discharge,
    )


def build_snapshot(
    live: LiveSite,
    *,
    now: datetime,
    rules: PlanningRules,
    tariff: SiteTariff | None,
    orders_a: Mapping[ConnectorRef, float],
    full: frozenset[SessionId],
    limits: Mapping[CircuitId, CircuitLimit],
    reserves: tuple[Reserve, ...],
    building_w: Callable[[datetime], float],
    pv_w: Callable[[datetime], float],
    peak_so_far_w: float,
    quarter_wh: float | None = None,
    expected: Callable[[OpenSession], ExpectedNeed | None] = lambda _: None,
    switched: Mapping[SessionId, Switched] | None = None,
    giving: Mapping[SessionId, MayGive] | None = None,
    building_high_w: Callable[[datetime], float] | None = None,
    month: GivenPeak | None = None,
    battery: SiteBattery | None = None,
    coming: Callable[[datetime, datetime], tuple[ExpectedArrival, ...]] | None = None,
) -> SiteSnapshot:
    """Collect everything a plan depends on; a price that is not known counts as the last known.

    `building_high_w` is what limits leave room for; not given: what is expected. With `month`,
    wishes are worth what the restraint says, since much of them may never be wanted. `coming` tells
    of the cars that are expected between two instants.
    """
    needs = [
        need
        for point in live.charge_points.values()
        for connector in point.connectors.values()
        if (session := connector.session) is not None
        and (
            need := session_need(
                connector,
                rules,
                now,
                orders_a.get(session.ref, 0.0),
                full=session.session_id in full,
                expected=expected(session),
                switched=(switched or {}).get(session.session_id, NEW),
                gives=(giving or {}).get(session.session_id),
            )
        )
        is not None
    ]
    last = max((need.departure for need in needs), default=now)
    furthest = now + timedelta(seconds=rules.horizon_s)
    end = min(max(last, now + _VISIBLE_HORIZON), furthest) if battery is None else furthest
    starts, horizon_end = slot_starts(now, rules.slot_s, end)
    snapshot = SiteSnapshot(
        taken_at=now,
        site=live.site,
        slot_starts=starts,
        horizon_end=horizon_end,
        sessions=tuple(needs),
        reserves=reserves,
        limits=tuple(limits.values()),
        energy_price_per_kwh=_prices(tariff, starts),
        feed_in_per_kwh=(float(tariff.feed_in_per_kwh) if tariff else 0.0,) * len(starts),
        building_w=tuple(building_w(start) for start in starts),
        pv_w=tuple(pv_w(start) for start in starts),
        demand_charge_per_kw=float(tariff.demand_charge_per_kw) if tariff else 0.0,
        peak_so_far_w=peak_so_far_w,
        quarter_wh=quarter_wh,
        expected_arrivals=() if coming is None else coming(now, horizon_end),
        building_high_w=() if building_high_w is None else tuple(map(building_high_w, starts)),
        carbon_kg_per_kwh=_emissions(rules.carbon_kg_per_kwh, starts, live.site.timezone),
        battery=battery,
    )
    return snapshot if month is None else _restrained(snapshot, month)


def _restrained(snapshot: SiteSnapshot, month: GivenPeak) -> SiteSnapshot:
    price = month.price_per_kwh(snapshot)
    if price is None:
        return snapshot
    return replace(
        snapshot,
        expected_peak_w=month.peak_w,
        sessions=tuple(replace(need, unmet_price_per_kwh=price) for need in snapshot.sessions),
    )


def _emissions(
    by_hour: tuple[float, ...], starts: tuple[datetime, ...], zone: ZoneInfo
) -> tuple[float, ...]:
    if not by_hour:
        return ()
    return tuple(by_hour[start.astimezone(zone).hour % len(by_hour)] for start in starts)


def _prices(tariff: SiteTariff | None, starts: tuple[datetime, ...]) -> tuple[float, ...]:
    if tariff is None:
        return (0.0,) * len(starts)
    known = [tariff.import_price_per_kwh(start) for start in starts]
    prices: list[float] = []
    last = next((float(price) for price in known if price is not None), 0.0)
    for price in known:
        last = last if price is None else float(price)
        prices.append(last)
    return tuple(prices)

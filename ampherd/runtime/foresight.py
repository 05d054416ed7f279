"""What history says of cars, here and to come, and of the month: learned aside, looked up."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pandas as pd

from ampherd.runtime.snapshot import GivenPeak
from analytics import Reader
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import IdToken, SessionId
from ocpp_core.domain.live import LiveSite, OpenSession
from ocpp_core.domain.plan import ExpectedArrival
from ocpp_core.domain.site import Site
from optimizer.forecast import (
    LEAST_DAYS,
    BaseLoad,
    CarForecast,
    Caution,
    Entrance,
    ExpectedNeed,
    History,
    PastStay,
    Prior,
    Restraint,
    Visit,
    coming_cars,
    day_peaks,
    expected_need,
    forecast_car,
    given_peak_w,
)
from optimizer.forecast.peak import SINCE_D

LEARN_INTERVAL_S = 3600
"""How often history is read again."""
SPAN = timedelta(days=365)
"""Of the stays that forecasts learn from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForesightRules:
    """How forecasts are used."""

    cars: bool = True
    """Plan the cars that are here by forecasts; else as their drivers said."""
    arrivals: bool = False
    """Leave room for cars that are expected to come."""
    horizon: timedelta = timedelta(hours=24)
    """How far plans look ahead."""
    caution: Caution = field(default_factory=Caution)
    prior: Prior = field(default_factory=Prior)
    restraint: Restraint | None = None
    """How the month's peak is treated; None without a demand charge."""
    carbon_price_per_kg: float = 0.0
    """What plans pay for emissions, in the site's currency."""


class Foresight:
    """Forecasts of the cars that are here; without history, none.

    `learn` and `look` work in threads; `need` and `coming` only look up what they found.
    """

    def __init__(
        self,
        reader: Callable[[], AbstractContextManager[Reader]],
        site: Site,
        rules: ForesightRules,
    ) -> None:
        self._reader = reader
        self._site = site
        self._zone = site.timezone
        self._rules = rules
        self._history: History | None = None
        self._found: dict[tuple[SessionId, Visit], CarForecast] = {}
        self._day: date | None = None
        self._given_peak_w = 0.0
        self._coming: tuple[ExpectedArrival, ...] = ()

    async def learn(self, at: datetime) -> None:
        """Read the stays that were over at an instant, and once a day what the month needs."""
        self._history = await asyncio.to_thread(self._recall, at)
        self._found = {}
        restraint, today = self._rules.restraint, at.astimezone(self._zone).date()
        if restraint is not None and today != self._day:
            self._given_peak_w = await asyncio.to_thread(self._peak, self._history, restraint, at)
            self._day = today

    @property
    def month(self) -> GivenPeak | None:
        """The peak that the running month may have; None when nothing is known of it."""
        restraint = self._rules.restraint
        if restraint is None or self._given_peak_w <= 0:
            return None
        return GivenPeak(
            peak_w=self._given_peak_w,
            restraint=restraint,
            carbon_price_per_kg=self._rules.carbon_price_per_kg,
        )

    async def look(self, live: LiveSite, at: datetime) -> None:
        """Make forecasts of cars that came, or whose drivers said something, since last time."""
        history = self._history
        if history is None or not history.reaches(LEAST_DAYS, at):
            return
        if self._rules.arrivals:
            self._coming = await asyncio.to_thread(self._expect, history, at)
        if not self._rules.cars:
            return
        here = {
            (session.session_id, visit_of(session))
            for point in live.charge_points.values()
            for connector in point.connectors.values()
            if (session := connector.session) is not None
            and session.status is AuthorizationStatus.ACCEPTED
        }
        new = here - self._found.keys()
        found = await asyncio.to_thread(_forecasts, history, new, at, self._rules.prior)
        if history is self._history:
            kept = {key: forecast for key, forecast in self._found.items() if key in here}
            self._found = {**kept, **found}

    def coming(self, at: datetime, end: datetime) -> tuple[ExpectedArrival, ...]:
        """Return the cars that are expected to come between two instants; empty without history."""
        return tuple(one for one in self._coming if one.departure > at and one.arrival < end)

    def _expect(self, history: History, at: datetime) -> tuple[ExpectedArrival, ...]:
        entrance = Entrance(
            circuit_id=self._site.root.circuit_id,
            most_w=_highest_w(self._site),
            voltage_v=self._site.voltage_v,
        )
        return coming_cars(history, at=at, end=at + self._rules.horizon, entrance=entrance)

    def need(self, session: OpenSession, at: datetime) -> ExpectedNeed | None:
        """Return what a car is expected to want from now on; None when nothing is known."""
        forecast = self._found.get((session.session_id, visit_of(session)))
        if forecast is None:
            return None
        return expected_need(
            forecast,
            at=at,
            taken_wh=session.energy_wh,
            caution=self._rules.caution,
            zone=self._zone,
        )

    def _recall(self, at: datetime) -> History:
        with self._reader() as reader:
            return History.of(past_stays(reader.stays(at - SPAN, at)), self._zone)

    def _peak(self, history: History, restraint: Restraint, at: datetime) -> float:
        first = at - timedelta(days=SINCE_D)
        with self._reader() as reader:
            power = reader.site_power(first, at, step_s=1800)
        site = self._site
        building_w = power["building_w"].astype(float)
        if not building_w.notna().any():
            # A building that has no meter counts as the month's peak counts it.
            building_w = building_w.fillna(site.building_peak_w)
        base_w = (building_w - power["pv_w"].astype(float).fillna(0.0)).tolist()
        base = BaseLoad.of(
            [_instant(start) for start in power["at"]] if base_w else [first],
            base_w or [site.building_peak_w],
            first=first - timedelta(days=1),
            end=at,
        )
        peaks = day_peaks(history, at=at, most_kw=_highest_w(site) / 1000, base=base)
        return given_peak_w(peaks, at=at, zone=self._zone, restraint=restraint)


def _highest_w(site: Site) -> float:
    """Return what the strongest connector gives, W."""
    return max(
        (c.max_current_a * len(c.phases) * site.voltage_v for c in site.connectors.values()),
        default=0.0,
    )


def visit_of(session: OpenSession) -> Visit:
    """Return a session as forecasts see it; what nobody said is None."""
    need = session.need
    said = need is not None and need.stated
    return Visit(
        connector=str(session.ref),
        driver=driver_key(session.id_token),
        arrival=session.started_at,
        stated_departure=need.departure if need is not None and said else None,
        stated_energy_wh=need.energy_wh if need is not None and said else None,
    )


def driver_key(token: IdToken) -> str | None:
    """Return what the question `stays` calls the driver with this token."""
    if not token:
        return None
    return hashlib.md5(token.lower().encode(), usedforsecurity=False).hexdigest()


def past_stays(frame: pd.DataFrame) -> tuple[PastStay, ...]:
    """Return the rows of the question `stays`."""
    return tuple(
        PastStay(
            connector=str(row["connector"]),
            driver=None if pd.isna(row["driver"]) else str(row["driver"]),
            arrival=_instant(row["started_at"]),
            departure=_instant(row["ended_at"]),
            energy_wh=float(row["energy_wh"]),
            stated_departure=None
            if pd.isna(row["stated_departure"])
            else _instant(row["stated_departure"]),
            stated_energy_wh=None if pd.isna(row["stated_wh"]) else float(row["stated_wh"]),
        )
        for row in frame.to_dict("records")
    )


def _instant(value: pd.Timestamp) -> datetime:
    return value.tz_convert("UTC").to_pydatetime()


def _forecasts(
    history: History, cars: set[tuple[SessionId, Visit]], at: datetime, prior: Prior
) -> Mapping[tuple[SessionId, Visit], CarForecast]:
    return {key: forecast_car(history, key[1], at=at, prior=prior) for key in cars}

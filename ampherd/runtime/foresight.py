"""What history says of the cars that are here: learned in the background, looked up by the loop."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from analytics import Reader
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import IdToken, SessionId
from ocpp_core.domain.live import LiveSite, OpenSession
from optimizer.forecast import (
    CarForecast,
    Caution,
    ExpectedNeed,
    History,
    PastStay,
    Prior,
    Visit,
    expected_need,
    forecast_car,
)

LEARN_INTERVAL_S = 3600
"""How often history is read again."""
SPAN = timedelta(days=365)
"""Of the stays that forecasts learn from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForesightRules:
    """How forecasts are used."""

    caution: Caution = field(default_factory=Caution)
    prior: Prior = field(default_factory=Prior)


class Foresight:
    """Forecasts of the cars that are here; without history, none.

    `learn` and `look` work in threads; `need` only looks up what they found.
    """

    def __init__(
        self,
        reader: Callable[[], AbstractContextManager[Reader]],
        zone: ZoneInfo,
        rules: ForesightRules,
    ) -> None:
        self._reader = reader
        self._zone = zone
        self._rules = rules
        self._history: History | None = None
        self._found: dict[tuple[SessionId, Visit], CarForecast] = {}

    async def learn(self, at: datetime) -> None:
        """Read the stays that were over at an instant."""
        self._history = await asyncio.to_thread(self._recall, at)
        self._found = {}

    async def look(self, live: LiveSite, at: datetime) -> None:
        """Make forecasts of cars that came, or whose drivers said something, since last time."""
        history = self._history
        if history is None or not len(history):
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

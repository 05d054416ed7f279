"""Recorded visits, and the cars that explain them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ocpp_core.domain.car import Car
from ocpp_core.domain.ids import ConnectorRef, IdToken
from ocpp_core.domain.site import Connector, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedVisit:
    """A car that came, took energy and left; times are UTC."""

    visit_id: str
    ref: ConnectorRef
    arrival: datetime
    departure: datetime
    energy_wh: float
    """What it took, Wh."""
    id_token: IdToken
    phase_count: int | None = None
    """Phases that the car uses; None: all of its connector's."""
    max_current_a: float | None = None
    """The car's own limit on each phase, A; None: its connector's rating."""
    asked_wh: float | None = None
    """What the driver says to need, Wh; None: the driver says nothing."""
    announced_departure: datetime | None = None
    """When the driver says to leave; None: the driver says nothing."""

    def __post_init__(self) -> None:
        if self.departure <= self.arrival:
            raise ValueError(f"visit {self.visit_id} leaves before it arrives")

    @property
    def window_s(self) -> float:
        """How long the car was plugged, s."""
        return (self.departure - self.arrival).total_seconds()


def car_for(visit: RecordedVisit, connector: Connector, voltage_v: float) -> Car:
    """Return the car of a visit, full once it has the recorded energy.

    It tapers over the last 5 % unless it could then not have taken the recorded energy in the
    recorded time at this connector: such a car evidently did not taper.
    """
    phases = len(connector.phases)
    car = Car(
        energy_wh=visit.energy_wh,
        max_current_a=min(connector.max_current_a, visit.max_current_a or connector.max_current_a),
        phase_count=min(visit.phase_count or phases, phases),
        voltage_v=voltage_v,
        min_current_a=connector.min_current_a,
    )
    if car.is_full(physical_energy_wh(visit, car)):
        return car
    return replace(car, taper_share=0.0)


def physical_energy_wh(visit: RecordedVisit, car: Car) -> float:
    """Return what the car takes in its window when nobody limits it, Wh."""
    return car.delivered_after(car.max_current_a, visit.window_s)


def connectors_by_station(stations: Iterable[str], site: Site) -> dict[str, ConnectorRef]:
    """Give each recorded station a connector of the site: sorted names, in the site's order.

    With more stations than connectors several stations share one.
    """
    refs = list(site.connectors)
    return {
        station: refs[number % len(refs)] for number, station in enumerate(sorted(set(stations)))
    }

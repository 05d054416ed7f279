"""The physics of one connector: what a car draws under the offer in force, and its meter.

Power is constant between the instants at which something changes (an offer, a schedule's period,
the taper's staircase, a full battery), so energy is exact: power times time, summed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ocpp_core.domain.car import Car
from ocpp_core.domain.site import Connector
from ocpp_core.domain.units import Phase

type Offer = Callable[[datetime], float]
"""Current that the charger offers at an instant, A on each phase."""

type NextOffer = Callable[[datetime], datetime | None]
"""When the offer may next change by itself after an instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What a connector draws from an instant on."""

    at: datetime
    connector: Connector
    power_w: float
    current_a: float
    """On each of `phases`, A."""
    phases: tuple[Phase, ...]
    """Supply phases that the car loads."""


type PowerListener = Callable[[Draw], None]
"""Told at each change of power."""

_ONE_MICROSECOND = timedelta(microseconds=1)


class Outlet:
    """One connector with its lifetime register and the car that is plugged into it.

    Time is brought forward with `advance`; every other method first does so. Changes may be told
    late (when `advance` is called late) but always with the instant at which they happened.
    """

    def __init__(
        self,
        connector: Connector,
        *,
        at: datetime,
        offer: Offer,
        next_offer: NextOffer,
        register_wh: float = 0.0,
        listener: PowerListener | None = None,
    ) -> None:
        self.connector = connector
        self.register_wh = register_wh
        """Lifetime register, exact, Wh."""
        self.car: Car | None = None
        self.delivered_wh = 0.0
        """What the plugged car has got, Wh."""
        self.switched_on = False
        self.offered_a = 0.0
        """What the charger offers, A on each phase; 0 while switched off."""
        self.current_a = 0.0
        """What flows on each phase that the car uses, A."""
        self.power_w = 0.0
        self._offer = offer
        self._next_offer = next_offer
        self._listener = listener
        self._at = at
        self._steady_until: datetime | None = None

    @property
    def next_change(self) -> datetime | None:
        """When power, offer or the car's hunger may next change by itself, or None."""
        return self._steady_until

    @property
    def is_full(self) -> bool:
        """Whether a car is plugged that takes nothing more."""
        return self.car is not None and self.car.is_full(self.delivered_wh)

    @property
    def loaded_phases(self) -> int:
        """Number of phases that the plugged car uses here."""
        return min(self.car.phase_count, len(self.connector.phases)) if self.car else 0

    def advance(self, at: datetime) -> None:
        """Bring register and power to `at`, through every change on the way."""
        while self._steady_until is not None and self._steady_until <= at:
            self._integrate(self._steady_until)
            self._settle()
        self._integrate(at)

    def plug(self, car: Car, at: datetime) -> None:
        """Connect a car; nothing flows until `switch_on`."""
        self.advance(at)
        self.car, self.delivered_wh = car, 0.0
        self._settle()

    def unplug(self, at: datetime) -> float:
        """Disconnect the car and return what it got, Wh."""
        self.advance(at)
        delivered_wh = self.delivered_wh
        self.car, self.delivered_wh, self.switched_on = None, 0.0, False
        self._settle()
        return delivered_wh

    def switch(self, *, on: bool, at: datetime) -> None:
        """Close or open the contactor."""
        self.advance(at)
        self.switched_on = on
        self._settle()

    def offer_changed(self, at: datetime) -> None:
        """Look at the offer again, because something else than time changed it."""
        self.advance(at)
        self._settle()

    def _integrate(self, until: datetime) -> None:
        seconds = (until - self._at).total_seconds()
        if seconds <= 0:
            return
        self._at = until
        if self.car is not None and self.power_w > 0:
            rest_wh = max(0.0, self.car.energy_wh - self.delivered_wh)
            taken_wh = min(self.power_w * seconds / 3600, rest_wh)
            self.delivered_wh += taken_wh
            self.register_wh += taken_wh

    def _settle(self) -> None:
        """Take up the current that holds from now on, and find out until when."""
        car, power_before = self.car, self.power_w
        self.offered_a = self._offer(self._at) if self.switched_on else 0.0
        steady_s = math.inf
        if car is None or not self.switched_on:
            self.current_a = 0.0
        else:
            self.current_a = car.current_a(self.offered_a, self.delivered_wh)
            steady_s = car.steady_s(self.offered_a, self.delivered_wh)
        self.power_w = self.current_a * self.loaded_phases * car.voltage_v if car else 0.0
        ends = [self._next_offer(self._at)] if self.switched_on else []
        if steady_s < math.inf:
            # Rounded up, so that at the end nothing is left to charge.
            ends.append(self._at + timedelta(microseconds=math.ceil(steady_s * 1e6)))
        until = min((end for end in ends if end is not None), default=None)
        # Time must move on, whatever an offer says about its own future.
        self._steady_until = None if until is None else max(until, self._at + _ONE_MICROSECOND)
        if self._listener is not None and self.power_w != power_before:
            self._listener(
                Draw(
                    at=self._at,
                    connector=self.connector,
                    power_w=self.power_w,
                    current_a=self.current_a,
                    phases=self.connector.phases[: self.loaded_phases],
                )
            )

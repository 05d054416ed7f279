"""Driver tariffs in the shape of OCPI 2.2.1 (module Tariffs), with what OCPI leaves to the site."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum

from ocpp_core.domain.ids import TariffId


class Dimension(StrEnum):
    """What a price is for (OCPI 2.2.1 TariffDimensionType)."""

    ENERGY = "ENERGY"
    """kWh; a step is 1 Wh."""
    TIME = "TIME"
    """Hours in which energy flows, or of a reservation; a step is 1 s."""
    FLAT = "FLAT"
    """Once."""
    PARKING_TIME = "PARKING_TIME"
    """Hours connected without charging; a step is 1 s."""


class DayOfWeek(StrEnum):
    """Days of OCPI 2.2.1, in the order of `datetime.weekday`."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class ReservationRestriction(StrEnum):
    """What an element prices when it is for reservations."""

    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRES = "RESERVATION_EXPIRES"
    """A reservation that no charging followed."""


class TariffType(StrEnum):
    """For whom a tariff is announced (OCPI 2.2.1 TariffType); Ampherd carries it and exports it."""

    AD_HOC_PAYMENT = "AD_HOC_PAYMENT"
    PROFILE_CHEAP = "PROFILE_CHEAP"
    PROFILE_FAST = "PROFILE_FAST"
    PROFILE_GREEN = "PROFILE_GREEN"
    REGULAR = "REGULAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceComponent:
    """One price (OCPI 2.2.1 PriceComponent)."""

    dimension: Dimension
    price: Decimal
    """For one kWh, one hour or once; without VAT."""
    vat_percent: Decimal | None = None
    """None: no VAT applies."""
    step_size: int = 1
    """Billed in blocks of so many Wh or seconds; 0: not rounded."""

    def __post_init__(self) -> None:
        if self.price < 0:
            raise ValueError(f"price {self.price} is negative")
        if self.step_size < 0:
            raise ValueError(f"step_size {self.step_size} is negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restrictions:
    """When an element holds; all that are given must hold (OCPI 2.2.1 TariffRestrictions).

    Times and dates are local ones of the site. Lower bounds are inclusive, upper ones exclusive.
    """

    start_time: time | None = None
    end_time: time | None = None
    """At or before `start_time`: past midnight; 00:00 ends the day."""
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    """Energy of the session so far, kWh."""
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    """Sum over the phases, A."""
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    """kW."""
    min_duration: int | None = None
    max_duration: int | None = None
    """Age of the session, s."""
    day_of_week: frozenset[DayOfWeek] = frozenset()
    """Empty: every day."""
    reservation: ReservationRestriction | None = None
    """Given: the element prices reservations and nothing else."""

    def __post_init__(self) -> None:
        for name in ("kwh", "current", "power", "duration"):
            low, high = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if low is not None and high is not None and low >= high:
                raise ValueError(f"min_{name} {low} is not below max_{name} {high}")
        if self.start_date and self.end_date and self.start_date >= self.end_date:
            raise ValueError(f"start_date {self.start_date} is not before end_date {self.end_date}")

    @property
    def by_calendar(self) -> bool:
        """Tell whether it depends on local time or date."""
        return bool(
            self.start_time or self.end_time or self.start_date or self.end_date or self.day_of_week
        )

    @property
    def by_rate(self) -> bool:
        """Tell whether it depends on power or current."""
        given = (self.min_power, self.max_power, self.min_current, self.max_current)
        return any(value is not None for value in given)

    def __str__(self) -> str:
        """Return the restrictions in words."""
        words = []
        if self.start_time or self.end_time:
            words.append(f"{self.start_time or time(0):%H:%M} to {self.end_time or time(0):%H:%M}")
        if self.day_of_week:
            words.append(", ".join(d.capitalize() for d in DayOfWeek if d in self.day_of_week))
        if self.start_date:
            words.append(f"from {self.start_date}")
        if self.end_date:
            words.append(f"before {self.end_date}")
        for name, unit, of in (
            ("kwh", "kWh", "energy"), ("power", "kW", "power"), ("current", "A", "current"),
            ("duration", "s", "age of the session"),
        ):  # fmt: skip
            low, high = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if low is not None:
                words.append(f"{of} at least {low} {unit}")
            if high is not None:
                words.append(f"{of} below {high} {unit}")
        if self.reservation is ReservationRestriction.RESERVATION:
            words.append("reservation")
        elif self.reservation is ReservationRestriction.RESERVATION_EXPIRES:
            words.append("reservation that expired")
        return "; ".join(words)


ALWAYS = Restrictions()


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffElement:
    """Prices that hold under the same restrictions (OCPI 2.2.1 TariffElement)."""

    components: tuple[PriceComponent, ...]
    restrictions: Restrictions = ALWAYS

    def __post_init__(self) -> None:
        dimensions = [component.dimension for component in self.components]
        if not dimensions:
            raise ValueError("an element has no price")
        if len(set(dimensions)) < len(dimensions):
            raise ValueError("an element has two prices for one dimension")
        if self.restrictions.reservation and not {Dimension.FLAT, Dimension.TIME} >= {*dimensions}:
            raise ValueError("a reservation can only have prices for FLAT and TIME")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLimit:
    """Least or most that a session costs (OCPI 2.2.1 class Price)."""

    excl_vat: Decimal
    incl_vat: Decimal | None = None
    """None: only the amount without VAT is limited; VAT follows in proportion."""

    def __post_init__(self) -> None:
        if self.excl_vat < 0 or (self.incl_vat is not None and self.incl_vat < self.excl_vat):
            raise ValueError(f"a limit of {self.excl_vat} without and {self.incl_vat} with VAT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a driver pays; a session keeps the version that was valid at its start.

    Source: OCPI 2.2.1 Tariff object. `version`, `groups`, `idle_grace_s` and `free_without_energy`
    are ours.
    """

    tariff_id: TariffId
    version: int
    currency: str
    elements: tuple[TariffElement, ...]
    """For each dimension the first element that prices it and holds counts."""
    tariff_type: TariffType | None = None
    groups: frozenset[str] = frozenset()
    """Group tokens of the drivers it is for; empty: everybody whose group has none of its own."""
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
    idle_grace_s: int = 0
    """PARKING_TIME counts from this long after the last energy."""
    free_without_energy: bool = False
    """True: a session that delivered nothing costs nothing, not even FLAT or a minimum."""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    """Exclusive."""

    def __post_init__(self) -> None:
        if not self.elements:
            raise ValueError("a tariff has no elements")
        if self.idle_grace_s < 0:
            raise ValueError(f"idle_grace_s {self.idle_grace_s} is negative")
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise ValueError("valid_from is not before valid_to")
        low, high = self.min_price, self.max_price
        if low and high and low.excl_vat > high.excl_vat:
            raise ValueError("min_price is above max_price")

    @property
    def by_current(self) -> bool:
        """Tell whether a price depends on the current."""
        return any(
            element.restrictions.min_current is not None
            or element.restrictions.max_current is not None
            for element in self.elements
        )

    @property
    def by_reservation(self) -> bool:
        """Tell whether it prices reservations."""
        return any(element.restrictions.reservation is not None for element in self.elements)

    def is_valid_at(self, instant: datetime) -> bool:
        """Tell whether sessions may start under it at an instant."""
        return (self.valid_from is None or self.valid_from <= instant) and (
            self.valid_to is None or instant < self.valid_to
        )

    def differs_from(self, other: Tariff) -> tuple[str, ...]:
        """Return the names of the fields that are not the same."""
        return tuple(
            f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name)
        )

    def __str__(self) -> str:
        """Return its name and version."""
        return f"{self.tariff_id} v{self.version}"

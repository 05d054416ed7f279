"""What the file says of driver tariffs: the short form, and those in the shape of OCPI 2.2.1."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field
from pydantic import model_validator as check

from ampherd.config.kinds import ClockTime, Name, Price, Spec, Whole

Percent = Annotated[Price, Field(ge=0, le=100)]
Amount = Annotated[Price, Field(ge=0)]
DayName = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


class DriverTariffSpec(Spec):
    """What drivers pay, in short; without this and any `[[driver_tariff]]` charging is free."""

    id: Name = Field(default="standard", description="Name of the tariff on bills.")
    version: Annotated[Whole, Field(ge=1)] = Field(
        default=1,
        description="Raise it with each change: a session keeps the version it started with.",
    )
    energy_price_per_kwh: Amount = Field(description="For each kWh, without VAT.")
    session_fee: Amount = Field(
        default=Decimal(0), description="Once for each session that delivered energy."
    )
    idle_price_per_hour: Amount = Field(
        default=Decimal(0),
        description="For each hour at the connector after the last energy flowed.",
    )
    idle_grace_minutes: Annotated[Whole, Field(ge=0)] = Field(
        default=0, description="Minutes before the idle price counts."
    )
    vat_percent: Percent | None = Field(
        default=None, description="VAT on all of it, %; not given: none applies."
    )


class PriceSpec(Spec):
    """A price of an element (OCPI 2.2.1 PriceComponent)."""

    type: Literal["ENERGY", "TIME", "FLAT", "PARKING_TIME"] = Field(
        description="`ENERGY` for a kWh, `TIME` for an hour of charging, `PARKING_TIME` for an "
        "hour connected after it, `FLAT` once."
    )
    price: Amount = Field(description="For one unit, without VAT.")
    vat: Percent | None = Field(default=None, description="VAT, %; not given: none applies.")
    step_size: Annotated[Whole, Field(ge=0)] = Field(
        default=1,
        description="Billed in blocks of so many Wh or seconds, rounded up once for the session; "
        "0: not rounded.",
    )


class RestrictionSpec(Spec):
    """When an element holds (OCPI 2.2.1 TariffRestrictions); all that are given must hold."""

    start_time: ClockTime | None = Field(
        default=None, description="Local time from which it holds."
    )
    end_time: ClockTime | None = Field(
        default=None,
        description="Local time at which it ends; at or before `start_time`: past midnight.",
    )
    start_date: date | None = Field(default=None, description="First local day.")
    end_date: date | None = Field(default=None, description="Local day on which it ends.")
    min_kwh: Amount | None = Field(
        default=None, description="From so much energy of the session on, kWh."
    )
    max_kwh: Amount | None = Field(default=None, description="Below so much energy, kWh.")
    min_current: Amount | None = Field(
        default=None, description="While the current over all phases is at least this, A."
    )
    max_current: Amount | None = Field(default=None, description="While it is below this, A.")
    min_power: Amount | None = Field(
        default=None, description="While the power is at least this, kW."
    )
    max_power: Amount | None = Field(default=None, description="While it is below this, kW.")
    min_duration: Annotated[Whole, Field(ge=0)] | None = Field(
        default=None, description="Once the session is so old, s."
    )
    max_duration: Annotated[Whole, Field(ge=0)] | None = Field(
        default=None, description="Until the session is so old, s."
    )
    day_of_week: tuple[DayName, ...] = Field(
        default=(), description="`MONDAY` to `SUNDAY`; not given: every day."
    )
    reservation: Literal["RESERVATION", "RESERVATION_EXPIRES"] | None = Field(
        default=None,
        description="The element prices reservations (`FLAT`, `TIME`), or those that nobody used.",
    )

    @check(mode="after")
    def _not_empty(self) -> Self:
        for name in ("kwh", "current", "power", "duration"):
            low, high = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if low is not None and high is not None and low >= high:
                raise ValueError(f"min_{name} {low} is not below max_{name} {high}")
        if self.start_date and self.end_date and self.start_date >= self.end_date:
            raise ValueError(f"start_date {self.start_date} is not before end_date {self.end_date}")
        return self


class ElementSpec(Spec):
    """Prices with the times at which they hold; for each type the first that holds counts."""

    price_components: Annotated[tuple[PriceSpec, ...], Field(min_length=1)] = Field(
        description="Prices, one of a type."
    )
    restrictions: RestrictionSpec = Field(
        default=RestrictionSpec(), description="When they hold; not given: always."
    )

    @check(mode="after")
    def _consistent(self) -> Self:
        types = [component.type for component in self.price_components]
        twice = next((name for name in types if types.count(name) > 1), None)
        if twice:
            raise ValueError(f"price_components has two prices for {twice}")
        if self.restrictions.reservation and not {"FLAT", "TIME"} >= {*types}:
            raise ValueError("price_components of a reservation can only be FLAT and TIME")
        return self


class PriceLimitSpec(Spec):
    """Least or most that a session costs."""

    excl_vat: Amount = Field(description="Without VAT.")
    incl_vat: Amount | None = Field(
        default=None, description="With VAT; not given: VAT follows in proportion."
    )

    @check(mode="after")
    def _consistent(self) -> Self:
        if self.incl_vat is not None and self.incl_vat < self.excl_vat:
            raise ValueError(f"incl_vat {self.incl_vat} is below excl_vat {self.excl_vat}")
        return self


class OcpiTariffSpec(Spec):
    """What drivers pay, in the shape of OCPI 2.2.1; docs/tariffs.md has examples."""

    id: Name = Field(description="Name of the tariff on bills.")
    version: Annotated[Whole, Field(ge=1)] = Field(
        default=1,
        description="Raise it with each change: a session keeps the version it started with.",
    )
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, description="ISO 4217; not given, and in any case: that of the site."
    )
    type: (
        Literal["AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR"]
        | None
    ) = Field(default=None, description="OCPI TariffType, for exports; it chooses nothing.")
    groups: tuple[Name, ...] = Field(
        default=(),
        description="Groups of tokens that it is for (`group` of `[[id_token]]`); not given: "
        "everybody whose group has no tariff of its own.",
    )
    valid_from: date | None = Field(
        default=None,
        description="Local day from whose start sessions begin under it; not given: since ever.",
    )
    valid_to: date | None = Field(
        default=None,
        description="Local day from whose start none do; not given: until the next version.",
    )
    idle_grace_minutes: Annotated[Whole, Field(ge=0)] = Field(
        default=0, description="`PARKING_TIME` counts so long after the last energy."
    )
    free_without_energy: bool = Field(
        default=True, description="A session that delivered nothing costs nothing."
    )
    min_price: PriceLimitSpec | None = Field(
        default=None, description="A session costs at least this."
    )
    max_price: PriceLimitSpec | None = Field(
        default=None, description="A session costs at most this."
    )
    elements: Annotated[tuple[ElementSpec, ...], Field(min_length=1)] = Field(
        description="Prices; for each type the first element that holds counts."
    )

    @check(mode="after")
    def _consistent(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise ValueError(f"valid_from {self.valid_from} is not before valid_to {self.valid_to}")
        low, high = self.min_price, self.max_price
        if low and high and low.excl_vat > high.excl_vat:
            raise ValueError(f"min_price {low.excl_vat} is above max_price {high.excl_vat}")
        return self

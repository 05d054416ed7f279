"""What the file says of what the site pays: energy, grid fee, demand charge, feed-in."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from ampherd.config.kinds import WEEKDAYS, ClockTime, Month, Name, Price, Spec, Weekday, Whole


class BandSpec(Spec):
    """A price for some months, weekdays and hours; the first band that covers a time counts."""

    months: Annotated[tuple[Month, ...], Field(min_length=1)] = Field(
        default=tuple(range(1, 13)), description="Months, 1 to 12; not given: all."
    )
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = Field(
        default=WEEKDAYS, description="`mon` to `sun`; not given: all."
    )
    start: ClockTime = Field(default=time(0), description="Local time from which it holds.")
    end: ClockTime = Field(
        default=time(0),
        description="Local time at which it ends; at or before `start`: past midnight; "
        "both `00:00`: the whole day.",
    )
    price_per_kwh: Price = Field(description="For each kWh.")


class _SiteTariffSpec(Spec):
    feed_in_per_kwh: Price = Field(
        default=Decimal(0), description="Paid to the site for each kWh that it exports."
    )
    demand_charge_per_kw: Annotated[Price, Field(ge=0)] = Field(
        default=Decimal(0),
        description="For each kW of the calendar month's highest 15-minute mean of grid import.",
    )
    grid_fee_per_kwh: Annotated[Price, Field(ge=0)] = Field(
        default=Decimal(0),
        description="What the grid operator takes for each imported kWh, on top of the energy.",
    )
    grid_fee_bands: tuple[BandSpec, ...] = Field(
        default=(),
        description="The same by month, weekday and hour; together they cover every hour of the "
        "year.",
    )


class FlatTariffSpec(_SiteTariffSpec):
    """The same price always."""

    kind: Literal["flat"] = Field(description="`flat`.")
    price_per_kwh: Price = Field(description="For each kWh.")


class TimeOfUseTariffSpec(_SiteTariffSpec):
    """Prices by month, weekday and hour in the site's zone."""

    kind: Literal["time-of-use"] = Field(description="`time-of-use`.")
    bands: Annotated[tuple[BandSpec, ...], Field(min_length=1)] = Field(
        description="Bands, tried from first to last; together they cover every hour of the year."
    )


class DayAheadTariffSpec(_SiteTariffSpec):
    """Market prices: those that were imported, or from a file."""

    kind: Literal["day-ahead"] = Field(description="`day-ahead`.")
    file: Name | None = Field(
        default=None,
        description="Parquet (`.parquet`) or CSV file; relative to this configuration file. Not "
        "given: the prices that were imported (`ampherd import prices`, `POST /api/v1/imports`).",
    )
    time_column: Name = Field(
        default="time_utc", description="Of `file`: column with the start of each price, UTC."
    )
    price_column: Name = Field(default="price", description="Of `file`: column with the price.")
    price_unit: Literal["kWh", "MWh"] = Field(
        default="MWh", description="Of `file`: energy that the price is for."
    )
    step_s: Annotated[Whole, Field(ge=60, le=86400)] = Field(
        default=3600, description="Of `file`: how long each price holds, s."
    )
    surcharge_per_kwh: Price = Field(
        default=Decimal(0), description="Taxes and the like, added to the price of each kWh."
    )


SiteTariffSpec = Annotated[
    FlatTariffSpec | TimeOfUseTariffSpec | DayAheadTariffSpec, Field(discriminator="kind")
]

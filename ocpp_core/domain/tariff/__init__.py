"""What drivers pay (OCPI 2.2.1) and what the site pays."""

from ocpp_core.domain.tariff.bill import Bill, ChargingPeriod, CostKind, CostLine
from ocpp_core.domain.tariff.book import TariffBook, TariffFault
from ocpp_core.domain.tariff.codec import (
    tariff_from_dict,
    tariff_from_json,
    tariff_to_dict,
    tariff_to_json,
)
from ocpp_core.domain.tariff.course import Course, CoursePoint, Reservation
from ocpp_core.domain.tariff.definition import (
    DayOfWeek,
    Dimension,
    PriceComponent,
    PriceLimit,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffElement,
    TariffType,
)
from ocpp_core.domain.tariff.market import MarketPrices
from ocpp_core.domain.tariff.pricing import price
from ocpp_core.domain.tariff.short import DriverTariff
from ocpp_core.domain.tariff.site_bill import (
    SiteCostKind,
    SiteCostLine,
    SiteSlot,
    SlotPrices,
    monthly_lines,
)
from ocpp_core.domain.tariff.supply import (
    EnergyPrice,
    FlatPrice,
    PriceBand,
    PriceSeries,
    SiteTariff,
    TimeOfUsePrice,
)
from ocpp_core.domain.tariff.supply_codec import site_tariff_from_json, site_tariff_to_json

__all__ = [
    "Bill",
    "ChargingPeriod",
    "CostKind",
    "CostLine",
    "Course",
    "CoursePoint",
    "DayOfWeek",
    "Dimension",
    "DriverTariff",
    "EnergyPrice",
    "FlatPrice",
    "MarketPrices",
    "PriceBand",
    "PriceComponent",
    "PriceLimit",
    "PriceSeries",
    "Reservation",
    "ReservationRestriction",
    "Restrictions",
    "SiteCostKind",
    "SiteCostLine",
    "SiteSlot",
    "SiteTariff",
    "SlotPrices",
    "Tariff",
    "TariffBook",
    "TariffElement",
    "TariffFault",
    "TariffType",
    "TimeOfUsePrice",
    "monthly_lines",
    "price",
    "site_tariff_from_json",
    "site_tariff_to_json",
    "tariff_from_dict",
    "tariff_from_json",
    "tariff_to_dict",
    "tariff_to_json",
]

"""What a session costs: lines that say the rule that made them, and the periods behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ocpp_core.domain.ids import TariffId


class CostKind(StrEnum):
    """What a line of a bill is for; the first four are dimensions of OCPI 2.2.1."""

    ENERGY = "ENERGY"
    TIME = "TIME"
    FLAT = "FLAT"
    PARKING_TIME = "PARKING_TIME"
    RESERVATION_TIME = "RESERVATION_TIME"
    RESERVATION_FEE = "RESERVATION_FEE"
    MIN_PRICE = "MIN_PRICE"
    """What is missing to the least price of a session."""
    MAX_PRICE = "MAX_PRICE"
    """What is above the highest price of a session; negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One line of a session's bill."""

    kind: CostKind
    quantity: Decimal
    """To six decimals; the amount comes from the exact one."""
    unit: str
    unit_price: Decimal
    amount: Decimal
    """Without VAT, in cents; rounded so that the lines add up to the rounded total."""
    vat_percent: Decimal | None
    """None: no VAT applies, or the line has none of its own."""
    vat_amount: Decimal
    currency: str
    tariff_id: TariffId
    tariff_version: int
    element: int | None
    """Counts from 1 within the tariff; None: the tariff as a whole."""
    starts_at: datetime
    ends_at: datetime
    """From the first to the last instant that it bills."""
    rule: str
    """The formula in words, with its numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPeriod:
    """Time in which the same elements held (OCPI 2.2.1 ChargingPeriod), before steps round it."""

    starts_at: datetime
    ends_at: datetime
    energy_kwh: Decimal
    """To six decimals."""
    charging_h: Decimal
    parking_h: Decimal
    """Time connected after the last energy, also the part that nobody pays for."""
    elements: tuple[int, ...]
    """Elements that price something in it, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a session costs by one version of one tariff."""

    lines: tuple[CostLine, ...]
    periods: tuple[ChargingPeriod, ...]
    currency: str

    @property
    def excl_vat(self) -> Decimal:
        """Sum of the lines without VAT."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def vat(self) -> Decimal:
        """VAT of the lines."""
        return sum((line.vat_amount for line in self.lines), Decimal(0))

    @property
    def incl_vat(self) -> Decimal:
        """What the driver pays."""
        return self.excl_vat + self.vat

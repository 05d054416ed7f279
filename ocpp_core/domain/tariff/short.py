"""The short form of a driver tariff: a price for energy, a fee, a price for idle time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ocpp_core.domain.ids import TariffId
from ocpp_core.domain.tariff.definition import Dimension, PriceComponent, Tariff, TariffElement


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverTariff:
    """A tariff with one price each; `expanded` says the same in elements."""

    tariff_id: TariffId
    version: int
    currency: str
    energy_price_per_kwh: Decimal
    session_fee: Decimal = Decimal(0)
    """Once for each session that delivered energy (OCPI 2.2.1 dimension FLAT)."""
    idle_price_per_hour: Decimal = Decimal(0)
    """For each hour after the last energy flowed, beyond the grace time (PARKING_TIME)."""
    idle_grace_s: int = 0
    vat_percent: Decimal | None = None
    """On everything; None: no VAT applies."""
    valid_from: datetime | None = None

    def expanded(self) -> Tariff:
        """Return it as a tariff of one element; energy is billed by the Wh, time by the second."""
        prices = {
            Dimension.ENERGY: self.energy_price_per_kwh,
            Dimension.FLAT: self.session_fee,
            Dimension.PARKING_TIME: self.idle_price_per_hour,
        }
        components = tuple(
            PriceComponent(dimension=dimension, price=price, vat_percent=self.vat_percent)
            for dimension, price in prices.items()
            if price or dimension is Dimension.ENERGY
        )
        return Tariff(
            tariff_id=self.tariff_id,
            version=self.version,
            currency=self.currency,
            elements=(TariffElement(components=components),),
            idle_grace_s=self.idle_grace_s,
            free_without_energy=True,
            valid_from=self.valid_from,
        )

"""What the site would pay: its own tariff, one from a file, or another demand charge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from ampherd.config import Config
from ampherd.config.tariff_file import read_site_tariff
from analytics.importers import PRICE_UNITS, find_series, read_prices
from analytics.reader import Reader
from ocpp_core.domain.errors import ConfigurationError, ImportRefusedError
from ocpp_core.domain.tariff import MarketPrices, PriceSeries, SiteTariff

_LONG_AGO, _FAR_AHEAD = datetime(1971, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def tariff_for(
    config: Config, path: Path | None, demand_charge_per_kw: float | None
) -> SiteTariff | None:
    """Return the site's tariff with what is changed; raises ConfigurationError with every fault.

    A `.toml` file has the keys of `[tariff.site]`; any other is a series of prices, which takes
    the place of the energy price and leaves the rest as it is.
    """
    tariff = config.site_tariff
    if path is not None and path.suffix.lower() == ".toml":
        tariff = read_site_tariff(path, config)
    elif path is not None:
        prices = _prices(path, config)
        empty = SiteTariff(currency=config.site.currency, energy=prices)
        tariff = empty if tariff is None else replace(tariff, energy=prices)
    if demand_charge_per_kw is not None:
        if tariff is None:
            raise ConfigurationError(
                "a demand charge alone is no tariff",
                hint="give the site a [tariff.site], or --tariff FILE",
            )
        tariff = replace(tariff, demand_charge_per_kw=Decimal(repr(demand_charge_per_kw)))
    return tariff


def with_market_prices(tariff: SiteTariff | None, reader: Reader) -> None:
    """Put what a database has of imported prices into a tariff that goes by them."""
    if tariff is None or not isinstance(tariff.energy, MarketPrices):
        return
    prices = reader.price(_LONG_AGO, _FAR_AHEAD)
    market = prices[prices["kind"] == "market"]
    tariff.energy.put(
        (
            row["starts_at"].to_pydatetime().astimezone(UTC),
            (row["ends_at"] - row["starts_at"]).total_seconds(),
            Decimal(str(row["value_per_kwh"])),
        )
        for row in market.to_dict("records")
    )


def _prices(path: Path, config: Config) -> PriceSeries:
    try:
        found = find_series(path)
        unit = found.unit or "MWh"
        if unit not in PRICE_UNITS:
            raise ConfigurationError(
                f"{path}: {unit} is no unit of a price", hint="name the column price_eur_mwh"
            )
        reading = read_prices(
            path,
            time=found.time,
            price=found.value,
            per_kwh=PRICE_UNITS[unit],
            currency=found.currency or config.site.currency,
            timezone=config.site.timezone,
        )
    except ImportRefusedError as error:
        raise ConfigurationError(str(error), hint=error.hint) from error
    if found.currency and found.currency != config.site.currency:
        raise ConfigurationError(
            f"{path}: prices are in {found.currency}, the site's money is {config.site.currency}",
            hint="name the column without a currency where that is meant",
        )
    rows = sorted(reading.rows, key=lambda row: row.starts_at)
    return PriceSeries(
        starts=tuple(row.starts_at for row in rows),
        values=tuple(row.value_per_kwh for row in rows),
        step_s=max(row.step_s for row in rows),
    )

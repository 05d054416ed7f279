"""What the site pays, as JSON that a later reader reckons with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ocpp_core.domain.tariff.market import MarketPrices
from ocpp_core.domain.tariff.supply import (
    EnergyPrice,
    FlatPrice,
    PriceBand,
    PriceSeries,
    SiteTariff,
    TimeOfUsePrice,
)

_MARKET = "market"
_RECORDED = "recorded"
"""A series is not in the text: it grows every day, and its prices are recorded as they come."""


def site_tariff_to_json(tariff: SiteTariff) -> str:
    """Return a site tariff as the text that `site_tariff_from_json` reads."""
    return json.dumps(
        {
            "currency": tariff.currency,
            "energy": _price(tariff.energy),
            "grid_fee": None if tariff.grid_fee is None else _price(tariff.grid_fee),
            "feed_in_per_kwh": str(tariff.feed_in_per_kwh),
            "demand_charge_per_kw": str(tariff.demand_charge_per_kw),
        },
        sort_keys=True,
    )


def site_tariff_from_json(
    text: str,
    recorded: EnergyPrice,
    market: Callable[[Decimal], EnergyPrice] = MarketPrices,
) -> SiteTariff:
    """Return the site tariff that a text says.

    `recorded` stands in for a price series; `market` gives the imported prices with a surcharge.
    """
    given = json.loads(text)
    fee = given["grid_fee"]
    return SiteTariff(
        currency=given["currency"],
        energy=_price_of(given["energy"], recorded, market),
        grid_fee=None if fee is None else _price_of(fee, recorded, market),
        feed_in_per_kwh=Decimal(given["feed_in_per_kwh"]),
        demand_charge_per_kw=Decimal(given["demand_charge_per_kw"]),
    )


def _price(price: EnergyPrice) -> dict[str, Any]:
    match price:
        case FlatPrice(value=value):
            return {"kind": "flat", "per_kwh": str(value)}
        case TimeOfUsePrice(timezone=zone, bands=bands):
            return {
                "kind": "time-of-use",
                "timezone": zone.key,
                "bands": [
                    {
                        "months": sorted(band.months),
                        "weekdays": sorted(band.weekdays),
                        "start": band.start.isoformat(),
                        "end": band.end.isoformat(),
                        "per_kwh": str(band.value),
                    }
                    for band in bands
                ],
            }
        case MarketPrices(surcharge=surcharge):
            return {"kind": _MARKET, "surcharge": str(surcharge)}
        case PriceSeries(surcharge=surcharge):
            return {"kind": _RECORDED, "surcharge": str(surcharge)}
        case _:
            return {"kind": _RECORDED, "surcharge": "0"}


def _price_of(
    given: Mapping[str, Any], recorded: EnergyPrice, market: Callable[[Decimal], EnergyPrice]
) -> EnergyPrice:
    match given["kind"]:
        case "flat":
            return FlatPrice(value=Decimal(given["per_kwh"]))
        case "time-of-use":
            return TimeOfUsePrice(
                timezone=ZoneInfo(given["timezone"]),
                bands=tuple(
                    PriceBand(
                        months=frozenset(band["months"]),
                        weekdays=frozenset(band["weekdays"]),
                        start=time.fromisoformat(band["start"]),
                        end=time.fromisoformat(band["end"]),
                        value=Decimal(band["per_kwh"]),
                    )
                    for band in given["bands"]
                ),
            )
        case "market":
            return market(Decimal(given["surcharge"]))
        case _:
            return recorded

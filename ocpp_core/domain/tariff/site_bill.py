"""What a site pays for each month: energy, grid fee, feed-in and demand, line by line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from ocpp_core.domain.money import round_to_cents
from ocpp_core.domain.tariff.site_cost import charging_cost, demand_charge, flow_cost

_QUARTER_H = Decimal("0.25")
_MOST_PRICES = 12
"""Prices of a month that have a line each; more of them share one, at their mean."""


class SiteCostKind(StrEnum):
    """What a line is for."""

    ENERGY = "ENERGY"
    GRID_FEE = "GRID_FEE"
    FEED_IN = "FEED_IN"
    """Negative: the site is paid."""
    DEMAND = "DEMAND"
    UNPRICED = "UNPRICED"
    """Import for which no price is known; its amount is 0 and in no sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPrices:
    """What holds in a quarter of an hour, in `currency`."""

    energy_per_kwh: Decimal | None
    """None: not known."""
    grid_fee_per_kwh: Decimal
    feed_in_per_kwh: Decimal
    demand_charge_per_kw: Decimal
    currency: str
    version: int
    """Of the site's tariff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSlot:
    """Power of the site in a clock quarter of an hour: means, W."""

    start: datetime
    site_w: float | None
    """Grid import; negative: export; None: only what charging drew is known."""
    charging_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCostLine:
    """One line of a month."""

    month: date
    """Its first day, by the site's clocks."""
    kind: SiteCostKind
    quantity: Decimal
    unit: str
    unit_price: Decimal | None
    """None: several prices, see `rule`."""
    amount: Decimal
    """In cents, halves up."""
    of_charging: Decimal
    """The part that would not be there without charging, in cents."""
    currency: str
    tariff_version: int
    rule: str


def monthly_lines(
    slots: Iterable[SiteSlot], prices_of: Callable[[datetime], SlotPrices | None], zone: ZoneInfo
) -> tuple[SiteCostLine, ...]:
    """Return the lines of each month by the site's clocks.

    A slot of which only charging is known counts as that import, and not for the demand charge;
    one without any tariff is left out. Demand is charged by the tariff of the month's last slot.
    """
    months: dict[date, list[tuple[SiteSlot, SlotPrices]]] = defaultdict(list)
    for slot in slots:
        prices = prices_of(slot.start)
        if prices is not None:
            month = slot.start.astimezone(zone).date().replace(day=1)
            months[month].append((slot, prices))
    return tuple(line for month in sorted(months) for line in _month(month, months[month], zone))


type _Priced = Sequence[tuple[SiteSlot, SlotPrices]]


@dataclass(slots=True)
class _Sum:
    kwh: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    of_charging: Decimal = Decimal(0)
    slots: int = 0

    def add(self, kwh: Decimal, amount: Decimal, of_charging: Decimal) -> None:
        self.kwh += kwh
        self.amount += amount
        self.of_charging += of_charging
        self.slots += 1


def _month(month: date, slots: _Priced, zone: ZoneInfo) -> Iterator[SiteCostLine]:
    nothing = Decimal(0)
    energy: dict[Decimal, _Sum] = defaultdict(_Sum)
    fees: dict[Decimal, _Sum] = defaultdict(_Sum)
    sold: dict[Decimal, _Sum] = defaultdict(_Sum)
    unpriced = _Sum()
    counted = Counter(slot.site_w is None for slot, _ in slots)
    for slot, prices in slots:
        charging = _kwh(slot.charging_w)
        whole = charging if slot.site_w is None else _kwh(slot.site_w)
        rest = whole - charging
        price, fee, feed_in = (
            prices.energy_per_kwh, prices.grid_fee_per_kwh, prices.feed_in_per_kwh,
        )  # fmt: skip
        if whole > 0 and price is None:
            unpriced.add(whole, nothing, nothing)
        if price is not None:
            bought = charging_cost(charging, rest, price, nothing)
            if whole > 0 or bought:
                energy[price].add(max(whole, nothing), flow_cost(whole, price, nothing), bought)
        charged = charging_cost(charging, rest, fee, nothing)
        if fee and (whole > 0 or charged):
            fees[fee].add(max(whole, nothing), flow_cost(whole, fee, nothing), charged)
        lost = charging_cost(charging, rest, nothing, feed_in)
        if whole < 0 or lost:
            sold[feed_in].add(max(-whole, nothing), flow_cost(whole, nothing, feed_in), lost)
    last = slots[-1][1]
    note = "" if not counted[True] else (
        f"; in {counted[True]} of {counted.total()} quarters of an hour only charging is known"
    )  # fmt: skip
    make = _Maker(month, last, note)
    yield from make.priced(SiteCostKind.ENERGY, energy, "grid import")
    yield from make.priced(SiteCostKind.GRID_FEE, fees, "grid fee on import")
    yield from make.priced(SiteCostKind.FEED_IN, sold, "fed in")
    if unpriced.slots:
        yield make.line(
            SiteCostKind.UNPRICED, unpriced, None,
            f"no price is known for {unpriced.kwh:.3f} kWh in {unpriced.slots} quarters of an hour",
        )  # fmt: skip
    known = [(slot, slot.site_w) for slot, _ in slots if slot.site_w is not None]
    if known and last.demand_charge_per_kw:
        yield make.demand(known, zone)


class _Maker:
    def __init__(self, month: date, prices: SlotPrices, note: str) -> None:
        self._month, self._prices, self._note = month, prices, note

    def priced(
        self, kind: SiteCostKind, sums: dict[Decimal, _Sum], words: str
    ) -> Iterator[SiteCostLine]:
        """Yield a line for each price, or one for all where they are many."""
        currency = self._prices.currency
        if len(sums) <= _MOST_PRICES:
            for price in sorted(sums):
                total = sums[price]
                rule = f"{words}: {total.kwh:.3f} kWh x {price} {currency}/kWh"
                yield self.line(
                    kind, total, -price if kind is SiteCostKind.FEED_IN else price, rule
                )
            return
        total = _Sum()
        for one in sums.values():
            total.add(one.kwh, one.amount, one.of_charging)
        mean = total.amount / total.kwh if total.kwh else Decimal(0)
        yield self.line(
            kind, total, None,
            f"{words}: {total.kwh:.3f} kWh, each quarter of an hour at its own of "
            f"{len(sums)} prices from {min(sums)} to {max(sums)}, mean {mean:.6f} {currency}/kWh",
        )  # fmt: skip

    def demand(self, known: Sequence[tuple[SiteSlot, float]], zone: ZoneInfo) -> SiteCostLine:
        """Return the line of the highest quarter of an hour."""
        per_kw, currency = self._prices.demand_charge_per_kw, self._prices.currency
        slot, highest_w = max(known, key=lambda entry: entry[1])
        without_w = max(site_w - one.charging_w for one, site_w in known)
        peak_kw, without_kw = _kw(highest_w), _kw(without_w)
        amount = demand_charge(peak_kw, per_kw)
        total = _Sum(amount=amount, of_charging=amount - demand_charge(without_kw, per_kw))
        at = slot.start.astimezone(zone)
        rule = (
            f"highest quarter of an hour {max(peak_kw, Decimal(0)):.3f} kW at {at:%F %R} "
            f"x {per_kw} {currency}/kW; without charging {max(without_kw, Decimal(0)):.3f} kW"
        )
        return self.line(
            SiteCostKind.DEMAND, total, per_kw, rule, quantity=max(peak_kw, Decimal(0)), unit="kW"
        )

    def line(
        self,
        kind: SiteCostKind,
        total: _Sum,
        unit_price: Decimal | None,
        rule: str,
        *,
        quantity: Decimal | None = None,
        unit: str = "kWh",
    ) -> SiteCostLine:
        """Return a line in cents."""
        amount = round_to_cents(total.amount)
        return SiteCostLine(
            month=self._month,
            kind=kind,
            quantity=total.kwh if quantity is None else quantity,
            unit=unit,
            unit_price=unit_price,
            amount=amount,
            of_charging=round_to_cents(total.of_charging),
            currency=self._prices.currency,
            tariff_version=self._prices.version,
            rule=f"{rule} = {amount}{self._note}",
        )


def _kwh(mean_w: float) -> Decimal:
    return _kw(mean_w) * _QUARTER_H


def _kw(mean_w: float) -> Decimal:
    return Decimal(repr(mean_w)) / 1000

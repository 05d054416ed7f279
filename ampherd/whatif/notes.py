"""What somebody who reads a replay has to know besides its numbers, in words."""

from __future__ import annotations

import math
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from ocpp_core.domain.errors import ConfigurationError
from optimizer.replay import Network, Setup

_OVER = 1 + 1e-6


def notes_of(setup: Setup) -> tuple[str, ...]:
    """Return what is odd about a period; raises ConfigurationError where nothing has a price."""
    return (
        *_prices(setup),
        *_gaps(setup),
        *_months(setup),
        *_building(setup),
        *_too_tight(setup),
        *_giving(setup),
    )


def _giving(setup: Setup) -> Iterator[str]:
    if setup.v2g is not None:
        yield (
            "only lp lets cars give back: hindsight does not, so lp may cost less; the wear of "
            "batteries is in no bill"
        )


def _prices(setup: Setup) -> Iterator[str]:
    if setup.tariff is None:
        yield "what the site pays is not known: all energy is planned and told as free"
    hours = setup.unpriced_h
    if hours <= 0:
        return
    if not setup.priced:
        zone = setup.site.timezone
        raise ConfigurationError(
            f"no price of energy is known between {setup.start.astimezone(zone):%Y-%m-%d} and "
            f"{setup.end.astimezone(zone):%Y-%m-%d}",
            hint="give prices of that time with --tariff FILE, or another period",
        )
    yield f"for {hours:g} h no price is known; the last one before counts, or else the first"


def _gaps(setup: Setup) -> Iterator[str]:
    series = (
        ("the building's load", setup.building, "then it counts as none"),
        ("PV", setup.pv, "then it counts as none"),
        ("CO2 of grid power", setup.carbon, "who charges then is told no CO2"),
    )
    for name, known, meaning in series:
        if known is None:
            continue
        hours = math.fsum(
            one.hours for one in setup.intervals if known.mean(one.start, one.end) is None
        )
        if hours > 0:
            yield f"{name} is not known for {hours:g} h: {meaning}"


def _months(setup: Setup) -> Iterator[str]:
    if setup.demand_charge_per_kw <= 0 or setup.one_bill:
        return
    days = Counter(f"{day:%Y-%m}" for day in _local_days(setup))
    part = [
        f"{month} ({count} of {monthrange(int(month[:4]), int(month[5:]))[1]} days)"
        for month, count in days.items()
        if count < monthrange(int(month[:4]), int(month[5:]))[1]
    ]
    if part:
        yield f"the demand charge of a month counts in full for a part of it: {', '.join(part)}"


def _local_days(setup: Setup) -> Iterator[datetime]:
    zone = setup.site.timezone
    last = (setup.end - timedelta(microseconds=1)).astimezone(zone)
    day = setup.start.astimezone(zone)
    while day.date() <= last.date():
        yield day
        day += timedelta(days=1)


def _building(setup: Setup) -> Iterator[str]:
    network = Network(setup.site)
    hours = sum(
        one.hours
        for one in setup.intervals
        if one.building_w > 0 and network.worst(network.base(one.building_w)) > _OVER
    )
    if hours > 0:
        yield f"the building alone is above a limit for {hours:g} h, so that nobody can charge then"


def _too_tight(setup: Setup) -> Iterator[str]:
    if setup.pilots.continuous:
        return
    network = Network(setup.site)
    tight = [
        str(ref)
        for ref, connector in setup.site.connectors.items()
        if network.room(network.base(0.0), network.weights(ref, connector.phases))
        < connector.min_current_a - 1e-9
    ]
    if tight:
        more = f" and {len(tight) - 3} more" if len(tight) > 3 else ""
        yield (
            f"limits allow no car its minimum current at {', '.join(tight[:3])}{more}; nobody can "
            "charge there"
        )

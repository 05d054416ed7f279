"""What recorded sessions would have been at another site, under other prices and strategies.

from ampherd.whatif import replay

found = replay(sessions=stays, site=site, strategies=["unmanaged", "lp", "hindsight"])
found.table
"""

from ampherd.whatif.changes import (
    battery_of,
    fuse_of,
    giving_of,
    limits_below,
    power_of,
    with_connectors,
    with_fuse,
)
from ampherd.whatif.compare import Comparison, ComparisonStopped, replay
from ampherd.whatif.inputs import (
    by_hour,
    constant,
    power_from_database,
    read_carbon,
    read_power_series,
    stays_from_database,
    stays_from_file,
)
from ampherd.whatif.page import page
from ampherd.whatif.paying import tariff_for, with_market_prices
from ampherd.whatif.placing import PlacedStays, place
from optimizer.replay import STRATEGIES, Progress

__all__ = [
    "STRATEGIES",
    "Comparison",
    "ComparisonStopped",
    "PlacedStays",
    "Progress",
    "battery_of",
    "by_hour",
    "constant",
    "fuse_of",
    "giving_of",
    "limits_below",
    "page",
    "place",
    "power_from_database",
    "power_of",
    "read_carbon",
    "read_power_series",
    "replay",
    "stays_from_database",
    "stays_from_file",
    "tariff_for",
    "with_connectors",
    "with_fuse",
    "with_market_prices",
]

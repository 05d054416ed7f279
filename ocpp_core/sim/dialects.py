"""The dialect of each version."""

from __future__ import annotations

from ocpp_core.sim.dialect import Dialect, Version
from ocpp_core.sim.dialect2 import Dialect2
from ocpp_core.sim.dialect16 import Dialect16
from ocpp_core.sim.stamp import Stamp


def dialect_of(version: Version, stamp: Stamp) -> Dialect:
    """Return a dialect that writes instants with `stamp`."""
    match version:
        case Version.V16:
            return Dialect16(stamp)
        case Version.V201 | Version.V21:
            return Dialect2(version, stamp)

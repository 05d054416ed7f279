"""What all parts of the check measure by."""

from __future__ import annotations

from datetime import datetime, timedelta

from ocpp_core.domain.plan import SiteSnapshot

TOLERANCE_A = 1e-4
TOLERANCE_WH = 1.0


def ends_of(snapshot: SiteSnapshot) -> dict[datetime, datetime]:
    """Return the end of each slot by its start."""
    ends = (*snapshot.slot_starts[1:], snapshot.horizon_end)
    return dict(zip(snapshot.slot_starts, ends, strict=False))


def lengths_of(snapshot: SiteSnapshot) -> dict[datetime, timedelta]:
    """Return the length of each slot by its start."""
    return {start: end - start for start, end in ends_of(snapshot).items()}

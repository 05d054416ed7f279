"""What makes a row of a file unusable beside the site's time and what it has already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Overlaps(StrEnum):
    """What becomes of a session that overlaps another one at its connector."""

    REJECT = "reject"
    """It is left out: one connector charges one car, so that its energy would count twice."""
    KEEP = "keep"
    """It is imported with a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRules:
    """How strictly an import judges."""

    overlaps: Overlaps = Overlaps.REJECT
    overlap_tolerance: timedelta = timedelta(minutes=1)
    """Times of many files are rounded to minutes."""
    future: bool = False
    """Whether sessions and measured series may end after now."""
    future_tolerance: timedelta = timedelta(minutes=5)
    """Clocks differ."""


STRICT = ImportRules()

"""The charger that is looked at, and how its records are named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

LOOKS_BACK = timedelta(days=30)
"""Records from before are left to the API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The charger that is looked at, and when."""

    charge_point_id: str
    vendor: str
    model: str
    firmware: str
    """Its present one. Each is empty while it is not known."""
    zone: ZoneInfo
    now: datetime

    @property
    def start(self) -> datetime:
        """From when on records are shown."""
        return self.now - LOOKS_BACK

    @property
    def until(self) -> datetime:
        """Until when: a little ahead, since clocks differ."""
        return self.now + timedelta(minutes=1)

    @property
    def file(self) -> str:
        """How the names of its files begin."""
        return "".join(c if c.isalnum() or c in "-_" else "-" for c in self.charge_point_id)

    def time(self, name: str) -> str:
        """Return the header of a column of times."""
        return f"{name} ({self.zone.key})"

    def command(self, name: str) -> str:
        """Return the route of the API that sends a command to it."""
        return f"`POST /api/v1/charge-points/{self.charge_point_id}/commands/{name}`"


def place(connector_id: Any) -> str:
    """Say which connector, or that it is the whole charger (connector 0)."""
    if connector_id is None or pd.isna(connector_id):
        return ""
    return "whole charger" if connector_id == 0 else f"{connector_id:g}"

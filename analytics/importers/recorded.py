"""A session as a file records it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from analytics.grid import Point


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """A line of a bill that somebody else made; it is kept and never priced again."""

    kind: str
    """`ENERGY`, `FLAT`, `TIME`, `PARKING_TIME`, `RESERVATION_FEE`, or `OTHER` for what is left of
    the total."""
    quantity: Decimal
    unit: str
    amount: Decimal
    """Without VAT where the file tells them apart."""
    currency: str
    rule: str
    """Where the amount comes from, in words."""
    vat_amount: Decimal | None = None
    """None: the file does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSession:
    """One row of a file of sessions."""

    line: int
    station: str
    id_token: str
    arrival: datetime
    departure: datetime
    energy_wh: float
    """Delivered."""
    asked_wh: float | None = None
    announced_departure: datetime | None = None
    need_stated: bool = False
    """The driver said so; False when the file only repeats what happened."""
    meter_start_wh: int = 0
    """Register at the start; 0 when the file has energies only."""
    full_at: datetime | None = None
    """When the last energy flowed, where the file says so."""
    course: tuple[Point, ...] = ()
    """Energy since the arrival as it was metered; empty: the course has to be assumed."""
    stop_reason: str | None = None
    session_id: str | None = None
    """Key that it has here already, of a file that was exported here."""
    trust: str | None = None
    """How far its energy can be believed, of a file that was exported here."""
    bill: tuple[BilledLine, ...] | None = None
    """What was billed; None: our tariff prices it."""
    tariff_id: str | None = None
    """Tariff by which it was billed, in the file's words."""
    findings: tuple[str, ...] = ()
    """What was odd about the row and what was done."""

"""A recorded session as rows: itself, its course over the 15-minute grid, its bill."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from analytics.grid import Point
from analytics.importers.ocpi import is_fine
from analytics.importers.recorded import BilledLine, RecordedSession
from analytics.rows import Row, columns
from analytics.sessions import Trust
from analytics.settlement import Derived, Settlement
from analytics.state import SessionRow
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, IdToken
from ocpp_core.domain.session import natural_session_id
from ocpp_core.domain.site import Site

UNKNOWN_POWER_W = 7_360.0
"""Rating of a station that the site does not have: 32 A on one phase at 230 V."""

_AS_BILLED = "as-billed"
"""Tariff of imported bills whose file names none."""

_NOT_IN_IDENTITY = re.compile(r"[^A-Za-z0-9*_=+|@.-]")
_NUMBERED = re.compile(r"(.+)/([1-9]\d{0,4})")

type ConnectorOf = Callable[[str], ConnectorRef]


def site_connectors(site: Site) -> ConnectorOf:
    """Return how stations of a file become connectors.

    A station named as a connector (`CP-7/1`) or as a charger of the site is that one; any other
    becomes a charger of its own, which has history and is not configured.
    """
    del site  # A name is the same connector whether the site has it or not.

    def connector_of(station: str) -> ConnectorRef:
        numbered = _NUMBERED.fullmatch(station)
        name, number = (numbered[1], int(numbered[2])) if numbered else (station, 1)
        identity = _NOT_IN_IDENTITY.sub("-", name)[:48]
        return ConnectorRef(ChargePointId(identity), ConnectorId(number))

    return connector_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRows:
    """Turns sessions of one file into rows."""

    site: Site
    importer: str
    connector_of: ConnectorOf

    def session(self, recorded: RecordedSession) -> SessionRow:
        """Return the session itself."""
        ref = self.connector_of(recorded.station)
        session_id = recorded.session_id or natural_session_id(
            self.site.site_id,
            ref,
            IdToken(recorded.id_token),
            recorded.arrival,
            recorded.meter_start_wh,
        )
        return SessionRow(
            session_id=session_id,
            site_id=self.site.site_id,
            charge_point_id=ref.charge_point_id,
            connector_id=ref.connector_id,
            id_token=recorded.id_token,
            token_status=None,
            transaction_id=None,
            started_at=recorded.arrival,
            ended_at=recorded.departure,
            meter_start_wh=recorded.meter_start_wh,
            meter_stop_wh=round(recorded.meter_start_wh + recorded.energy_wh),
            energy_wh=recorded.energy_wh,
            stop_reason=recorded.stop_reason,
            asked_wh=recorded.asked_wh,
            departure=recorded.announced_departure,
            need_stated=recorded.need_stated if recorded.asked_wh is not None else None,
            source=self.importer,
            trust=recorded.trust or (Trust.METERED if is_fine(recorded.course) else Trust.ASSUMED),
            findings="\n".join(recorded.findings),
        )

    def derived(
        self, settlement: Settlement, row: SessionRow, recorded: RecordedSession
    ) -> Derived:
        """Return its grid, its bill and its charging periods; completes `row`."""
        points = recorded.course or self._course(row, recorded)
        if recorded.course:
            row.last_energy_at = recorded.full_at
        derived = settlement.derive(row, points, assumed=row.trust == Trust.ASSUMED)
        if recorded.bill is None:
            return derived
        row.tariff_id = row.tariff_version = None
        return Derived(
            intervals=derived.intervals,
            cost_lines=[
                _cost_line(row, number, line, recorded.tariff_id or _AS_BILLED)
                for number, line in enumerate(recorded.bill, 1)
            ],
            periods=[(*period[:-1], None) for period in derived.periods],
        )

    def _course(self, row: SessionRow, recorded: RecordedSession) -> tuple[Point, ...]:
        """Charge at the rating from the arrival on; set when the last energy flowed."""
        start, end, energy_wh = recorded.arrival, recorded.departure, recorded.energy_wh
        ref = ConnectorRef(ChargePointId(row.charge_point_id), ConnectorId(row.connector_id))
        full = start + timedelta(hours=energy_wh / self._rating_w(ref))
        if recorded.full_at is not None and recorded.full_at > full:
            full = recorded.full_at
        if full > end:
            words = "took more energy than the connector's rating allows in its stay"
            row.findings = "\n".join(filter(None, (row.findings, words)))
            full = end
        row.last_energy_at = full if energy_wh > 0 else None
        points = [Point(at=start, energy_wh=0.0)]
        if start < full < end:
            points.append(Point(at=full, energy_wh=energy_wh))
        points.append(Point(at=end, energy_wh=energy_wh))
        return tuple(points)

    def _rating_w(self, ref: ConnectorRef) -> float:
        connector = self.site.connectors.get(ref)
        if connector is None:
            return UNKNOWN_POWER_W
        return connector.max_current_a * len(connector.phases) * self.site.voltage_v


def _cost_line(row: SessionRow, number: int, line: BilledLine, tariff_id: str) -> Row:
    price = line.amount / line.quantity if line.quantity else line.amount
    values: dict[str, Any] = {
        "site_id": row.site_id,
        "session_id": row.session_id,
        "line": number,
        "kind": line.kind,
        "quantity": line.quantity.quantize(Decimal("0.000001")),
        "unit": line.unit,
        "unit_price": price.quantize(Decimal("0.000001")),
        "amount": line.amount,
        "currency": line.currency,
        "tariff_id": tariff_id,
        "tariff_version": 0,
        "rule": line.rule,
        "provisional": False,
        "vat_amount": line.vat_amount or Decimal(0),
        "starts_at": row.started_at,
        "ends_at": row.ended_at,
    }
    return tuple(values.get(name) for name in columns("cost_line"))

"""Writes what sessions delivered: energy, 15-minute grid and bill, from registers in the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.charging_periods import period_rows
from analytics.courses import course_of
from analytics.database import Database
from analytics.driver_tariffs import DriverTariffs
from analytics.grid import GridSlot, Point, energy_grid
from analytics.reservation_bills import ReservationBills
from analytics.rows import Row, instants
from analytics.sessions import Registers, Trust, Unregistered, missing_events, settle
from analytics.site_prices import SitePrices
from analytics.state import SessionRow
from ocpp_core.domain.tariff import CostLine, Reservation, price

_REGISTERS = """
    SELECT session_id, taken_at, energy_import_wh
    FROM {readings}
    WHERE session_id IN (SELECT unnest($ids::VARCHAR[]))
      AND taken_at >= $since
      AND energy_import_wh IS NOT NULL
    ORDER BY session_id, taken_at
"""

_UNREGISTERED = """
    SELECT
        session_id,
        epoch_us(taken_at),
        max(value) FILTER (measurand = 'Energy.Active.Import.Interval' AND phase = ''),
        coalesce(
            max(value) FILTER (measurand = 'Power.Active.Import' AND phase = ''),
            sum(value) FILTER (measurand = 'Power.Active.Import' AND phase <> '')
        )
    FROM meter_sample
    WHERE session_id IN (SELECT unnest($ids::VARCHAR[]))
      AND taken_at >= $since
      AND measurand IN ('Energy.Active.Import.Interval', 'Power.Active.Import')
      AND location = 'Outlet' AND doubt = ''
    GROUP BY session_id, taken_at
    ORDER BY session_id, taken_at
"""
"""What stands in for the register of a charger that tells none."""

_CURRENTS = """
    SELECT
        session_id,
        taken_at,
        coalesce(current_l1_a, 0) + coalesce(current_l2_a, 0) + coalesce(current_l3_a, 0)
    FROM {readings}
    WHERE session_id IN (SELECT unnest($ids::VARCHAR[]))
      AND taken_at >= $since
      AND coalesce(current_l1_a, current_l2_a, current_l3_a) IS NOT NULL
    ORDER BY session_id, taken_at
"""

_RESERVED = """
    SELECT session_id, min(ordered_at)
    FROM reservation
    WHERE session_id IN (SELECT unnest($ids::VARCHAR[])) AND ordered_at IS NOT NULL
    GROUP BY session_id
"""

_SEQUENCES = """
    SELECT session_id, list(DISTINCT sequence)
    FROM transaction_event
    WHERE session_id IN (SELECT unnest($ids::VARCHAR[]))
    GROUP BY session_id
"""

_UNKNOWN_RATING_W = 400_000.0
"""Stands in for the rating of an unknown connector: more than any charger delivers."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """Rows that follow from one session."""

    intervals: list[Row]
    cost_lines: list[Row]
    periods: list[Row]
    """Charging periods; none while the session runs."""


def rows_by_table(derived: Sequence[Derived]) -> dict[str, list[Row]]:
    """Return the rows that follow from several sessions by their tables; some may have none."""
    return {
        "session_interval": [row for one in derived for row in one.intervals],
        "cost_line": [row for one in derived for row in one.cost_lines],
        "charging_period": [row for one in derived for row in one.periods],
    }


class Settlement:
    """Settles sessions within the transaction that changes them."""

    def __init__(
        self,
        database: Database,
        tariffs: DriverTariffs,
        prices: SitePrices,
        rating_w: Callable[[str, int], float | None],
        zone: ZoneInfo,
    ) -> None:
        self._zone = zone
        self._database = database
        self._tariffs = tariffs
        self.prices = prices
        """What a kWh costs the site."""
        self._rating_w = rating_w
        self.reservations = ReservationBills(tariffs.at, zone)
        """What reservations cost that no session used."""
        self._factors: dict[tuple[str, str], float] = {
            (charge_point_id, quantity): factor
            for charge_point_id, quantity, factor in database.connection.execute(
                "SELECT charge_point_id, quantity, factor FROM reading_factor"
            ).fetchall()
        }

    def choose_tariff(self, row: SessionRow) -> None:
        """Attach the tariff that is valid at the session's start."""
        self._tariffs.of(row)

    def settle(self, rows: Iterable[SessionRow], now: datetime | None = None) -> None:
        """Work out energy, grid and bill of sessions and replace their derived rows.

        Running sessions reach to `now`, without energy after their last reading.
        """
        sessions = list(rows)
        if not sessions:
            return
        readings = self._readings(sessions)
        others = self._unregistered(
            [r for r in sessions if r.session_id not in readings and not _is_metered(r)]
        )
        missing = self._missing(sessions)
        currents = self._currents(sessions)
        reservations = self._reservations(sessions)
        derived: list[Derived] = []
        for row in sessions:
            settled = settle(
                Registers(
                    started_at=row.started_at,
                    meter_start_wh=row.meter_start_wh,
                    ended_at=row.ended_at,
                    meter_stop_wh=row.meter_stop_wh,
                    readings=readings.get(row.session_id, ()),
                    factor=self._factors.get((row.charge_point_id, "register"), 1.0),
                    others=others.get(row.session_id, ()),
                    power_factor=self._factors.get((row.charge_point_id, "power"), 1.0),
                    now=now,
                    max_power_w=self._rating_w(row.charge_point_id, row.connector_id)
                    or _UNKNOWN_RATING_W,
                )
            )
            row.energy_wh = settled.energy_wh
            row.last_energy_at = settled.last_energy_at
            row.trust = settled.trust
            if row.end_inferred and settled.trust is Trust.METERED:
                row.trust = Trust.REPAIRED
            told = (row.remarks, missing.get(row.session_id, ""), *settled.findings)
            row.findings = "\n".join(filter(None, told))
            derived.append(
                self.derive(
                    row,
                    settled.points,
                    assumed=settled.trust is Trust.ASSUMED,
                    currents=currents.get(row.session_id, ()),
                    reservation=reservations.get(row.session_id),
                )
            )
        ids = [row.session_id for row in sessions]
        for table, found in rows_by_table(derived).items():
            # What runs has no charging periods, nor had it any: what took its end back settled it.
            if found or now is None or table != "charging_period":
                self._database.replace_sessions(table, ids, found)

    def derive(
        self,
        row: SessionRow,
        points: tuple[Point, ...],
        *,
        assumed: bool = False,
        currents: Sequence[tuple[datetime, float]] = (),
        reservation: Reservation | None = None,
    ) -> Derived:
        """Return the grid and the bill of a session whose energy is known."""
        provisional = row.ended_at is None
        slots = energy_grid(points)
        tariff = self._tariffs.of(row)
        bill: tuple[CostLine, ...] = ()
        if tariff is None:
            unpriced = "no tariff was valid when it started: it has no bill"
            if unpriced not in row.findings.splitlines():
                row.findings = "\n".join(filter(None, (row.findings, unpriced)))
        else:
            course = course_of(
                points,
                ended=not provisional,
                last_energy_at=row.last_energy_at,
                currents=currents,
                reservation=reservation,
            )
            bill = price(course, tariff, self._zone).lines
        return Derived(
            intervals=[self._interval(row, slot, assumed, provisional) for slot in slots],
            cost_lines=[
                (
                    row.site_id, row.session_id, number, line.kind, line.quantity, line.unit,
                    line.unit_price, line.amount, line.currency, line.tariff_id,
                    line.tariff_version, line.rule, provisional, line.vat_percent,
                    line.vat_amount, line.element, line.starts_at, line.ends_at,
                )
                for number, line in enumerate(bill, 1)
            ],
            periods=period_rows(row, slots),
        )  # fmt: skip

    def _interval(self, row: SessionRow, slot: GridSlot, assumed: bool, provisional: bool) -> Row:
        return (
            row.site_id, row.session_id, row.charge_point_id, row.connector_id, slot.start,
            slot.energy_wh, slot.connected_s, slot.charging_s, self.prices.at(slot.start),
            self.prices.feed_in_per_kwh, assumed, provisional,
        )  # fmt: skip

    def _readings(self, sessions: list[SessionRow]) -> dict[str, list[tuple[datetime, float]]]:
        since = min(row.started_at for row in sessions)
        found = self._database.connection.execute(
            _REGISTERS.format(readings=self._database.readings_since(since)),
            {"ids": [row.session_id for row in sessions], "since": since},
        ).to_arrow_table()
        session_ids, taken_at, values = found.columns
        readings: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
        for session_id, at, value in zip(
            session_ids.to_pylist(), instants(taken_at), values.to_pylist(), strict=True
        ):
            readings[session_id].append((at, value))
        return readings

    def _unregistered(self, sessions: list[SessionRow]) -> dict[str, list[Unregistered]]:
        """Return what sessions without a register told of their energy and power."""
        found: dict[str, list[Unregistered]] = defaultdict(list)
        if not sessions:
            return found
        since = min(row.started_at for row in sessions)
        ids = [row.session_id for row in sessions]
        for session_id, taken_us, energy_wh, power_w in self._database.connection.execute(
            _UNREGISTERED, {"ids": ids, "since": since}
        ).fetchall():
            at = _EPOCH + timedelta(microseconds=taken_us)
            found[session_id].append(Unregistered(at, energy_wh, power_w))
        return found

    def _currents(self, sessions: list[SessionRow]) -> dict[str, list[tuple[datetime, float]]]:
        """Return the currents of sessions whose price depends on them."""
        wanted = [row for row in sessions if (t := self._tariffs.of(row)) and t.by_current]
        if not wanted:
            return {}
        since = min(row.started_at for row in wanted)
        found = self._database.connection.execute(
            _CURRENTS.format(readings=self._database.readings_since(since)),
            {"ids": [row.session_id for row in wanted], "since": since},
        ).fetchall()
        currents: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
        for session_id, taken_at, value in found:
            currents[session_id].append((taken_at.replace(tzinfo=UTC), value))
        return currents

    def _reservations(self, sessions: list[SessionRow]) -> dict[str, Reservation]:
        """Return the reservations that sessions used, where a tariff prices them."""
        starts = {
            row.session_id: row.started_at
            for row in sessions
            if (t := self._tariffs.of(row)) and t.by_reservation
        }
        if not starts:
            return {}
        found = self._database.connection.execute(_RESERVED, {"ids": list(starts)}).fetchall()
        return {
            session_id: Reservation(reserved_at=at.replace(tzinfo=UTC), until=starts[session_id])
            for session_id, at in found
            if at.replace(tzinfo=UTC) < starts[session_id]
        }

    def _missing(self, sessions: list[SessionRow]) -> dict[str, str]:
        """Say of each ended session with numbered events which of them are missing."""
        ids = [r.session_id for r in sessions if r.station_transaction_id and r.ended_at]
        if not ids:
            return {}
        found = self._database.connection.execute(_SEQUENCES, {"ids": ids}).fetchall()
        missing = {session_id: missing_events(sequences) for session_id, sequences in found}
        for row in sessions:
            if row.session_id in missing and row.adopted:
                lost = "its start never came; it counts from the first news of it"
                missing[row.session_id] = "\n".join(filter(None, (lost, missing[row.session_id])))
        return missing


def _is_metered(row: SessionRow) -> bool:
    """Tell whether start and stop alone say how much it was."""
    return (
        row.meter_start_wh is not None
        and row.meter_stop_wh is not None
        and row.meter_stop_wh > row.meter_start_wh
    )

"""Bills of reservations that ran out and that no session used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from analytics.database import Database
from analytics.rows import Row
from ocpp_core.domain.tariff import Course, Reservation, Tariff, price

_OVER = """
    SELECT
        charge_point_id,
        reservation_id,
        connector_id,
        id_token,
        ordered_at,
        CASE
            WHEN state = 'accepted' THEN expires_at ELSE least(expires_at, changed_at)
        END AS over_at
    FROM reservation
    WHERE session_id IS NULL
        AND id_token IS NOT NULL
        AND ordered_at IS NOT NULL
        AND expires_at IS NOT NULL
        AND (state IN ('expired', 'unused') OR (state = 'accepted' AND expires_at <= $now))
        AND NOT EXISTS (
            SELECT 1
            FROM reservation_line AS billed
            WHERE billed.charge_point_id = reservation.charge_point_id
                AND billed.reservation_id = reservation.reservation_id
        )
    ORDER BY ALL
"""
_TAKEN_BACK = """
    DELETE FROM reservation_line
    WHERE EXISTS (
        SELECT 1
        FROM reservation
        WHERE reservation.charge_point_id = reservation_line.charge_point_id
            AND reservation.reservation_id = reservation_line.reservation_id
            AND (
                reservation.session_id IS NOT NULL
                OR reservation.state NOT IN ('accepted', 'expired', 'unused')
                OR reservation.ordered_at IS DISTINCT FROM reservation_line.reserved_at
            )
    )
"""
"""A charger that was offline may tell late that a session used it, or that it was cancelled; and
numbers come again."""

type TariffOf = Callable[[str, datetime], Tariff | None]
"""Gives the tariff for a token at an instant."""


class ReservationBills:
    """Bills each reservation once, when it has run out."""

    def __init__(self, tariff_of: TariffOf, zone: ZoneInfo) -> None:
        self._tariff_of = tariff_of
        self._zone = zone
        self._free: set[tuple[str, int, datetime]] = set()
        """Reservations that cost nothing: they have no line to be known by."""

    def settle(self, database: Database, site_id: str, now: datetime) -> int:
        """Bill what ran out by `now`, in the transaction that is open; return how many lines.

        A bill whose reservation turns out to have been used, cancelled or made anew is taken back.
        """
        connection = database.connection
        # Most sites have none; to plan the two statements takes 2 ms, whatever they find.
        if connection.execute("SELECT 1 FROM reservation LIMIT 1").fetchone() is None:
            return 0
        connection.execute(_TAKEN_BACK)
        rows: list[Row] = []
        for found in connection.execute(_OVER, {"now": now}).fetchall():
            rows += self._lines(site_id, *found)
        if rows:
            database.append("reservation_line", rows)
        return len(rows)

    def _lines(
        self,
        site_id: str,
        charge_point_id: str,
        reservation_id: int,
        connector_id: int | None,
        id_token: str,
        ordered_at: datetime,
        over_at: datetime,
    ) -> list[Row]:
        since, until = _utc(ordered_at), _utc(over_at)
        key = (charge_point_id, reservation_id, since)
        if key in self._free:
            return []
        tariff = self._tariff_of(id_token, since)
        lines: tuple[Any, ...] = ()
        if tariff is not None and tariff.by_reservation and since < until:
            reservation = Reservation(reserved_at=since, until=until, expired=True)
            lines = price(Course(points=(), reservation=reservation), tariff, self._zone).lines
        if not lines:
            self._free.add(key)
        return [
            (
                site_id, charge_point_id, reservation_id, number, connector_id, id_token, since,
                until, line.kind, line.quantity, line.unit, line.unit_price, line.amount,
                line.vat_percent, line.vat_amount, line.currency, line.tariff_id,
                line.tariff_version, line.element, line.rule,
            )
            for number, line in enumerate(lines, 1)
        ]  # fmt: skip


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)

"""The part of the read side that asks what comes from other systems and goes to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

import pandas as pd

from analytics.questions import Value


class ExchangeQuestions(ABC):
    """Questions about imports, and about ended sessions as others bill them.

    `start` and `end` are half-open; a session belongs to the period in which it ended.
    """

    @abstractmethod
    def _ask(self, name: str, /, **values: Value) -> pd.DataFrame:
        """Answer a named question."""

    def imports(self) -> pd.DataFrame:
        """Files that were imported, the latest first.

        Columns: import_id, importer, file_name, started_at, finished_at (NaT: broken off),
        undone_at, timezone (in which times without one were read), rows_read, rows_imported,
        rows_known, rows_rejected, state (`done`, `broken off`, `undone`).
        """
        return self._ask("imports")

    def rejected_rows(self, *, import_id: str | None = None) -> pd.DataFrame:
        """Rows of imported files that could not be used.

        Columns: import_id, file_name, line, reason, content.
        """
        return self._ask("rejected_rows", import_id=import_id)

    def bill_lines(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Lines of the bills of sessions that ended in the period.

        Columns: session_id, connector, ended_at, line, kind, quantity, unit, unit_price, amount
        (without VAT), vat_percent, vat_amount, amount_incl_vat, currency, tariff, source, rule.
        """
        return self._ask("bill_lines", start=start, end=end)

    def reservation_bills(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Lines of the bills of reservations that ran out in the period without a session.

        Columns: charge_point_id, reservation_id, connector_id, driver, reserved_at, over_at, line,
        kind (`RESERVATION_TIME`, `RESERVATION_FEE`, `MIN_PRICE`, `MAX_PRICE`), quantity, unit,
        unit_price, amount (without VAT), vat_percent, vat_amount, amount_incl_vat, currency,
        tariff, rule. What a reservation costs that a session used is in that session's bill.
        """
        return self._ask("reservation_bills", start=start, end=end)

    def driver_tariffs(self) -> pd.DataFrame:
        """Every version of every tariff that drivers pay.

        Columns: tariff_id, version, currency, definition (JSON: an OCPI 2.2.1 Tariff object with
        `version`, `groups`, `idle_grace_s`, `free_without_energy`), valid_from, valid_to,
        recorded_at.
        """
        return self._ask("driver_tariffs")

    def ended_sessions(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Sessions that ended in the period, with their whole tokens.

        Columns: session_id, charge_point_id, connector_id, phases, id_token, started_at, ended_at,
        energy_wh, stop_reason, tariff_id, tariff_version, source, trust.
        """
        return self._ask("ended_sessions", start=start, end=end)

    def stays(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Sessions that ended in the period as forecasts need them, without tokens.

        Columns: connector, driver (a hash of the token; missing: nobody presented one),
        started_at, ended_at, energy_wh, stated_wh and stated_departure (missing: the driver said
        nothing). Left out are sessions whose end never came and was inferred.
        """
        return self._ask("stays", start=start, end=end)

    def ended_intervals(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Energy of the sessions that ended in the period, on the 15-minute grid.

        Columns: session_id, slot_start, energy_wh, connected_s, charging_s.
        """
        return self._ask("ended_intervals", start=start, end=end)

    def charging_periods(self, session_id: str) -> pd.DataFrame:
        """Charging periods that a session was billed by, as its CDR tells them.

        Columns: period, starts_at, energy_kwh, charging_h, parking_h (missing: none), tariff_id.
        """
        return self._ask("charging_periods", session_id=session_id)

    def ended_periods(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Charging periods of the sessions that ended in the period.

        Columns: session_id, and those of charging_periods.
        """
        return self._ask("ended_periods", start=start, end=end)

"""The read side: named questions, answered as tidy pandas frames.

Times in frames are in the site's time zone, units are in the column names, money is in the
currency of the column `currency`. What is not known is missing (NaN, NaT, None), never 0.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.charger_questions import ChargerQuestions
from analytics.connection import Connection, FileConnection, LakeConnection, QuackConnection
from analytics.day_questions import no_days, on_grid
from analytics.exchange_questions import ExchangeQuestions
from analytics.grid import SLOT_S
from analytics.hashes import DERIVED, TableHash, apart_from_arrival, as_hash, hash_select
from analytics.kpi_questions import KpiQuestions
from analytics.lake import PREFIX
from analytics.money_questions import MoneyQuestions
from analytics.quality import CHECKS
from analytics.questions import Value, bind, question
from analytics.retention.files import ARCHIVED
from analytics.schema.migrations import tables
from analytics.site_facts import DataRange, SiteInfo
from analytics.storage_questions import StorageQuestions
from ocpp_core.domain.errors import ReaderError


class Reader(ChargerQuestions, KpiQuestions, StorageQuestions, ExchangeQuestions, MoneyQuestions):
    """Answers questions about a site's history; safe to use from several threads.

    `start` and `end` of all questions are aware times, half-open.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._site: SiteInfo | None = None

    def close(self) -> None:
        """Let go of the file or the server."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return the reader, which closes at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    # The site ---------------------------------------------------------------------------------

    @property
    def site(self) -> SiteInfo:
        """Name, zone, currency and limit of the site; ReaderError when the store has none yet."""
        if self._site is None:
            rows = self._connection.frame(question("site"))
            if rows.empty:
                raise ReaderError(
                    "this database holds no site yet", hint="start `ampherd serve` on it once"
                )
            row = rows.iloc[0]
            self._site = SiteInfo(
                site_id=str(row["site_id"]),
                name=str(row["name"]),
                timezone=ZoneInfo(str(row["timezone"])),
                currency=str(row["currency"]),
                limit_w=None if pd.isna(row["limit_w"]) else float(row["limit_w"]),
            )
        return self._site

    def data_range(self) -> DataRange | None:
        """Return the time that sessions and site power cover, or None when there is nothing."""
        row = self._connection.frame(question("data_range")).iloc[0]
        if pd.isna(row["first_at"]):
            return None
        first, last = row["first_at"].to_pydatetime(), row["last_at"].to_pydatetime()
        return DataRange(start=first.astimezone(UTC), end=last.astimezone(UTC))

    def connectors(self) -> pd.DataFrame:
        """List the connectors.

        Columns: connector (`CP-7/1`), charge_point_id, connector_id, circuit_id, phases (`L1 L2
        L3`), max_current_a, max_power_w, vendor, model, configured (False for one that was taken
        out of the configuration but has history).
        """
        return self._ask("connectors")

    # Energy -----------------------------------------------------------------------------------

    def site_power(self, start: datetime, end: datetime, *, step_s: int = 900) -> pd.DataFrame:
        """Power of the site over time, means of each step.

        Columns: at (start of the step), site_w (grid import), site_peak_w (highest value within
        the step), charging_w, building_w, pv_w, limit_w. Where the site power was not recorded,
        charging_w is that of the sessions' 15-minute grid and site_w is missing unless building
        and PV are known. `step_s` from 1 to 86400; multiples of 900 read fastest.
        """
        first, until = on_grid(start), on_grid(end)
        days = None if step_s % SLOT_S == 0 else no_days(end)
        return self._ask_by_slots(
            "site_power", start, end, days, step_s=step_s, first=first, until=until
        )

    # Sessions ---------------------------------------------------------------------------------

    def sessions(
        self,
        start: datetime,
        end: datetime,
        *,
        connector: str | None = None,
        charge_point_id: str | None = None,
        session_id: str | None = None,
        transaction_id: int | None = None,
        limit: int = 10_000,
    ) -> pd.DataFrame:
        """Sessions that were connected at some time of the period, the latest first.

        With `session_id` or `transaction_id`: that one, whenever it was.

        Columns: session_id, connector, id_token (masked but for its last four characters),
        started_at, ended_at (NaT while it runs), connected_h, charging_h, energy_kwh, asked_kwh,
        departure, need_stated, stop_reason, revenue (without VAT), vat, energy_cost, margin,
        currency, tariff, source (`ocpp` or the importer's name), trust (`metered`, `repaired`,
        `doubtful`, `assumed`), findings (text), transaction_id, station_transaction_id (what its
        charger calls it, OCPP 2.x), ocpp_version, adopted (its start never came), clock_ahead_s
        (of the charger on that day; missing: not known), started_at_corrected and
        ended_at_corrected (by our clock; started_at and ended_at are as the charger said).
        """
        return self._ask(
            "sessions",
            start=start,
            end=end,
            connector=connector,
            charge_point_id=charge_point_id,
            session_id=session_id,
            transaction_id=transaction_id,
            limit=limit,
        )

    def session_intervals(self, session_id: str) -> pd.DataFrame:
        """Energy of one session on the 15-minute grid.

        Columns: slot_start, energy_kwh, mean_kw, connected_s, charging_s, price_per_kwh, assumed,
        provisional.
        """
        return self._ask("session_intervals", session_id=session_id)

    def session_limits(self, session_id: str) -> pd.DataFrame:
        """What a session was allowed to draw on the 15-minute grid, and why not more.

        Columns: slot_start, mean_w, limit_a (A on each phase) and limit_w (means over the time
        for which a limit was ordered and accepted; NaN: none was), limited_s, connected_s, reason
        (of the plan that held longest in the slot: `car`, `circuit`, `price`, `peak`, …; `ordered`
        when a person set it; `default`: only what holds without an order; `other`: set by another
        system, as the charger told; `charger`: its own maximum, for all connectors), words.
        """
        return self._ask("session_limits", session_id=session_id)

    def cost_lines(self, session_id: str) -> pd.DataFrame:
        """Bill of one session.

        Columns: line, kind (`ENERGY`, `TIME`, `FLAT`, `PARKING_TIME`, `RESERVATION_TIME`,
        `RESERVATION_FEE`, `MIN_PRICE`, `MAX_PRICE`), quantity, unit, unit_price, amount (without
        VAT), currency, tariff, rule (the formula in words), provisional, vat_percent, vat_amount,
        amount_incl_vat, element (of the tariff, from 1), starts_at, ends_at.
        """
        return self._ask("cost_lines", session_id=session_id)

    def meter_samples(self, session_id: str) -> pd.DataFrame:
        """Meter samples of one session as the charger sent them.

        Columns: taken_at, measurand, phase (empty: the sum), value, unit, context, location,
        doubt.
        """
        return self._ask("meter_samples", session_id=session_id)

    # Use and money ----------------------------------------------------------------------------

    def price(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Prices that were recorded for the site.

        Columns: starts_at, ends_at, kind (`energy`, `feed-in`, `market`), value_per_kwh, currency,
        source.
        """
        return self._ask("price", start=start, end=end)

    def days(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Results of whole days as `ampherd demo` and the scheduler record them.

        Columns: day (date), sessions, energy_asked_kwh, energy_feasible_kwh, energy_delivered_kwh,
        peak_kw, limit_kw, seconds_above_limit, energy_cost, energy_cost_unmanaged, demand_charge,
        demand_charge_unmanaged, revenue, currency.
        """
        return self._ask("days", start=start, end=end)

    def plan_quality(self, start: datetime, end: datetime) -> pd.DataFrame:
        """How whole days went as run, beside unmanaged and the best that was possible.

        Columns: day (date), sessions, wanted_kwh, delivered_kwh, delivered_unmanaged_kwh,
        delivered_best_kwh, energy_cost, energy_cost_unmanaged, energy_cost_best, demand_added,
        demand_added_unmanaged, demand_added_best (each to the month's demand charge, after days
        of its own kind), month_peak_kw, month_peak_unmanaged_kw, month_peak_best_kw (highest
        quarter of an hour with this day), managed_cost, unmanaged_cost, best_cost (energy and
        demand), management_saving (unmanaged less managed), month_regret_share (by how much the
        month so far as run cost more than at best, of that), currency.
        """
        return self._ask("plan_quality", start=start, end=end)

    def charged_quarters(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Energy of each session in each quarter of an hour of the period.

        Columns: session_id, connector, slot_start, energy_wh, charging_s.
        """
        return self._ask("charged_quarters", start=start, end=end)

    # Plans, messages, quality -----------------------------------------------------------------

    def plans(self, start: datetime, end: datetime, *, limit: int = 1000) -> pd.DataFrame:
        """Plans made in the period, the latest first.

        Columns: plan_id, made_at, horizon_end, outcome (`optimal`, `feasible`, `fallback`), why,
        cost, gap, solve_s, engine, sessions, unmet_kwh, currency.
        """
        return self._ask("plans", start=start, end=end, limit=limit)

    def plan(self, *, at: datetime | None = None, plan_id: str | None = None) -> pd.DataFrame:
        """Orders of one plan by connector: the one named, else the last one made (until `at`).

        Columns: plan_id, made_at, connector, session_id, slot_start, slot_end, current_a, power_w,
        reason (a `LimitReason` value), words, binding_circuit. Slots that follow each other with
        the same order and reason are one row.
        """
        return self._ask("plan", at=at, plan_id=plan_id)

    def plan_site(self, *, at: datetime | None = None, plan_id: str | None = None) -> pd.DataFrame:
        """The same plan for the site as a whole, slot by slot.

        Columns: plan_id, made_at, slot_start, slot_end, site_w, charging_w, building_w, pv_w,
        price_per_kwh.
        """
        return self._ask("plan_site", at=at, plan_id=plan_id)

    def id_tokens(self) -> pd.DataFrame:
        """Tokens on record beside those of the configuration.

        Columns: id_token, status, label, expires_at, group_token, single, recorded_at.
        """
        return self._ask("id_tokens")

    def alarms(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Alarms that were on during the period, the latest first.

        Columns: alarm_id, raised_at, cleared_at (NaT while on), kind, subject, words.
        """
        return self._ask("alarms", start=start, end=end)

    def quality(self, start: datetime, end: datetime) -> pd.DataFrame:
        """What in the data of the period deserves doubt.

        Columns: check_name, subject (connector, charge point or file), findings (how many), words
        (what was found), example, rule (when this is told) and done (what was done about it). No
        row: nothing found.
        """
        frame = self._ask("quality", start=start, end=end)
        frame["rule"] = [CHECKS[str(name)].rule for name in frame["check_name"]]
        frame["done"] = [CHECKS[str(name)].done for name in frame["check_name"]]
        return frame

    def trust(self, start: datetime, end: datetime) -> pd.DataFrame:
        """How far the sessions that were connected in the period can be believed.

        Columns: trust (`metered`, `repaired`, `doubtful`, `assumed`), sessions, energy_kwh.
        """
        return self._ask("trust", start=start, end=end)

    # Everything else --------------------------------------------------------------------------

    def table_hashes(self, *, arrival: bool = True) -> dict[str, TableHash]:
        """Return what each table that follows from messages holds, as one number each.

        Equal contents give equal numbers in any order of rows; what is provisional is left out
        (`analytics.hashes` says how). `ampherd reprocess` compares them with what messages make.
        Without `arrival`, what the order and time of delivery decide is left out: our numbers of
        transactions, when we received something.
        """
        declared = tables()
        asked = " UNION ALL ".join(
            hash_select(
                table if arrival else apart_from_arrival(table),
                sorted(column.name for column in declared[table.name].columns),
                source=f"{table.name}_all" if table.name in ARCHIVED else None,
            )
            for table in DERIVED
        )
        found = self._connection.frame(asked)
        return {
            str(row.table_name): as_hash(int(str(row.rows)), str(row.total))
            for row in found.itertuples(index=False)
        }

    def sql(self, select: str) -> pd.DataFrame:
        """Answer one SELECT of your own; table and column names: docs/reference.

        Times come in the site's zone. Raises NotReadOnlyError for anything but a single SELECT
        without table functions that touch files or the server, ReaderError when it cannot be
        answered.
        """
        return self._local(self._connection.checked(select))

    def _ask(self, name: str, /, **values: Value) -> pd.DataFrame:
        return self._answered(question(name), values)

    def _ask_rolled(self, name: str, /, **values: Value) -> pd.DataFrame:
        return self._answered(question(name, anew=False), values)

    def _answered(self, text: str, values: dict[str, Value]) -> pd.DataFrame:
        facts = {"timezone": self.site.timezone.key, "site_id": self.site.site_id}
        return self._local(self._connection.frame(bind(text, {**values, **facts})))

    def _zone(self) -> ZoneInfo:
        return self.site.timezone

    def _local(self, frame: pd.DataFrame) -> pd.DataFrame:
        zone = self.site.timezone
        for column, dtype in frame.dtypes.items():
            if isinstance(dtype, pd.DatetimeTZDtype):
                frame[column] = frame[column].dt.tz_convert(zone)
        return frame


def open_reader(url: str | Path, token: str | None = None) -> Reader:
    """Open a store for reading.

    `url` is the path of a database file that no server owns, `quack:HOST:PORT` of a running server
    with its token, or a DuckLake, which a server may write meanwhile: `ducklake:sqlite:PATH`,
    `ducklake:postgres:dbname=… host=…?data=FOLDER` (see `analytics.lake`).

    Raises ReaderError when there is nothing to read, StoreLockedError when a server owns the file,
    ConfigurationError for an address of a lake that means nothing.
    """
    text = str(url)
    if text.startswith("quack:"):
        if not token:
            raise ReaderError(
                f"{text} needs a token", hint="`ampherd serve` prints it, `ampherd token` shows it"
            )
        return Reader(QuackConnection(text, token))
    if text.startswith(PREFIX):
        return Reader(LakeConnection(text))
    return Reader(FileConnection(Path(text)))

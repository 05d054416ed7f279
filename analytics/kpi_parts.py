"""Asks what key figures need, and puts the answers together to one table."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime

import numpy as np
import pandas as pd

from analytics import kpi_frames
from analytics import kpi_needs as needs
from analytics.day_questions import DayQuestions, WholeDays, on_grid
from analytics.kpi import KPIS, Split
from analytics.kpi_frames import ALL, Capacity
from analytics.kpi_managed import managed
from analytics.kpi_needs import instants, other_currencies_of, subject_of
from analytics.periods import Grain, hours_known, starts
from analytics.questions import Value
from analytics.site_facts import DataRange, SiteInfo

_MONTHS = ("demand_charge", "demand_charge_of_charging")


class KpiParts(DayQuestions):
    """What all questions about key figures share."""

    @property
    @abstractmethod
    def site(self) -> SiteInfo:
        """The site."""

    @abstractmethod
    def data_range(self) -> DataRange | None:
        """Return the time that there is data for."""

    @abstractmethod
    def connectors(self) -> pd.DataFrame:
        """List the connectors."""

    def _kpis(
        self,
        start: datetime,
        end: datetime,
        by: Grain,
        split: Split,
        wanted: tuple[str, ...],
        known: DataRange | None,
    ) -> pd.DataFrame:
        zone = self.site.timezone
        begin = starts(start, end, by, zone)
        parts = self._parts(start, end, by, split, set(wanted))
        hours = pd.Series(
            hours_known(begin, (start, end), None if known is None else (known.start, known.end)),
            index=instants(begin),
            dtype="float64",
        )
        failed, faults = parts.pop("failed_starts"), parts.pop("faults")
        other = other_currencies_of(parts.pop("other_currencies"))
        found = [*parts.values(), failed, faults]
        index = pd.MultiIndex.from_product(
            [hours.index, self._subjects(split, found)], names=kpi_frames.KEY
        )
        out = kpi_frames.table(index, parts, hours)
        if {"sessions_delivered", "watched_h"} <= set(out.columns):
            kpi_frames.with_service(out, failed, faults, split)
        if "connected_h" in out.columns:
            capacity = (
                self._capacity(start, end, by, split, instants(begin))
                if split in KPIS["occupancy_share"].splits
                else {}
            )
            kpi_frames.with_shares(out, capacity)
        if set(_MONTHS) & set(out.columns) and "margin" in out.columns:
            out["margin_after_demand"] = out["margin"] - out["demand_charge_of_charging"]
        out["currency"] = self.site.currency
        out["other_currencies"] = other.reindex(out.index) if len(other) else None
        frame = kpi_frames.ordered(out, wanted, ("period_h", "currency", "other_currencies"))
        for name in ("period_start", "peak_charging_at", "peak_site_at"):
            if name in frame:
                frame[name] = pd.to_datetime(frame[name], utc=True).dt.tz_convert(zone)
        return frame

    def _parts(
        self, start: datetime, end: datetime, by: Grain, split: Split, wanted: set[str]
    ) -> dict[str, pd.DataFrame]:
        """Ask what the key figures need; answers have period and subject as their index."""

        def ask(name: str, **values: Value) -> pd.DataFrame:
            return kpi_frames.answers_by_key(
                self._ask(name, start=start, end=end, by=by, split=split, **values)
            )

        days = self._whole_days(start, end)

        def ask_by_days(name: str) -> pd.DataFrame:
            return kpi_frames.answers_by_key(self._ask_by_days(name, start, end, by, split, days))

        parts: dict[str, pd.DataFrame] = {}
        if wanted & needs.CONSUMPTION:
            parts["consumption"] = ask_by_days("consumption")
        other = pd.DataFrame()
        if wanted & needs.REVENUE:
            money = self._ask_by_days("revenue", start, end, by, split, days)
            ours = money["currency"] == self.site.currency
            other = kpi_frames.answers_by_key(money[~ours])
            parts["revenue"] = kpi_frames.answers_by_key(money[ours])
        if wanted & (needs.OUTCOMES | needs.SERVICE):
            parts["session_outcomes"] = ask_by_days("session_outcomes")
        failed = faults = pd.DataFrame(columns=[*kpi_frames.KEY, "kind", "clear_h"])
        if wanted & needs.SERVICE or wanted & needs.UPTIME:
            places = split if split in KPIS["uptime_share"].splits else "site"
            uptime = self._ask("uptime", start=start, end=end, by=by, split=places)
            if places != split:
                uptime = uptime.iloc[:0]
            parts["uptime"] = kpi_frames.answers_by_key(uptime)
        if wanted & needs.SERVICE:
            failed = ask("failed_starts", named=False).reset_index()
            faults = ask("faults").reset_index()
        if split == "site" and wanted & needs.SITE:
            energy = self._ask_by_slots("site_energy", start, end, days, by=by)
            parts["site_energy"] = kpi_frames.answers_by_key(energy)
        if split == "site" and by in {"month", "total"} and wanted & needs.DEMAND:
            parts["demand"] = self._demand(start, end, by, days)
        if split == "site" and by in {"day", "month", "total"} and wanted & needs.MANAGED:
            parts["managed"] = self._managed(start, end, by)
        return {**parts, "failed_starts": failed, "faults": faults, "other_currencies": other}

    def _demand(self, start: datetime, end: datetime, by: Grain, days: WholeDays) -> pd.DataFrame:
        found = self._ask_by_slots("demand", on_grid(start), on_grid(end), days)
        frame = found.assign(subject=ALL)
        ours = frame[frame["currency"] == self.site.currency]
        if by == "total" and len(ours):
            sums = ours[list(_MONTHS)].astype("float64").sum(min_count=1)
            ours = pd.DataFrame([{"period_start": start, "subject": ALL, **sums}])
        return kpi_frames.answers_by_key(ours)

    def _managed(self, start: datetime, end: datetime, by: Grain) -> pd.DataFrame:
        days = self._ask("plan_quality", start=start, end=end)
        zone = self.site.timezone
        midnights = pd.DatetimeIndex(pd.to_datetime(days["day"])).tz_localize(
            zone, ambiguous=np.ones(len(days), dtype=bool), nonexistent="shift_forward"
        )
        days = days.assign(at=midnights)
        return kpi_frames.answers_by_key(managed(days, starts(start, end, by, zone), ALL))

    def _subjects(self, split: Split, found: list[pd.DataFrame]) -> list[str]:
        if split == "site":
            return [ALL]
        seen: set[str] = set()
        for frame in found:
            seen |= set(frame.reset_index()["subject"].dropna())
        places = self.connectors()
        if split in {"charger", "connector"}:
            seen |= set(subject_of(places[places["configured"]], split))
        return sorted(seen)

    def _capacity(
        self, start: datetime, end: datetime, by: Grain, split: Split, begin: pd.DatetimeIndex
    ) -> dict[tuple[pd.Timestamp, str], Capacity]:
        """Count the connectors of each row: those configured, and others while they are used."""
        places = self.connectors().assign(max_power_kw=lambda f: f["max_power_w"] / 1000)
        places["subject"] = subject_of(places, split)
        always = places[places["configured"]].groupby("subject")
        whole = {
            str(subject): Capacity(
                connectors=len(of_it), max_power_kw=float(of_it["max_power_kw"].sum(skipna=False))
            )
            for subject, of_it in always
        }
        found = {(at, subject): held for at in begin for subject, held in whole.items()}
        gone = places[~places["configured"]].set_index("connector")
        if gone.empty:
            return found
        used = kpi_frames.answers_by_key(
            self._ask_by_days("consumption", start, end, by, "connector")
        )
        none = Capacity(connectors=0, max_power_kw=0.0)
        for at, connector in used.index:
            if connector in gone.index:
                key = (at, str(gone.loc[connector, "subject"]))
                held = found.get(key, none)
                found[key] = Capacity(
                    connectors=held.connectors + 1,
                    max_power_kw=held.max_power_kw + float(gone.loc[connector, "max_power_kw"]),
                )
        return found

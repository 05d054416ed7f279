"""The part of the read side that answers with key figures, all by the one dictionary."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import pandas as pd

from analytics import kpi_frames
from analytics.comparison import comparison
from analytics.day_questions import on_grid
from analytics.kpi import CURRENCY, KPIS, OVERVIEW, Split
from analytics.kpi_needs import named, subject_of
from analytics.kpi_parts import KpiParts
from analytics.periods import Against, Grain, compared

_UTILIZATION = (
    "sessions", "connected_h", "charging_h", "idle_h", "occupancy_share", "charging_share",
    "energy_kwh", "energy_share",
)  # fmt: skip


class KpiQuestions(KpiParts):
    """Questions about key figures; what each means, and when it is missing: `analytics.kpi`.

    `start` and `end` are half-open. `by` is the length of periods in the site's local time,
    `split` what there is a row for: the site, or each charger, connector, driver or tariff.
    """

    # All of them ------------------------------------------------------------------------------

    def kpis(
        self,
        start: datetime,
        end: datetime,
        *,
        by: Grain = "total",
        split: Split = "site",
        names: Iterable[str] | None = None,
    ) -> pd.DataFrame:
        """Key figures of each period: those named, else all; only what they need is asked.

        Columns: period_start, subject (`all`, or the charger, connector, driver or tariff), one
        for each key figure in the order of the dictionary, period_h (hours of the period for
        which there is data), currency, other_currencies (bills that are not in `revenue`, as
        text). Every period has a row, also one without sessions: its sums are 0 where there is
        data and missing where there is none. A subject has rows where it is configured or
        occurs. Raises KeyError for a name that is not in the dictionary.
        """
        wanted = _known(names)
        return self._kpis(start, end, by, split, wanted, self.data_range())

    def overview(self, start: datetime, end: datetime) -> pd.DataFrame:
        """The key figures of a period, one row each.

        Columns: kpi (name in the KPI dictionary), label, value, unit (a currency for money),
        formula, caveat. Kpis: those that `analytics.kpi.OVERVIEW` lists.
        """
        wide = self.kpis(start, end, names=OVERVIEW).iloc[0]
        return pd.DataFrame(
            [
                {
                    "kpi": kpi.name,
                    "label": kpi.label,
                    "value": float(wide[kpi.name]),
                    "unit": self.site.currency if kpi.unit == CURRENCY else kpi.unit,
                    "formula": kpi.formula,
                    "caveat": kpi.caveat,
                }
                for kpi in map(KPIS.__getitem__, OVERVIEW)
            ]
        )

    def compare(
        self,
        start: datetime,
        end: datetime,
        *,
        names: Iterable[str] | None = None,
        against: Against | str = Against.PREVIOUS,
        now: datetime | None = None,
        split: Split = "site",
    ) -> pd.DataFrame:
        """Key figures of a period against those of the period before, or of a year before.

        Of a period that still runs at `now` (not given: the end of the data) the part that has
        passed counts, against the same part of the other one, by local days and time of day.

        Columns: subject, kpi, label, unit, value, compared, difference (value - compared),
        relative (difference / |compared|; missing where that is 0), better (True, False, or
        missing: neither), words (the change as a sentence), partial (whether only a part
        counts), start, until, compared_start, compared_until.
        """
        zone, known = self.site.timezone, self.data_range()
        until = now or (end if known is None else known.end)
        this, other = compared(start, end, until, zone, Against(against))
        wanted = _known(names)
        return comparison(
            self._kpis(this.start, this.until, "total", split, wanted, known),
            self._kpis(other.start, other.until, "total", split, wanted, known),
            (this, other),
            self.site.currency,
            zone,
        )

    # Energy and use ---------------------------------------------------------------------------

    def consumption(
        self, start: datetime, end: datetime, *, by: Grain = "day", split: Split = "site"
    ) -> pd.DataFrame:
        """Energy charged in each period.

        Columns: period_start, connector (`charger`, `driver` or `tariff` for those splits),
        sessions (that were connected in the period), energy_kwh, peak_charging_kw,
        peak_charging_at, connected_h, charging_h, idle_h, co2_kg, co2_known_share, assumed_kwh
        (part whose course over time was not metered), provisional (True while a session in it
        still runs). Periods without a session have no row.
        """
        return named(self._ask_by_days("consumption", start, end, by, split), split)

    def utilization(
        self, start: datetime, end: datetime, *, split: Split = "connector"
    ) -> pd.DataFrame:
        """How much the connectors were used.

        Columns: connector (or as `split` says), circuit_id, max_power_kw, period_h (hours of the
        period for which there is data), sessions, connected_h, charging_h, idle_h (connected and
        not charging), occupancy_share (connected / period), charging_share (charging / period),
        energy_kwh, energy_share (energy / (rating x period)). Connectors without a session have
        a row.
        """
        frame = self.kpis(start, end, split=split, names=_UTILIZATION)
        sums = (name for name in ("sessions", "connected_h", "charging_h", "idle_h", "energy_kwh"))
        frame = frame.fillna(dict.fromkeys(sums, 0.0))
        places = self.connectors()
        subject = subject_of(places, split)
        power = places.assign(subject=subject)[places["configured"]].groupby("subject")
        frame["max_power_kw"] = frame["subject"].map(power["max_power_w"].sum(min_count=1)) / 1000
        circuits = power["circuit_id"]
        circuit = circuits.min().where(circuits.min() == circuits.max())
        frame["circuit_id"] = frame["subject"].map(circuit)
        frame["sessions"] = frame["sessions"].astype("int64")
        columns = ["subject", "circuit_id", "max_power_kw", "period_h", *_UTILIZATION]
        return named(frame[columns], split)

    def occupancy(self, start: datetime, end: datetime, *, by: Grain = "hour") -> pd.DataFrame:
        """How many connectors were in use over time.

        Columns: period_start, connected (mean number of connectors with a car), charging (mean
        number that delivered energy), connectors (configured).
        """
        return self._ask_by_slots("occupancy", start, end, by=by)

    def site_energy(self, start: datetime, end: datetime, *, by: Grain = "day") -> pd.DataFrame:
        """Energy of the site in each period.

        Columns: period_start, grid_import_kwh, building_kwh, pv_kwh, pv_share, peak_site_kw,
        peak_site_at, site_load_factor_share, site_known_h (hours for which grid import is
        known). Periods of which nothing is known have no row.
        """
        frame = self._ask_by_slots("site_energy", start, end, by=by)
        return frame.drop(columns="subject")

    def demand(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Peaks and demand charge of each month.

        Columns: period_start, peak_w (highest 15-minute mean of grid import), peak_at,
        peak_without_charging_w, demand_charge, demand_charge_of_charging (with minus without
        charging), currency. Months without recorded site power have no row.
        """
        return self._ask_by_slots("demand", on_grid(start), on_grid(end))

    def metered_peak_w(self, start: datetime, end: datetime) -> float | None:
        """Highest 15-minute mean of grid import as far as it was metered, W; None: nothing was.

        Imported sessions whose course was assumed at full power are left out: their peaks are
        those of the assumption. `demand` counts them.
        """
        peak = self._ask("metered_peak", start=on_grid(start), end=on_grid(end))["peak_w"].iloc[0]
        return None if pd.isna(peak) else float(peak)

    # Money ------------------------------------------------------------------------------------

    def revenue(
        self, start: datetime, end: datetime, *, by: Grain = "day", split: Split = "site"
    ) -> pd.DataFrame:
        """Money of the sessions that ended in each period, one row for each currency.

        Columns: period_start, connector (or as `split` says), sessions_billed, billed_kwh,
        revenue, energy_cost, margin (revenue - energy_cost), currency, cost_known_share (share
        of the energy whose price is known; energy_cost covers that share only).
        """
        return named(self._ask_by_days("revenue", start, end, by, split), split)

    # Service ----------------------------------------------------------------------------------

    def session_outcomes(
        self, start: datetime, end: datetime, *, by: Grain = "day", split: Split = "site"
    ) -> pd.DataFrame:
        """How the sessions of each period went, and how much of what was asked they got.

        Columns: period_start, connector (or as `split` says), sessions_started,
        sessions_delivered, sessions_ended, mean_session_kwh, asked_kwh, asked_delivered_kwh,
        delivered_share, mean_delivered_share.
        """
        return named(self._ask_by_days("session_outcomes", start, end, by, split), split)

    def failed_starts(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Tries to charge that came to nothing, the latest first.

        Columns: failed_at, connector (the charger where a token was refused before a connector
        was told), kind (`refused`, `no-session`, `no-energy`), reason (words), driver, session_id.
        """
        frame = self._ask(
            "failed_starts", start=start, end=end, by="total", split="site", named=True
        )
        return frame.drop(columns=kpi_frames.KEY)

    def faults(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Faults that came up in the period, the latest first.

        Columns: fault_at, cleared_at (NaT while on), clear_h, connector (connector 0: the
        charger as a whole), error_code, vendor_error_code, info.
        """
        frame = self._ask("faults", start=start, end=end, by="total", split="site")
        return frame.drop(columns=kpi_frames.KEY)

    def uptime(
        self, start: datetime, end: datetime, *, by: Grain = "total", split: Split = "connector"
    ) -> pd.DataFrame:
        """For how long connectors could be used.

        Columns: period_start, connector (or `charger`), watched_h, offline_h, outage_h,
        excluded_h, uptime_share. Connectors that nobody watched have no row.
        """
        return named(self._ask("uptime", start=start, end=end, by=by, split=split), split)


def _known(names: Iterable[str] | None) -> tuple[str, ...]:
    """Return names of key figures, or all; raises KeyError for one that is none."""
    return tuple(KPIS) if names is None else tuple(KPIS[name].name for name in names)

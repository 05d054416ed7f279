"""Questions about metered values over time and about the store itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Literal

import pandas as pd

from analytics.questions import Value

type Bucket = Literal["minute", "quarter_hour", "day"]
"""Length of the periods that readings are rolled up to; days are those of the site's calendar."""


class StorageQuestions(ABC):
    """Questions about roll-ups and sizes. `start` and `end` are half-open."""

    @abstractmethod
    def _ask(self, name: str, /, **values: Value) -> pd.DataFrame:
        """Answer a named question."""

    def metering(
        self,
        start: datetime,
        end: datetime,
        *,
        by: Bucket = "quarter_hour",
        connector: str | None = None,
    ) -> pd.DataFrame:
        """What connectors metered over time, also outside of sessions.

        Columns: period_start, connector, energy_kwh (rise of the register since the period before
        that has one; missing at the first and where the register fell), register_kwh, mean_kw,
        peak_kw (highest reading), current_max_a (of any phase), voltage_min_v, voltage_max_v,
        readings, register_fell. Periods without a reading have no row. Minutes are kept as long as
        the configuration says (retention.minute_days).
        """
        return self._ask("metering", start=start, end=end, by=by, connector=connector)

    def storage(self) -> pd.DataFrame:
        """How large the database is, as last measured; no row before the first time.

        Columns: measured_at, kind (`budget`, `file`: database with its log, `archive`, `table`),
        name (of the table), rows, size_mib, growth_mib_per_day (over the last 30 days).
        """
        return self._ask("storage")

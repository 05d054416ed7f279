"""The part of the read side that reads whole days from their roll-ups."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pandas as pd

from analytics.grid import slot_of
from analytics.questions import Value
from analytics.retention.days import GRAINS, SPLITS

_SHORT: Final = timedelta(hours=47)
"""Periods below it are asked directly: finding the days would take longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeDays:
    """Days that follow each other and are in the roll-ups."""

    start: datetime
    end: datetime
    days: int


class DayQuestions(ABC):
    """Questions whose answer adds up over days; where there are roll-ups, the rest is read anew."""

    @abstractmethod
    def _ask(self, name: str, /, **values: Value) -> pd.DataFrame:
        """Answer a named question."""

    def _ask_by_days(
        self, name: str, start: datetime, end: datetime, by: str, split: str
    ) -> pd.DataFrame:
        """Answer `consumption`, `revenue` or `session_outcomes`."""
        days = self._whole_days(start, end, by, split)
        found = self._ask_with(name, start, end, by, split, days)
        if found.empty and days.days:
            # Nothing happened, or a day was taken out of the roll-ups in this very moment.
            none = WholeDays(start=end, end=end, days=0)
            found = self._ask_with(name, start, end, by, split, none)
        return found

    def _whole_days(self, start: datetime, end: datetime, by: str, split: str) -> WholeDays:
        none = WholeDays(start=end, end=end, days=0)
        if by not in GRAINS or split not in SPLITS or end - start < _SHORT:
            return none
        found = self._ask("rolled_days", start=start, end=end)
        if found.empty:
            return none
        row = found.iloc[0]
        return WholeDays(
            start=row["days_from"].to_pydatetime(),
            end=row["days_until"].to_pydatetime(),
            days=int(row["days"]),
        )

    def _ask_with(
        self, name: str, start: datetime, end: datetime, by: str, split: str, days: WholeDays
    ) -> pd.DataFrame:
        values: dict[str, Value] = {
            "start": start, "end": end, "by": by, "split": split,
            "days_from": days.start, "days_until": days.end, "days": days.days,
        }  # fmt: skip
        if name == "revenue":
            values |= self._since(start, end, days)
        return self._ask(name, **values)

    def _since(self, start: datetime, end: datetime, days: WholeDays) -> dict[str, Value]:
        """Return from when on the grid is needed for sessions that ended before and after days."""
        row = self._ask(
            "earliest_start", start=start, end=end, days_from=days.start, days_until=days.end
        ).iloc[0]

        def slot(at: Any, otherwise: datetime) -> datetime:
            return otherwise if pd.isna(at) else slot_of(at.to_pydatetime().astimezone(UTC))

        head = slot(row["head_at"], days.start)
        tail = slot(row["tail_at"], end)
        if days.start < end and tail < days.start:
            # A session lasted longer than all the days: one stretch reaches over both.
            head, tail = min(head, tail), days.start
        return {"head_since": head, "tail_since": tail}

"""The part of the read side that reads whole days from their roll-ups."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pandas as pd

from analytics.grid import SLOT_S, slot_of
from analytics.questions import Value
from analytics.retention.days import GRAINS

_SHORT: Final = timedelta(hours=47)
"""Periods below it are asked directly: finding the days would take longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeDays:
    """Days that follow each other and are in the roll-ups."""

    start: datetime
    end: datetime
    days: int


class DayQuestions(ABC):
    """Questions that read whole days from roll-ups, where there are some, and the rest anew."""

    @abstractmethod
    def _ask(self, name: str, /, **values: Value) -> pd.DataFrame:
        """Answer a named question."""

    @abstractmethod
    def _ask_rolled(self, name: str, /, **values: Value) -> pd.DataFrame:
        """Answer a named question from the roll-ups alone."""

    def _ask_by_days(
        self,
        name: str,
        start: datetime,
        end: datetime,
        by: str,
        split: str,
        days: WholeDays | None = None,
    ) -> pd.DataFrame:
        """Answer `consumption`, `revenue` or `session_outcomes`; `days` as far as it is known."""
        used = days or self._whole_days(start, end)
        if by not in GRAINS:
            used = no_days(end)
        values: dict[str, Value] = {"start": start, "end": end, "by": by, "split": split}
        return self._ask_with(name, used, values)

    def _ask_by_slots(
        self,
        name: str,
        start: datetime,
        end: datetime,
        days: WholeDays | None = None,
        **values: Value,
    ) -> pd.DataFrame:
        """Answer a question about the site's quarters of an hour."""
        used = days or self._whole_days(start, end)
        return self._ask_with(name, used, {"start": start, "end": end, **values})

    def _whole_days(self, start: datetime, end: datetime) -> WholeDays:
        """Return the longest run of days in the period that are in the roll-ups."""
        if end - start < _SHORT:
            return no_days(end)
        found = self._ask("rolled_days", start=start, end=end)
        if found.empty:
            return no_days(end)
        row = found.iloc[0]
        return WholeDays(
            start=row["days_from"].to_pydatetime(),
            end=row["days_until"].to_pydatetime(),
            days=int(row["days"]),
        )

    def _ask_with(self, name: str, days: WholeDays, values: dict[str, Value]) -> pd.DataFrame:
        asked = {**values, "days_from": days.start, "days_until": days.end, "days": days.days}
        if name == "revenue":
            asked |= self._since(asked)
        whole = days.days > 0 and (values["start"], values["end"]) == (days.start, days.end)
        found = (self._ask_rolled if whole else self._ask)(name, **asked)
        if found.empty and days.days:
            # Nothing happened, or a day was taken out of the roll-ups in this very moment.
            end = values["end"]
            assert isinstance(end, datetime)  # noqa: S101 -- all of these questions have a period
            return self._ask_with(name, no_days(end), values)
        return found

    def _since(self, asked: dict[str, Value]) -> dict[str, Value]:
        """Return from when on the grid is needed for sessions that ended before and after days."""
        end, first, last = asked["end"], asked["days_from"], asked["days_until"]
        assert isinstance(first, datetime)  # noqa: S101 -- instants
        assert isinstance(end, datetime)  # noqa: S101 -- instants
        if asked["start"] == first and last == end:
            return {"head_since": first, "tail_since": end}
        names = ("start", "end", "days_from", "days_until")
        row = self._ask("earliest_start", **{name: asked[name] for name in names}).iloc[0]

        def slot(at: Any, otherwise: datetime) -> datetime:
            return otherwise if pd.isna(at) else slot_of(at.to_pydatetime().astimezone(UTC))

        head, tail = slot(row["head_at"], first), slot(row["tail_at"], end)
        if first < end and tail < first:
            # A session lasted longer than all the days: one stretch reaches over both.
            head, tail = min(head, tail), first
        return {"head_since": head, "tail_since": tail}


def on_grid(at: datetime) -> datetime:
    """Return the first start of a quarter of an hour from an instant on."""
    slot = slot_of(at.astimezone(UTC))
    return slot if slot == at else slot + timedelta(seconds=SLOT_S)


def no_days(end: datetime) -> WholeDays:
    """Return the run of days of a period that is read anew as a whole."""
    return WholeDays(start=end, end=end, days=0)

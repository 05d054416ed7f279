"""Tables of the read side as JSON."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pandas as pd

type Row = dict[str, Any]


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """Return a table row by row: times in UTC, what is missing as null, numbers as numbers."""
    columns = [str(column) for column in frame.columns]
    return [
        dict(zip(columns, (_plain(value) for value in values), strict=True))
        for values in frame.itertuples(index=False, name=None)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or value is pd.NaT or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime().astimezone(UTC)
    if hasattr(value, "item"):
        return value.item()
    return value

"""Reads ACN-Data as its API gives it: JSON, or a CSV of the same fields."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.importers.mapping import ACN_API
from analytics.importers.reading import Reading
from analytics.importers.recorded import RecordedSession
from analytics.importers.sessions import sessions_of
from analytics.importers.tables import Table
from ocpp_core.domain.errors import ImportRefusedError

_FIELDS = (
    "sessionID", "siteID", "clusterID", "stationID", "spaceID", "connectionTime",
    "disconnectTime", "doneChargingTime", "kWhDelivered", "userID", "timezone",
)  # fmt: skip


def read_acn(
    document: Any, path: Path, timezone: ZoneInfo | None = None
) -> Reading[RecordedSession]:
    """Read a parsed page of the ACN API (`_items`), or a list of its sessions.

    Lines of rejected rows count the items from 1. A driver's input counts in its last version;
    its energy and departure are what the driver asked for. Raises ImportRefusedError.
    """
    items = document.get("_items") if isinstance(document, dict) else document
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ImportRefusedError(
            f"{path}: holds no list of sessions", hint="ACN-Data has them under `_items`"
        )
    rows = [
        {**{name: item.get(name) for name in _FIELDS}, "userInputs": item.get("userInputs")}
        for item in items
    ]
    frame = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1), dtype="object")
    return acn_sessions(Table(path=path, frame=frame), timezone)


def acn_sessions(table: Table, timezone: ZoneInfo | None) -> Reading[RecordedSession]:
    """Read a table that names its columns as the API does; `userInputs` may be JSON text."""
    frame = table.frame.copy()
    if "spaceID" not in frame.columns and "stationID" in frame.columns:
        frame["spaceID"] = frame["stationID"]
    inputs = [_last(value) for value in frame.get("userInputs", pd.Series(None, frame.index))]
    frame["kWhRequested"] = pd.Series([i.get("kWhRequested") for i in inputs], frame.index)
    departures = [i.get("requestedDeparture") for i in inputs]
    frame["requestedDeparture"] = pd.Series(departures, frame.index, dtype="object")
    frame["claimed"] = pd.Series([str(bool(i)) for i in inputs], frame.index, dtype="object")
    shown = Table(
        path=table.path,
        frame=frame.drop(columns="userInputs", errors="ignore"),
        malformed=table.malformed,
        layout=table.layout,
    )
    return sessions_of(shown, ACN_API, timezone)


def _last(value: Any) -> Mapping[str, Any]:
    """Return what a driver entered last; empty when nothing that can be read was."""
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, list):
        return {}
    entered = [one for one in value if isinstance(one, dict)]
    # RFC 1123 times do not sort as text; the API lists versions in order.
    return entered[-1] if entered else {}


def _parsed(text: str) -> Any:
    # A CSV that pandas wrote of the API's answer holds Python's notation instead of JSON.
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    return None

"""Puts answers of several questions together to one table of key figures: pure pandas.

Questions sum in SQL. Here every period and subject gets its row, with 0 where something was
watched and nothing happened, and missing where nobody knows; ratios follow from the sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from analytics.kpi import KPIS
from analytics.kpi_declaration import Split

ALL: Final = "all"
"""The subject of the site as a whole."""

KEY: Final = ["period_start", "subject"]

_NOTHING_HAPPENED: Final = {
    "consumption": (
        "energy_kwh", "sessions", "peak_charging_kw", "connected_h", "charging_h", "idle_h",
        "co2_kg",
    ),
    "revenue": ("revenue", "vat", "energy_cost", "margin", "sessions_billed", "billed_kwh"),
    "session_outcomes": ("sessions_started", "sessions_delivered", "sessions_ended"),
}  # fmt: skip
"""Columns that are 0 where there is data and the question has no row."""

_FAILURES: Final = ("failed_refused", "failed_no_session", "failed_no_energy")

_NO_KEYS: Final = pd.MultiIndex.from_arrays(
    [pd.DatetimeIndex([], tz="UTC").as_unit("us"), pd.Index([], dtype="str")], names=KEY
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Connectors of a subject."""

    connectors: int
    max_power_kw: float
    """Sum of their ratings; NaN when one is not known."""


def answers_by_key(frame: pd.DataFrame) -> pd.DataFrame:
    """Return an answer with period (UTC) and subject as its index."""
    keyed = frame.drop(columns=KEY)
    if frame.empty:
        keyed.index = _NO_KEYS
        return keyed
    periods = pd.DatetimeIndex(pd.to_datetime(frame["period_start"], utc=True)).as_unit("us")
    keyed.index = pd.MultiIndex.from_arrays([periods, frame["subject"]], names=KEY)
    return keyed


def table(
    index: pd.MultiIndex, parts: Mapping[str, pd.DataFrame], known_h: pd.Series
) -> pd.DataFrame:
    """Return one row for each period and subject, with the figures of all parts side by side."""
    period_h = known_h.reindex(index.get_level_values("period_start")).to_numpy()
    columns: dict[str, Any] = {"period_h": period_h}
    for question, part in parts.items():
        at = _places(index, part.index)
        nothing = (at < 0) & (period_h > 0)
        for name, column in part.items():
            if name not in KPIS:
                continue
            if name in _NOTHING_HAPPENED.get(question, ()):
                figures = column.to_numpy("float64", na_value=np.nan)
                columns[name] = take(figures, at, allow_fill=True)
                columns[name][nothing] = 0.0
            else:
                columns[name] = take(column.array, at, allow_fill=True)
    return pd.DataFrame(columns, index=index)


def _places(index: pd.MultiIndex, known: pd.Index) -> np.ndarray:
    """Return where each row of an index is in another one; -1: nowhere."""
    if len(index) == len(known) == 1:  # the whole site: no need to make a table of what is where
        return np.array([0 if index[0] == known[0] else -1])
    return known.get_indexer(index)


def with_service(
    out: pd.DataFrame, failed: pd.DataFrame, faults: pd.DataFrame, split: Split
) -> pd.DataFrame:
    """Add counts of failed starts and faults, and the share of starts that succeeded."""
    index, known = out.index, out["period_h"].to_numpy() > 0
    watched = None
    if split in KPIS["uptime_share"].splits:
        watched = out["watched_h"].to_numpy("float64", na_value=0.0) > 0
    delivered = out["sessions_delivered"].to_numpy("float64", na_value=np.nan)
    tries = [delivered]
    for name in _FAILURES:
        kind = name.removeprefix("failed_").replace("_", "-")
        # Who charged where nobody watched comes from sessions alone, as far as there are any.
        seen = known if name == "failed_no_energy" else watched
        if name == "failed_no_session" and split not in KPIS[name].splits:
            counts = np.full(len(index), np.nan)
        else:
            counts = _counted(
                failed[failed["kind"] == kind] if len(failed) else failed, index, seen
            )
        out[name] = counts
        tries.append(counts)
    tried = np.nansum(tries, axis=0)
    out["session_success_share"] = delivered / np.where(tried > 0, tried, np.nan)
    out["faults"] = _counted(faults, index, watched)
    out["fault_clear_h"] = (
        faults.groupby(KEY)["clear_h"].mean().reindex(index) if len(faults) else float("nan")
    )
    return out


def with_shares(out: pd.DataFrame, capacity: Mapping[tuple[pd.Timestamp, str], Capacity]) -> None:
    """Add what follows from sums and the connectors there are."""
    hours = out["period_h"].where(out["period_h"] > 0)
    have = [capacity.get(key) for key in out.index]
    number = pd.Series(
        [float("nan") if c is None or not c.connectors else c.connectors for c in have],
        index=out.index,
        dtype="float64",
    )
    rating = pd.Series(
        [float("nan") if c is None else c.max_power_kw for c in have],
        index=out.index,
        dtype="float64",
    )
    out["occupancy_share"] = out["connected_h"] / (number * hours)
    out["charging_share"] = out["charging_h"] / (number * hours)
    out["energy_share"] = out["energy_kwh"] / (rating.where(rating > 0) * hours)
    peak = out["peak_charging_kw"].astype("float64")
    out["load_factor_share"] = out["energy_kwh"] / (peak.where(peak > 0) * hours)


def ordered(out: pd.DataFrame, names: Iterable[str], more: Sequence[str]) -> pd.DataFrame:
    """Return the rows with the key figures asked for in the order of the dictionary."""
    wanted = set(names)
    columns = [name for name in KPIS if name in wanted and name in out.columns]
    return out[[*columns, *more]].reset_index()


def _counted(events: pd.DataFrame, index: pd.Index, seen: np.ndarray | None) -> np.ndarray:
    """Count events in each row: without one 0 where somebody would have `seen` it, else NaN."""
    counts = np.full(len(index), np.nan)
    if len(events):
        counts[:] = events.groupby(KEY).size().reindex(index).to_numpy("float64")
    if seen is not None:
        counts[np.isnan(counts) & seen] = 0.0
    return counts

"""Compares the key figures of two periods, in numbers and in words."""

from __future__ import annotations

import math
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.kpi import CURRENCY, KPIS, Kpi
from analytics.periods import Span

COLUMNS = (
    "subject", "kpi", "label", "unit", "value", "compared", "difference", "relative", "better",
    "words", "partial", "start", "until", "compared_start", "compared_until",
)  # fmt: skip


def comparison(
    now: pd.DataFrame,
    before: pd.DataFrame,
    spans: tuple[Span, Span],
    currency: str,
    zone: ZoneInfo,
) -> pd.DataFrame:
    """Return one row for each subject and key figure (see `Reader.compare`)."""
    this, other = spans
    rows = []
    names = [
        name
        for name in (now if len(now) else before).columns
        if name in KPIS and KPIS[name].unit != "time"
    ]
    left, right = _figures(now, names), _figures(before, names)
    missing = [math.nan] * len(names)
    for subject in sorted({*left, *right}):
        for name, value, compared in zip(
            names, left.get(subject, missing), right.get(subject, missing), strict=True
        ):
            kpi = KPIS[name]
            rows.append(
                (
                    subject, name, kpi.label, currency if kpi.unit == CURRENCY else kpi.unit,
                    value, compared, value - compared, relative(value, compared),
                    better(kpi, value, compared), words(kpi, value, compared), this.partial,
                    this.start, this.until, other.start, other.until,
                )
            )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("start", "until", "compared_start", "compared_until"):
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.tz_convert(zone)
    return frame


def relative(value: float, compared: float) -> float:
    """Return the change as a share of what is compared with; NaN where that has no meaning."""
    if math.isnan(value) or math.isnan(compared) or compared == 0:
        return math.nan
    return (value - compared) / abs(compared)


def better(kpi: Kpi, value: float, compared: float) -> bool | None:
    """Tell whether the change is a good one; None: neither, or not known."""
    if kpi.good == "none" or math.isnan(value) or math.isnan(compared) or same(value, compared):
        return None
    return (value > compared) is (kpi.good == "up")


def same(value: float, compared: float) -> bool:
    """Tell whether two figures differ in nothing but the order in which they were added up."""
    return math.isclose(value, compared, rel_tol=1e-9)


def words(kpi: Kpi, value: float, compared: float) -> str:
    """Say the change in words."""
    if math.isnan(value):
        return f"{kpi.label}: not known for this period."
    if math.isnan(compared):
        return f"{kpi.label}: not known for the period that it is compared with."
    if same(value, compared):
        return f"{kpi.label}: unchanged."
    way = "higher" if value > compared else "lower"
    change = relative(value, compared)
    much = "" if math.isnan(change) else f" by {abs(change):.1%}"
    good = better(kpi, value, compared)
    judged = {True: ", which is better", False: ", which is worse", None: ""}[good]
    return f"{kpi.label}: {way}{much}{judged}."


def _figures(frame: pd.DataFrame, names: list[str]) -> dict[str, list[float]]:
    """Return the figures of each subject in the order of their names; NaN: not known."""
    figures = frame.reindex(columns=names).astype("float64").to_numpy().tolist()
    return dict(zip(frame["subject"].astype(str), figures, strict=True))

"""What the site consumed: by hour, day and connector, against another period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import figures, history
from dashboards import format as fmt
from dashboards.figures import ALL, Span
from dashboards.palette import Palette
from dashboards.period import Bucket, Period
from dashboards.widgets import bars, notice, style
from dashboards.widgets.charted import charted
from dashboards.widgets.heatmap import date_name, heatmap, weekday_name
from dashboards.widgets.kpi_tiles import LOAD, SITE, kpi_tiles
from dashboards.widgets.past import Past, bucket_picker, past_page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """What one span holds; frames as the Reader gives them."""

    charging: pd.DataFrame
    power: pd.DataFrame
    demand: pd.DataFrame
    span: Span

    @property
    def charging_wh(self) -> float:
        return figures.total(self.charging, "energy_kwh") * 1e3


def page() -> None:
    """Show the page."""
    past_page("Energy", _content)


def _content(past: Past) -> None:
    colours = style.colours()
    bucket = bucket_picker(past.period)
    grain = figures.GRAINS[bucket]
    this = _numbers(past.span, grain)
    before = _numbers(past.before, grain)
    if this.charging.empty and this.power["site_w"].isna().all():
        notice.empty(
            f"{past.period}: nothing was metered.",
            "Choose an earlier period above, or import history with `ampherd import`.",
        )
        return
    with notice.guarded():
        _tiles(this, past)
    _over_time(this, before, past, bucket, colours)
    left, right = st.columns(2, gap="medium")
    with left, notice.guarded():
        _by_hour(past, colours)
    with right, notice.guarded():
        _by_connector(past, colours)
    with notice.guarded():
        _quality(past)


def _quality(past: Past) -> None:
    """How the days were managed, as run beside unmanaged and the best that was possible."""
    days = history.read(lambda r: r.plan_quality(past.span.start, past.span.until))
    if days.empty:
        return
    st.subheader("How well it was managed")
    last = days.iloc[-1]
    currency = str(last["currency"])
    run, free, best = (
        fmt.money(days[name].astype("float64").sum(), currency)
        for name in ("managed_cost", "unmanaged_cost", "best_cost")
    )
    begin, end = (pd.Timestamp(days["day"].iloc[n]) for n in (0, -1))
    first_day, last_day = (f"{day:%a} {day.day} {day:%b}" for day in (begin, end))
    span = last_day if len(days) == 1 else f"{first_day} to {last_day}, {len(days)} days"
    if begin.day == 1:
        st.markdown(f"{span}: {run} as run, without management {free}, at best {best}.")
    elif pd.notna(last["month_regret_share"]):
        # Days in the middle of a month have other peaks behind them: their sums say nothing.
        share = float(last["month_regret_share"])
        words = f"{fmt.percent(abs(share))} {'more' if share >= 0 else 'less'} than at best"
        st.markdown(f"The month until {last_day} cost {words}.")
    st.dataframe(
        days.assign(month_regret_share=100 * days["month_regret_share"].astype("float64"))[
            [
                "day", "sessions", "wanted_kwh", "delivered_kwh", "delivered_best_kwh",
                "managed_cost", "unmanaged_cost", "best_cost", "month_peak_kw",
                "month_regret_share",
            ]
        ],
        column_config={
            "day": "Day",
            "sessions": "Sessions",
            "wanted_kwh": st.column_config.NumberColumn("Wanted, kWh", format="%.1f"),
            "delivered_kwh": st.column_config.NumberColumn("Delivered, kWh", format="%.1f"),
            "delivered_best_kwh": st.column_config.NumberColumn("At best, kWh", format="%.1f"),
            "managed_cost": st.column_config.NumberColumn(f"As run, {currency}", format="%.2f"),
            "unmanaged_cost": st.column_config.NumberColumn(
                f"Unmanaged, {currency}", format="%.2f"
            ),
            "best_cost": st.column_config.NumberColumn(
                f"At best, {currency}", format="%.2f"
            ),
            "month_peak_kw": st.column_config.NumberColumn("Month's peak, kW", format="%.1f"),
            "month_regret_share": st.column_config.NumberColumn(
                "Month above best", format="%.1f %%"
            ),
        },
        hide_index=True,
        placeholder=fmt.ABSENT,
        width="stretch",
    )  # fmt: skip
    st.caption(
        "Energy that charging adds, and what the day adds to the month's demand charge, of which "
        "each of the three has its own. A day that raised no peak adds none, so that a single day "
        "as run may cost less than the best; what counts is the month so far, in the last column. "
        "Unmanaged looks at no limit; the best knows everything about a day beforehand."
    )


def _numbers(span: Span, grain: figures.Grain) -> _Numbers:
    step_s = figures.step_for(span)
    return _Numbers(
        charging=history.read(lambda r: r.consumption(span.start, span.until, by=grain)),
        power=history.read(lambda r: r.site_power(span.start, span.until, step_s=step_s)),
        demand=history.read(lambda r: r.demand(span.start, span.until)),
        span=span,
    )


def _tiles(this: _Numbers, past: Past) -> None:
    bounds = past.period.bounds(past.zone)
    kpi_tiles(SITE, *bounds, now=past.now, key="tiles", against=past.against)
    kpi_tiles(LOAD, *bounds, now=past.now, key="load", against=past.against)
    named = this.demand.dropna(subset=["peak_w"])
    words = f"Changes against {past.compared_words}."
    if len(named):
        at = named.sort_values("peak_w")["peak_at"].iloc[-1]
        words = f"Peak on {fmt.moment(at.to_pydatetime(), past.zone)}. {words}"
    st.caption(words)


def _over_time(
    this: _Numbers, before: _Numbers, past: Past, bucket: Bucket, colours: Palette
) -> None:
    frame = _series(this, past.period, bucket, past)
    old = _series(before, past.period.compared(past.against), bucket, past)
    highest = float((frame["charging_kwh"].fillna(0) + frame["building_kwh"].fillna(0)).max())
    divisor, unit = fmt.energy_unit(highest * 1e3)
    scale = 1e3 / divisor
    columns = ["charging_kwh", "building_kwh", "pv_kwh"]
    scaled = frame.assign(**{c: frame[c] * scale for c in columns})
    marks = (old["charging_kwh"] + old["building_kwh"].fillna(0)) * scale
    compared = bool((marks > 0).any())
    has_pv = bool((frame["pv_kwh"].fillna(0) > 0).any())
    has_building = bool(frame["building_kwh"].notna().any())
    stack = [("charging_kwh", "charging", colours.charging)]
    if has_building:
        stack.insert(0, ("building_kwh", "building", colours.building))
    below = ("pv_kwh", "PV", colours.pv) if has_pv else None
    chart = bars.over_time(
        scaled, stack, zone=past.zone, unit=unit, colours=colours, below=below,
        write=lambda v: fmt.energy(v * divisor),
        marks=(past.before_name, marks) if compared else None,
    )  # fmt: skip
    legend = [(word, colour) for _, word, colour in reversed(stack)]
    if below:
        legend.append(("PV (below zero)", below[2]))
    if compared:
        legend.append((f"— {past.before_name}", colours.grid))
    charted(
        f"Consumption by {bucket}",
        chart,
        _table(frame, old, past),
        alt_text=f"Energy by {bucket} in {past.period}: "
        f"{fmt.energy(this.charging_wh)} charged in total",
        file_name=f"{past.site_id}-energy-{past.period.first}-by-{bucket}.csv",
        key="energy-time",
        legend=legend,
    )


def _series(numbers: _Numbers, period: Period, bucket: Bucket, past: Past) -> pd.DataFrame:
    edges = period.edges(bucket, past.zone)
    charging = figures.folded(numbers.charging, edges, ["energy_kwh"])
    charging = figures.filled(charging, ["energy_kwh"], numbers.span, past.covered)
    rest = figures.site_energy(numbers.power, edges, figures.step_for(numbers.span))
    return charging.rename(columns={"energy_kwh": "charging_kwh"}).assign(
        **{c: rest[c] for c in ("building_kwh", "pv_kwh", "import_kwh")}
    )


def _table(frame: pd.DataFrame, old: pd.DataFrame, past: Past) -> pd.DataFrame:
    return pd.DataFrame(
        {
            f"start ({past.zone.key})": frame["start"].dt.tz_convert(past.zone),
            "charging (kWh)": frame["charging_kwh"].round(3),
            "building (kWh)": frame["building_kwh"].round(3),
            "PV (kWh)": frame["pv_kwh"].round(3),
            "grid import (kWh)": frame["import_kwh"].round(3),
            f"charging, {past.before_name} (kWh)": old["charging_kwh"]
            .reindex(frame.index)
            .round(3),
        }
    )


def _by_hour(past: Past, colours: Palette) -> None:
    """Show hours against dates, against weekdays for long periods, against connectors for a day."""
    span, one_day, weekdays = past.span, past.period.days == 1, past.period.days > 31
    hourly = history.read(
        lambda r: r.consumption(
            span.start, span.until, by="hour", split="connector" if one_day else "site"
        )
    )
    edges = past.period.edges(Bucket.HOUR, past.zone)
    site = hourly[hourly["connector"] == ALL]
    frame = figures.folded(site, edges, ["energy_kwh"])
    frame = figures.filled(frame, ["energy_kwh"], span, past.covered)
    names: Callable[[Any], str]
    if one_day:
        each = hourly[hourly["connector"] != ALL]
        start = each["period_start"].dt.tz_convert("UTC") if len(each) else each["period_start"]
        cells = figures.by_hour(
            each.assign(start=start), "energy_kwh", past.zone, row=each["connector"]
        )
        names = str
    else:
        row = figures.local_days(frame["start"], past.zone)
        cells = figures.by_hour(frame, "energy_kwh", past.zone, row=row)
        names = date_name
        if weekdays:
            cells, names = figures.mean_by_weekday(cells), weekday_name
    rows = "connector" if one_day else "weekday" if weekdays else "date"
    charted(
        "When cars charge",
        heatmap(
            cells, zone=past.zone, colour=colours.charging, colours=colours, names=names,
            word="mean charged in this hour" if weekdays else "charged",
            write=lambda kwh: fmt.energy(kwh * 1e3),
        ),
        pd.DataFrame(
            {
                f"start ({past.zone.key})": frame["start"].dt.tz_convert(past.zone),
                "charging (kWh)": frame["energy_kwh"].round(3),
            }
        ).dropna(),
        alt_text=f"Charged energy by hour of the day and {rows}",
        file_name=f"{past.site_id}-energy-{past.period.first}-by-hour.csv",
        key="energy-hour",
        caption=f"Stronger is more; the strongest hour is {fmt.energy(_most(cells) * 1e3)}.",
    )  # fmt: skip


def _most(cells: pd.DataFrame) -> float:
    return float(cells["value"].max()) if len(cells) else float("nan")


def _by_connector(past: Past, colours: Palette) -> None:
    span, before = past.span, past.before
    now = _connectors(span)
    old = _connectors(before)
    if now.empty:
        st.subheader("By connector", anchor=False)
        st.caption("No connector was used.")
        return
    joined = now.merge(
        old[["connector", "energy_kwh"]], on="connector", how="left", suffixes=("", "_before")
    ).sort_values("energy_kwh", ascending=False, ignore_index=True)
    divisor, unit = fmt.energy_unit(float(joined["energy_kwh"].max()) * 1e3)
    scaled = joined.assign(energy=joined["energy_kwh"] * 1e3 / divisor)
    old_energy = joined["energy_kwh_before"].astype("float64") * 1e3 / divisor
    charted(
        "By connector",
        bars.ranked(
            scaled, "connector", [("energy", "charged", colours.charging)],
            unit=unit, write=lambda v: fmt.energy(v * divisor), colours=colours,
            marks=(past.before_name, old_energy) if old_energy.any() else None,
        ),
        pd.DataFrame(
            {
                "connector": joined["connector"],
                "charged (kWh)": joined["energy_kwh"].round(3),
                "sessions": joined["sessions"],
                "highest 15 min (kW)": joined["peak_charging_kw"].round(2),
                f"{past.before_name} (kWh)": joined["energy_kwh_before"].round(3),
            }
        ),
        alt_text=f"Energy by connector in {past.period}",
        file_name=f"{past.site_id}-energy-{past.period.first}-by-connector.csv",
        key="energy-connector",
        legend=[(f"| {past.before_name}", colours.grid)] if old_energy.any() else (),
    )  # fmt: skip


def _connectors(span: Span) -> pd.DataFrame:
    frame = history.read(
        lambda r: r.consumption(span.start, span.until, by="total", split="connector")
    )
    return frame[frame["connector"] != ALL]

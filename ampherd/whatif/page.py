"""A replay as one HTML file with table and charts; it opens anywhere and loads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd

from ampherd.whatif.compare import Comparison
from optimizer.replay import STRATEGIES

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8a8a")
"""Told apart by people who see few colours (Okabe, Ito, Color Universal Design, 2008)."""
DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4", "1 4", "4 4")
"""Lines differ by more than their colour."""

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 760, 260, 60, 36
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
.wide { overflow-x: auto; }
svg { max-width: 100%; height: auto; }
svg text { fill: currentColor; font: 12px system-ui, sans-serif; }
svg .axis { stroke: currentColor; stroke-opacity: .35; }
.key { display: inline-block; margin-right: 1.2rem; }
"""


def page(comparison: Comparison, *, title: str) -> str:
    """Return the page."""
    table, slots = comparison.table, comparison.slots
    names = [str(name) for name in table["strategy"]]
    currency = str(table["currency"].iloc[0]) if len(table) else ""
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        f"<meta name='viewport' content='width=device-width'><title>{escape(title)}</title>",
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>",
        f"<p>{escape(_sentence(comparison))}</p>",
        *(f"<p>{escape(note[:1].upper() + note[1:])}.</p>" for note in comparison.notes),
        "<h2>Strategies</h2><div class='wide'>",
        _table(table, currency),
        "</div><ul>",
        *(f"<li><b>{escape(n)}</b>: {escape(STRATEGIES.get(n, ''))}</li>" for n in names),
        "</ul>",
        f"<h2>Cost to the site, {escape(currency)}</h2>",
        _bars(
            names,
            [
                ("energy", [float(v) for v in table["energy_cost"]]),
                ("demand charge", [float(v) for v in table["demand_charge"]]),
            ],
        ),
        "<h2>Energy delivered, % of what was wanted</h2>",
        _bars(names, [("delivered", [float(v) for v in table["delivered_percent"]])]),
        "<h2>Grid import on a mean day, kW</h2>",
        _day(names, slots),
        "</body></html>",
    ]
    return "\n".join(parts)


def _sentence(comparison: Comparison) -> str:
    outcome = comparison.outcomes[0]
    setup = outcome.setup
    zone = setup.site.timezone
    away = len(comparison.placed.turned_away)
    turned = f" {away} more found no free connector." if away else ""
    return (
        f"{len(setup.ordered)} sessions at {setup.site.name} from "
        f"{setup.start.astimezone(zone):%Y-%m-%d %H:%M} to "
        f"{setup.end.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key}); what was known of cars: "
        f"{comparison.information}.{turned}"
    )


SHOWN = {
    "strategy": "strategy",
    "delivered_percent": "delivered %",
    "delivered_kwh": "kWh",
    "wait_min": "wait min",
    "peak_kw": "peak kW",
    "energy_cost": "energy",
    "demand_charge": "demand",
    "total_cost": "total",
    "revenue": "revenue",
    "jain_index": "Jain",
    "least_share": "least share",
    "co2_kg": "CO2 kg",
    "order_changes": "changes",
    "starts": "starts",
    "limit_s": "over limit s",
    "cpu_median_ms": "ms median",
    "cpu_p99_ms": "ms p99",
}
"""Columns of the table that people read, and their headings."""


def shown(table: pd.DataFrame) -> list[list[str]]:
    """Return the table as people read it: a heading and one row for each strategy."""
    columns = [c for c in SHOWN if not table[c].isna().all()]
    return [
        [SHOWN[c] for c in columns],
        *([_cell(c, row[c]) for c in columns] for row in table.to_dict("records")),
    ]


_DIGITS = {"delivered_percent": 2, "jain_index": 3, "least_share": 3, "peak_kw": 2, "limit_s": 0,
           "energy_cost": 2, "demand_charge": 2, "total_cost": 2, "revenue": 2}  # fmt: skip


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if value != value else f"{value:.{_DIGITS.get(column, 1)}f}"  # noqa: PLR0124 - NaN
    return str(value)


def _table(table: pd.DataFrame, currency: str) -> str:
    head, *rows = shown(table)
    money = {SHOWN[c] for c in ("energy_cost", "demand_charge", "total_cost", "revenue")}
    heads = [f"{h} {currency}" if h in money else h for h in head]
    lines = ["<table><tr>", *(f"<th>{escape(h)}</th>" for h in heads), "</tr>"]
    for row in rows:
        lines += ["<tr>", *(f"<td>{escape(cell)}</td>" for cell in row), "</tr>"]
    return "".join([*lines, "</table>"])


def _bars(names: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> str:
    totals = [sum(max(0.0, values[n]) for _, values in series) for n in range(len(names))]
    # What is earned has no bar, and counts in the number beside it.
    true = [sum(values[n] for _, values in series) for n in range(len(names))]
    most = max([*totals, 1e-9])
    step = 28
    height = step * len(names) + 8
    wide = _WIDTH - 220
    out = [f"<svg viewBox='0 0 {_WIDTH} {height}' role='img' aria-label='bars; see the table'>"]
    for n, name in enumerate(names):
        y = step * n + 4
        out.append(f"<text x='110' y='{y + 15}' text-anchor='end'>{escape(name)}</text>")
        x = 120.0
        for k, (_, values) in enumerate(series):
            length = max(0.0, values[n]) / most * wide
            out.append(
                f"<rect x='{x:.1f}' y='{y}' width='{length:.1f}' height='20' fill='{COLOURS[k]}'/>"
            )
            x += length
        out.append(f"<text x='{x + 6:.1f}' y='{y + 15}'>{true[n]:.2f}</text>")
    out.append("</svg>")
    if len(series) > 1:
        out.append(
            "<p>" + "".join(_key(k, label, "") for k, (label, _) in enumerate(series)) + "</p>"
        )
    return "".join(out)


def _key(number: int, label: str, dash: str) -> str:
    return (
        f"<span class='key'><svg width='34' height='12'><line x1='0' x2='30' y1='7' y2='7' "
        f"stroke='{COLOURS[number % len(COLOURS)]}' stroke-width='4' stroke-dasharray='{dash}'/>"
        f"</svg> {escape(label)}</span>"
    )


def _day(names: Sequence[str], slots: pd.DataFrame) -> str:
    """Mean grid import by half hour of the local day, weighted by the length of intervals."""
    if slots.empty:
        return ""
    at = slots["starts_at"].dt
    bins = at.hour * 2 + at.minute // 30
    hours = (slots["ends_at"] - slots["starts_at"]).dt.total_seconds() / 3600
    frame = pd.DataFrame(
        {"name": slots["strategy"], "bin": bins, "kwh": slots["site_kw"] * hours, "h": hours}
    )
    sums = frame.groupby(["name", "bin"], as_index=False).sum()
    means: dict[str, list[tuple[int, float]]] = {name: [] for name in names}
    for row in sums.to_dict("records"):
        means[str(row["name"])].append((int(row["bin"]), float(row["kwh"]) / float(row["h"])))
    every = [kw for points in means.values() for _, kw in points]
    most, least = max([*every, 1e-9]), min([*every, 0.0])

    def x(half_hour: float) -> float:
        return _LEFT + half_hour / 48 * (_WIDTH - _LEFT - 10)

    def y(kw: float) -> float:
        return 10 + (most - kw) / (most - least) * (_HEIGHT - _BOTTOM - 10)

    out = [
        f"<svg viewBox='0 0 {_WIDTH} {_HEIGHT}' role='img' aria-label='mean day; see slots'>",
        *(
            f"<text x='{x(2 * hour):.1f}' y='{_HEIGHT - 12}' text-anchor='middle'>{hour}:00</text>"
            for hour in range(0, 25, 3)
        ),
    ]
    for n in range(5):
        kw = least + (most - least) * n / 4
        out.append(
            f"<line class='axis' x1='{_LEFT}' x2='{_WIDTH - 10}' y1='{y(kw):.1f}' "
            f"y2='{y(kw):.1f}'/>"
            f"<text x='{_LEFT - 8}' y='{y(kw) + 4:.1f}' text-anchor='end'>{kw:.0f}</text>"
        )
    for n, name in enumerate(names):
        points = " ".join(f"{x(half + 0.5):.1f},{y(kw):.1f}" for half, kw in means[name])
        out.append(
            f"<polyline points='{points}' fill='none' stroke='{COLOURS[n % len(COLOURS)]}' "
            f"stroke-width='2' stroke-dasharray='{DASHES[n % len(DASHES)]}'/>"
        )
    out.append(
        "</svg><p>"
        + "".join(_key(n, name, DASHES[n % len(DASHES)]) for n, name in enumerate(names))
        + "</p>"
    )
    return "".join(out)

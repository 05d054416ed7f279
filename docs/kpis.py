"""The page of key figures, from the dictionary that pages, API and reports show them by."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.kpi import Kpi
from analytics.kpi_energy import ENERGY
from analytics.kpi_managed import MANAGED
from analytics.kpi_money import MONEY
from analytics.kpi_service import SERVICE

_HEAD = """
# Key figures

Every key figure is declared once, in `analytics.kpi`; dashboards, `Reader`, exports and the month's
workbook take its name, unit, formula and caveat from there.
`Reader.kpis(start, end, by=…, split=…)` gives them all for each period and each site, charger,
connector, driver or tariff; `Reader.compare(start, end)` sets them against the period before or the
same dates a year before.

- A figure is missing where nobody knows it, and 0 only where there is data and nothing happened.
- A period of days or months follows the site's zone: days on which the clocks change have 23 or 25
  hours.
- Of a period that still runs only the part that has passed is compared, with the same part of the
  other period.
- Shares are from 0 to 1. Money is in the site's currency.
"""

_UNITS = {"": "number", "share": "0 to 1", "currency": "site's currency", "time": "instant"}
_GOOD = {"up": "higher is better", "down": "lower is better", "none": ""}


def page(written: str) -> str:
    """Return the page; `written` says what wrote it."""
    text = f"{written}{_HEAD}"
    for title, some in (
        ("Energy, power and use", ENERGY),
        ("Money and wishes", MONEY),
        ("Management", MANAGED),
        ("Service", SERVICE),
    ):
        text += f"\n## {title}\n"
        for kpi in some:
            text += "".join(_section(kpi))
    return text


def _section(kpi: Kpi) -> Iterator[str]:
    facts = [f"`{kpi.name}`", _UNITS.get(kpi.unit, kpi.unit), _GOOD[kpi.good]]
    yield f"\n### {kpi.label}\n\n{', '.join(filter(None, facts))}\n\n"
    yield f"- Formula: {kpi.formula}.\n"
    if kpi.caveat:
        yield f"- Mind: {kpi.caveat}\n"
    yield f"- By: {', '.join(kpi.splits)}.\n"
    if kpi.questions:
        yield f"- Also in: {', '.join(f'`{name}`' for name in kpi.questions)}.\n"
    if kpi.source:
        yield f"- After: {kpi.source}.\n"

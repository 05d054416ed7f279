"""Names of exported columns: with their unit, and with the currency where they are money."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from analytics.kpi import CURRENCY, KPIS

_MONEY = re.compile(
    r"(?:^|_)(?:revenue|cost|margin|amount|charge|fee|vat|net|gross|price)(?:_|$)|_per_kwh$"
)
_NOT_MONEY = re.compile(r"_(?:kwh|kw|wh|w|h|s|a|v|share|percent|id|rate)$")
_PER = re.compile(r"(.+)_per_(kwh|kw|h|hour|session)$")

_UNITS = {
    "kwh": "kWh", "wh": "Wh", "kw": "kW", "w": "W", "h": "h", "s": "s", "a": "A", "v": "V",
    "percent": "%", "ms": "ms",
}  # fmt: skip
_FORMATS = {
    "kWh": "#,##0.000", "Wh": "#,##0", "kW": "#,##0.000", "W": "#,##0", "h": "#,##0.00",
    "s": "#,##0", "A": "0.0", "V": "0.0", "%": "0.0", "ms": "0",
}  # fmt: skip
TIME_FORMAT = "yyyy-mm-dd hh:mm:ss"
DAY_FORMAT = "yyyy-mm-dd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """How a column is called and formatted."""

    name: str
    """For programs: with unit and currency, e.g. `energy_kwh`, `revenue_eur`."""
    words: str
    """For people, e.g. `Revenue (EUR)`."""
    number_format: str
    """As a spreadsheet writes it; empty for text."""
    summable: bool
    """Whether a sum over rows means something."""


def is_money(column: str, frame: pd.DataFrame) -> bool:
    """Tell whether a column holds amounts or prices."""
    if not pd.api.types.is_numeric_dtype(frame[column]) and len(frame):
        return False
    kpi = KPIS.get(column)
    if kpi is not None:
        return kpi.unit == CURRENCY
    if _PER.fullmatch(column):
        return bool(_MONEY.search(column))
    return bool(_MONEY.search(column)) and not _NOT_MONEY.search(column)


def currency_of(frame: pd.DataFrame, usual: str) -> str | None:
    """Return the one currency of a table, `usual` where it names none, None for a mix."""
    if "currency" not in frame.columns:
        return usual
    found = set(frame["currency"].dropna())
    if len(found) > 1:
        return None
    return str(found.pop()) if found else usual


def header(column: str, frame: pd.DataFrame, currency: str | None, zone: str) -> Header:
    """Return the header of a column; without a `currency` money keeps its plain name.

    A column that is named for people already (`energy (kWh)`) keeps its name.
    """
    cells = frame[column]
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        words = _words(column) if "(" in column else f"{_words(column)} ({zone})"
        return Header(name=column, words=words, number_format=TIME_FORMAT, summable=False)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", column):
        return _of_page(column)
    if is_money(column, frame):
        return _money(column, currency)
    stem, _, last = column.rpartition("_")
    if column.endswith("_share"):
        return Header(name=column, words=_words(column), number_format="0.0%", summable=False)
    unit = _UNITS.get(last) if stem else None
    if unit is not None and pd.api.types.is_numeric_dtype(cells):
        return Header(
            name=column,
            words=f"{_words(column if column in KPIS else stem)} ({unit})",
            number_format=_FORMATS[unit],
            summable=unit in {"kWh", "Wh", "h", "s"},
        )
    if pd.api.types.is_bool_dtype(cells):
        return Header(name=column, words=_words(column), number_format="", summable=False)
    whole = pd.api.types.is_integer_dtype(cells)
    return Header(
        name=column, words=_words(column), number_format="0" if whole else "General", summable=False
    )


def _money(column: str, currency: str | None) -> Header:
    per = _PER.fullmatch(column)
    code = "" if currency is None else currency
    if per:
        unit = _UNITS.get(per[2], per[2])
        name = f"{per[1]}_{code.lower()}_per_{per[2]}" if code else column
        words = f"{_words(per[1])} ({code}/{unit})" if code else f"{_words(per[1])} (per {unit})"
        return Header(name=name, words=words, number_format="0.0000##", summable=False)
    name = f"{column}_{code.lower()}" if code else column
    return Header(
        name=name,
        words=f"{_words(column)} ({code})" if code else _words(column),
        number_format=money_format(code),
        summable=bool(code) and column != "unit_price",
    )


def money_format(currency: str) -> str:
    """Return a spreadsheet's format of amounts, negative ones in red."""
    if not currency:
        return "#,##0.00;[Red]-#,##0.00"
    return f"#,##0.00 [${currency}];[Red]-#,##0.00 [${currency}]"


def _of_page(column: str) -> Header:
    """Return the header of a column that a page shows: its unit stands in brackets."""
    unit = re.search(r"\(([^()]*)\)$", column)
    inside = unit[1] if unit else ""
    code = re.fullmatch(r"[A-Z]{3}", inside)
    return Header(
        name=column,
        words=column,
        number_format=money_format(code[0]) if code else _FORMATS.get(inside, "General"),
        summable=False,
    )


def _words(column: str) -> str:
    kpi = KPIS.get(column)
    if kpi is not None:
        return kpi.label
    text = column.replace("_", " ")
    return text[:1].upper() + text[1:]
